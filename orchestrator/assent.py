"""Whether a turn says yes to a question: decided by meaning, and in doubt by no.

A mistaken yes does what nobody wanted; a mistaken doubt costs one more word. So a part of the turn
must mean yes, the others may only repeat what was asked, and no word may take anything back.
"""

import re

from weft.orchestrator.approval import Assent
from weft.orchestrator.meant import telling
from weft.orchestrator.ports import Meaning

_YES = (
    "yes",
    "yes please",
    "yes do that",
    "yeah",
    "yep",
    "sure",
    "sure thing",
    "okay",
    "all right",
    "of course",
    "go ahead",
    "go on",
    "go for it",
    "please do",
    "do it",
    "absolutely",
    "fine with me",
    "that's fine",
    "sounds good",
    "that would be great",
    "that's right",
)
_YES_WORDS = frozenset(" ".join(_YES).split())
_NO = (
    "no",
    "no thank you",
    "don't do that",
    "please don't",
    "stop",
    "not now",
    "leave it",
    "cancel that",
    "I'd rather not",
    "never mind",
)
# A cosine similarity, chosen on the table in tests/integration/test_assent.py: what says neither
# stays below 0.5, and what says one of them often comes near the other too.
MEANT = 0.6
LONGEST_WORDS = 12
"""A longer turn says more than yes."""

_TAKES_BACK = re.compile(
    r"\b(?:no|nope|nah|not|never|\w+n't|cannot|wait|stop|hold on|but|if|unless|until|later|maybe"
    r"|perhaps|cancel|forget|leave|instead|rather|except|first|then|what|who|when|where|why|how|which)\b|\?",
    re.IGNORECASE,
)
_NOT_A_QUESTION = re.compile(r"\bwhy not\b", re.IGNORECASE)
_HESITATION = re.compile(r"\b(?:u+m+|u+h+|e+r+m*|a+h+|h+m+|well|oh)\b[\s,.…]*", re.IGNORECASE)


async def assent(said: str, question: str, meaning: Meaning) -> Assent:
    """Say what a turn answers to a question."""
    said = " ".join(_HESITATION.sub("", said.replace("’", "'")).split())
    parts = [part for part in re.split(r"\s*[,.!;:…]+\s*", said) if part]
    if not parts:
        return Assent.UNCLEAR
    if _TAKES_BACK.search(_NOT_A_QUESTION.sub("", said)):
        yes, no = await _nearness(parts[0], meaning)
        return Assent.NO if no >= MEANT and no > yes else Assent.UNCLEAR
    if len(said.split()) > LONGEST_WORDS:
        return Assent.UNCLEAR
    agreed = False
    for part in parts:
        yes, no = await _nearness(part, meaning)
        means_yes = yes >= MEANT and yes > no
        if _adds(part, question, means_yes=means_yes):
            return Assent.UNCLEAR
        agreed = agreed or means_yes
    return Assent.YES if agreed else Assent.UNCLEAR


def _adds(part: str, question: str, *, means_yes: bool) -> bool:
    """Whether a part says more than yes, and more than was asked.

    Embeddings cannot tell: "send it to Bob" is as near to the question as "send it to Ann".
    """
    words = part.lower().split()
    others = [word for word in words if word not in _YES_WORDS]
    if means_yes and len(others) == len(words):
        return False  # A yes in words of its own.
    return bool(telling(" ".join(others)) - telling(question))


async def _nearness(part: str, meaning: Meaning) -> tuple[float, float]:
    """Give how near a part is to a yes and to a no."""
    yes = max([await meaning.similarity(part, phrase) for phrase in _YES])
    return yes, max([await meaning.similarity(part, phrase) for phrase in _NO])
