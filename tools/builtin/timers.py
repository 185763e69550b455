"""Timers that come back into the conversation: `timer` speaks once, `repeat` at every beat.

They wait on the session's clock, so a cancelled delegation ends them and virtual time turns them.
"""

import math
import re
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from pydantic import Field

from weft.errors import ToolError
from weft.tools.builtin.spoken_durations import Duration, read_durations, say_duration
from weft.tools.builtin.spoken_numbers import Piece, read_number, read_pieces
from weft.tools.builtin.spoken_requests import (
    split_corrections,
    without_fillers,
    without_politeness,
)
from weft.tools.tool import ToolContext, ToolOutput, tool

LONGEST_WAIT_S = 7 * 86_400.0
SOURCE = "timer"
"""Marks what a timer says: it is due at this very moment."""
SHORTEST_BEAT_S = 0.4
"""Two micro-turns: nothing can be said more often than that."""
MESSAGE_LIMIT_CHARS = 300

TIMER_EXAMPLES = (
    "Set a timer for ten minutes",
    "remind me in half an hour to call my mother",
    "In 20 seconds say go",
    "wake me up in an hour and a half",
    "Could you tell me when five minutes are over please?",
    "start a 3 minute timer for the eggs",
    "let me know in 45 seconds",
    "give me a countdown of two minutes",
    "In ten minutes remind me to take the bread out of the oven.",
    "after one minute say time to stretch",
    "ping me in a quarter of an hour",
    "please remind me to drink some water in 15 minutes",
)
REPEAT_EXAMPLES = (
    "Every four seconds say breathe",
    "say tick every two seconds",
    "remind me every twenty minutes to drink water",
    "every minute, tell me to sit up straight, five times",
    "keep saying left right every second for a minute",
    "Could you say stretch every half hour please?",
    "every 10 seconds say next until I tell you to stop",
    "count me in with go every three seconds",
    "repeat relax every five seconds",
    "nudge me every hour to look away from the screen",
    "please tell me breathe in every six seconds ten times",
)


# --- reading ------------------------------------------------------------------------------------

_ASKS_TIMER = re.compile(
    r"\b(?:timer|remind|reminder|wake|alarm|countdown|count down|let me know|ping|nudge|alert"
    r"|notify|on the clock|gone by|ring|buzz|prompt|poke|holler|shout|nag|heads up|heads-up"
    r"|warn|signal|sign|warning|ask me|check on me|time me|time|wait"
    r"|say|tell|shout|announce|call out|beep|come back|get back)\b",
    re.IGNORECASE,
)
_EVERY = re.compile(r"\b(?:every|each|once (?:every|an?|per))\b", re.IGNORECASE)
_AT_INTERVALS = re.compile(r"\b(?:hourly|intervals?|gaps|apart)\b", re.IGNORECASE)
_ONCE_IT_IS_OVER = re.compile(
    r"\bonce an? .*\b(?:has|have|is|are) (?:gone|passed|over|up)\b", re.IGNORECASE
)
_NO_LONGER = re.compile(r"^\W*(?:please )?(?:stop|don't|do not|no longer|enough)\b", re.IGNORECASE)
_QUOTED = re.compile(r"(?<!\w)['\"“‘](?P<message>[^'\"”’]+(?:'\w[^'\"”’]*)?)['\"”’](?!\w)")
_UNTIL = re.compile(
    r"[\s,]*\b(?:until|till|unless|and (?:don't|do not) stop|again and again|over and over"
    r"|forever|for ever)\b.*$",
    re.IGNORECASE,
)
_UNTIL_FIRST = re.compile(r"^(?:until|till)\b[^,]*,\s*", re.IGNORECASE)
_AT_A_TIME_OF_DAY = re.compile(r"\b(?:every|each) \w*day\b.*\bat\b", re.IGNORECASE)
"""Needs a calendar, not a timer."""
_CHANGES_ONE = re.compile(
    r"\b(?:snooze|extend|prolong|lengthen|shorten|pause|resume|cancel|delete|stop|add|add on)\b.*"
    r"\b(?:alarm|timer|reminder|countdown)\b",
    re.IGNORECASE,
)
"""Is about a timer that runs already, which another one would not answer."""
_SAY = re.compile(
    r"\b(?:keep (?:on )?saying|saying|say|shout|announce|call out|call|the word|repeat"
    r"|count me in with"
    r"|guide my breathing with)\b"
    r"(?: the words?| out loud| aloud)?[\s,:]*(?:to me\b[\s,:]*)?(?P<message>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_REMIND = re.compile(
    r"\b(?:remind|tell|nudge|alert|notify|ping|wake|buzz|prompt|poke|nag|warn)(?:ing)?"
    r" (?:me|us)(?: up)?\b[\s,]*"
    r"(?P<link>to|about|of|that)\b[\s,]*(?P<message>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_TELL = re.compile(
    r"\btell me[\s,:]+(?P<message>(?!(?:when|if|once|as soon|after|how)\b).+)$", re.IGNORECASE
)
_LABEL = re.compile(r"\btimer for (?:the |my |our )?(?P<label>[a-z][a-z ]{1,30})$", re.IGNORECASE)
_TIMES_WORDS = {"once": 1, "twice": 2, "thrice": 3}
_PRONOUNS = {
    "my": "your", "me": "you", "mine": "yours", "i": "you", "myself": "yourself", "i'm": "you're",
    "i've": "you've", "i'll": "you'll", "am": "are", "our": "your", "us": "you", "we": "you",
}  # fmt: skip


