"""`weft worker` as a process of its own, which a test may signal and kill."""

import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import yaml
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream

from weft.background_agents.queues.places import RedisOptions

START_S = 100.0
"""Most seconds until a process is ready: on a busy machine, many times what it takes alone."""


@dataclass(slots=True)
class WorkerCommand:
    """A running process, and what it has said on standard error so far."""

    process: Process
    said: str = ""
    printed: str = ""
    """What it has written on standard output."""
    _more: anyio.Event = field(default_factory=anyio.Event)

    async def has_said(self, words: str) -> None:
        """Wait until it has said some words."""
        with anyio.fail_after(START_S):
            while words not in self.said:
                await self._more.wait()

    async def listen(self) -> None:
        """Take in what it says until it ends."""
        assert self.process.stderr is not None
        async for text in TextReceiveStream(self.process.stderr):
            self.said += text
            self._more.set()
            self._more = anyio.Event()

    async def read(self) -> None:
        """Take in what it prints until it ends."""
        assert self.process.stdout is not None
        async for text in TextReceiveStream(self.process.stdout):
            self.printed += text


def worker_config(
    options: RedisOptions, base_url: str, *, drain_s: float = 20.0, **more: object
) -> dict[str, object]:
    """Give what a worker with one remote agent is configured by."""
    remote = {
        "provider": "openai-compatible",
        "base_url": base_url,
        "model": "m",
        "api_key": "none",
        "stall_s": 60,
        "timeout_s": 60,
    }
    return {
        "background": {"agents": {"remote": remote}},
        "queue": queue_config(options),
        "worker": {"http": None, "drain_s": drain_s},
        **more,
    }


def queue_config(options: RedisOptions) -> dict[str, object]:
    """Give the `queue` section of a conversation whose work is done elsewhere."""
    return {
        "kind": "redis",
        "url": options.url,
        "prefix": options.prefix,
        "lease_s": options.lease_s,
        "workers": "elsewhere",
        "signing_keys": [secret.decode() for secret in options.signing.secrets],
    }


@asynccontextmanager
async def worker_command(
    config: Mapping[str, object],
    folder: Path,
    *arguments: str,
    said_first: str = "is ready",
    **variables: str,
) -> AsyncIterator[WorkerCommand]:
    """Run the command until the block is left, which begins when it has said some words."""
    file = folder / "worker.yaml"
    file.write_text(yaml.safe_dump(dict(config)))
    command = [sys.executable, "-m", "weft", "worker", str(file), *arguments]
    environment = os.environ | variables
    async with (
        await anyio.open_process(command, env=environment) as process,
        anyio.create_task_group() as tasks,
    ):
        started = WorkerCommand(process)
        tasks.start_soon(started.listen)
        tasks.start_soon(started.read)
        try:
            await started.has_said(said_first)
            yield started
        finally:
            if process.returncode is None:
                process.kill()
            tasks.cancel_scope.cancel()
