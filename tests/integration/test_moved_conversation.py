"""A conversation whose process is killed with -9 goes on in another: real processes and server."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
import yaml

from tests.background_agents.packages import update
from tests.background_agents.queues_opened import options_for
from tests.redis_server import RedisServer
from tests.worker_command import worker_command, worker_config
from weft.background_agents.queues.places import RedisOptions
from weft.background_agents.queues.redis_worker import RedisWorkerQueue
from weft.background_agents.queues.wire import Offer
from weft.background_agents.types import Claim
from weft.bench._endpoint import Reply, serving, text_chunks
from weft.clock import WallClock
from weft.orchestrator.record import read_record

pytestmark = [pytest.mark.anyio, pytest.mark.integration, pytest.mark.limit_s(300)]

QUESTION = "Where is the museum?"
ANSWER = (
    "It is in the old town. It has a tall clock. The door of it is red. "
    "It opens at nine. The garden behind it is quiet and full of old trees."
)
LEASE_S = 100.0
"""Processes take long to start on a busy machine."""


@pytest.fixture
def options(server: RedisServer) -> RedisOptions:
    return options_for(server.url, lease_s=LEASE_S)


class Talking:
    """A conversation in a process, and what it has said."""

    def __init__(self, config: Path, record: Path, log: Path) -> None:
        command = [sys.executable, "-m", "tests.talking_process", str(config), str(record)]
        self._log = log.open("w")
        self.process = subprocess.Popen(
            [*command, QUESTION],
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        self.lines: list[tuple[str, str]] = []

    def until(self, what: str, times: int = 1) -> None:
        """Read what it prints until something has happened so often, or it has ended."""
        assert self.process.stdout is not None
        while [each for each, _ in self.lines].count(what) < times:
            line = self.process.stdout.readline()
            assert line, "it ended before"
            self.lines.append(tuple(json.loads(line)))

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it in a way, and read what it has printed since."""
        self.process.send_signal(how)
        rest, _ = self.process.communicate(timeout=60)
        self.lines += [tuple(json.loads(line)) for line in rest.splitlines()]
        self._log.close()

    @property
    def said(self) -> list[str]:
        return [text for what, text in self.lines if what == "said"]


@pytest.fixture
def home(tmp_path: Path, options: RedisOptions) -> Path:
    """Give a folder with the configuration of a conversation whose work is done elsewhere."""
    config = worker_config(options, "http://127.0.0.1:9")
    config["session"] = {"backstop": "off", "deadline_s": 300.0}
    (tmp_path / "talk.yaml").write_text(yaml.safe_dump(config))
    return tmp_path


def start(home: Path, name: str) -> Talking:
    return Talking(home / "talk.yaml", home / "talk.jsonl", home / f"{name}.log")


@asynccontextmanager
async def worker(options: RedisOptions) -> AsyncIterator[RedisWorkerQueue]:
    """Open the side of a worker by which the test itself answers."""
    async with anyio.create_task_group() as tasks:
        opened = RedisWorkerQueue(options, WallClock(), lambda: Offer(agents=("remote",), lanes=1))
        await tasks.start(opened.run)
        yield opened
        tasks.cancel_scope.cancel()


async def claimed(queue: RedisWorkerQueue) -> Claim:
    with anyio.fail_after(100):
        return await queue.claim()


def words(*parts: Talking) -> list[str]:
    """Give the words that were said; a row that begins without a space is a new sentence's, or
    the rest of one."""
    said = ""
    for part in parts:
        said += " "
        for text in part.said:
            said += f" {text}" if text[:1].isupper() else text
    return said.split()


async def test_killed_in_the_middle_of_an_answer_it_says_the_rest_of_it(
    options: RedisOptions, home: Path
) -> None:
    answer = Reply(chunks=text_chunks(ANSWER))
    async with (
        serving(answer) as server,
        worker_command(worker_config(options, server.base_url), home),
    ):
        first = start(home, "first")
        await anyio.to_thread.run_sync(first.until, "said", 4)
        first.end()
        second = start(home, "second")
        await anyio.to_thread.run_sync(second.until, "heard")
        second.end(signal.SIGTERM)
    assert words(first, second) == ANSWER.split()
    assert "delegated" not in [what for what, _ in second.lines]
    assert read_record(home / "talk.jsonl").epoch == 1


async def test_what_is_found_while_nobody_is_there_is_said_by_the_next(
    options: RedisOptions, home: Path
) -> None:
    async with worker(options) as queue:
        first = start(home, "first")
        claim = await claimed(queue)
        await anyio.to_thread.run_sync(first.until, "delegated")
        first.end()
        queue.publish_nowait(update(claim, text=ANSWER, final=True))
        queue.finish_nowait(claim)
        second = start(home, "second")
        await anyio.to_thread.run_sync(second.until, "heard")
        second.end(signal.SIGTERM)
    assert words(second) == ANSWER.split()


async def test_the_work_goes_on_and_its_answer_finds_the_next(
    options: RedisOptions, home: Path
) -> None:
    async with worker(options) as queue:
        first = start(home, "first")
        claim = await claimed(queue)
        await anyio.to_thread.run_sync(first.until, "delegated")
        first.end()
        second = start(home, "second")
        # Not before it has taken the session over.
        with anyio.fail_after(100):
            while read_record(home / "talk.jsonl").epoch == 0:  # noqa: ASYNC110
                await anyio.sleep(0.05)
        await anyio.sleep(3.0)
        queue.publish_nowait(update(claim, text=ANSWER, final=True))
        queue.finish_nowait(claim)
        await anyio.to_thread.run_sync(second.until, "heard")
        second.end(signal.SIGTERM)
    assert words(second) == ANSWER.split()


async def test_the_one_that_slept_says_nothing_more_when_it_wakes(
    options: RedisOptions, home: Path
) -> None:
    async with worker(options) as queue:
        first = start(home, "first")
        claim = await claimed(queue)
        queue.publish_nowait(update(claim, text=ANSWER, final=True))
        queue.finish_nowait(claim)
        await anyio.to_thread.run_sync(first.until, "said", 4)
        os.kill(first.process.pid, signal.SIGSTOP)
        second = start(home, "second")
        await anyio.to_thread.run_sync(second.until, "heard")
        os.kill(first.process.pid, signal.SIGCONT)
        await anyio.to_thread.run_sync(first.until, "ended")
        first.end(signal.SIGTERM)
        second.end(signal.SIGTERM)
    assert words(first, second) == ANSWER.split()
