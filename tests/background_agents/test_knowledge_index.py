"""Embeddings are kept on disk; whatever happens to the file, nothing but time is lost."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from weft.background_agents.knowledge_index import EmbeddedParagraph, KnowledgeIndex, index_file

pytestmark = pytest.mark.anyio

ROWS = np.arange(6, dtype=np.float32).reshape(3, 2)
EMBEDDED = EmbeddedParagraph(("One.", "Two."), ROWS)


def make_index(file: Path) -> KnowledgeIndex:
    """One process's view of the file."""
    return KnowledgeIndex(file, inline=True)


async def written(file: Path) -> None:
    """Make a file that holds one paragraph."""
    index = make_index(file)
    await index.keep("m", {b"a": EMBEDDED})
    index.close()


async def is_kept(file: Path) -> bool:
    """Whether the paragraph is found in the file."""
    index = make_index(file)
    found = await index.find("m", {b"a"})
    index.close()
    return b"a" in found


async def test_what_was_kept_is_found_by_the_next_process(tmp_path: Path) -> None:
    file = tmp_path / "cache" / "index.sqlite"
    await written(file)
    index = make_index(file)
    found = await index.find("m", {b"a", b"b"})
    index.close()
    assert list(found) == [b"a"]
    assert found[b"a"].sentences == ("One.", "Two.")
    assert found[b"a"].rows.tolist() == ROWS.tolist()


async def test_each_model_finds_its_own(tmp_path: Path) -> None:
    file = tmp_path / "index.sqlite"
    await written(file)
    index = make_index(file)
    assert await index.find("other", {b"a"}) == {}
    index.close()


async def test_only_what_is_wanted_stays(tmp_path: Path) -> None:
    file = tmp_path / "index.sqlite"
    index = make_index(file)
    await index.keep("m", {b"a": EMBEDDED, b"b": EMBEDDED})
    await index.keep("older", {b"a": EMBEDDED})
    await index.keep_only("m", {b"a"})
    assert list(await index.find("m", {b"a", b"b"})) == [b"a"]
    assert await index.find("older", {b"a"}) == {}
    index.close()


@pytest.mark.parametrize("kept_bytes", [0, 100, 5000])
async def test_a_broken_file_is_made_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, kept_bytes: int
) -> None:
    file = tmp_path / "index.sqlite"
    await written(file)
    file.write_bytes(file.read_bytes()[:kept_bytes] + b"rubbish" * 1000)
    assert not await is_kept(file)
    assert "not used" in caplog.text
    await written(file)
    assert await is_kept(file)


async def test_a_row_that_makes_no_sense_is_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "index.sqlite"
    await written(file)
    connection = sqlite3.connect(file)
    connection.execute("UPDATE paragraphs SET meaning = x'00'")
    connection.commit()
    connection.close()
    assert not await is_kept(file)
    await written(file)
    assert await is_kept(file)


async def test_without_a_place_to_keep_them_nothing_is_kept_and_that_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "index.sqlite").mkdir()
    index = make_index(tmp_path / "index.sqlite")
    await index.keep("m", {b"a": EMBEDDED})
    await index.keep_only("m", {b"a"})
    assert await index.find("m", {b"a"}) == {}
    assert len(caplog.messages) == 1


async def test_two_processes_add_to_one_file(tmp_path: Path) -> None:
    file = tmp_path / "index.sqlite"
    one, other = make_index(file), make_index(file)
    await one.keep("m", {b"a": EMBEDDED})
    await other.keep("m", {b"b": EMBEDDED, b"a": EMBEDDED})
    assert len(await one.find("m", {b"a", b"b"})) == 2
    one.close()
    other.close()


def test_a_folder_has_one_file_by_whatever_name_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "notes")
    assert index_file(tmp_path / "link") == index_file(tmp_path / "notes")
    assert index_file(tmp_path / "notes") != index_file(tmp_path)
