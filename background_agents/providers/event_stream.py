"""Cuts the bytes of a reply into server-sent events, however they arrive. Pure.

Only the data of events matters here. The readers of the client libraries are not used because they
build a typed value for every event, which costs more than all else that is done with it.
"""

from dataclasses import dataclass, field
from typing import Final

LONGEST_EVENT_BYTES: Final = 1 << 20
"""Far more than a whole reply may have; what goes on beyond has no end."""


@dataclass(slots=True)
class EventStream:
    """The events of one reply, as far as their bytes have come."""

    _rest: bytes = b""
    """The last line, while it goes on."""
    _data: list[bytes] = field(default_factory=list)
    """The lines of data of the event that has begun."""

    def add(self, received: bytes) -> list[str]:
        """Give the data of each event that has now come whole.

        Raises ValueError for an event without an end and for bytes that are no text.
        """
        lines = (self._rest + received).splitlines(keepends=True)
        # A line may end with both characters, and the second one may still be on its way.
        ended = not lines or lines[-1].endswith(b"\n")
        self._rest = b"" if ended else lines.pop()
        events = []
        for line in lines:
            content = line.rstrip(b"\r\n")
            if content.startswith(b"data:"):
                self._data.append(content[5:].removeprefix(b" "))
            elif content == b"data":
                self._data.append(b"")
            elif not content and self._data:
                events.append(b"\n".join(self._data).decode())
                self._data = []
        if len(self._rest) + sum(map(len, self._data)) > LONGEST_EVENT_BYTES:
            raise ValueError(f"an event of more than {LONGEST_EVENT_BYTES} bytes")
        return events
