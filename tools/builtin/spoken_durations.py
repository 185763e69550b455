"""Lengths of time as people say them: "an hour and a half", "2 min 30", "half a minute"."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from weft.tools.builtin.spoken_numbers import Piece

SECONDS_OF = {
    name: seconds
    for seconds, names in {
        1: "second seconds sec secs s",
        60: "minute minutes min mins",
        3600: "hour hours hr hrs h",
        86400: "day days",
        604800: "week weeks",
        1209600: "fortnight fortnights",
    }.items()
    for name in names.split()
}


_BEGINS_A_REQUEST = {
    "say",
    "tell",
    "remind",
    "let",
    "wake",
    "ping",
    "call",
    "please",
    "could",
    "timer",
    "countdown",
    "alarm",
    "to",
}


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time, with the pieces it was read from: `first` up to, not including, `end`."""

    seconds: float
    first: int
    end: int


def read_durations(pieces: Sequence[Piece]) -> list[Duration]:
    """Find every length of time in pieces of text, in order."""
    found: list[Duration] = []
    at = 0
    while at < len(pieces):
        duration = read_duration_at(pieces, at)
        if duration is None:
            at += 1
        else:
            found.append(duration)
            at = duration.end
    return found


def _word(pieces: Sequence[Piece], at: int) -> str:
    return pieces[at].word if 0 <= at < len(pieces) else ""


def _number(pieces: Sequence[Piece], at: int) -> Fraction | None:
    value = pieces[at].value if at < len(pieces) else ""
    return None if isinstance(value, str) else value


def read_duration_at(pieces: Sequence[Piece], at: int) -> Duration | None:
    part = _one_part(pieces, at)
    if part is None:
        return None
    total, unit, end = part
    while True:
        ahead = end
        if _word(pieces, ahead) in ("and", ","):
            ahead += 1
        if _word(pieces, ahead) == "and":
            ahead += 1
        further = _one_part(pieces, ahead)
        if further is not None and further[1] < unit:
            total += further[0]
            unit, end = further[1], further[2]
            continue
        value = _number(pieces, ahead)
        if value is not None and ahead > end and 0 < value < 1:
            # "An hour and a half."
            return Duration(float(total + value * unit), at, ahead + 1)
        if value is not None and unit in (60, 3600) and value < 60 and _word(pieces, end) != ",":
            # "Two minutes thirty", "an hour and ten" — unless the number begins something else
            # ("20 times").
            behind = _word(pieces, ahead + 1)
            if value.denominator == 1 and (not behind.isalpha() or behind in _BEGINS_A_REQUEST):
                return Duration(float(total + value * unit / 60), at, ahead + 1)
        return Duration(float(total), at, end)


def _one_part(pieces: Sequence[Piece], at: int) -> tuple[Fraction, int, int] | None:
    """Read one number with its unit: seconds in total, seconds of the unit, index behind."""
    value = _number(pieces, at)
    ahead = at
    if value is not None:
        ahead += 1
        # "Half an hour"; but "twelve a week" is no length of time.
        articles = ("a", "an") if value < 1 else ()
        between = ("of", "more", "-", "full", "whole", *articles)
        while _word(pieces, ahead) in between:
            ahead += 1
    elif _word(pieces, at) in ("a", "an", "another", "one"):
        if _number(pieces, at - 1) is not None and at:
            return None  # "twelve a week"
        value = Fraction(1)
        ahead += 1
        if _word(pieces, ahead) in ("couple", "few"):
            value = Fraction(2 if _word(pieces, ahead) == "couple" else 3)
            ahead += 2 if _word(pieces, ahead + 1) == "of" else 1
        elif _word(pieces, ahead) in ("full", "whole", "single"):
            ahead += 1
    else:
        return None
    unit = SECONDS_OF.get(_word(pieces, ahead).removesuffix("'s").removesuffix("'"))
    # "A second timer" is one more timer.
    if unit is None or (_word(pieces, at) == "a" and _word(pieces, ahead + 1) == "timer"):
        return None
    return value * unit, unit, ahead + 1


def say_duration(seconds: float) -> str:
    """Say a length of time: 90 is "1 minute and 30 seconds"."""
    if seconds < 60 or seconds != int(seconds):
        shown = f"{seconds:.1f}".rstrip("0").rstrip(".")
        return f"{shown} second{'' if shown == '1' else 's'}"
    parts: list[str] = []
    left = int(seconds)
    for name, length in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, left = divmod(left, length)
        if count:
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
