"""Worker processes of a bench: started, killed, stopped for a while, replaced."""

import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

import anyio
from anyio.abc import Process

from weft.bench._queue_worker import Plan

LOOK_EVERY_S = 0.05


class Workers:
    """Some processes that work by one plan; whichever dies is replaced while `watch` runs."""

    def __init__(self, plan: Plan) -> None:
        """Start none yet."""
        self.plan = plan
        self.running: list[Process] = []
        """Oldest first."""
        self.deaths = 0

    async def start(self) -> Process:
        """Start one more, and wait until it has begun."""
        command = [sys.executable, "-m", "weft.bench._queue_worker", json.dumps(asdict(self.plan))]
        process = await anyio.open_process(command, stderr=None)
        self.running.append(process)
        assert process.stdout is not None
        await process.stdout.receive()
        return process

    def kill_oldest(self) -> None:
        """End the oldest as a power cut would."""
        self.running[0].kill()

    async def replace_oldest(self) -> None:
        """Start one, and kill the oldest when the new one has begun."""
        oldest = self.running[0]
        await self.start()
        oldest.kill()

    def send_oldest(self, sent: signal.Signals) -> None:
        """Send a signal to the oldest."""
        os.kill(self.running[0].pid, sent)

    async def watch(self) -> None:
        """Replace whatever has died, until cancelled."""
        while True:
            for process in list(self.running):
                if process.returncode is not None:
                    self.running.remove(process)
                    await process.aclose()
                    self.deaths += 1
                    await self.start()
            await anyio.sleep(LOOK_EVERY_S)

    async def aclose(self) -> None:
        """Kill all of them."""
        with anyio.CancelScope(shield=True):
            for process in self.running:
                if process.returncode is None:
                    process.kill()
                await process.aclose()


@asynccontextmanager
async def working(plan: Plan, count: int) -> AsyncIterator[Workers]:
    """Keep so many processes at work for as long as the block lasts."""
    workers = Workers(plan)
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
