"""A wire between a client and a server that can be cut or slow, or on which replies get lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import SocketStream
from anyio.streams.stapled import MultiListener


class Proxy:
    """Passes bytes on until it is told to do worse."""

    def __init__(self, port: int) -> None:
        """Stand before the server on a port of this machine."""
        self._server_port = port
        self._open: set[SocketStream] = set()
        self.port = 0
        self.lose_reply_to: bytes | None = None
        """After the next request with this in it, the link breaks before the reply has passed."""
        self.silent = False
        """Whether nothing passes any more, while the link looks whole."""
        self.delay_s = 0.0
        """How much later everything arrives."""
        self.lost = 0

    @property
    def url(self) -> str:
        """Where the client is to go."""
        return f"redis://127.0.0.1:{self.port}/0"

    async def cut(self) -> None:
        """Break all links."""
        for stream in list(self._open):
            await stream.aclose()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take connections for as long as the block lasts."""
        listener: MultiListener[SocketStream] = await anyio.create_tcp_listener(
            local_host="127.0.0.1"
        )
        self.port = listener.extra(anyio.abc.SocketAttribute.local_port)
        async with listener, anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, self._serve)
            yield
            tasks.cancel_scope.cancel()

    async def _serve(self, client: SocketStream) -> None:
        async with client, await anyio.connect_tcp("127.0.0.1", self._server_port) as server:
            self._open |= {client, server}
            losing = anyio.Event()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._pass_on, client, server, losing)
                await self._pass_on(server, client, losing, replies=True)
                tasks.cancel_scope.cancel()
            self._open -= {client, server}

    async def _pass_on(
        self,
        source: SocketStream,
        target: SocketStream,
        losing: anyio.Event,
        *,
        replies: bool = False,
    ) -> None:
        try:
            while True:
                data = await source.receive()
                if self.silent:
                    await anyio.sleep_forever()
                if replies and losing.is_set():
                    self.lost += 1
                    break
                if not replies and self.lose_reply_to is not None and self.lose_reply_to in data:
                    self.lose_reply_to = None
                    losing.set()
                if self.delay_s:
                    await anyio.sleep(self.delay_s)
                await target.send(data)
        except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
            pass
        await source.aclose()
        await target.aclose()
