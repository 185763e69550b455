"""A small HTTP server that speaks chat completions, and speaks them badly on request.

Real sockets on the loopback device, no framework: faults below HTTP (a reset, a half-sent body)
cannot be played by anything more polite. `FAULTS` and `QUIRKS` name what servers were seen doing.
"""

import json
import socket
import struct
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import anyio
from anyio.abc import SocketAttribute, SocketStream


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How the server answers one request."""

    chunks: Sequence[str] = ()
    """Bodies of the server-sent events; text that is sent as it is."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = '{"error": {"message": "out of order"}}'
    """What comes with another status than 200."""
    content_type: str = "text/event-stream"
    raw: str | None = None
    """A whole body in place of the events."""
    pause_s: float = 0.0
    """Seconds before each event."""
    hang_up: bool = False
    """Reset the connection before any answer."""
    stall: bool = False
    """Say nothing more after the events, and leave the connection open."""
    reset: bool = False
    """Close the connection after the events, in the middle of the body."""
    endless: bool = False
    """Send the last event again and again."""


@dataclass(slots=True)
class OpenAIServer:
    """Answers requests in order with the given replies; the last one is repeated."""

    replies: Sequence[Reply]
    models: Sequence[str] | None = ("m",)
    """What it lists; with None it lists nothing (status 404)."""
    base_url: str = ""
    requests: list[dict[str, object]] = field(default_factory=list)
    """The bodies of the completions asked for; a look at the list of models does not count."""
    keys: list[str] = field(default_factory=list)
    left_early: anyio.Event = field(default_factory=anyio.Event)
    """Set once a client has closed its connection before the end of a reply."""

    async def _serve(self, stream: SocketStream) -> None:
        async with stream:
            try:
                head, body = await _request(stream)
                if head.startswith("GET"):
                    await _send(stream, self._listed())
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
                self.left_early.set()  # which several faults are about

    def _listed(self) -> Reply:
        if self.models is None:
            return Reply(status=404)
        data = [{"id": name, "object": "model", "created": 0} for name in self.models]
        body = json.dumps({"object": "list", "data": data})
        return Reply(raw=body, content_type="application/json")


