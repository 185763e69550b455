"""`weft worker`: a process that answers delegations of conversations which live in others.

The first SIGTERM or SIGINT lets it finish what it has within a limit, and hand the rest to other
workers; a second one ends it at once.
"""

import math
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from weft import command_log, wiring
from weft.announcing import announce_on_stderr
from weft.background_agents.counted import CountedWorkerQueue, Health
from weft.background_agents.queues.redis_ledger import RedisLedger
from weft.background_agents.queues.redis_worker import RedisWorkerQueue
from weft.background_agents.traced import TracedWorkerQueue
from weft.background_agents.types import WorkerQueue
from weft.background_wiring import (
    Background,
    make_background,
    make_meaning,
    make_memory,
    make_reminders,
    make_tracing,
)
from weft.clock import Clock, WallClock
from weft.config import AgentConfig
from weft.keeping import opened
from weft.tracing import Tracing

STOPPED_HARD = 1
"""Exit code after a second signal."""
HARD_STOP_S = 2.0
"""Most seconds from when work is broken off to the end of the process."""


def main(config_path: Path, *, pool: str | None) -> int:
    """Work until a signal comes; give the exit code."""
    began_s = time.perf_counter()
    config = wiring.checked_config(config_path)
    command_log.set_level(config.log.level)
    return anyio.run(_work, config, pool, began_s)


async def _work(config: AgentConfig, pool: str | None, began_s: float) -> int:
    clock = WallClock()
    tracing = make_tracing(config, clock)
    meaning = make_meaning(config, clock)
    memory = make_memory(config, meaning, clock)
    background = make_background(
        config,
        (),
        meaning,
        clock,
        memory=memory,
        reminders=make_reminders(config, clock),
        tracing=tracing,
        loads_late=True,
    )
    queue = wiring.make_worker_queue(config.queue, clock, background.offer, pool=pool)
    process = WorkerProcess(background, queue, clock, config, tracing)
    with wiring.single_errors():
        async with opened(memory):
            return await process.run(began_s)


@dataclass(slots=True)
class WorkerProcess:
    """One worker from its start to its end."""

    background: Background
    queue: RedisWorkerQueue
    clock: Clock
    config: AgentConfig
    tracing: Tracing | None = None
    _exit_code: int = field(default=0, init=False)

    async def run(self, began_s: float) -> int:
        """Work until it is told to end; give the exit code."""
        with (
            anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals,
            self._answering() as (queue, address),
        ):
            async with anyio.create_task_group() as tasks:
                await tasks.start(self.queue.run)
                tasks.start_soon(self._end_when_told, signals, tasks.cancel_scope)
                worker = self.background.worker(queue)
                async with self.background.opened(worker):
                    tasks.start_soon(self._say_when_ready, began_s, address)
                    await self.background.work(worker)
        return self._exit_code

    def health(self) -> Health:
        """Say how it is; may be called from another thread."""
        silent_s = self.queue.silent_s
        return Health(
            ok=not self.queue.draining and silent_s <= self.config.queue.lease_s,
            pool=self.queue.pool,
            held=self.queue.held,
            draining=self.queue.draining,
            server_silent_s=None if math.isinf(silent_s) else round(silent_s, 1),
        )

    def refused(self) -> Counter[tuple[str, str]]:
        """Count the messages that it did not take; may be called from another thread."""
        counted = self.queue.refusals.so_far()
        if isinstance(self.background.ledger, RedisLedger):
            counted += self.background.ledger.refusals.so_far()
        return counted

    @contextmanager
    def _answering(self) -> Iterator[tuple[WorkerQueue, str | None]]:
        """Answer /health and /metrics, if that is wanted; gives the queue to work on."""
        queue: WorkerQueue = self.queue
        if self.tracing is not None:
            queue = TracedWorkerQueue(queue, self.tracing)
        place = self.config.worker.http
        if place is None:
            yield queue, None
            return
        # Here and not above: whoever does not want it need not wait for it.
        from weft.worker_http import WorkerMetrics, answering

        metrics = WorkerMetrics(
            self.queue.pool, self.background.concurrency, self.health, self.refused
        )
        with answering(place, metrics, self.health) as address:
            yield CountedWorkerQueue(queue, metrics, self.clock), address

    async def _end_when_told(
        self, signals: AsyncIterator[signal.Signals], working: anyio.CancelScope
    ) -> None:
        await anext(signals)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._drain, tasks.cancel_scope)
            await anext(signals)
            self._exit_code = STOPPED_HARD
            tasks.cancel_scope.cancel()
        if self.queue.held:
            _end_soon(self._exit_code)
        # The queue as well: it hands back what is held, though a tool in a thread goes on.
        working.cancel()

    async def _drain(self, waiting: anyio.CancelScope) -> None:
        limit_s = self.config.worker.drain_s
        await self.queue.take_no_more()
        announce_on_stderr(
            f"taking nothing more; {self.queue.held} under way, which have {limit_s:g} s; "
            "a second signal ends it at once"
        )
        with anyio.move_on_after(limit_s):
            await self.queue.all_ended()
        if self.queue.held:
            announce_on_stderr(f"handing back {self.queue.held} that are still under way")
        waiting.cancel()

    async def _say_when_ready(self, began_s: float, address: str | None) -> None:
        await self.queue.announced()
        after_s = time.perf_counter() - began_s
        agents = ", ".join(self.config.background.order)
        where = f"; {address}/health" if address else ""
        announce_on_stderr(
            f"worker {self.queue.consumer} is ready after {after_s:.1f} s: "
            f"pool {self.queue.pool}; agents {agents}{where}"
        )


def _end_soon(exit_code: int) -> None:
    """End the process whatever hangs: a tool in a thread cannot be cancelled."""
    ending = threading.Timer(HARD_STOP_S, os._exit, (exit_code,))
    ending.daemon = True
    ending.start()
