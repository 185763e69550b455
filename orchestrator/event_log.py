"""The events of a session for any number of readers, none of which can slow the session down."""

from collections import deque
from collections.abc import AsyncIterator, Iterable

import anyio

from weft.orchestrator.events import AnyEvent

_KEPT = 4096
"""Events kept for readers that come late or lag; about half an hour of lively talk."""


class EventLog:
    """Keeps the latest events; each reader begins with what is kept and then follows."""

    def __init__(self, kept: int = _KEPT) -> None:
        """Begin empty and open."""
        self._events: deque[AnyEvent] = deque(maxlen=kept)
        self._count = 0
        self._closed = False
        self._news: anyio.Event | None = None

    def add(self, events: Iterable[AnyEvent]) -> None:
        """Append events and wake the readers."""
        for event in events:
            self._events.append(event)
            self._count += 1
        self._wake()

    def close(self) -> None:
        """Let every reader end once it has read what there is."""
        self._closed = True
        self._wake()

    async def follow(self) -> AsyncIterator[AnyEvent]:
        """Yield events from the oldest kept one until the log is closed.

        A reader that lags more than the log keeps goes on at the oldest event kept.
        """
        position = 0
        while True:
            while position < self._count:
                position = max(position, self._count - len(self._events))
                event = self._events[position - self._count]
                position += 1
                yield event
            if self._closed:
                return
            if self._news is None:
                self._news = anyio.Event()
            await self._news.wait()

    def _wake(self) -> None:
        if self._news is not None:
            self._news.set()
            self._news = None
