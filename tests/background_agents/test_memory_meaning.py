"""What the thresholds of memory rest on: the real sentence model, and what people say."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from weft.background_agents.memory import SqliteMemory
from weft.clock import VirtualClock
from weft.errors import ToolError
from weft.meaning import SentenceMeaning
from weft.tools.builtin.memory import memory_tools
from weft.tools.tool import ToolContext

pytestmark = pytest.mark.anyio

TOLD = (
    "I'm allergic to peanuts",
    "my sister is called Ann",
    "my sister lives in Rome",
    "I work as a nurse in Leeds",
    "my locker is 42",
    "the spare key is under the pot",
    "I don't eat meat",
    "I have two cats",
    "my birthday is on the third of May",
)


async def told(tmp_path: Path, meaning: SentenceMeaning) -> SqliteMemory:
    """A store in which everything has been told."""
    store = SqliteMemory(
        tmp_path / "memory.sqlite",
        meaning,
        wall_now=lambda: datetime(2026, 11, 3, tzinfo=UTC),
        inline=True,
    )
    for text in TOLD:
        await store.remember("ann", text)
    return store


async def answer(store: SqliteMemory, name: str, about: str) -> str:
    """What a tool says, or why it cannot."""
    tools = {each.name: each for each in memory_tools(store)}
    context = ToolContext(clock=VirtualClock(), session_id="s", delegation_id="d", user_id="ann")
    try:
        (output,) = [each async for each in tools[name].run({"about": about}, context)]
    except ToolError as error:
        return str(error)
    return output.detail


async def test_a_question_finds_its_memory_first(tmp_path: Path, meaning: SentenceMeaning) -> None:
    store = await told(tmp_path, meaning)
    for question, wanted in (
        ("what am I allergic to", "peanuts"),
        ("what's my sister's name", "Ann"),
        ("where does my sister live", "Rome"),
        ("what is my job", "nurse"),
        ("where is the spare key", "pot"),
        ("which locker is mine", "42"),
        ("when was I born", "birthday"),
        ("what pets do I have", "cats"),
        ("my diet", "meat"),
    ):
        assert wanted in (await answer(store, "recall", question)).splitlines()[0], question
    assert "nothing noted" in await answer(store, "recall", "quantum chromodynamics")
    await store.aclose()


async def test_what_matters_to_a_request_comes_into_its_package(
    tmp_path: Path, meaning: SentenceMeaning
) -> None:
    store = await told(tmp_path, meaning)
    for request, wanted in (
        ("suggest something for dinner", "I don't eat meat"),
        ("find me a recipe with nuts", "I'm allergic to peanuts"),
        ("what's the weather like where my sister lives", "my sister lives in Rome"),
    ):
        related = [memory.text for memory in await store.recall("ann", request)]
        assert wanted in related, request
        assert len(related) <= 5
    await store.aclose()


async def test_only_what_was_meant_is_forgotten(tmp_path: Path, meaning: SentenceMeaning) -> None:
    store = await told(tmp_path, meaning)
    assert "nothing noted" in await answer(store, "forget", "I live in Rome")
    assert "nothing noted" in await answer(store, "forget", "my brother")
    for about, gone in (
        ("I am allergic to peanuts", ["I'm allergic to peanuts"]),
        ("my cats", ["I have two cats"]),
        ("my sister", ["my sister is called Ann", "my sister lives in Rome"]),
    ):
        before = {memory.text for memory in await store.everything("ann")}
        await answer(store, "forget", about)
        after = {memory.text for memory in await store.everything("ann")}
        assert sorted(before - after) == gone, about
    await store.aclose()


async def test_a_newer_wording_takes_the_place_of_the_same_thing_only(
    tmp_path: Path, meaning: SentenceMeaning
) -> None:
    store = await told(tmp_path, meaning)
    await store.remember("ann", "I am allergic to peanuts")
    await store.remember("ann", "my brother is called Ann")
    await store.remember("ann", "my locker is 43")
    texts = [memory.text for memory in await store.everything("ann")]
    assert "I'm allergic to peanuts" not in texts
    assert {"my sister is called Ann", "my brother is called Ann"} <= set(texts)
    assert {"my locker is 42", "my locker is 43"} <= set(texts)
    await store.aclose()
