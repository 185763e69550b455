"""A small HTTP server that speaks chat completions, and speaks them badly on request.

Real sockets on the loopback device, no framework: faults below HTTP (a reset, a half-sent body)
cannot be played by anything more polite.
"""

import json
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
from anyio.abc import SocketAttribute, SocketStream


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How the server answers one request."""

    chunks: Sequence[str] = ()
    """Bodies of the server-sent events; text that is sent as it is."""
    status: int = 200
    pause_s: float = 0.0
    """Seconds before each event."""
    stall: bool = False
    """Say nothing more after the events, and leave the connection open."""
    reset: bool = False
    """Close the connection after the events, in the middle of the body."""


@dataclass(slots=True)
class OpenAIServer:
    """Answers requests in order with the given replies; the last one is repeated."""

    replies: Sequence[Reply]
    base_url: str = ""
    requests: list[dict[str, object]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    async def _serve(self, stream: SocketStream) -> None:
        async with stream:
            try:
                head, body = await _request(stream)
                if not head:
                    return
                self.requests.append(json.loads(body))
                self.keys += [
                    line.partition(":")[2].strip()
                    for line in head.splitlines()
                    if line.lower().startswith("authorization:")
                ]
                reply = self.replies[min(len(self.requests), len(self.replies)) - 1]
                await _answer(stream, reply)
            except (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream):
                return  # the client left, which several tests are about


@asynccontextmanager
async def serving(*replies: Reply) -> AsyncIterator[OpenAIServer]:
    """Run a server on a free port for the length of a test."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    port = listener.extra(SocketAttribute.local_port)
    server = OpenAIServer(replies, base_url=f"http://127.0.0.1:{port}/v1")
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, server._serve)
        yield server
        tasks.cancel_scope.cancel()


async def _request(stream: SocketStream) -> tuple[str, bytes]:
    received = b""
    while b"\r\n\r\n" not in received:
        received += await stream.receive()
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode().splitlines()
    lengths = [int(li.partition(":")[2]) for li in lines if li.lower().startswith("content-length")]
    while len(body) < lengths[0]:
        body += await stream.receive()
    return head.decode(), body


async def _answer(stream: SocketStream, reply: Reply) -> None:
    if reply.status != 200:
        body = b'{"error": {"message": "out of order"}}'
        head = f"HTTP/1.1 {reply.status} X\r\nContent-Type: application/json\r\n"
        head += f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        await stream.send(head.encode() + body)
        return
    await stream.send(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
        b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    for text in reply.chunks:
        if reply.pause_s:
            await anyio.sleep(reply.pause_s)
        data = f"data: {text}\n\n".encode()
        await stream.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    if reply.stall:
        await anyio.sleep(math.inf)
    if not reply.reset:
        await stream.send(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")


def text_chunks(*pieces: str, finish: str | None = "stop") -> list[str]:
    """Events that say a text in pieces."""
    return [chunk({"content": piece}) for piece in pieces] + ([chunk({}, finish)] if finish else [])


def chunk(delta: dict[str, object], finish_reason: str | None = None) -> str:
    """One event."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return json.dumps(
        {
            "id": "c",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "m",
            "choices": [choice],
        }
    )


def call_chunk(
    name: str | None, arguments: str, *, index: int | None = 0, call_id: str | None = "a"
) -> str:
    """One event with a piece of a tool call; what is None is left out."""
    call: dict[str, object] = {"type": "function", "function": {"arguments": arguments}}
    if name is not None:
        call["function"] = {"name": name, "arguments": arguments}
    if index is not None:
        call["index"] = index
    if call_id is not None:
        call["id"] = call_id
    return chunk({"tool_calls": [call]})
