"""Several requests in one breath: "what time is it in Tokyo, and how do bees make honey". Pure."""

import re

_AND = r"(?:and also|and then|and|also|plus|then|oh and|oh|by the way)"
_QUESTION = (
    r"(?:what(?:'s|'re)?|how|who(?:'s)?|where(?:'s)?|which|why"
    r"|when(?:'s)? (?:is|are|was|were|do|did|does|will)"
    r"|is|are|was|were|do|does|did|can|could|will|would)"
)
_ORDER = (
    r"(?:(?:please )?(?:tell me|let me know|set|remind|start|convert|calculate|work out|add|divide"
    r"|multiply|find|look up|look for|search|show|explain|give me|say|wake me|remember))"
)
_BORDER = re.compile(
    rf"(?:[\s,;]+(?:{_AND}[\s,]+)+|(?<=[?!.])\s+(?:{_AND}[\s,]+)*)(?=(?:{_QUESTION}|{_ORDER})\b)",
    re.IGNORECASE,
)
_ASKS = re.compile(rf"^{_QUESTION}\b", re.IGNORECASE)
_LEANS = re.compile(
    r"\b(?:(?<!time is )(?<!time )it|its|he|him|his|she|her|they|them|theirs?|there|that|those"
    r"|these|this|ones?|same|then)\b",
    re.IGNORECASE,
)
_ENDS_IN_ANY_WORDS = re.compile(
    r"^(?:(?:please|and|can you|could you|would you|will you)[\s,]+)*"
    r"(?:remind|remember|note|make a note|say|wake|warn)\b",
    re.IGNORECASE,
)
"""An order behind whose verb anything may be said, questions too."""
_NEW_BREATH = re.compile(r"also|by the way|plus", re.IGNORECASE)
"""In a joint: what follows is something new, whatever was said before."""
_FEWEST_WORDS = 3


def split_requests(text: str) -> tuple[str, ...]:
    """Cut a text where another question or order begins that does not lean on the one before.

    It stays whole where there is none, or where a later part needs an earlier one to be understood
    ("and what is its capital"). Whether each part is a request of its own is for the caller to
    judge: "add five to six and then divide by two" is cut as well.
    """
    text = text.strip()
    parts: list[str] = []
    begin = 0
    for border in _BORDER.finditer(text):
        part = text[begin : border.start()].strip(" ,;")
        ended = part.endswith((".", "?", "!")) or _NEW_BREATH.search(border[0])
        if ended or not _ENDS_IN_ANY_WORDS.match(part):
            parts.append(part)
            begin = border.end()
    first, *others = *parts, text[begin:].strip(" ,;")
    too_short = any(len(part.split()) < _FEWEST_WORDS for part in (first, *others))
    if too_short or any(_LEANS.search(other) for other in others):
        return (text,)
    return (first, *others)


def asks(part: str) -> bool:
    """Whether a part is a question, and no order that may belong to another."""
    return _ASKS.match(part) is not None
