"""What surrounds the content of a spoken request: fillers, politeness, corrections tacked on."""

import functools
import re
from collections.abc import Callable
from typing import TypeVar

from weft.tools.builtin.spoken_numbers import Piece, read_pieces

Read = TypeVar("Read")


@functools.cache
def phrases(listed: str) -> re.Pattern[str]:
    """Match any of the phrases of a list, each as whole words; a comma and a space part them."""
    each = (phrase.strip() for phrase in re.split(r",\s+", listed.strip().rstrip(",")))
    return re.compile(rf"(?<![\w'])(?:{'|'.join(each)})(?!\w)", re.IGNORECASE)


def word_set(listed: str) -> frozenset[str]:
    """Take the words of a text as a set."""
    return frozenset(listed.split())


_FILLERS = re.compile(
    r"\b(?:u+m+|u+h+|e+r+m*|a+h+|h+m+|you know|i mean(?= like)|sort of|kind of)\b[,.…]*\s*",
    re.IGNORECASE,
)
_LEAD_IN = (
    r"(?:oh|ah|um|or|well|wait|sorry|oops|nope|no|actually|hang\ on|hold\ on|wait\ a\ second)"
)
_REPLACES = r"""
    (?: i \ (?:mean|meant\ to\ say|meant|said|wanted|asked\ (?:for|about))
      | (?:(?:can|could)\ you\ |please\ |let's\ )?(?:make|change)\ (?:it|that)(?:\ to)?
      | (?:it|that)\ should\ (?:be|have\ been)
      | scratch\ that | strike\ that | correction | or\ rather | my\ mistake | i\ misspoke
    )\b
"""
_CORRECTION = re.compile(
    rf"""
    (?:^|[\s,.;:?!…—–-]+)
    (?:
        (?:{_LEAD_IN}[\s,.!…—-]+)*(?:{_REPLACES}[\s,.!…—-]*)+
      | (?:no[\s,.!…—-]+(?:wait|sorry|actually)|(?:wait|sorry|oh)[\s,.!…—-]+no)\b
      | (?<=[,.;:?!…—–-]\s)(?:(?:{_LEAD_IN})\b(?=[\s,.!…—-]+\S)[\s,.!…—-]*)+
    )
    [\s,.:;!…—-]*
    """,
    re.IGNORECASE | re.VERBOSE,
)
_CORRECTING_SENTENCE = re.compile(
    r"(?<=[.?!])\s+(?=[^.?!]*\b(?:meant?|sorry|instead|not|rather|wrong|better|same|misheard|mistake"
    r"|my bad|changed my mind|i said|forget|should be|let me correct|thinking of)\b)",
    re.IGNORECASE,
)
"""Where a sentence begins that corrects the one before, whatever its first word."""
_OLD_BEHIND = re.compile(
    r"[\s,]+(?:not|instead of|rather than)\s+[^,.?!]+(?:,\s*(?:sorry|please))?[.?!]*$"
    r"|\s+instead[.?!]*$",
    re.IGNORECASE,
)
_OLD_BEFORE = re.compile(
    rf"^(?:{_LEAD_IN}[\s,]+)*not\s+(?:[^,.]+[,.]\s*(?:but\s+)?|.+?\s+but\s+)",
    re.IGNORECASE,
)
_POLITE = r"please|thanks|thank you|for me|would you|could you|will you|can you|okay|ok"
_POLITE_ENDING = re.compile(rf"[\s,.!?…]*(?:\b(?:{_POLITE})\b)?[\s,.!?…]*$", re.IGNORECASE)
_ENDING = re.compile(
    rf"[\s,.!?…]*(?:\b(?:{_POLITE}|right now|at the moment|then|right|now)\b)?[\s,.!?…]*$",
    re.IGNORECASE,
)


def without_fillers(request: str) -> str:
    """Leave out hesitations ("um", "you know") and straighten spaces and apostrophes."""
    return " ".join(_FILLERS.sub(" ", request.replace("’", "'")).split())


def split_corrections(request: str) -> list[str]:
    """Split a request from the corrections behind it: "… 23? No, I meant 20." gives two parts.

    What is replaced ("… 20, not 23") is left out. There is always at least one part; a request that
    begins with "no, I meant" has only the rest.
    """
    sentences = _CORRECTING_SENTENCE.split(without_fillers(request))
    parts = (part.strip() for each in sentences for part in _CORRECTION.split(each))
    first, *later = [part for part in parts if part.strip(" ,.?!")] or [request.strip()]
    corrections = [_OLD_BEFORE.sub("", _OLD_BEHIND.sub("", part)) for part in later]
    return [first, *(part for part in corrections if part)]


def without_politeness(text: str) -> str:
    """Leave out politeness and punctuation at the end ("…, please?")."""
    return _without(_POLITE_ENDING, text)


def without_ending(text: str) -> str:
    """Leave out politeness, "now", "then" and punctuation at the end."""
    return _without(_ENDING, text)


def _without(ending: re.Pattern[str], text: str) -> str:
    while (shorter := ending.sub("", text)) != text:
        text = shorter
    return text


def read_with_corrections(
    request: str,
    read: Callable[[str], Read | None],
    corrected: Callable[[Read, str], Read | None],
) -> Read | None:
    """Read a request, then each correction behind it.

    A correction may be a request by itself, it may change what was read before it, or it may
    complete a request that could not be read ("say hop every eight — no, every seven seconds").
    """
    told, *corrections = split_corrections(request)
    found = read(told)
    for correction in corrections:
        told = with_new_amount(told, correction)
        if (by_itself := read(correction)) is not None:
            found = by_itself
        elif found is not None:
            found = corrected(found, correction) or found
        else:
            found = read(told)
    return found


def with_new_amount(request: str, correction: str) -> str:
    """Put the amount that a correction begins with in the place of the one that it corrects.

    That is the last one of the same thing ("nine boxes … no, eight boxes"), else the last one.
    """
    new_at, new_pieces = _first_number(correction)
    pieces = read_pieces(request)
    numbers = [at for at, piece in enumerate(pieces) if not isinstance(piece.value, str)]
    if new_at is None or not numbers:
        return f"{request} {correction}"
    new, thing = new_pieces[new_at], _word_behind(new_pieces, new_at)
    same = [at for at in numbers if thing and _word_behind(pieces, at) == thing]
    old = pieces[(same or numbers)[-1]]
    behind = correction[new.end :]
    if same:
        # The rest of the correction may go on with the request: its question, for instance.
        behind = behind[behind.lower().index(thing) + len(thing) :]
        amount = correction[new.start : new.end]
        return f"{request[: old.start]}{amount}{request[old.end :]}{behind}"
    return f"{request[: old.start]}{correction[new.start : new.end]}{behind}{request[old.end :]}"


def _first_number(text: str) -> tuple[int | None, list[Piece]]:
    pieces = read_pieces(text)
    found = (at for at, piece in enumerate(pieces) if not isinstance(piece.value, str))
    return next(found, None), pieces


def _word_behind(pieces: list[Piece], at: int) -> str:
    word = pieces[at + 1].word if at + 1 < len(pieces) else ""
    return word if word[:1].isalpha() else ""
