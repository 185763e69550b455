"""The time and date in any place: "It is 4:20 in the afternoon in Tokyo."

The moment comes from a function that is passed in, so that tests and virtual time can say
what they like.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
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
from weft.tools.builtin.spoken_requests import split_corrections, without_ending
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

_ASKS_TIME = re.compile(
    r"\b(?:what|which|the|current|exact|local|right|correct|present) (?:\w+ )?time\b|present hour"
    r"|\btime (?:is it|it is|now|right now|over|in|at|for|there|check)\b|^(?:\w+ ){0,3}time$"
    r"|\b(?:clock say|o'clock is|what hour|which hour|how late|how early)\b"
    r"|\bis it (?:\w+ ){0,3}(?:evening|morning|afternoon|night|noon|midnight|daytime)\b"
)
"""Asks for the present moment; a time of day that is only mentioned asks for nothing."""
_ASKS_DATE = re.compile(
    r"\b(?:(?:the|what|which|today's|current|calendar) date|date (?:is it|today|do)|what day"
    r"|which day"
    r"|day of the week|day is it|day is today|weekday|what month|which month|what year|which year"
    r"|what(?:'s| is) today)\b|^date$"
)
_ASKS_DIFFERENCE = re.compile(
    r"\b(?:time difference|hours? (?:ahead|behind|apart|between|difference)"
    r"|difference (?:in time|between)|how far (?:ahead|behind)|ahead of|behind|hours ahead"
    r"|differ|differs|different from|hours from)\b"
)
_IS_NOT_ABOUT_NOW = re.compile(
    r"\b(?:if it'?s?|when it'?s?|open|opens|close|closes|timer|remind|born|invented|start|starts"
    r"|took|take|takes|how long|last time|first time|next time|flight|train|sunset|sunrise|history"
    r"|will|was|were|did|has been|(?:my|our|the|your) calendar(?! date)|diary|meeting"
    r"|appointment|birthday|tides?|opening"
    r"|closing|hours of|daylight|saving|from now|ago|until|till|schedule|timetable|arrives?|leaves?"
    r"|departs?|begins?|ends?|is (?:my|our|his|her|their|your)|what time (?:does|are|should|can)"
    r"|what time is (?!it\b)\w+|date of (?!today)\w+|next|last|tomorrow|yesterday"
    r"|(?:every|each) \w+)\b"
)
_LONGEST_NAME_WORDS = 4


def read_arguments(request: str) -> dict[str, object] | None:
    """Read "what time is it in Tokyo" into place, asked and compared_with."""
    arguments: dict[str, object] | None = None
    for part in split_corrections(request):
        arguments = _read(part) or (arguments and _corrected(arguments, part))
    return arguments


def _read(request: str) -> dict[str, object] | None:
    words = plain(without_ending(request))
    if _IS_NOT_ABOUT_NOW.search(words):
        return None
    places = find_places(words)
    if _ASKS_DIFFERENCE.search(words) and places:
        return {
            "place": places[0],
            "asked": "difference",
            "compared_with": places[1] if len(places) > 1 else "",
        }
    asks_date = bool(_ASKS_DATE.search(words)) and not re.search(r"\btime\b", words)
    if not (asks_date or _ASKS_TIME.search(words)):
        return None
    asked = "date" if asks_date else "time"
    if places:
        return {"place": places[0], "asked": asked}
    unknown = re.search(r"\b(?:in|over in|at) (?!the |this |my )((?:\S+ ?){1,3})$", words)
    return {"place": unknown[1] if unknown else "", "asked": asked}


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
                found.append(possessive)
                at += length
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
            place: a city, a country, or a zone like Asia/Tokyo; empty for where the user is.
            asked: time, date, or difference (how far place is ahead of compared_with).
            compared_with: the second place, for a difference; empty for where the user is.
        """
        now = wall_now()
        if now.tzinfo is None:
            raise ToolError("The clock of this machine has no time zone.")
        there = now.astimezone(ZoneInfo(_zone(place, home_zone)))
        where = f" in {display_name(place)}" if place else ""
        if asked == "difference":
            if not place:
                raise ToolError("Name a place to compare the time with.")
            other = now.astimezone(ZoneInfo(_zone(compared_with, home_zone)))
            return _say_difference(there, other, display_name(place), display_name(compared_with))
        if asked == "date":
            return f"It is {there:%A}, {there:%B} {there.day}, {there.year}{where}."
        home = now.astimezone(ZoneInfo(home_zone))
        day = f" on {there:%A}" if there.date() != home.date() else ""
        return f"It is {say_clock(there)}{day}{where}."

    return time


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
