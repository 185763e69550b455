"""A wire that is listened to: every byte that passes, in both directions, is kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import SocketStream


class Tap:
    """Passes bytes on between clients and one server on this machine."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self.port = 0
        self.passed = bytearray()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take connections for as long as the block lasts."""
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        self.port = listener.extra(anyio.abc.SocketAttribute.local_port)
        async with listener, anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, self._serve)
            yield
            tasks.cancel_scope.cancel()

    async def _serve(self, client: SocketStream) -> None:
        server = await anyio.connect_tcp("127.0.0.1", self._server_port)
        async with client, server, anyio.create_task_group() as tasks:
            tasks.start_soon(self._pass_on, client, server)
            await self._pass_on(server, client)
            tasks.cancel_scope.cancel()

    async def _pass_on(self, source: SocketStream, target: SocketStream) -> None:
        try:
            while True:
                data = await source.receive()
                self.passed += data
                await target.send(data)
        except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
            pass
        await source.aclose()
        await target.aclose()
