"""Requests for timers: "in ten minutes remind me to call Ann", "say go every four seconds"."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from weft.tools.builtin.spoken_durations import SECONDS_OF, Duration, read_durations, say_duration
from weft.tools.builtin.spoken_numbers import Piece, read_number, read_pieces
from weft.tools.builtin.spoken_requests import (
    phrases,
    read_with_corrections,
    without_fillers,
    without_politeness,
    word_set,
)
from weft.tools.builtin.timer_messages import finished, message_of, without_trailing

_ASKS_TIMER = phrases(
    r"""
    timer, remind, reminding, reminders?, be reminded, be told, wake, alarm, countdown, count down,
    counting,
    count (?:me|us) down, on the clock, eye on the clock, keep the time, time me, time it,
    (?:you|please|to|^) time (?:my|our|the|this|that|his|her|a), gone by,
    ping, nudge, buzz, ring, poke, prod, prompt, tap me, cue, alert, notify, nag, warn, warning,
    heads up, heads-up, signal, sign, whistle, beep, bleep, ding, chime, tick, click,
    say, tell, shout, yell, holler, announce, call out, sing out, ask me, let me know,
    check on me, check back, come back, get back, get me up, give me a (?:call|bell|ring),
    give (?:me|us|it|them|her|him) (?:[\w-]+ ){1,5}?(?:seconds?|minutes?|hours?),
    (?:put|stick|pop) (?:[\w-]+ ){1,5}?(?:seconds?|minutes?|hours?) on,
    (?:let me|mustn't|must not|can't|want to) forget, make sure i, wait,
    starting now, start now, start counting, start the clock, be woken, being woken
    """
)
_OVER = (
    r"(?:have |has |are |is |'s )(?:all )?(?:up|over|done|gone|finished|through|past|passed|elapsed"
    r"|expired)(?: by)?|(?:gone|passed|elapsed|pass|go by|elapse)"
)
"""What is said of a length of time that has come to its end."""
_ONCE_IT_IS_OVER = re.compile(rf"\bonce\b.*?(?:\b|(?='))(?:{_OVER})\b", re.IGNORECASE)
_OVER_BEHIND = re.compile(
    rf"^[\s-]*(?:from now|later|time|(?:{_OVER})(?: then)?)(?=\W|$)", re.IGNORECASE
)
_WHEN_BEFORE = re.compile(r"\b(?:when|once|as soon as|after|the moment)\s*$", re.IGNORECASE)
_NO_LONGER = re.compile(
    r"^\W*(?:please )?(?:stop|(?:don't|do not)(?! (?:let|forget))|no longer|enough)\b",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    r"[\s,]*\b(?:until|till|unless|and (?:don't|do not) stop|forever|for ever"
    r"|and keep (?:going|at it)|without (?:end|stopping))\b.*$",
    re.IGNORECASE,
)
_UNTIL_FIRST = re.compile(r"^(?:until|till)\b[^,]*,\s*", re.IGNORECASE)
_AGAIN_AND_AGAIN = re.compile(
    r"[\s,]*\b(?:again and again|over and over(?: again)?|(?:on|in) (?:repeat|a loop)|repeatedly"
    r"|regularly|like clockwork|on the (?:hour|dot)|round and round)\b,?",
    re.IGNORECASE,
)
_AT_A_TIME_OF_DAY = phrases(
    r"""
    (?:(?:every|each) \w*day|daily)\b.*\bat (?:\d|noon|midnight|half|quarter|one|two|three|four
    |five|six|seven|eight|nine|ten|eleven|twelve|dawn|dusk|sun|bed|lunch|dinner|breakfast|night
    |the same)\w*,
    (?:every|each) (?:\w+ )?(?:mon|tues|wednes|thurs|fri|satur|sun)day,
    (?:every|each) (?:morning|evening|night|afternoon|weekday|weekend|month|year), nightly, monthly
    """.replace("\n    |", "|")
)
"""Needs a calendar, not a timer."""
_BEFORE_SOMETHING = phrases(
    "(?:seconds?|minutes?|hours?|days?|weeks?) (?:before|ahead of|prior to|early)"
)
"""Needs to know when the other thing is."""
_CHANGES_ONE = phrases(
    r"""
    (?:snooze|extend|prolong|lengthen|shorten|pause|resume|cancel|delete|stop|bring|move|push|restart
    |reset|add (?!an?\b))\b.*\b(?:alarms?|timers?|reminders?|countdown),
    (?:alarm|timer|reminder|countdown)\b.*\b(?:back|forward|earlier|later), snooze,
    how (?:long|much|many)\b.*\b(?:left|to go|remain\w*|longer|more)
    """.replace("\n    |", "|")
)
"""Is about a timer that runs already, which another one would not answer."""
_ASKS_FOR_PATIENCE = re.compile(
    r"\b(?:(?:wait|hold on|hang on|bear with me|give (?:me|us)|stop|pause)[\s,]+)"
    r"(?:(?:for|just|only)[\s,]+)*(?:a|an|one|half a|another|two|a couple of|a few)"
    r" (?:sec|second|minute|moment|tick|min)s?\b(?![\s,]*(?:and|then|before)\b)"
    r"|^\W*(?:just |only )?in (?:just )?a (?:sec|second|minute|moment|min)\W*$",
    re.IGNORECASE,
)
"""Says "wait a minute", and means nobody's clock."""
_TIMES_WORDS = {"once": 1, "twice": 2, "thrice": 3}


