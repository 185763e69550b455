"""What a request means with its corrections: "… France. No, I meant Italy." is "… Italy"."""

# Lists of words read best as text.
# ruff: noqa: SIM905

import re
from collections.abc import Awaitable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from weft.background_agents.types import ContextPackage
from weft.tools.builtin.spoken_requests import (
    split_corrections,
    without_ending,
    without_fillers,
)

_LONGEST_SPAN = 4
_LIKE_ENOUGH = 0.25
"""Below this no part of the request is of the correction's kind, and both are kept."""
_ASKS_BY_ITSELF = 0.5

_INSTEAD = re.compile(
    r"^(?P<new>.+?)[\s,]+(?:not|instead of|rather than) (?P<old>.+)$", re.IGNORECASE
)
_BUT = re.compile(r"^not (?P<old>.+?)[\s,]+but (?P<new>.+)$", re.IGNORECASE)
_LEADS = re.compile(
    r"^(?:(?:no|not that|sorry|oh|wait|actually|rather|and|but|so|okay|i mean|i meant|i said|"
    r"make (?:it|that)|what about|how about|the same for|for|in|to|of|it's|it is|that's)\b[\s,]*)+",
    re.IGNORECASE,
)
_TAILS = re.compile(
    r"[\s,]*\b(?:i mean|i meant|instead|rather|that is|actually|sorry)$", re.IGNORECASE
)
_FOLLOW_UP = re.compile(
    r"^(?:(?:and|so|okay|but)\s+)?(?:what about|how about)\b|^and\b", re.IGNORECASE
)
_FOLLOW_UP_WORDS = 7
_FUNCTION_WORDS = frozenset(
    "a about an and any are as at be by can could did do does for from had has have how i "
    "if in is it its me much many my of on or our please say set should tell that the their "
    "them there they this to was we were what what's when where which who whose why will "
    "with would you your".split()
)


class Understanding(Protocol):
    """What is needed of weft.meaning.SentenceMeaning."""

    def embedded(self, texts: Sequence[str]) -> Awaitable[NDArray[np.float32]]:
        """Embed texts as unit vectors, [len(texts), width]."""
        ...

    async def needs_delegation(self, request: str) -> float:
        """How likely an utterance is a request by itself, 0 … 1."""
        ...


async def resolved_request(package: ContextPackage, meaning: Understanding) -> str:
    """Give the request as one question, with corrections and what a follow-up leaves out."""
    request, *corrections = _parts(package)
    before = _previous_request(package, request)
    if before is not None:
        request = await _merged(before, request, meaning)
    for correction in corrections:
        request = await _merged(request, correction, meaning)
    return request


def _parts(package: ContextPackage) -> list[str]:
    parts = split_corrections(package.request)
    if package.revision > 0 and len(parts) == 1:
        # A correction without any of the usual words: it is the last sentence of the request.
        request, stop, correction = without_fillers(package.request).rpartition(". ")
        if stop and len(correction.split()) > 0:
            parts = [request, correction]
    return [part.strip(" ,;") for part in parts]


def _previous_request(package: ContextPackage, request: str) -> str | None:
    """Find what an "and in Rome?" goes on from: what the user said before it."""
    if not _FOLLOW_UP.match(request) or len(request.split()) > _FOLLOW_UP_WORDS:
        return None
    for line in reversed(package.transcript):
        known = line.text.strip().lower().rstrip(".?!") in package.request.lower()
        if line.speaker == "user" and not known and len(line.text.split()) > 2:
            return line.text
    return None


async def _merged(request: str, correction: str, meaning: Understanding) -> str:
    """Put a correction in the place of what it corrects."""
    bare = without_ending(_LEADS.sub("", correction).strip(" ,.?!"))
    bare = _TAILS.sub("", bare).strip(" ,.?!") or correction
    swap = _BUT.match(correction.strip(" ,.?!")) or _INSTEAD.match(bare)
    if swap:
        new, old = _LEADS.sub("", swap["new"]), swap["old"].strip(" ,.?!")
        replaced, count = re.subn(
            rf"\b{re.escape(old)}\b", lambda _: new, request, flags=re.IGNORECASE
        )
        if count:
            return replaced
        bare = new
    if len(bare.split()) > 2 and await meaning.needs_delegation(bare) >= _ASKS_BY_ITSELF:
        return bare
    spans = _spans(request)
    if not spans:
        return f"{request} {bare}"
    vectors = await meaning.embedded([bare, *(text for _, _, text in spans)])
    likeness = vectors[1:] @ vectors[0]
    best = int(np.argmax(likeness))
    if likeness[best] < _LIKE_ENOUGH:
        return f"{request} {bare}"
    start, end, _ = spans[best]
    return f"{request[:start]}{bare}{request[end:]}"


def _spans(text: str) -> list[tuple[int, int, str]]:
    """All runs of words that can be a thing or an amount, with their places in the text."""
    words = list(re.finditer(r"[\w'’-]+(?:[.,]\d+)?", text))
    found = []
    for first in range(len(words)):
        for last in range(first, min(first + _LONGEST_SPAN, len(words))):
            edges = (words[first][0].lower(), words[last][0].lower())
            if any(edge in _FUNCTION_WORDS for edge in edges):
                continue
            start, end = words[first].start(), words[last].end()
            found.append((start, end, text[start:end]))
    return found
