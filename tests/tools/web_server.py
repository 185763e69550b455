"""A small web server on the loopback device, and names that lead wherever a test wants.

Raw sockets: an endless body or a broken one cannot be played by anything more polite.
"""

import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSListener


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """How one path is answered."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    endless: bool = False
    """Send the body again and again."""
    stall: bool = False
    """Send nothing at all and keep the connection."""
    breaks_off: bool = False
    """Promise more than is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as the server received it."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class WebServer:
    """Answers by path; the query does not count."""

    pages: Mapping[str, Page]
    port: int = 0
    asked: list[Asked] = field(default_factory=list)

    async def serve(self, stream: ByteStream) -> None:
        """Answer one request and close."""
        async with stream:
            try:
                asked = await _request(stream)
                self.asked.append(asked)
                page = self.pages.get(asked.target.partition("?")[0], Page(status=404))
                await _answer(stream, page)
            except (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream):
                return  # the client left, which several tests are about


@asynccontextmanager
async def serving(
    pages: Mapping[str, Page],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[WebServer]:
    """Run a server for as long as the block lasts."""
    server = WebServer(pages)
    listener = await anyio.create_tcp_listener(local_host=host, local_port=port)
    server.port = listener.extra(SocketAttribute.local_port)
    failure: Exception | None = None
    async with anyio.create_task_group() as tasks:
        if tls is None:
            tasks.start_soon(listener.serve, server.serve)
        else:
            secured = TLSListener(listener, tls, standard_compatible=False)
            tasks.start_soon(secured.serve, server.serve)
        try:
            yield server
        except Exception as error:  # raised below as it was, not inside a group
            failure = error
        tasks.cancel_scope.cancel()
    await listener.aclose()
    if failure is not None:
        raise failure


@dataclass(slots=True)
class Names:
    """A name server of our own: each name leads to its addresses; it counts who asks."""

    addresses: Mapping[str, Sequence[Sequence[str]]]
    """By name, what it answers the first time, the second time, …; the last is repeated."""
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        answers = self.addresses.get(host)
        if answers is None:
            raise OSError(f"no such name: {host}")
        return answers[min(self.asked.count(host), len(answers)) - 1]


def names(**addresses: str) -> Names:
    """Make `a="127.0.0.1 10.0.0.1"` lead `a.test` to both addresses, always."""
    return Names({f"{name}.test": [listed.split()] for name, listed in addresses.items()})


async def _request(stream: ByteStream) -> Asked:
    received = b""
    while b"\r\n\r\n" not in received:
        received += await stream.receive()
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
    }
    while len(body) < int(headers.get("content-length", "0")):
        body += await stream.receive()
    return Asked(method=method, target=target, headers=headers, body=body)


async def _answer(stream: ByteStream, page: Page) -> None:
    if page.stall:
        await anyio.sleep_forever()
    headers = {"Content-Type": "text/html; charset=utf-8"} | dict(page.headers)
    if not page.endless:
        headers["Content-Length"] = str(len(page.body) + (1_000 if page.breaks_off else 0))
    lines = [f"HTTP/1.1 {page.status} So"] + [f"{name}: {text}" for name, text in headers.items()]
    await stream.send("\r\n".join([*lines, "", ""]).encode() + page.body)
    while page.endless:
        await stream.send(page.body)