def _cut_out(text: str, pieces: Sequence[Piece], first: int, end: int) -> str:
    """Leave a stretch of pieces out of a text, with what only says that it is over."""
    before = text[: pieces[first].start]
    after, is_over = _OVER_BEHIND.subn("", text[pieces[end - 1].end :])
    if is_over:
        before = _WHEN_BEFORE.sub("", before)
    comma = "," if before.rstrip() and re.match(r"\s*,\s*\w", after) else ""
    return f"{before.rstrip(' ,')}{comma} {after.lstrip(' ,.-')}".strip()


def _of_the_timer(durations: Sequence[Duration], pieces: Sequence[Piece]) -> Duration:
    """Choose the length of time that is the timer's: the one behind "in", "for" or "after".

    In a clause before, it says how long something else takes ("it starts in an hour. Nudge me…").
    """
    ends = [at for at, piece in enumerate(pieces) if piece.word in (".", "!", "?", ",", ";")]
    asks = max((at for at in ends if _asks_behind(pieces, at)), default=0)
    durations = [each for each in durations if each.first >= asks] or durations
    for duration in durations:
        if _previous(pieces, duration.first) in ("in", "after", "for", "within", "of", "wait"):
            return duration
    return durations[0]


def _asks_behind(pieces: Sequence[Piece], at: int) -> bool:
    return bool(_ASKS_TIMER.search(" ".join(piece.word for piece in pieces[at:])))


def _previous(pieces: Sequence[Piece], at: int) -> str:
    return pieces[at - 1].word if at else ""


def read_timer_arguments(request: str) -> dict[str, object] | None:
    """Read "in ten minutes remind me to call Ann" into seconds and message."""
    return read_with_corrections(
        request, _read_timer, lambda read, part: _corrected(read, part, "seconds")
    )


def _read_timer(request: str) -> dict[str, object] | None:
    patient = _ASKS_FOR_PATIENCE.sub(" ", without_fillers(request))
    text = _with_the_unit(_in_plain_lengths(patient))
    pieces = read_pieces(text)
    durations = read_durations(pieces)
    if not durations or _CHANGES_ONE.search(text) or _BEFORE_SOMETHING.search(text):
        return None
    if _is_repeated(text, pieces, durations) and not _ONCE_IT_IS_OVER.search(text):
        return None
    wanted = _of_the_timer(durations, pieces)
    previous = _previous(pieces, wanted.first)
    is_order = previous == "time" or (previous == "in" and wanted.first == 1)
    if not (is_order or _ASKS_TIMER.search(text)):
        return None
    first, end = _widened(pieces, wanted.first, wanted.end, _BEFORE_A_WAIT)
    rest = _cut_out(text, pieces, first, end)
    arguments: dict[str, object] = {"seconds": wanted.seconds}
    if message := finished(message_of(rest) or ""):
        arguments["message"] = message
    return arguments