@asynccontextmanager
async def serving(
    *replies: Reply, models: Sequence[str] | None = ("m",)
) -> AsyncIterator[OpenAIServer]:
    """Run a server on a free port until the block is left."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    port = listener.extra(SocketAttribute.local_port)
    server = OpenAIServer(replies, models, base_url=f"http://127.0.0.1:{port}/v1")
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
    while len(body) < sum(lengths):
        body += await stream.receive()
    return head.decode(), body


async def _answer(stream: SocketStream, reply: Reply) -> None:
    if reply.hang_up:
        # Without lingering, closing sends a reset in place of an orderly end.
        off = struct.pack("ii", 1, 0)
        stream.extra(SocketAttribute.raw_socket).setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, off
        )
        return
    if reply.status != 200 or reply.raw is not None:
        await _send(stream, reply)
        return
    await stream.send(
        _head(reply, "200 OK") + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    for text in reply.chunks:
        await _event(stream, text, reply.pause_s)
    while reply.endless:
        await _event(stream, reply.chunks[-1], reply.pause_s)
    if reply.stall:
        await stream.receive()  # until the client leaves; it has nothing more to say
    if not reply.reset:
        await stream.send(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")


async def _event(stream: SocketStream, text: str, pause_s: float) -> None:
    await anyio.sleep(pause_s)
    data = f"data: {text}\n\n".encode()
    await stream.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")


async def _send(stream: SocketStream, reply: Reply) -> None:
    body = (reply.body if reply.raw is None else reply.raw).encode()
    length = f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    await stream.send(_head(reply, f"{reply.status} X") + length.encode() + body)


def _head(reply: Reply, status: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {reply.content_type}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    return "".join(f"{line}\r\n" for line in lines).encode()


def chunk(delta: Mapping[str, object], finish_reason: str | None = None) -> str:
    """One event."""
    return _chunk([{"index": 0, "delta": dict(delta), "finish_reason": finish_reason}])


def usage_chunk(prompt_tokens: int, completion_tokens: int) -> str:
    """The event that only counts tokens."""
    total = prompt_tokens + completion_tokens
    counted = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": total,
    }
    return _chunk([], usage=counted)


def text_chunks(*pieces: str, finish: str | None = "stop") -> list[str]:
    """Events that say a text in pieces."""
    return [chunk({"content": piece}) for piece in pieces] + ([chunk({}, finish)] if finish else [])


def call_chunk(
    name: str | None,
    arguments: str | Mapping[str, object] | None,
    *,
    index: int | None = 0,
    call_id: str | None = "a",
) -> str:
    """One event with a piece of a tool call; an index or an id that is None is left out."""
    function: dict[str, object] = {"name": name} if name is not None else {}
    if arguments is not None:
        function["arguments"] = arguments
    call: dict[str, object] = {"type": "function", "function": function}
    if index is not None:
        call["index"] = index
    if call_id is not None:
        call["id"] = call_id
    return chunk({"tool_calls": [call]})


def _chunk(choices: Sequence[object], **values: object) -> str:
    head = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    return json.dumps({**head, "choices": list(choices), **values})


_BEGUN: Final = tuple(text_chunks("It is ", finish=None))

FAULTS: Final[Mapping[str, Reply]] = MappingProxyType(
    {
        "hangs up": Reply(hang_up=True),
        "stalls before the first word": Reply(stall=True),
        "stalls in the middle": Reply(chunks=_BEGUN, stall=True),
        "reset in the middle": Reply(chunks=_BEGUN, reset=True),
        "ends without a reason": Reply(chunks=_BEGUN),
        "429": Reply(status=429),
        "429 with Retry-After": Reply(status=429, headers={"Retry-After": "60"}),
        "429 with a date": Reply(
            status=429, headers={"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"}
        ),
        "500": Reply(status=500),
        "503 as a page": Reply(status=503, body="<html>busy</html>", content_type="text/html"),
        "400": Reply(status=400),
        "401": Reply(status=401),
        "404": Reply(status=404, body='{"error": {"message": "no such model"}}'),
        "broken JSON": Reply(chunks=['{"choices": [{"del']),
        "a list in place of a chunk": Reply(chunks=["[1, 2]"]),
        "a number in place of a choice": Reply(chunks=['{"choices": [17]}']),
        "choices are null": Reply(chunks=['{"choices": null}']),
        "a page in place of a stream": Reply(raw="<html>hello</html>", content_type="text/html"),
        # vLLM issues 37937, 46464 and 49216: its own parser fails while it streams.
        "an error as an event": Reply(chunks=['{"error": {"message": "overloaded"}}']),
        "an empty stream": Reply(),
        "an empty answer": Reply(chunks=text_chunks("")),
        # vLLM issue 47907: the calls were lost on the way.
        "calls as the reason, and no calls": Reply(chunks=[chunk({}, "tool_calls")]),
        "only thoughts": Reply(chunks=[chunk({"reasoning": "Hm."}), chunk({}, "stop")]),
        "endless text": Reply(chunks=[chunk({"content": "and so on, " * 400})], endless=True),
        "endless thoughts": Reply(chunks=[chunk({"reasoning": "hm " * 4000})], endless=True),
        "endless dribble": Reply(
            chunks=text_chunks("and ", finish=None), pause_s=0.02, endless=True
        ),
        "a refusal": Reply(chunks=[chunk({"refusal": "I will not."}), chunk({}, "stop")]),
        "filtered": Reply(chunks=text_chunks("It is ", finish="content_filter")),
    }
)
"""Replies after which there is no answer."""

PARIS: Final = '{"city": "Paris"}'
ROME: Final = '{"city": "Rome"}'


def _written(arguments: str) -> str:
    """Write a call as a model does."""
    return f'{{"name": "weather", "arguments": {arguments}}}'


QUIRKS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        # Also that of codex issue 7517: the id comes once, and the index tells the rest.
        "by the book": [
            call_chunk("weather", ""),
            call_chunk(None, '{"city": ', call_id=None),
            call_chunk(None, '"Paris"}', call_id=None),
            call_chunk("weather", ROME, index=1, call_id="b"),
            chunk({}, "tool_calls"),
            usage_chunk(10, 5),
        ],
        # Ollama issue 7881, SGLang issue 5661, Gemini's compatible API (openai-python issue 2806).
        "no index": [
            call_chunk("weather", PARIS, index=None),
            call_chunk("weather", ROME, index=None, call_id="b"),
            chunk({}, "tool_calls"),
        ],
        # Ollama issue 15457.
        "index always zero": [
            call_chunk("weather", PARIS),
            call_chunk("weather", ROME, call_id="b"),
            chunk({}, "stop"),
        ],
        # SGLang issue 6310.
        "a wrong index in later pieces": [
            call_chunk("weather", '{"city": '),
            call_chunk(None, '"Paris"}', index=7, call_id=None),
            call_chunk("weather", ROME, index=8, call_id="b"),
            chunk({}, "tool_calls"),
        ],
        # LMDeploy issue 3412.
        "empty ids in later pieces": [
            call_chunk("weather", '{"city": '),
            call_chunk("", '"Paris"}', call_id=""),
            call_chunk("weather", ROME, index=1, call_id="b"),
            chunk({}, "tool_calls"),
        ],
        "one index, and empty ids in later pieces": [
            call_chunk("weather", ""),
            call_chunk(None, PARIS, call_id=""),
            call_chunk("weather", "", call_id="b"),
            call_chunk(None, ROME, call_id=""),
            chunk({}, "tool_calls"),
        ],
        # SGLang issue 7048.
        "no id for the second call": [
            call_chunk("weather", PARIS),
            call_chunk("weather", ROME, index=1, call_id=None),
            chunk({}, "tool_calls"),
        ],
        # SGLang issue 4700.
        "an empty name in later pieces": [
            call_chunk("weather", '{"city": '),
            call_chunk("", '"Paris"}', call_id=None),
            call_chunk("weather", ROME, index=1, call_id="b"),
            chunk({}, "tool_calls"),
        ],
        "no ids at all": [
            call_chunk("weather", PARIS, call_id=None),
            call_chunk("weather", ROME, index=1, call_id=None),
            chunk({}, "tool_calls"),
        ],
        "one id for both": [
            call_chunk("weather", PARIS),
            call_chunk("weather", ROME, index=1),
            chunk({}, "tool_calls"),
        ],
        # SGLang issue 23071.
        "arguments sent twice": [
            call_chunk("weather", PARIS),
            call_chunk(None, PARIS, call_id=None),
            call_chunk("weather", ROME, index=1, call_id="b"),
            chunk({}, "tool_calls"),
        ],
        "arguments as an object": [
            call_chunk("weather", {"city": "Paris"}),
            call_chunk("weather", {"city": "Rome"}, index=1, call_id="b"),
            chunk({}, "tool_calls"),
        ],
        "the name in every piece": [
            call_chunk("weather", '{"city": '),
            call_chunk("weather", '"Paris"}'),
            call_chunk("weather", ROME, index=1, call_id="b"),
            chunk({}, "tool_calls"),
        ],
        "interleaved": [
            call_chunk("weather", '{"city": '),
            call_chunk("weather", '{"city": ', index=1, call_id="b"),
            call_chunk(None, '"Paris"}', call_id=None),
            call_chunk(None, '"Rome"}', index=1, call_id=None),
            chunk({}, "tool_calls"),
        ],
        "interleaved under one index": [
            call_chunk("weather", '{"city": '),
            call_chunk("weather", '{"city": ', call_id="b"),
            call_chunk(None, '"Paris"}'),
            call_chunk(None, '"Rome"}', call_id="b"),
            chunk({}, "tool_calls"),
        ],
        # LiteLLM issues 35663 and 37792.
        "calls, and the reason says stop": [
            call_chunk("weather", PARIS),
            call_chunk("weather", ROME, index=1, call_id="b"),
            chunk({}, "stop"),
        ],
        "calls, and no reason": [
            call_chunk("weather", PARIS),
            call_chunk("weather", ROME, index=1, call_id="b"),
        ],
        # vLLM: renamed between versions (Strands issue 2191, LiteLLM issue 20246).
        "thoughts as reasoning": [
            chunk({"reasoning": "I look it up."}),
            call_chunk("weather", PARIS),
            call_chunk("weather", ROME, index=1, call_id="b"),
            chunk({}, "tool_calls"),
        ],
        "thoughts as reasoning_content": [
            chunk({"reasoning_content": "I look it up.", "content": None}),
            call_chunk("weather", PARIS),
            call_chunk("weather", ROME, index=1, call_id="b"),
            chunk({}, "tool_calls"),
        ],
        # vLLM issue 41902.
        "null content and null calls": [
            chunk({"role": "assistant", "content": None, "tool_calls": None}),
            call_chunk("weather", PARIS),
            call_chunk("weather", ROME, index=1, call_id="b"),
            chunk({"content": None}, "tool_calls"),
        ],
        "tokens counted in every chunk": [
            call_chunk("weather", PARIS),
            usage_chunk(10, 2),
            call_chunk("weather", ROME, index=1, call_id="b"),
            chunk({}, "tool_calls"),
            usage_chunk(10, 5),
        ],
        # vLLM issues 27641 and 32587, TensorRT-LLM issue 9256.
        "leaked template tags": [
            call_chunk("functions.weather<|channel|>commentary", PARIS),
            call_chunk("weather<|constrain|>json", ROME, index=1, call_id="b"),
            chunk({}, "tool_calls"),
        ],
        # Dynamo issue 8636: everything is taken for a thought.
        "calls written as thoughts": [
            chunk({"reasoning_content": f"<tool_call>{_written(PARIS)}</tool_call>\n"}),
            chunk({"reasoning_content": f"<tool_call>{_written(ROME)}</tool_call>"}),
            chunk({}, "stop"),
        ],
        # llama.cpp without Jinja (pull request 28261).
        "calls written as text": [
            chunk({"content": f"<tool_call>{_written(PARIS)}</tool_call>"}),
            chunk({"content": f"<tool_call>{_written(ROME)}"}),
            chunk({}, "stop"),
        ],
    }
)
"""Ways to ask for the weather in Paris and in Rome, each of which some server has."""
