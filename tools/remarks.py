"""Which remarks on running work are worth saying: few, and none twice. Pure."""

import re
from typing import Final

EVERY_S: Final = 4.0
"""Least seconds between two remarks on one piece of work; more of them would be chatter."""


class Remarks:
    """Remembers what was remarked on one call of a tool, or on one answer with all its calls."""

    def __init__(self) -> None:
        """Start with nothing said."""
        self._said: set[str] = set()
        self._last_s: float | None = None

    def admit(self, text: str, now_s: float) -> bool:
        """Say whether a remark may be made now, and remember it if so."""
        words = phrase(text)
        too_soon = self._last_s is not None and now_s - self._last_s < EVERY_S
        if not words or too_soon or words in self._said:
            return False
        self._said.add(words)
        self._last_s = now_s
        return True


def phrase(text: str) -> str:
    """Give the words of a remark, by which it is known again however it is written."""
    return " ".join(re.findall(r"\w+", text.casefold()))
