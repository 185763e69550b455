"""What surrounds the content of a spoken request: fillers, politeness, corrections tacked on."""

import re

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
