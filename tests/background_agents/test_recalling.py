"""An agent that is told what its user has told before."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from tests.background_agents.packages import package
from tests.background_agents.words_meaning import WordsEmbedder
from weft.background_agents.memory import RELATED, Memory, SqliteMemory
from weft.background_agents.recalling import RecallingAgent
from weft.background_agents.types import ContextPackage, Finding, UpdateKind
from weft.errors import InputError
from weft.tools.builtin.world_time import present_moment

pytestmark = pytest.mark.anyio


class Listing:
    """An agent that answers with the memories it was given."""

    name = "listing"

    async def start(self) -> None:
        """There is nothing to load."""

    async def answer(self, package: ContextPackage) -> AsyncIterator[Finding]:
        yield Finding(kind=UpdateKind.RESULT, text=" | ".join(package.memory))


class Lost(SqliteMemory):
    """A store whose file is gone."""

    async def recall(
        self, user_id: str, about: str, *, limit: int = 5, least_score: float = RELATED
    ) -> Sequence[Memory]:
        raise InputError("memory.sqlite cannot be used")


def store_in(folder: Path, kind: type[SqliteMemory] = SqliteMemory) -> SqliteMemory:
    return kind(folder / "memory.sqlite", WordsEmbedder(), wall_now=present_moment, inline=True)


async def answer(store: SqliteMemory, request: str, user_id: str | None) -> str:
    asked = package(request, user_id=user_id)
    [finding] = [each async for each in RecallingAgent(Listing(), store).answer(asked)]
    return finding.text


async def test_what_has_to_do_with_the_request_comes_with_it_for_its_user_only(
    tmp_path: Path,
) -> None:
    store = store_in(tmp_path)
    await store.remember("bob", "my sister is called Ann")
    await store.remember("bob", "I collect old maps")
    told = await answer(store, "who is my sister", "bob")
    assert told.endswith("the user said: my sister is called Ann")
    assert "maps" not in told
    assert await answer(store, "who is my sister", "eve") == ""
    assert await answer(store, "who is my sister", None) == ""
    await store.aclose()


async def test_an_answer_does_not_wait_for_a_memory_that_cannot_be_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert await answer(store_in(tmp_path, Lost), "who is my sister", "bob") == ""
    assert "nothing could be recalled" in caplog.text


class Tainted(Listing):
    """An agent that says whether its package was tainted."""

    async def answer(self, package: ContextPackage) -> AsyncIterator[Finding]:
        yield Finding(kind=UpdateKind.RESULT, text=str(package.tainted))


async def test_a_memory_of_strangers_words_taints_the_package_and_the_answer(
    tmp_path: Path,
) -> None:
    store = store_in(tmp_path)
    await store.remember("bob", "my sister is called Ann", tainted=True)
    await store.remember("bob", "my locker is 42")
    told = []
    for request in ("who is my sister", "which is my locker"):
        asked = package(request, user_id="bob")
        told += [each async for each in RecallingAgent(Tainted(), store).answer(asked)]
    assert [(each.text, each.tainted) for each in told] == [("True", True), ("False", False)]
    await store.aclose()
