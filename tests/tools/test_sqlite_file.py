"""Files of an older version: brought up to date, with all that is in them."""

import sqlite3
from pathlib import Path

import anyio
import pytest

from weft.errors import InputError
from weft.tools.sqlite_file import SqliteFile

pytestmark = pytest.mark.anyio

pytestmark = pytest.mark.anyio

FIRST = ("CREATE TABLE notes (text TEXT)", "CREATE INDEX by_text ON notes (text)")
SECOND = ("ALTER TABLE notes ADD COLUMN color TEXT NOT NULL DEFAULT 'white'",)


def read(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT * FROM notes").fetchall()


def write(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO notes (text) VALUES ('tin')")


async def test_a_file_of_an_older_version_keeps_what_is_in_it(tmp_path: Path) -> None:
    old = SqliteFile(tmp_path / "f.sqlite", versions=[FIRST])
    await old.run(write)
    old.close()
    new = SqliteFile(tmp_path / "f.sqlite", versions=[FIRST, SECOND])
    assert await new.run(read) == [("tin", "white")]
    new.close()
    with pytest.raises(InputError, match=r"version 2 of its tables, known: 1"):
        await old.run(read)


async def test_two_that_open_an_old_file_at_once_change_it_once(tmp_path: Path) -> None:
    old = SqliteFile(tmp_path / "f.sqlite", versions=[FIRST])
    await old.run(write)
    old.close()
    both = [SqliteFile(tmp_path / "f.sqlite", versions=[FIRST, SECOND]) for _ in range(2)]
    async with anyio.create_task_group() as tasks:
        for each in both:
            tasks.start_soon(each.run, read)
    for each in both:
        assert await each.run(read) == [("tin", "white")]
        each.close()


async def test_a_change_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    old = SqliteFile(tmp_path / "f.sqlite", versions=[FIRST])
    await old.run(write)
    old.close()
    wrong = SqliteFile(tmp_path / "f.sqlite", versions=[FIRST, (*SECOND, "ALTER TABLE no_such")])
    with pytest.raises(InputError, match=r"f\.sqlite cannot be used"):
        await wrong.run(read)
    assert await old.run(read) == [("tin",)]
    old.close()
