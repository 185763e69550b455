"""A process of its own that speaks chat completions at a fixed rate of tokens, and says when.

Run as a module with the rate; it prints its port. A request names itself by `#NUMBER` in its last
message. `GET /times` gives, by number, when the request was read, and when the first and the last
piece of the reply were sent, on the machine's monotonic clock.
"""

import json
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import anyio
from anyio.abc import SocketAttribute, SocketStream

from weft.bench._endpoint import chunk

EVENT_S = 0.02
"""One event carries the tokens of so many seconds, as busy servers do."""
REPLY_TOKENS = 60
WORDS = ("The", " answer", " is", " in", " the", " third", " drawer", " from", " above", ".")
"""One token each; the sentence is said again and again."""

_NUMBER = re.compile(rb"#(\d+)")


def _token(number: int) -> str:
    word = WORDS[number % len(WORDS)]
    return f" {word}" if number and number % len(WORDS) == 0 else word


@dataclass(slots=True)
class _Server:
    tokens_per_s: float
    times: dict[str, Sequence[float]] = field(default_factory=dict)

    async def serve(self, stream: SocketStream) -> None:
        """Answer the requests of one connection, one after the other."""
        rest = b""
        async with stream:
            try:
                while True:
                    while b"\r\n\r\n" not in rest:
                        rest += await stream.receive()
                    head, _, rest = rest.partition(b"\r\n\r\n")
                    length = re.search(rb"(?i)content-length: *(\d+)", head)
                    wanted = int(length[1]) if length else 0
                    while len(rest) < wanted:
                        rest += await stream.receive()
                    body, rest = rest[:wanted], rest[wanted:]
                    await self._answer(stream, head, body, time.monotonic())
            except (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream):
                return

    async def _answer(
        self, stream: SocketStream, head: bytes, body: bytes, received_s: float
    ) -> None:
        if head.startswith(b"GET /times"):
            await _whole(stream, json.dumps(self.times))
            self.times = {}
        elif head.startswith(b"GET"):
            listed = [{"id": "m", "object": "model", "created": 0}]
            await _whole(stream, json.dumps({"object": "list", "data": listed}))
        else:
            number = _NUMBER.findall(body)[-1].decode()
            self.times[number] = [received_s, *await self._reply(stream, received_s)]

    async def _reply(self, stream: SocketStream, received_s: float) -> tuple[float, float]:
        await stream.send(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        first_s = None
        sent = 0
        while sent < REPLY_TOKENS:
            # By the clock and not by sleeps: the rate holds, however late this process runs.
            due = min(REPLY_TOKENS, sent + max(1, round(self.tokens_per_s * EVENT_S)))
            await anyio.sleep(max(0.0, received_s + due / self.tokens_per_s - time.monotonic()))
            text = "".join(_token(number) for number in range(sent, due))
            sent = due
            await _event(stream, chunk({"content": text}))
            first_s = first_s or time.monotonic()
        last_s = time.monotonic()
        await _event(stream, chunk({}, "stop"))
        await stream.send(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
        return first_s or last_s, last_s


async def _event(stream: SocketStream, text: str) -> None:
    data = f"data: {text}\n\n".encode()
    await stream.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")


async def _whole(stream: SocketStream, text: str) -> None:
    body = text.encode()
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    await stream.send(head.encode() + body)


async def _main(tokens_per_s: float) -> None:
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    sys.stdout.write(f"{listener.extra(SocketAttribute.local_port)}\n")
    sys.stdout.flush()
    await listener.serve(_Server(tokens_per_s).serve)


if __name__ == "__main__":
    anyio.run(_main, float(sys.argv[1]))
