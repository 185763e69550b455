"""Secrets that a server was sent, taken out of what it says. Pure."""

import json
from collections.abc import Collection
from dataclasses import dataclass

SHORTEST_SECRET = 8
"""Shorter words, like `Bearer`, are no secrets, and are in many texts."""
HIDDEN = "(hidden)"


@dataclass(frozen=True, slots=True)
class Secrets:
    """Words that must not come back from whom they were sent to."""

    words: frozenset[str]

    def hidden(self, text: str) -> str:
        """Give a text without them."""
        # Longest first: one may be part of another.
        for word in sorted(self.words, key=len, reverse=True):
            text = text.replace(word, HIDDEN)
        return text

    def hidden_in(self, value: object) -> object:
        """Give a JSON value without them in any of its texts."""
        match value:
            case str():
                return self.hidden(value)
            case list():
                return [self.hidden_in(part) for part in value]
            case dict():
                return {self.hidden(key): self.hidden_in(part) for key, part in value.items()}
            case _:
                return value


def secrets_of(values: Collection[str]) -> Secrets:
    """Take headers apart into what must stay secret: whole values, and the key after `Bearer`."""
    words = {word for value in values for word in (value, *value.split())}
    words |= {json.dumps(word)[1:-1] for word in words}
    words |= {word.replace("/", "\\/") for word in words}
    return Secrets(frozenset(word for word in words if len(word) >= SHORTEST_SECRET))
