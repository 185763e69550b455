"""What the `weft` command does with its log: to standard error, but never over a drawn screen.

Levels and handlers are a program's to choose: nothing that other programs import sets one.
"""

import copy
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

_MOST_MESSAGES = 200


def begin() -> None:
    """Let the log go to standard error."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")


def set_level(level: str) -> None:
    """Log of weft what is as important as a configuration's `log.level`."""
    logging.getLogger("weft").setLevel(level.upper())


@contextmanager
def held_back() -> Iterator[None]:
    """Log nothing inside the block, where the terminal is drawn on, and all of it afterwards.

    Python's warnings count as log. What came several times is written once, with how often it came.
    """
    root = logging.getLogger()
    before, held = root.handlers[:], _Held()
    root.handlers[:] = [held]
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.handlers[:] = before
        for record in held.records():
            root.handle(record)


class _Held(logging.Handler):
    """Keeps the first record of each message, and counts the others."""

    def __init__(self) -> None:
        super().__init__()
        self._first: dict[tuple[str, int, str], logging.LogRecord] = {}
        self._times: Counter[tuple[str, int, str]] = Counter()
        self._left_out = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record; a program that logs for hours with ever new words is kept short."""
        try:
            message = (record.name, record.levelno, record.getMessage())
        except Exception:  # whoever logs with wrong arguments: that must not end the conversation
            self.handleError(record)
            return
        if message not in self._first and len(self._first) == _MOST_MESSAGES:
            self._left_out += 1
            return
        self._first.setdefault(message, record)
        self._times[message] += 1

    def records(self) -> Iterator[logging.LogRecord]:
        """Give one record for each message, in the order in which they first came."""
        for message, record in self._first.items():
            if self._times[message] == 1:
                yield record
            else:
                counted = copy.copy(record)
                counted.msg, counted.args = f"{message[2]} ({self._times[message]} times)", ()
                yield counted
        if self._left_out:
            text = f"{self._left_out} lines more, with other messages, were not kept"
            yield logging.LogRecord(__name__, logging.WARNING, __file__, 0, text, (), None)
