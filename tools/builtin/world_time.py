"""The time and date in any place: "It is 4:20 in the afternoon in Tokyo."

The moment comes from a function that is passed in, so that tests and virtual time can say
what they like.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from weft.errors import ToolError
from weft.tools.builtin.places import (
    SEVERAL_ZONES,
    display_name,
    find_zone,
    plain,
    zones_of_places,
)
from weft.tools.builtin.spoken_requests import phrases, read_with_corrections, without_ending
from weft.tools.tool import Tool, tool

WallNow = Callable[[], datetime]
"""Gives the present moment as a datetime with a zone."""

EXAMPLES = (
    "What time is it in Tokyo?",
    "what's the time right now",
    "Could you tell me the time in Buenos Aires please?",
    "how late is it in New York",
    "what's today's date",
    "what day is it in Sydney",
    "do you know what time it is over in Nairobi",
    "is it already evening in Los Angeles",
    "what's the current time in India",
    "what is the time difference between London and Tokyo",
    "how many hours ahead is Singapore of Paris",
    "what hour is it in Reykjavik",
    "which day of the week is it today",
)

_ASKS_TIME = phrases(
    r"""
    (?:what|which|the|current|exact|local|right|correct|present) (?:\w+ )?time,
    (?:what|which|the|present|current) (?:local )?hour(?! of),
    time (?:is it|it is|now|right now|over|in|at|for|there|check|please), ^(?:\w+ ){0,3}time$,
    clocks? (?:say|show|read|saying|showing|reading), clock check, o'clock is, how late, how early,
    (?:read|check|look at|tell) (?:\w+ ){0,2}(?:the|that|my|your) (?:clock|watch),
    (?:is it|would it be|will it be|is that|has it (?:gone|turned|passed|reached)) (?:\w+ ){0,3}
    (?:evening|morning|afternoon|night|nighttime|night-time|noon|midday|midnight|daytime|dark|light)
    """.replace("{0,3}\n    ", "{0,3}")
)
"""Asks for the present moment; a time of day that is only mentioned asks for nothing."""
_SPEAKS_OF_TIME = phrases("time, clocks?, o'clock, watch, watches, late, early, awake")
_WANTS = phrases(
    """
    what, what's, how, tell, give, get, is it, it is, would it, current, local, now, need, read,
    check, show, got, have, know, wonder, wondering, please, there, say, look up
    """
)
"""With a place, any word for time will do, as long as something is asked."""
_ASKS_DATE = phrases(
    r"""
    (?:the|what|which|today's|current|calendar|present|local) date, ^date$,
    date (?:is it|today|do|in|over|there|for|please), what day, which day,
    day of the (?:week|month), day is it, day is today, weekday,
    what month, which month, what year, which year,
    what(?:'s| is) today,
    is (?:it|today) (?:already |still )?(?:mon|tues|wednes|thurs|fri|satur|sun)day
    """
)
_ASKS_DIFFERENCE = phrases(
    r"""
    time (?:difference|gap|offset|shift|change), difference in (?:time|hours), difference between,
    hours? (?:\w+ ){0,4}(?:ahead|behind|apart|between|difference|forward|back|later|earlier|off),
    how far (?:ahead|behind|apart), ahead of, behind, in front of, differ, differs, different from,
    hours from, hours separates?, (?:later|earlier) (?:is it|it is), compares? (?:with|to),
    (?:set|change|adjust|turn|move|put) (?:my|our|the) (?:watch|watches|clocks?)
    """
)
_COMPARES_ZONES = phrases(
    r"""
    (?:same|different|one|share a|what|which|in|on) (?:time ?)?zones?,
    same (?:time|hour|clock), share a clock
    """
)
"""Of two places: whether their clocks agree, which the difference answers."""
_MEASURES_TIME = phrases(
    """
    time, hours?, clocks?, watch, watches, how far (?:ahead|behind|apart), by how much, later,
    earlier
    """
)
"""Two places differ in many things; one of these words says that it is in their time."""
_OTHER_TIMES = phrases(
    r"""
    (?:best|good|bad|ideal|perfect|next|last|first|any|every|each|some|more|much|long) times?,
    (?:flying|flight|driving|drive|travel|travelling|traveling|journey|running|waiting) times?,
    (?:cooking|baking|bed|lunch|dinner|tea|prayer|story|show|screen|spare|free|half|full) times?,
    (?:opening|closing|departure|arrival|check in|check out|boarding|kick off|finishing) times?,
    (?:delivery|response|record|race|service|prime|summer|winter|run|part) times?,
    time (?:signature|limit|machine|capsule|table|management|travel|trial|frame|sheet|slot|line
    |share|lapse|traveller|traveler|span|stamp|bomb|lord|period|step|series|complexity|code|warp)s?,
    times? of (?!day\b)\w+, times? to (?!know\b|ring\b|call\b)\w+, times? zones?
    """.replace("\n    |", "|")
)
_HAPPENS_AT_A_TIME = phrases(
    r"""
    open, opens, opening, close, closes, closing, start, starts, begins?, ends?, took, take, takes,
    arrives?, leaves?, departs?, born, invented, sunset, sunrise, tides?, flight, train, schedule,
    timetable, (?:my|our|the|your) calendar(?! date), diary, meeting, appointment, birthday, timer,
    remind, history, hours of (?!difference\b)\w+, daylight, saving, how long,
    is (?:my|our|his|her|their|your) (?!watch|clock),
    what time (?:does|are|should|can|do) (?!(?:\S+ ){1,3}(?:have|make|show|got)\b)\w+,
    what time is (?!it\b|that\b|shown\b)\w+, how (?:late|early) (?:does|do|are|is the),
    late to (?!ring|call|phone|text|message)\w+
    """
)
_ANOTHER_MOMENT = phrases(
    r"""
    if it'?s?, when it'?s?, will, was, were, did, has been, from now, ago, until, till, next, last,
    yesterday, (?<!be )(?<!it )(?<!already )tomorrow(?! already| there| yet),
    (?:days?|weeks?|months?|years?) (?:after|before|since), date of (?!today)\w+,
    (?:weekday|day|date) (?:of|was) the (?!week|month)\w+, (?:lands?|falls?|fell|was|is it) on,
    (?:every|each) \w+
    """
)
_NO_QUESTION = re.compile(
    r"\b(?:all|half) the time\b|\btime for (?:bed|lunch|breakfast|dinner|supper|tea|work)\b"
    r"|\ban? (?!good|bad|decent|reasonable|sensible|fair)\w+ time\b|\bi (?:already )?know what time"
)
"""Time that nobody asks for: "we had a lovely time in Malta"."""
_IS_NOT_ABOUT_NOW = (_OTHER_TIMES, _HAPPENS_AT_A_TIME, _ANOTHER_MOMENT)
_THERE = phrases("there, over there, for (?:him|her|them), (?:he|she|they) (?:have|got|has)")
_THERE_AT_LAST = re.compile(r"(?<!\bis )\bthere(?: right)?(?: now| yet| already)?$")
_CLOCK = phrases("clocks?, watch")
_JOINT = r"(?:and|also|then|in|plus|the|city|of|as|well|for)"
"""Words between two places of one list."""
_LONGEST_NAME_WORDS = 4


def read_arguments(request: str) -> dict[str, object] | None:
    """Read "what time is it in Tokyo" into place, asked and compared_with."""
    return read_with_corrections(request, _read, _corrected)


def _read(request: str) -> dict[str, object] | None:
    words = plain(without_ending(request))
    if _NO_QUESTION.search(words):
        return None
    places = find_places(words)
    if len(places) == 2 and _COMPARES_ZONES.search(words):
        return {"place": places[0], "asked": "difference", "compared_with": places[1]}
    if _THERE_AT_LAST.search(words) and len(places) != 1:
        return None  # what "there" is has been said before this request
    asking = _asking_clause(request) or words
    if any(other.search(asking) for other in _IS_NOT_ABOUT_NOW):
        return None
    if places and _ASKS_DIFFERENCE.search(words) and _MEASURES_TIME.search(words):
        return {
            "place": places[0],
            "asked": "difference",
            "compared_with": places[1] if len(places) > 1 else "",
        }
    asks_date = bool(_ASKS_DATE.search(words)) and not re.search(r"\btime\b", words)
    of_a_place = places and _SPEAKS_OF_TIME.search(words) and _WANTS.search(words)
    if not (asks_date or _ASKS_TIME.search(words) or of_a_place):
        return None
    asked = "date" if asks_date else "time"
    if places:
        return {"place": " and ".join(_in_one_list(places, words)), "asked": asked}
    unknown = re.search(
        r"\b(?:in|over in) (?!(?:the|this|my|a|an|case|bed|there|here|hours)\b)((?:\S+ ?){1,3})$",
        words,
    )
    return {"place": unknown[1] if unknown else "", "asked": asked}


def _in_one_list(places: list[str], words: str) -> list[str]:
    """Give the first place, and those in one list with it: "in Tokyo and in Rome"."""
    end = 1
    for number, (before, place) in enumerate(pairwise(places), start=2):
        joined = re.search(
            rf"\b{re.escape(before)}(?P<joint>(?: {_JOINT})*) {re.escape(place)}\b", words
        )
        if joined is None:
            break
        # Names side by side are one place, "Paris, France", unless an "and" comes after them.
        end = number if joined["joint"] else end
    return places[:end]


def _asking_clause(request: str) -> str:
    """Find the clause that asks for the present time whatever the ones before it tell.

    "My flight lands in Istanbul soon, what's the clock say there?" tells of a flight, but asks for
    the time. "The match is on tonight, what time is it?" does not: "it" may be the match.
    """
    words = plain(re.split(r"[.,;:!?]\s+", without_ending(request))[-1])
    is_now = _THERE.search(words) or _CLOCK.search(words)
    asks = _ASKS_TIME.search(words) or _ASKS_DATE.search(words)
    return words if is_now and asks and not find_places(words) else ""


def _corrected(arguments: dict[str, object], correction: str) -> dict[str, object]:
    places = find_places(plain(without_ending(correction)))
    if not places:
        return arguments
    key = "compared_with" if arguments.get("compared_with") else "place"
    return arguments | {key: places[-1]}


def find_places(words: str) -> list[str]:
    """Find the names of known places in plain words, longest names first, in order."""
    split = words.split()
    known = zones_of_places()
    found: list[str] = []
    at = 0
    while at < len(split):
        for length in range(min(_LONGEST_NAME_WORDS, len(split) - at), 0, -1):
            name = " ".join(split[at : at + length])
            possessive = name.removesuffix("'s")
            # "Nice", "Reading" or "mobile" are places only where a place is expected.
            expected = at > 0 and split[at - 1] in (
                "in",
                "at",
                "for",
                "and",
                "of",
                "to",
                "between",
                "is",
            )
            if possessive in known or name in SEVERAL_ZONES:
                if possessive in _ALSO_WORDS and not expected:
                    continue
                is_city = split[at + length : at + length + 1] == ["city"]  # "Panama City"
                found.append(f"{possessive} city" if is_city else possessive)
                at += length + is_city
                break
        else:
            at += 1
    return found


_ALSO_WORDS = {
    "nice",
    "la",
    "l a",
    "victoria",
    "wake",
    "center",
    "hall",
    "nome",
    "turkey",
    "us",
    "the us",
}


def time_tool(wall_now: WallNow, home_zone: str = "UTC") -> Tool:
    """Make the tool; `home_zone` is the zone key that is meant when no place is named."""

    @tool(
        name="time",
        examples=EXAMPLES,
        read_arguments=read_arguments,
        prepare=zones_of_places,
    )
    def time(
        place: str = "",
        asked: Literal["time", "date", "difference"] = "time",
        compared_with: str = "",
    ) -> str:
        """Tell the current time or date in a city or country, or the time difference between two.

        Args:
            place: a city, a country, or a zone like Asia/Tokyo, or several with "and" between
                them; empty for where the user is.
            asked: time, date, or difference (how far place is ahead of compared_with).
            compared_with: the second place, for a difference; empty for where the user is.
        """
        now = wall_now()
        if now.tzinfo is None:
            raise ToolError("The clock of this machine has no time zone.")
        if asked == "difference":
            there = now.astimezone(ZoneInfo(_zone(place, home_zone)))
            if not place:
                raise ToolError("Name a place to compare the time with.")
            other = now.astimezone(ZoneInfo(_zone(compared_with, home_zone)))
            return _say_difference(there, other, display_name(place), display_name(compared_with))
        home = now.astimezone(ZoneInfo(home_zone))
        return " ".join(
            _say_now(each, now.astimezone(ZoneInfo(_zone(each, home_zone))), home, asked)
            for each in _several(place)
        )

    return time


def _several(place: str) -> list[str]:
    """Take places apart that were named together, but not "Trinidad and Tobago"."""
    parts = [part.strip() for part in re.split(r",|\band\b", place)]
    return [place] if find_zone(place) or "" in parts else parts


def _say_now(place: str, there: datetime, home: datetime, asked: str) -> str:
    where = f" in {display_name(place)}" if place else ""
    if asked == "date":
        return f"It is {there:%A}, {there:%B} {there.day}, {there.year}{where}."
    day = f" on {there:%A}" if there.date() != home.date() else ""
    return f"It is {say_clock(there)}{day}{where}."


def _zone(place: str, home_zone: str) -> str:
    if not place.strip():
        return home_zone
    zone = find_zone(place)
    if zone is None and plain(place) in SEVERAL_ZONES:
        raise ToolError(f"There are several time zones in {display_name(place)}; name a city.")
    if zone is None:
        raise ToolError(f"I do not know the time zone of {display_name(place)[:60]}.")
    return zone


def say_clock(moment: datetime) -> str:
    """Say the time of day: "4:20 in the afternoon", "noon", "7 in the morning"."""
    if moment.minute == 0 and moment.hour in (0, 12):
        return "noon" if moment.hour else "midnight"
    hour = moment.hour % 12 or 12
    clock = f"{hour}:{moment.minute:02d}" if moment.minute else f"{hour}"
    if moment.hour < 12:
        return f"{clock} in the morning"
    if moment.hour < 18:
        return f"{clock} in the afternoon"
    return f"{clock} in the evening" if moment.hour < 22 else f"{clock} at night"


def _say_difference(there: datetime, other: datetime, name: str, other_name: str) -> str:
    offset, other_offset = there.utcoffset(), other.utcoffset()
    assert offset is not None
    assert other_offset is not None
    minutes = int((offset - other_offset).total_seconds()) // 60
    if minutes == 0:
        elsewhere = f"in {other_name}" if other_name else "where you are"
        return f"It is the same time in {name} as {elsewhere}."
    name = name[:1].upper() + name[1:]
    hours, rest = divmod(abs(minutes), 60)
    parts = [f"{hours} hour{'' if hours == 1 else 's'}"] if hours else []
    if rest:
        parts.append(f"{rest} minutes")
    side = "ahead of" if minutes > 0 else "behind"
    return f"{name} is {' and '.join(parts)} {side} {other_name or 'you'}."


def present_moment() -> datetime:
    """Give the present moment by the machine's clock."""
    return datetime.now(UTC)