def _turned_to_user(words: str) -> str:
    """Say the user's words to the user: "call my mother" becomes "call your mother"."""
    return re.sub(r"[A-Za-z']+", lambda found: _PRONOUNS.get(found[0].lower(), found[0]), words)


def _cut_out(text: str, pieces: Sequence[Piece], first: int, end: int) -> str:
    """Leave a stretch of pieces out of a text, with the preposition before it."""
    before = text[: pieces[first].start]
    before = re.sub(
        r"\b(?:(?:every|each) time|(?:once )?every|once|each|in|after|for(?: the next)?|of|within)"
        r"\s*$",
        "",
        before,
        flags=re.I,
    )
    after = re.sub(
        r"^[\s-]*(?:from now|later|time|have passed)\b", "", text[pieces[end - 1].end :], flags=re.I
    )
    return f"{before.rstrip(' ,')} {after.lstrip(' ,.-')}".strip()


def _message(rest: str) -> str | None:
    """Find what is to be said in a request whose lengths of time have been cut out."""
    rest = re.sub(r"[\s,]+say$", "", without_politeness(rest), flags=re.IGNORECASE)
    reminded = _REMIND.search(rest)
    if reminded and reminded["link"].lower() != "that":
        link = reminded["link"].lower()
        return f"This is your reminder {link} {_turned_to_user(reminded['message'])}"
    if reminded:
        return _turned_to_user(reminded["message"])
    if quoted := _QUOTED.search(rest):
        return quoted["message"]
    if said := _SAY.search(rest):
        return re.sub(r" to (?:me|us)$", "", said["message"]).strip(" \"'“”,:;")
    if told := _TELL.search(rest):
        return _turned_to_user(told["message"]).strip(" \"'“”,:;")
    if noted := re.search(
        r"\b(?:reminder\b[\s,]*|(?:nudge|shout|buzz|heads[ -]up|prompt|poke|ping)"
        r" (?=to |about |for |of ))(to |about |for |of )?(.+)$",
        rest,
        re.IGNORECASE,
    ):
        link = noted[1].strip().lower() if noted[1] else "to"
        link = "about" if link == "for" else link
        return f"This is your reminder {link} {_turned_to_user(noted[2])}"
    label = _LABEL.search(rest)
    if label:
        return f"Time is up for the {label['label'].strip()}"
    return None


def _finished(message: str) -> str:
    message = " ".join(message.split()).strip(" ,;:")[:MESSAGE_LIMIT_CHARS]
    return f"{message[:1].upper()}{message[1:]}" if message else ""


def _of_the_timer(durations: Sequence[Duration], pieces: Sequence[Piece]) -> Duration:
    """Choose the length of time that is the timer's: the one behind "in", "for" or "after"."""
    for duration in durations:
        if _previous(pieces, duration.first) in ("in", "after", "for", "within", "of", "wait"):
            return duration
    return durations[0]


def _previous(pieces: Sequence[Piece], at: int) -> str:
    return pieces[at - 1].word if at else ""


def read_timer_arguments(request: str) -> dict[str, object] | None:
    """Read "in ten minutes remind me to call Ann" into seconds and message."""
    arguments: dict[str, object] | None = None
    for part in split_corrections(request):
        arguments = _read_timer(part) or (arguments and _corrected(arguments, part, "seconds"))
    return arguments