def _in_plain_lengths(text: str) -> str:
    """Say "this time tomorrow" and "00:05:00" as lengths of time."""
    text = re.sub(
        r"\b(?:(?:at )?(?:this|the same) time tomorrow"
        r"|tomorrow,? (?:at )?(?:this|the same) time)\b",
        "in 24 hours",
        text,
        flags=re.IGNORECASE,
    )
    return re.sub(r"\b(\d{1,2}):(\d\d):(\d\d)\b", r"\1 hours \2 minutes \3 seconds", text)


def _with_the_unit(text: str) -> str:
    """Put in the unit that "nudge me in ten" leaves out: the last one said, else minutes."""
    pieces = read_pieces(text)
    asked = _ASKS_TIMER.search(text)
    for at in range(len(pieces) - 1, 0, -1):
        value, behind = pieces[at].value, _word(pieces, at + 1)
        is_end = behind in ("", "to", "about", "please", "and", ",", ".", "!", "?", "that")
        if isinstance(value, str) or pieces[at - 1].word != "in" or not is_end:
            continue
        if not asked or not 0 < value <= 120:
            continue
        said = [piece.word for piece in pieces[:at] if piece.word in SECONDS_OF]
        end = pieces[at].end
        return f"{text[:end]} {said[-1] if said else 'minutes'}{text[end:]}"
    return text


def _word(pieces: Sequence[Piece], at: int) -> str:
    return pieces[at].word if 0 <= at < len(pieces) else ""


