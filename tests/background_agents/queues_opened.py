"""The queues that are to keep one contract, opened for a test: in process, and on real servers."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from uuid import uuid4

import anyio

from tests.redis_server import as_user
from weft.background_agents.queues.memory import MemoryQueue, QueueLimits
from weft.background_agents.queues.places import RedisOptions
from weft.background_agents.queues.redis_gateway import RedisGateway
from weft.background_agents.queues.redis_link import Link, Reply
from weft.background_agents.queues.redis_worker import RedisWorkerQueue
from weft.background_agents.queues.signing import Signing
from weft.background_agents.queues.wire import Offer
from weft.background_agents.types import AgentUpdate, SessionQueue, WorkerQueue
from weft.clock import WallClock

PATIENCE_S = 20.0
LEASE_S = 1.0
SECRET = b"a secret as long as one has to be for this"
QUIET_S = 0.15
"""So long nothing has come, where nothing is to come."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of one queue."""

    session: SessionQueue
    worker: WorkerQueue

    async def updates(self, session_id: str = "s", count: int = 1) -> list[AgentUpdate]:
        """Wait for so many updates, and give them with whatever else comes soon after."""
        got: list[AgentUpdate] = []
        await eventually(lambda: len(self._more(got, session_id)) >= count)
        await anyio.sleep(QUIET_S)
        return self._more(got, session_id)

    def _more(self, got: list[AgentUpdate], session_id: str) -> list[AgentUpdate]:
        got += self.session.updates_nowait(session_id)
        return got


Opened = Callable[[QueueLimits], AbstractAsyncContextManager[Sides]]


async def eventually(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    with anyio.fail_after(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 (what is waited for is on a server)
            await anyio.sleep(0.005)


async def comes_to_nothing(waiting: Callable[[], Awaitable[object]]) -> bool:
    """Say whether something goes on waiting for a while."""
    with anyio.move_on_after(QUIET_S) as scope:
        await waiting()
    return scope.cancelled_caught


@asynccontextmanager
async def in_process(limits: QueueLimits) -> AsyncIterator[Sides]:
    """Open the queue inside this process."""
    queue = MemoryQueue(WallClock(), limits)
    yield Sides(queue, queue)


def options_for(url: str, *, prefix: str = "", lease_s: float = LEASE_S) -> RedisOptions:
    """Give options under which nobody else uses the same names; where one has a name, one signs."""
    signing = Signing((SECRET,)) if "@" in url else Signing()
    prefix = prefix or f"test-{uuid4().hex[:8]}"
    return RedisOptions(url=url, prefix=prefix, lease_s=lease_s, signing=signing)


async def ask(options: RedisOptions, *command: str | bytes | int) -> Reply:
    """Say one thing to the server."""
    link = Link(options.url, WallClock())
    [reply] = await link.ask(command)
    await link.aclose()
    return reply


async def denied(url: str) -> Reply:
    """Give what users of a server have tried without the right to do it."""
    return await ask(options_for(url), "ACL", "LOG")


@asynccontextmanager
async def gateway(
    options: RedisOptions, limits: QueueLimits | None = None, agents: Sequence[str] = ()
) -> AsyncIterator[RedisGateway]:
    """Open the session's side alone."""
    async with anyio.create_task_group() as tasks:
        mine = replace(options, url=as_user(options.url, "gateway"))
        opened = RedisGateway(mine, WallClock(), limits, agents)
        await tasks.start(opened.run)
        yield opened
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def worker(
    options: RedisOptions, offer: Callable[[], Offer] = Offer
) -> AsyncIterator[RedisWorkerQueue]:
    """Open the worker's side alone."""
    async with anyio.create_task_group() as tasks:
        mine = replace(options, url=as_user(options.url, "worker"))
        opened = RedisWorkerQueue(mine, WallClock(), offer)
        await tasks.start(opened.run)
        yield opened
        tasks.cancel_scope.cancel()


def on_server(url: str) -> Opened:
    """Give what opens a queue on a server."""

    @asynccontextmanager
    async def opened(limits: QueueLimits) -> AsyncIterator[Sides]:
        options = options_for(url)
        async with gateway(options, limits) as session_side, worker(options) as worker_side:
            yield Sides(session_side, worker_side)

    return opened
