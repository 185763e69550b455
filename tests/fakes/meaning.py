"""Meaning by shared words: crude, deterministic, and without a model."""

import re

import anyio

from weft.clock import Clock, sleep_s

SLOW_S = 2.5
"""Long enough for the user to say something else meanwhile."""
_ASKS = {"what", "what's", "who", "when", "where", "why", "how", "which", "find", "tell"}


class FakeMeaning:
    """Similarity is the share of common words; a question word makes a request."""

    def __init__(
        self, *, broken: bool = False, hangs: bool = False, slow_on: Clock | None = None
    ) -> None:
        """`broken` fails every comparison; one that `hangs` never comes to an end.

        `slow_on` is a clock on which each comparison takes SLOW_S.
        """
        self._slow_on = slow_on
        self._broken = broken
        self._hangs = hangs
        self.asked: list[str] = []

    async def similarity(self, left: str, right: str) -> float:
        await self._ask(f"{left} | {right}")
        words, others = _words(left), _words(right)
        return len(words & others) / max(1, len(words | others))

    async def needs_delegation(self, request: str) -> float:
        await self._ask(request)
        return 0.9 if _words(request) & _ASKS else 0.1

    async def _ask(self, question: str) -> None:
        self.asked.append(question)
        if self._slow_on is not None:
            await sleep_s(self._slow_on, SLOW_S)
        if self._hangs:
            await anyio.sleep_forever()
        if self._broken:
            raise RuntimeError("the embeddings are gone")


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\w']+", text.lower()))
