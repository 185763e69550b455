"""An agent that takes long to load holds up nobody but those who ask it."""

import threading

import anyio
import pytest

from tests.background_agents.packages import package
from weft.background_agents.late_start import LateAgent
from weft.background_agents.settled import settled
from weft.background_agents.types import ContextPackage, Finding, UpdateKind
from weft.errors import InputError

pytestmark = pytest.mark.anyio


class Starting:
    """An agent that remembers how often it was started."""

    name = "starting"

    def __init__(self) -> None:
        self.starts = 0

    async def start(self) -> None:
        self.starts += 1

    async def answer(self, asked: ContextPackage):  # type: ignore[no-untyped-def]
        yield Finding(kind=UpdateKind.RESULT, text=f"started {self.starts} times")


async def answers(agent: LateAgent) -> list[str]:
    return [finding.text async for finding in settled(agent, package())]


async def test_it_is_started_once_and_only_when_it_is_needed() -> None:
    inner = Starting()
    loaded: list[int] = []
    agent = LateAgent(inner, lambda: loaded.append(1))
    await agent.start()
    assert (inner.starts, loaded) == (0, [])
    assert await answers(agent) == ["started 1 times"]
    await agent.make_ready()
    assert await answers(agent) == ["started 1 times"]
    assert loaded == [1]


async def test_who_asks_while_it_loads_waits_and_the_loop_goes_on() -> None:
    may_end = threading.Event()
    agent = LateAgent(Starting(), lambda: assert_true(may_end.wait(60)))
    got: list[str] = []

    async def ask() -> None:
        got.extend(await answers(agent))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        assert got == []
        may_end.set()
    assert got == ["started 1 times"]


def assert_true(value: bool) -> None:
    assert value


async def test_what_cannot_be_loaded_is_a_failure_and_is_tried_again() -> None:
    broken = [True]

    def load() -> None:
        if broken.pop():
            broken.append(False)
            raise InputError("no sentence model there")
        broken.append(False)

    agent = LateAgent(Starting(), load)
    assert await answers(agent) == ["no sentence model there"]
    assert await answers(agent) == ["started 1 times"]