def read_repeat_arguments(request: str) -> dict[str, object] | None:
    """Read "every four seconds say breathe" into every_seconds, message and times."""
    return read_with_corrections(
        request, _read_repeat, lambda read, part: _corrected(read, part, "every_seconds")
    )


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of a request, from piece `first` up to `end`, and what it says as a number."""

    first: int
    end: int
    value: float


_BEAT_BEFORE = word_set("every each once per")
_GAPS = word_set("apart gap gaps interval intervals between pause pauses spacing break breaks")
_GAP_BEFORE = word_set("gap gaps interval intervals pause pauses spacing break breaks")
_AROUND_A_BEAT = word_set("every each once per one single")
_PAUSING = word_set("spaced interval pausing waiting leaving resting")
_AROUND_A_GAP = word_set(
    "pausing waiting leaving resting with at by of a an the regular gap gaps interval intervals"
    " pause pauses spaced spacing break breaks"
)
_BEHIND_A_GAP = frozenset([*_GAPS, "in", "them", "each", "one", "-"])
_TIMES = word_set(
    "times reminders repetitions reps rounds goes nudges alerts prompts shouts beeps calls"
    " laps sets cycles turns intervals"
)
_COUNTS = word_set("times repetitions reps rounds laps sets cycles")
"""Those that say no more than how often; "ten reminders to stretch" goes on with the message."""
_AROUND_TIMES = word_set(
    "just only but for a total of and stop stopping after do it then exactly repeat"
)
_BEHIND_TIMES = word_set("over in all altogether total only")
_BEFORE_A_WAIT = word_set(
    "in at after for the next over of within about around roughly approximately exactly maybe say"
)
_BEFORE_A_WHOLE = frozenset([*_AROUND_TIMES, "the", "next", "over", "lasting"])
_WORDINGS = (
    (r"\bhalf[ -]hourly\b", "every half hour"),
    (r"\b(?<!twice )(?<!times )(?:every ?day|daily)\b", "every day"),
    (r"\b(?<!twice )(?<!times )weekly\b", "every week"),
    (r"\b(every|each) (?=(?:couple|few)\b)", r"\1 a "),
    (r"\bhourly\b", "every hour"),
    (r"\bone (?=every|each|per)", ""),
    (r"\b(every|each) other (?=(?:second|minute|hour|day|week)\b)", "every 2 "),
    (
        r"\b(every|each|once) (?:single |per |every |an? )?(?=(?:second|minute|hour|day|week)\b)",
        "every 1 ",
    ),
    (r"\b(every|each) (?:an? |single )(?=half\b|quarter\b)", "every "),
    (r"\bthe next (?=second|minute|hour)", "the next 1 "),
)
"""One way of saying it for several, so that every length of time has its number."""


def _read_repeat(request: str) -> dict[str, object] | None:
    text = _UNTIL.sub("", _UNTIL_FIRST.sub("", without_fillers(request)))
    if any(each.search(text) for each in (_AT_A_TIME_OF_DAY, _ONCE_IT_IS_OVER, _NO_LONGER)):
        return None
    text = _AGAIN_AND_AGAIN.sub(" ", text)
    for wording, meant in _WORDINGS:
        text = re.sub(wording, meant, text, flags=re.IGNORECASE)
    pieces = read_pieces(text)
    durations = read_durations(pieces)
    beat = _beat(pieces, durations)
    if beat is None:
        return None
    spans = [beat]
    arguments: dict[str, object] = {"every_seconds": beat.value}
    whole = _whole(pieces, durations, beat)
    times = _times(pieces, beat)
    if times is not None:
        arguments["times"] = int(times.value)
        spans.append(times)
    if whole is not None:
        arguments.setdefault("times", max(1, math.floor(whole.value / beat.value + 1e-9)))
        spans.append(whole)
    rest = text
    for span in sorted(spans, key=lambda span: -span.first):
        rest = _cut_out(rest, pieces, span.first, span.end)
    message = finished(without_trailing(message_of(rest) or ""))
    if not message and not _ASKS_TIMER.search(text):
        return None
    if not message:
        sound = re.search(r"\b(?:beep|bleep|ding|tick|click|chime)\b", text, re.IGNORECASE)
        message = finished(sound[0]) if sound else f"Another {say_duration(beat.value)}"
    return arguments | {"message": message}


def _is_repeated(text: str, pieces: Sequence[Piece], durations: Sequence[Duration]) -> bool:
    return bool(
        re.search(r"\b(?:every|each|hourly|daily|weekly|once (?:per|an?))\b", text, re.IGNORECASE)
        or _beat(pieces, durations)
    )


def _beat(pieces: Sequence[Piece], durations: Sequence[Duration]) -> _Span | None:
    """Find the length of time from one message to the next, with the words that make it one."""
    for duration in durations:
        before = _previous(pieces, duration.first)
        before_it = _previous(pieces, duration.first - 1)
        behind = [_word(pieces, at) for at in (duration.end, duration.end + 1)]
        if before in ("a", "an", "per") and before_it in ("times", "twice"):
            continue
        is_gap = behind[0] in _GAPS or (behind[0] == "in" and behind[1] == "between")
        is_gap = is_gap or (before in ("of", "by") and before_it in (*_GAP_BEFORE, "spaced"))
        is_gap = is_gap or before in _PAUSING
        is_beat = before in _BEAT_BEFORE or (before == "time" and before_it in _BEAT_BEFORE)
        if is_gap or is_beat:
            around = _AROUND_A_GAP if is_gap else _AROUND_A_BEAT
            behind_it = _BEHIND_A_GAP if is_gap else frozenset[str]()
            begins = duration.first - (1 if before == "time" else 0)  # "each time two minutes pass"
            first, end = _widened(pieces, begins, duration.end, around, behind_it)
            return _Span(first, end, duration.seconds)
    return _frequency(pieces, durations)


def _frequency(pieces: Sequence[Piece], durations: Sequence[Duration]) -> _Span | None:
    """Read "three times an hour" as a beat of twenty minutes."""
    for duration in durations:
        at = duration.first - (1 if _previous(pieces, duration.first) in ("per", "every") else 0)
        word = _previous(pieces, at)
        if word in ("twice", "thrice"):
            return _Span(at - 1, duration.end, duration.seconds / _TIMES_WORDS[word])
        value = pieces[at - 2].value if at > 1 else ""
        is_article = pieces[duration.first].word in ("a", "an") or at < duration.first
        if word == "times" and is_article and not isinstance(value, str) and value > 0:
            return _Span(at - 2, duration.end, duration.seconds / float(value))
    return None


def _whole(pieces: Sequence[Piece], durations: Sequence[Duration], beat: _Span) -> _Span | None:
    """Find the length of time after which it is enough: "for ten minutes", "stop after an hour"."""
    for duration in durations:
        if beat.first <= duration.first < beat.end:
            continue
        before = _previous(pieces, duration.first)
        before_it = _previous(pieces, duration.first - 1)
        is_end = before == "after" and before_it in ("stop", "stopping", "quit", "end")
        if before in ("for", "lasting") or (before, before_it) == ("next", "the") or is_end:
            first, end = _widened(pieces, duration.first, duration.end, _BEFORE_A_WHOLE)
            return _Span(first, end, duration.seconds)
    return None


def _times(pieces: Sequence[Piece], beat: _Span) -> _Span | None:
    """Find how often it is to be said."""
    for at, piece in enumerate(pieces):
        if beat.first <= at < beat.end:
            continue
        value = pieces[at - 1].value if at else ""
        if piece.word in _TIMES and not isinstance(value, str) and value.denominator == 1:
            first = at - 1
            count = int(value)
        elif piece.word in _TIMES_WORDS and _previous(pieces, at) != "say":
            first = at
            count = _TIMES_WORDS[piece.word]
        else:
            continue
        end = at + 1 if piece.word in _COUNTS or piece.word in _TIMES_WORDS else at
        first, end = _widened(pieces, first, end, _AROUND_TIMES, _BEHIND_TIMES)
        return _Span(first, end, count)
    return None


def _widened(
    pieces: Sequence[Piece],
    first: int,
    end: int,
    before: frozenset[str],
    behind: frozenset[str] = frozenset(),
) -> tuple[int, int]:
    """Take the small words around a stretch in."""
    while _previous(pieces, first) in before and _previous(pieces, first) != _word(pieces, first):
        first -= 1  # once each: "bring the washing in in ten minutes"
    while _word(pieces, end) in behind:
        end += 1
    return first, end


_TALKS_OF_THE_MISTAKE = re.compile(
    r"\b(?:wrong|mistake|misunderstood|misheard|didn't|not|mean|mind|rephrase|differently|correct"
    r"|better|other one)\b",
    re.IGNORECASE,
)


def _corrected(
    arguments: dict[str, object], correction: str, seconds_key: str
) -> dict[str, object]:
    """Replace the length of time, its number, or the message."""
    text = _AGAIN_AND_AGAIN.sub(" ", _UNTIL.sub("", without_fillers(correction)))
    pieces = read_pieces(text)
    durations = read_durations(pieces)
    if durations:
        changed = arguments | {seconds_key: durations[0].seconds}
        around = _BEFORE_A_WAIT | _AROUND_A_BEAT
        text = _cut_out(
            text, pieces, *_widened(pieces, durations[0].first, durations[0].end, around)
        )
        if message := finished(message_of(text) or ""):
            changed["message"] = message
        return changed
    message = finished(message_of(text) or "")
    numbers = [piece.value for piece in pieces if not isinstance(piece.value, str)]
    if numbers and "times" in without_politeness(text).split():
        return arguments | {"times": int(numbers[0])}
    if numbers and (not message or read_number(message) is not None):
        # "No, I meant twenty": the same unit as before.
        seconds = arguments[seconds_key]
        assert isinstance(seconds, float)
        unit = next((unit for unit in (86400, 3600, 60) if seconds % unit == 0), 1)
        return arguments | {seconds_key: float(numbers[-1]) * unit}
    if not message and "message" in arguments and not _TALKS_OF_THE_MISTAKE.search(text):
        message = finished(without_politeness(text))
    return arguments | {"message": message} if message else arguments
