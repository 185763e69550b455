"""The ledgers that are to keep one contract, opened for a test: in process, and on real servers."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import anyio

from tests.redis_server import as_user
from weft.background_agents.queues.places import RedisOptions
from weft.background_agents.queues.redis_ledger import RedisLedger
from weft.clock import WallClock
from weft.tools.ledger import Ledger, MemoryLedger

Opened = Callable[[int], AbstractAsyncContextManager[list[Ledger]]]
"""Opens what so many workers see."""


@asynccontextmanager
async def in_process(workers: int) -> AsyncIterator[list[Ledger]]:
    """Open what the workers of one process see: all of them the same."""
    shared = MemoryLedger()
    yield [shared] * workers


@asynccontextmanager
async def redis_ledger(options: RedisOptions) -> AsyncIterator[RedisLedger]:
    """Open what one worker sees of a server."""
    async with anyio.create_task_group() as tasks:
        opened = RedisLedger(_as_worker(options), WallClock())
        await tasks.start(opened.run)
        yield opened
        tasks.cancel_scope.cancel()


def _as_worker(options: RedisOptions) -> RedisOptions:
    return replace(options, url=as_user(options.url, "worker"))


def on_server(options: Callable[[], RedisOptions]) -> Opened:
    """Give what opens ledgers on a server, for workers of different processes."""

    @asynccontextmanager
    async def opened(workers: int) -> AsyncIterator[list[Ledger]]:
        async with anyio.create_task_group() as tasks:
            shared = options()
            ledgers = [RedisLedger(_as_worker(shared), WallClock()) for _ in range(workers)]
            for each in ledgers:
                await tasks.start(each.run)
            yield list[Ledger](ledgers)
            tasks.cancel_scope.cancel()

    return opened
