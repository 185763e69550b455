"""A worker in a process of its own that works by a plan; a bench may stop it and kill it.

Run as a module with the plan as JSON; it prints a line when it has begun. SIGUSR1 turns its clock
an hour ahead, SIGUSR2 an hour back.
"""

import json
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import anyio
from anyio.abc import TaskStatus

from weft.background_agents.queues.places import RedisOptions
from weft.background_agents.queues.redis_worker import RedisWorkerQueue
from weft.background_agents.queues.signing import Signing
from weft.background_agents.queues.wire import Offer
from weft.background_agents.types import ContextPackage, Finding, UpdateKind
from weft.background_agents.worker import Worker
from weft.clock import Clock, WallClock, sleep_s

POISON = "What ends whoever asks it?"
"""The request that is the end of the process that works on it."""
ENDLESS = "What can nobody find out?"
"""The request that is worked on until it is stopped."""
STOPPED = "When was that stopped?"
"""The request that is answered when the last endless one has been stopped: with that moment."""
ANSWER = "It is in the third drawer."
AGENT = "bench"
"""What its only agent is called, for conversations that count on one."""
JUMP_S = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is done about each package."""

    before_s: float = 0.0
    parts: int = 0
    """How many partial results it publishes."""
    between_s: float = 0.0
    """What passes after each of them."""
    after_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where a worker takes its packages from, and how it works on each."""

    url: str
    prefix: str
    lease_s: float
    work: Work
    signing_key: str = ""
    """Signs what it writes and verifies what it reads; without one, neither is done."""
    lanes: int = 64
    """How many packages it works on at once."""

    @property
    def options(self) -> RedisOptions:
        """Give them as the queue takes them."""
        signing = Signing((self.signing_key.encode(),)) if self.signing_key else Signing()
        return RedisOptions(url=self.url, prefix=self.prefix, lease_s=self.lease_s, signing=signing)


class PlannedAgent:
    """An agent that takes its time, and says with its answer when it began."""

    name = "planned"

    def __init__(self, work: Work, clock: Clock) -> None:
        """Do that work, on the clock."""
        self._work = work
        self._clock = clock
        self._stopped = anyio.Event()
        self._stopped_s = 0.0

    async def start(self) -> None:
        """Need nothing."""

    async def answer(self, package: ContextPackage) -> AsyncIterator[Finding]:
        """Give the partial results, then the answer; its detail is the monotonic time."""
        began_s = time.monotonic()
        if package.request == POISON:
            os.kill(os.getpid(), signal.SIGKILL)
        if package.request == ENDLESS:
            yield Finding(kind=UpdateKind.COMMENTARY, text="I am looking into every drawer.")
            await self._until_stopped()
        if package.request == STOPPED:
            await self._stopped.wait()
            began_s = self._stopped_s
        work = self._work
        if work.before_s:
            await sleep_s(self._clock, work.before_s)
        for number in range(work.parts):
            yield Finding(kind=UpdateKind.COMMENTARY, text=f"I have opened drawer {number}.")
            await sleep_s(self._clock, work.between_s)
        if work.after_s:
            await sleep_s(self._clock, work.after_s)
        yield Finding(kind=UpdateKind.RESULT, text=ANSWER, detail=repr(began_s))

    async def _until_stopped(self) -> None:
        self._stopped = anyio.Event()
        try:
            await anyio.sleep_forever()
        finally:
            self._stopped_s = time.monotonic()
            self._stopped.set()


class _JumpingClock(WallClock):
    """Real time that can be set."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead_s = 0.0

    def now_s(self) -> float:
        return super().now_s() + self.ahead_s


async def _obey(clock: _JumpingClock, *, task_status: TaskStatus[None]) -> None:
    with anyio.open_signal_receiver(signal.SIGUSR1, signal.SIGUSR2) as signals:
        task_status.started()
        async for heard in signals:
            clock.ahead_s += JUMP_S if heard is signal.SIGUSR1 else -JUMP_S


async def _work(plan: Plan) -> None:
    clock = _JumpingClock()
    queue = RedisWorkerQueue(plan.options, clock, lambda: Offer((AGENT,), (), plan.lanes))
    worker = Worker(queue, [PlannedAgent(plan.work, clock)], clock, plan.lanes)
    async with anyio.create_task_group() as tasks:
        await tasks.start(_obey, clock)
        await tasks.start(queue.run)
        sys.stdout.write("working\n")
        sys.stdout.flush()
        await worker.run()


if __name__ == "__main__":
    # Faults are made on purpose here; what is said of each would be in the way.
    logging.disable(logging.WARNING)
    given = json.loads(sys.argv[1])
    anyio.run(_work, Plan(**{**given, "work": Work(**given["work"])}))
