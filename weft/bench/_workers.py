"""Worker processes of a bench: started, killed, stopped for a while, replaced."""

import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

import anyio
from anyio.abc import Process

from weft.bench._queue_worker import Plan

LOOK_EVERY_S = 0.05


class Workers:
    """Some processes that work by one plan; whichever dies is replaced while `watch` runs."""

    def __init__(self, plan: Plan, count: int) -> None:
        """Start none yet."""
        self._command = [
            *(sys.executable, "-m", "weft.bench._queue_worker"),
            json.dumps(asdict(plan)),
        ]
        self._count = count
        self._starting: list[Process] = []
        self.running: list[Process] = []
        """Oldest first."""
        self._dying: list[Process] = []
        self.died_s: list[float] = []
        """When, on the monotonic clock, the death of one was seen."""

    async def start(self) -> None:
        """Start one more, and wait until it has begun."""
        process = await anyio.open_process(self._command, stderr=None)
        self._starting.append(process)
        assert process.stdout is not None
        await process.stdout.receive()
        self._starting.remove(process)
        self.running.append(process)

    async def all_there(self) -> None:
        """Wait until as many are at work as there should be."""
        while len(self.running) < self._count:  # noqa: ASYNC110 (what is waited for is a process)
            await anyio.sleep(LOOK_EVERY_S)

    def kill_oldest(self) -> None:
        """End the oldest as a power cut would."""
        # At once no longer one of those at work: its death is noticed only a while later.
        oldest = self.running.pop(0)
        self._dying.append(oldest)
        if oldest.returncode is None:
            oldest.kill()

    def send_oldest(self, sent: signal.Signals) -> None:
        """Send a signal to the oldest."""
        os.kill(self.running[0].pid, sent)

    async def watch(self) -> None:
        """Replace whatever has died, until cancelled."""
        async with anyio.create_task_group() as starting:
            while True:
                for process in (*self.running, *self._dying):
                    if process.returncode is not None:
                        self.died_s.append(time.monotonic())
                        (self.running if process in self.running else self._dying).remove(process)
                        await process.aclose()
                        starting.start_soon(self.start)
                await anyio.sleep(LOOK_EVERY_S)

    async def aclose(self) -> None:
        """Kill all of them."""
        with anyio.CancelScope(shield=True):
            for process in (*self.running, *self._dying, *self._starting):
                if process.returncode is None:
                    process.kill()
                await process.aclose()


@asynccontextmanager
async def working(plan: Plan, count: int) -> AsyncIterator[Workers]:
    """Keep so many processes at work for as long as the block lasts."""
    workers = Workers(plan, count)
    try:
        async with anyio.create_task_group() as starting:
            for _ in range(count):
                starting.start_soon(workers.start)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(workers.watch)
            yield workers
            tasks.cancel_scope.cancel()
    finally:
        await workers.aclose()
