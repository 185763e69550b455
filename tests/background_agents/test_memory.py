"""Memory across conversations: found by meaning, apart for each user, and gone when deleted."""

import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from tests.background_agents.words_meaning import WordsEmbedder
from weft.background_agents.memory import (
    TEXT_LIMIT_CHARS,
    SqliteMemory,
    is_secret,
    memory_lines,
)
from weft.errors import InputError, ToolError

pytestmark = pytest.mark.anyio


class Calendar:
    """A wall clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def opened(
    file: Path,
    *,
    embedder: WordsEmbedder | None = None,
    calendar: Calendar | None = None,
    meaning_name: str = "words",
    keep_days: float | None = None,
    per_user: int = 500,
    inline: bool = False,
) -> AsyncIterator[SqliteMemory]:
    """A store on a real file, closed at the end."""
    store = SqliteMemory(
        file,
        embedder or WordsEmbedder(),
        wall_now=calendar or Calendar(),
        meaning_name=meaning_name,
        keep_days=keep_days,
        per_user=per_user,
        inline=inline,
    )
    await store.start()
    yield store
    await store.aclose()


def contents(file: Path) -> bytes:
    """All bytes of a file."""
    return file.read_bytes()


def beside(file: Path) -> list[str]:
    """The names of all files in its folder."""
    return [each.name for each in file.parent.iterdir()]


def mode(file: Path) -> int:
    """Who may do what with a file."""
    return stat.S_IMODE(file.stat().st_mode)


def write(file: Path, text: str) -> None:
    """Make a file with its folder."""
    file.parent.mkdir()
    file.write_text(text)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "memory.sqlite"


@pytest.mark.parametrize("inline", [False, True])
async def test_what_was_told_is_found_by_meaning_in_a_later_conversation(
    file: Path, inline: bool
) -> None:
    async with opened(file, inline=inline) as store:
        await store.remember("ann", "I'm allergic to peanuts")
        await store.remember("ann", "my sister  lives\n in Rome ")
    async with opened(file, inline=inline) as store:
        (found,) = await store.recall("ann", "where does the sister live in Rome")
        assert found.text == "my sister lives in Rome"
        assert found.score > 0.5
        assert found.noted == datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
        assert [each.text for each in await store.everything("ann")] == [
            "my sister lives in Rome",
            "I'm allergic to peanuts",
        ]
        assert await store.recall("ann", "weather") == []


async def test_the_best_come_first_and_no_more_than_wanted(file: Path) -> None:
    async with opened(file) as store:
        for text in ("red", "red green", "red green blue", "red green blue black"):
            await store.remember("ann", text)
        found = await store.recall("ann", "red green blue", limit=2)
    assert [each.text for each in found] == ["red green blue", "red green blue black"]


async def test_no_user_sees_or_deletes_what_another_has_told(file: Path) -> None:
    async with opened(file) as store:
        kept = await store.remember("ann", "my locker is 42")
        assert await store.everything("ben") == []
        assert await store.recall("ben", "locker") == []
        assert await store.forget("ben", [kept.memory_id]) == 0
        assert await store.forget_everything("ben") == 0
        assert len(await store.everything("ann")) == 1


async def test_the_same_thing_is_kept_once_in_its_newest_wording(file: Path) -> None:
    calendar = Calendar()
    async with opened(file, calendar=calendar) as store:
        first = await store.remember("ann", "I'm allergic to peanuts")
        calendar.now += timedelta(days=1)
        second = await store.remember("ann", "i'm allergic to PEANUTS!")
        third = await store.remember("ann", "I am allergic to the peanuts")
        assert first.memory_id == second.memory_id == third.memory_id
        (kept,) = await store.everything("ann")
    assert kept.text == "I am allergic to the peanuts"
    assert kept.noted.day == 4


async def test_what_is_deleted_is_gone_from_the_file(file: Path) -> None:
    async with opened(file) as store:
        await store.remember("ann", "my horse is called Bucephalus")
        await store.remember("ann", "my ship is called Argo")
        assert b"Bucephalus" in contents(file)
        (found,) = await store.recall("ann", "horse called Bucephalus", least_score=0.9)
        assert await store.forget("ann", [found.memory_id, 999]) == 1
        assert b"Bucephalus" not in contents(file)
        assert b"Argo" in contents(file)
        assert await store.forget_everything("ann") == 1
    assert b"Argo" not in contents(file)
    assert beside(file) == [file.name]


async def test_only_the_owner_may_read_the_file(file: Path) -> None:
    async with opened(file):
        assert mode(file) == 0o600


async def test_old_memories_go_by_themselves(file: Path) -> None:
    calendar = Calendar()
    async with opened(file, calendar=calendar, keep_days=30) as store:
        await store.remember("ann", "old news")
        calendar.now += timedelta(days=29)
        await store.remember("ann", "fresh word")
        assert len(await store.everything("ann")) == 2
        calendar.now += timedelta(days=2)
        assert [each.text for each in await store.everything("ann")] == ["fresh word"]


async def test_beyond_the_limit_the_oldest_go(file: Path) -> None:
    async with opened(file, per_user=3) as store:
        for number in range(5):
            await store.remember("ann", f"thing{number}")
        await store.remember("ben", "other")
        assert [each.text for each in await store.everything("ann")] == [
            "thing4",
            "thing3",
            "thing2",
        ]
        assert len(await store.everything("ben")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "my card is 4111 1111 1111 1111",
        "my account is DE89 3704 0044 0532 0130 00",
        "my password is swordfish",
        "the PIN code is 1234",
        "use sk-proj-abcdefghijklmnop1234",
    ],
)
async def test_secrets_are_never_kept(file: Path, text: str) -> None:
    assert is_secret(text)
    async with opened(file) as store:
        with pytest.raises(ToolError, match="do not keep"):
            await store.remember("ann", text)
        with pytest.raises(ToolError, match="nothing to remember"):
            await store.remember("ann", "  ")
        assert await store.everything("ann") == []


def test_ordinary_words_are_no_secret() -> None:
    assert not is_secret("my locker is 42 and I pin the note to the pin board")


async def test_a_long_text_is_cut(file: Path) -> None:
    async with opened(file) as store:
        assert len((await store.remember("ann", "word " * 1_000)).text) <= TEXT_LIMIT_CHARS


async def test_memories_of_another_sentence_model_are_embedded_anew(file: Path) -> None:
    async with opened(file, embedder=WordsEmbedder(8), meaning_name="small") as store:
        await store.remember("ann", "my sister lives in Rome")
    large = WordsEmbedder(64)
    async with opened(file, embedder=large, meaning_name="large") as store:
        assert [each.text for each in await store.recall("ann", "sister Rome")]
        assert large.asked == ["sister Rome", "my sister lives in Rome"]
        await store.recall("ann", "Rome")
        assert large.asked[2:] == ["Rome"]
    # The same name with rows of another width: a folder whose model was replaced.
    async with opened(file, embedder=WordsEmbedder(32), meaning_name="large") as store:
        assert [each.text for each in await store.recall("ann", "sister Rome")]


async def test_two_processes_may_share_the_file(file: Path) -> None:
    embedder = WordsEmbedder()
    async with (
        opened(file, embedder=embedder) as one,
        opened(file, embedder=embedder) as other,
        anyio.create_task_group() as tasks,
    ):
        for number in range(5):
            tasks.start_soon(one.remember, "ann", f"left{number}")
            tasks.start_soon(other.remember, "ann", f"right{number}")
    async with opened(file) as store:
        assert len(await store.everything("ann")) == 10


async def test_a_file_that_is_no_memory_is_refused_and_left_alone(file: Path) -> None:
    write(file, "a diary of another kind, which nobody wants to lose " * 50)
    before = contents(file)
    with pytest.raises(InputError, match=r"memory\.sqlite cannot be used"):
        async with opened(file):
            pass
    assert contents(file) == before


async def test_a_file_of_a_newer_version_is_refused(file: Path) -> None:
    async with opened(file):
        pass
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(InputError, match="newer weft"):
        async with opened(file):
            pass


async def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    write(tmp_path / "deep" / "file", "")
    with pytest.raises(InputError, match="cannot be used"):
        async with opened(tmp_path / "deep" / "file" / "memory.sqlite"):
            pass


async def test_a_package_gets_memories_with_their_day(file: Path) -> None:
    async with opened(file) as store:
        await store.remember("ann", "I'm allergic to peanuts")
        assert memory_lines(await store.everything("ann")) == (
            "On 3 November 2026 the user said: I'm allergic to peanuts",
        )


FIRST_VERSION = """
CREATE TABLE memories (
    memory_id INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, text TEXT NOT NULL,
    noted_s REAL NOT NULL, meaning_name TEXT NOT NULL, meaning BLOB NOT NULL
);
CREATE INDEX memories_of_user ON memories (user_id);
INSERT INTO memories (user_id, text, noted_s, meaning_name, meaning)
    VALUES ('ann', 'my sister lives in Rome', 1790000000, 'gone', x'00');
PRAGMA user_version = 1;
"""


async def test_that_strangers_words_had_come_in_is_kept_also_in_a_file_of_the_first_version(
    file: Path,
) -> None:
    file.parent.mkdir(exist_ok=True)
    connection = sqlite3.connect(file)
    connection.executescript(FIRST_VERSION)
    connection.close()
    async with opened(file) as store:
        await store.remember("ann", "my horse is called Argo", tainted=True)
    async with opened(file) as store:
        found = {each.text: each.tainted for each in await store.everything("ann")}
        assert found == {"my sister lives in Rome": False, "my horse is called Argo": True}
        [recalled] = await store.recall("ann", "my horse is called Argo", limit=1)
        assert recalled.tainted
        # Told again without a stranger, it is the user's own.
        assert not (await store.remember("ann", "My horse is called Argo!")).tainted
        assert not any(each.tainted for each in await store.everything("ann"))
