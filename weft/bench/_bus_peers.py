"""Task libraries that a user would otherwise pick, each as a bus with a worker of its own."""

import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

import anyio

from weft.bench._bus_times import Times, at_rate
from weft.bench._redis_server import RedisServer


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerKind:
    """A task library, and how its worker is started."""

    name: str
    package: str
    module: str
    arguments: tuple[str, ...] = ()


PEERS = (
    PeerKind(name="taskiq", package="taskiq_redis", module="_taskiq_peer", arguments=("list",)),
    PeerKind(
        name="taskiq (stream)",
        package="taskiq_redis",
        module="_taskiq_peer",
        arguments=("stream",),
    ),
    PeerKind(name="arq", package="arq", module="_arq_peer"),
)


class PeerClient(Protocol):
    """The side of a task library that asks."""

    async def start(self) -> None:
        """Connect."""
        ...

    async def ask(self, body: str) -> Callable[[], Awaitable[float]]:
        """Hand over one task; give what waits for the moment at which it began."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class PeerBus:
    """A task library as a bus."""

    def __init__(self, client: PeerClient, body: str) -> None:
        self._client = client
        self._body = body

    async def one(self, number: str) -> Times:
        """Hand over one task, and wait for its result."""
        asked_s = time.monotonic()
        began_s = await self._client.ask(self._body)
        start_s = await began_s() - asked_s
        return Times(start_s=start_s, round_trip_s=time.monotonic() - asked_s)

    async def many(self, numbers: Sequence[str], per_s: float) -> list[Times]:
        """Hand over so many a second, and look at the results when all have been handed over."""
        asked: list[tuple[float, Callable[[], Awaitable[float]]]] = []

        async def one() -> None:
            asked_s = time.monotonic()
            asked.append((asked_s, await self._client.ask(self._body)))

        async with anyio.create_task_group() as tasks:
            async for _ in at_rate(numbers, per_s):
                tasks.start_soon(one)
        return [Times(start_s=await began_s() - asked_s) for asked_s, began_s in asked]


@asynccontextmanager
async def opened(kind: PeerKind, server: RedisServer, body: str) -> AsyncIterator[PeerBus]:
    """Start a task library's worker in a process of its own, and its client here.

    `body` is what each task carries.
    """
    name = f"weft.bench.{kind.module}"
    client: PeerClient = import_module(name).Client(server.url, *kind.arguments)
    command = [sys.executable, "-m", name, server.url, *kind.arguments]
    async with AsyncExitStack() as stack:
        process = await stack.enter_async_context(await anyio.open_process(command, stderr=None))
        stack.callback(process.kill)
        assert process.stdout is not None
        await process.stdout.receive()
        await client.start()
        stack.push_async_callback(client.aclose)
        yield PeerBus(client, body)