def _read_timer(request: str) -> dict[str, object] | None:
    text = without_fillers(request)
    pieces = read_pieces(text)
    durations = read_durations(pieces)
    if not durations or _CHANGES_ONE.search(text):
        return None
    if _AT_INTERVALS.search(text):
        return None
    if _EVERY.search(text) and not _ONCE_IT_IS_OVER.search(text):
        return None
    wanted = _of_the_timer(durations, pieces)
    previous = _previous(pieces, wanted.first)
    if not (_ASKS_TIMER.search(text) or (previous == "in" and wanted.first == 1)):
        return None
    rest = _cut_out(text, pieces, wanted.first, wanted.end)
    arguments: dict[str, object] = {"seconds": wanted.seconds}
    if message := _finished(_message(rest) or ""):
        arguments["message"] = message
    return arguments


def read_repeat_arguments(request: str) -> dict[str, object] | None:
    """Read "every four seconds say breathe" into every_seconds, message and times."""
    arguments: dict[str, object] | None = None
    for part in split_corrections(request):
        arguments = _read_repeat(part) or (
            arguments and _corrected(arguments, part, "every_seconds")
        )
    return arguments


def _read_repeat(request: str) -> dict[str, object] | None:
    text = _UNTIL.sub("", _UNTIL_FIRST.sub("", without_fillers(request)))
    if not (_EVERY.search(text) or _AT_INTERVALS.search(text)) or _AT_A_TIME_OF_DAY.search(text):
        return None
    if _ONCE_IT_IS_OVER.search(text) or _NO_LONGER.search(text):
        return None
    # "Every second", "every hour", "every other minute": the number is left out.
    frequency = r"\b(?:every|each|once every|once per|once) (?:an? |single )?"
    text = re.sub(r"\bone (?=every|each|per)", "", text, flags=re.IGNORECASE)
    text = re.sub(r"\bhourly\b", "every hour", text, flags=re.IGNORECASE)
    text = re.sub(r"\bthe next (?=second|minute|hour)", "the next 1 ", text, flags=re.IGNORECASE)
    text = re.sub(r"\b(?:at|in|with) intervals of\b|\bspaced\b", "every", text, flags=re.IGNORECASE)
    text = re.sub(
        r"(?P<length>[\w-]+) (?P<unit>second|minute|hour)s? (?:gaps?|apart|between)\b",
        r"every \g<length> \g<unit>s",
        re.sub(r"\bwith (?=[\w-]+ (?:second|minute|hour)s? gaps?)", "", text, flags=re.I),
        flags=re.IGNORECASE,
    )
    text = re.sub(r"\b(?:repetitions|reps|rounds)\b", "times", text, flags=re.IGNORECASE)
    text = re.sub(r"\btimes (?:in all|altogether|in total)\b", "times", text, flags=re.IGNORECASE)
    text = re.sub(
        r"\b,? ?and (?:then )?stop after (?=[\w -]*(?:second|minute|hour))",
        " for ",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(
        r"\b(?:at|in|with) (?P<length>[\w -]+?)[ -](?P<unit>second|minute|hour)s? intervals?\b",
        r"every \g<length> \g<unit>s",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(
        r"\b(?:for a total of|and (?:then )?stop after|stopping after) (?=[\w-]+ times\b)",
        "",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(r"(\btimes) over\b", r"\1", text, flags=re.IGNORECASE)
    text = re.sub(rf"{frequency}(?=half\b)", "every ", text, flags=re.IGNORECASE)
    text = re.sub(
        rf"{frequency}(?=(?:second|minute|hour|day)\b)", "every 1 ", text, flags=re.IGNORECASE
    )
    text = re.sub(
        r"\b(every|each) other (?=(?:second|minute|hour|day)\b)", "every 2 ", text, flags=re.I
    )
    pieces = read_pieces(text)
    durations = read_durations(pieces)
    beat = next(
        (
            each
            for each in durations
            if _previous(pieces, each.first) in ("every", "each", "once")
            or (
                _previous(pieces, each.first) == "time"
                and _previous(pieces, each.first - 1) in ("every", "each")
            )
        ),
        None,
    )
    if beat is None:
        return None
    spans = [(beat.first, beat.end)]
    arguments: dict[str, object] = {"every_seconds": beat.seconds}

    whole = next(
        (
            each
            for each in durations
            if _previous(pieces, each.first) == "for"
            or (
                _previous(pieces, each.first) == "next"
                and _previous(pieces, each.first - 1) == "the"
            )
        ),
        None,
    )
    if whole is not None and whole is not beat:
        arguments["times"] = max(1, math.floor(whole.seconds / beat.seconds + 1e-9))
        spans.append((whole.first, whole.end))
    for index, piece in enumerate(pieces):
        value = pieces[index - 1].value if index else ""
        if piece.word == "times" and not isinstance(value, str) and value.denominator == 1:
            arguments["times"] = int(value)
            spans.append((index - 1, index + 1))
        elif (
            piece.word in _TIMES_WORDS
            and _previous(pieces, index) != "say"
            and not (index + 1 < len(pieces) and pieces[index + 1].word in ("every", "each"))
        ):
            arguments["times"] = _TIMES_WORDS[piece.word]
            spans.append((index, index + 1))

    rest = text
    for first, end in sorted(spans, reverse=True):
        rest = _cut_out(rest, pieces, first, end)
    message = _finished(_message(rest) or "")
    if not message and not _ASKS_TIMER.search(text):
        return None
    if not message:
        beeps = re.search(r"\bbeep\b", text, re.IGNORECASE)
        message = "Beep" if beeps else f"Another {say_duration(beat.seconds)}"
    return arguments | {"message": message}


_TALKS_OF_THE_MISTAKE = re.compile(
    r"\b(?:wrong|mistake|misunderstood|misheard|didn't|not|mean|mind|rephrase|differently|correct"
    r"|better|other one)\b",
    re.IGNORECASE,
)


def _corrected(
    arguments: dict[str, object], correction: str, seconds_key: str
) -> dict[str, object]:
    """Replace the length of time, its number, or the message."""
    text = _UNTIL.sub("", without_fillers(correction))
    pieces = read_pieces(text)
    durations = read_durations(pieces)
    if durations:
        changed = arguments | {seconds_key: durations[0].seconds}
        text = _cut_out(text, pieces, durations[0].first, durations[0].end)
        if message := _finished(_message(text) or ""):
            changed["message"] = message
        return changed
    message = _finished(_message(text) or "")
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
        message = _finished(without_politeness(text))
    return arguments | {"message": message} if message else arguments


# --- the tools ----------------------------------------------------------------------------------


def _sentence(message: str) -> str:
    message = _finished(message)
    return message if not message or message[-1] in ".!?…" else f"{message}."


@tool(examples=TIMER_EXAMPLES, read_arguments=read_timer_arguments, time_limit_s=None)
async def timer(
    seconds: Annotated[float, Field(gt=0, le=LONGEST_WAIT_S)],
    context: ToolContext,
    message: str = "",
) -> AsyncIterator[ToolOutput]:
    """Wait for some time, then say a message: timers and reminders.

    Args:
        seconds: how long to wait, in seconds.
        message: what is then said to the user; empty for "time is up".
    """
    begun_s = context.clock.now_s() if context.asked_s is None else context.asked_s
    await context.clock.sleep_until_s(begun_s + seconds)
    text = _sentence(message) or f"Time is up. That was {say_duration(seconds)}."
    yield ToolOutput(text, sources=(SOURCE,))


@tool(examples=REPEAT_EXAMPLES, read_arguments=read_repeat_arguments, time_limit_s=None)
async def repeat(
    every_seconds: Annotated[float, Field(gt=0, le=LONGEST_WAIT_S)],
    message: str,
    context: ToolContext,
    times: Annotated[int, Field(ge=1)] | None = None,
) -> AsyncIterator[ToolOutput]:
    """Say a message again and again, at a steady pace, until cancelled.

    Args:
        every_seconds: seconds from one time to the next.
        message: what is said each time.
        times: how often it is said; without it, until the user no longer wants it.
    """
    if every_seconds < SHORTEST_BEAT_S:
        raise ToolError(f"I cannot say something more often than every {SHORTEST_BEAT_S} seconds.")
    if not message.strip():
        raise ToolError("There is nothing to say at each beat.")
    begun_s = context.clock.now_s() if context.asked_s is None else context.asked_s
    beat = 0
    said = 0
    while times is None or said < times:
        # Counted from the start, so that beats never drift; those already missed are left out.
        due = math.ceil((context.clock.now_s() - begun_s) / every_seconds - 1e-6)
        beat = max(beat + 1, due)
        await context.clock.sleep_until_s(begun_s + beat * every_seconds)
        yield ToolOutput(_sentence(message), sources=(SOURCE,))
        said += 1
