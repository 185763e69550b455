"""What the tools of a configuration can read is a request, and nothing else is made one."""

import threading
from functools import partial

import anyio
import pytest

from tests.fakes.meaning import FakeMeaning
from tests.tools.builtin.test_memory import FakeMemories
from weft.tool_requests import ToolRequests, readers_named, readers_of
from weft.tools.builtin import BUILTIN_NAMES, builtin_tools
from weft.tools.builtin.memory import memory_tools
from weft.tools.registry import Registry
from weft.tools.tool import Tool, tool

pytestmark = pytest.mark.anyio


def tools() -> list[Tool]:
    return [*builtin_tools(), *memory_tools(FakeMemories())]


@pytest.mark.parametrize(
    "request_",
    [
        "What do you remember about me?",
        "Forget that I live in Rome.",
        "What do you know about me?",
        "Forget everything about me.",
        "Please delete everything you have stored about me.",
        "Erase my birthday from memory.",
        "what did I tell you about my sister",
        "could you wipe all you have on me",
    ],
)
async def test_a_request_that_a_tool_can_read_is_one(request_: str) -> None:
    configured = ToolRequests(FakeMeaning(), partial(readers_of, Registry(tools())))
    assert await configured.needs_delegation(request_) == 1.0
    without = ToolRequests(FakeMeaning(), partial(readers_of, Registry([])))
    assert await without.needs_delegation(request_) < 1.0


@pytest.mark.parametrize(
    "statement",
    [
        "I'm allergic to peanuts, unfortunately.",
        "My aunt phoned, she had a great time in Malta.",
        "Stop saying sorry all the time.",
        "never mind, forget it",
        "forget about it",
    ],
)
async def test_talk_stays_talk(statement: str) -> None:
    configured = ToolRequests(FakeMeaning(), partial(readers_of, Registry(tools())))
    assert await configured.needs_delegation(statement) < 0.6


def test_who_knows_built_in_tools_by_name_only_reads_as_they_do() -> None:
    there = readers_of(Registry(tools()))
    assert {"remember", "recall", "forget", "forget_everything", "time"} <= set(there)
    assert readers_named(there) == there
    assert readers_named(["a_plugin", "show"]) == {}


@pytest.mark.parametrize("name", BUILTIN_NAMES)
def test_no_built_in_tool_is_forgotten(name: str) -> None:
    """A new one that reads requests must be found by its name."""
    reads = {"run_code": False, "show": False}.get(name, True)
    assert (name in readers_named([name])) is reads


async def test_a_reader_that_breaks_reads_nothing() -> None:
    def broken(request: str) -> dict[str, object] | None:
        raise RuntimeError(request)

    @tool(examples=("feed the cat",), read_arguments=broken)
    async def feed() -> str:
        """Feed the cat."""
        return "Done."

    configured = ToolRequests(FakeMeaning(), partial(readers_of, Registry([feed])))
    assert await configured.needs_delegation("feed the cat") < 0.6


async def test_a_reader_that_takes_long_does_not_hold_the_loop() -> None:
    loop_goes_on = threading.Event()

    def slow(request: str) -> dict[str, object] | None:
        return {} if loop_goes_on.wait(timeout=20.0) else None

    @tool(examples=("feed the cat",), read_arguments=slow)
    async def feed() -> str:
        """Feed the cat."""
        return "Done."

    found: list[float] = []

    async def ask() -> None:
        found.append(await configured.needs_delegation("feed the cat"))

    configured = ToolRequests(FakeMeaning(), partial(readers_of, Registry([feed])))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await anyio.sleep(0.01)
        loop_goes_on.set()
    assert found == [1.0]
