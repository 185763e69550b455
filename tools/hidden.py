"""Secrets of ours, taken out of what servers say, of addresses that are shown, and of logs."""

import json
import logging
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

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


_BEFORE_THE_SERVER = re.compile(r"^([a-z][a-z0-9+.-]*://)?.*@", re.IGNORECASE | re.DOTALL)
_BEHIND_THE_PATH = re.compile(r"[?#].*$", re.DOTALL)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\"'<>]+", re.IGNORECASE)


def without_secrets(address: str) -> str:
    """Give an address as it may be shown: without name and password, query and fragment.

    Also one that is written wrongly, of which rather too much is hidden.
    """
    server = _BEFORE_THE_SERVER.sub(rf"\1{HIDDEN}@", address)
    return _BEHIND_THE_PATH.sub(f"?{HIDDEN}", server)


def secrets_in(address: str) -> tuple[str, ...]:
    """Give what must stay secret of an address: name and password, and the values of its query."""
    parts = urlsplit(address)
    own = [word for word in (parts.username, parts.password) if word]
    asked = [value for _, value in parse_qsl(parts.query)]
    return (*own, *map(unquote, own), *asked, *([parts.query] if parts.query else []))


class _AddressFilter(logging.Filter):
    """Takes the secrets of addresses out of log lines, and of the errors that come with them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change a line in place, and let it through."""
        message = record.getMessage()
        if "://" in message:
            record.msg, record.args = _with_shown_addresses(message), ()
        if record.exc_info:
            # A formatter takes the text of an error as it finds it.
            trace = record.exc_text or logging.Formatter().formatException(record.exc_info)
            record.exc_text = _with_shown_addresses(trace)
        return True


_ADDRESS_FILTER = _AddressFilter()


def hide_addresses_in_log(*names: str) -> None:
    """Let these loggers write addresses only as `without_secrets` shows them.

    HTTP clients write the whole address of each request: keys, and what the user has asked for.
    """
    for name in names:
        logging.getLogger(name).addFilter(_ADDRESS_FILTER)


def _with_shown_addresses(text: str) -> str:
    return _ADDRESS.sub(lambda found: without_secrets(found[0]), text)


def secrets_of(values: Collection[str]) -> Secrets:
    """Take headers apart into what must stay secret: whole values, and the key after `Bearer`."""
    words = {word for value in values for word in (value, *value.split())}
    words |= {json.dumps(word)[1:-1] for word in words}
    words |= {word.replace("/", "\\/") for word in words}
    return Secrets(frozenset(word for word in words if len(word) >= SHORTEST_SECRET))
