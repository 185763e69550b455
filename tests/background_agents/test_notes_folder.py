"""A folder is read once, then only what has changed; what cannot be read is left out."""

import logging
import os
from pathlib import Path

import pytest

from weft.background_agents.notes_folder import FILE_LIMIT_BYTES, Notes, look


def texts(notes: Notes) -> list[str]:
    """What all the documents say, in their order."""
    return [each.text for each in notes.paragraphs]


def test_markdown_and_text_files_are_found_in_every_folder(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "deep.MD").write_text("deep")
    (tmp_path / "note.txt").write_text("note")
    (tmp_path / "picture.png").write_text("picture")
    notes = look(tmp_path, Notes())
    assert list(notes.documents) == ["a/b/deep.MD", "note.txt"]
    assert texts(notes) == ["deep", "note"]


def test_what_is_hidden_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".trash").mkdir()
    (tmp_path / ".trash" / "old.md").write_text("old")
    (tmp_path / ".#draft.md").write_text("draft")
    assert texts(look(tmp_path, Notes())) == []


def test_a_document_that_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("one")
    first = look(tmp_path, Notes())
    second = look(tmp_path, first)
    third = look(tmp_path, second)
    assert second.documents["a.md"].settled
    assert third.documents["a.md"] is second.documents["a.md"]


def test_a_change_in_the_same_moment_and_of_the_same_length_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("one")
    before = look(tmp_path, Notes())
    seen = file.stat()
    file.write_text("two")
    os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert texts(look(tmp_path, before)) == ["two"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"caf\xe9", "it is not UTF-8"),
        (b" " * (FILE_LIMIT_BYTES + 1), "it has more than 2,000,000 bytes"),
    ],
)
def test_a_file_that_cannot_be_used_is_left_out_and_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes, reason: str
) -> None:
    (tmp_path / "bad.md").write_bytes(content)
    (tmp_path / "good.md").write_text("good")
    notes = Notes()
    for _ in range(3):
        notes = look(tmp_path, notes)
        assert texts(notes) == ["good"]
    [logged] = caplog.messages
    assert f"'bad.md': {reason}" in logged
    (tmp_path / "bad.md").write_text("better")
    assert texts(look(tmp_path, notes)) == ["better", "good"]


def test_a_file_that_the_system_does_not_let_us_read_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # A link to itself: unlike missing permissions, that stops the administrator too.
    (tmp_path / "loop.md").symlink_to(tmp_path / "loop.md")
    (tmp_path / "good.md").write_text("good")
    notes = look(tmp_path, look(tmp_path, Notes()))
    assert texts(notes) == ["good"]
    assert list(notes.unreadable) == ["loop.md"]
    assert len(caplog.messages) == 1
    (tmp_path / "loop.md").unlink()
    (tmp_path / "loop.md").write_text("straight")
    notes = look(tmp_path, notes)
    assert texts(notes) == ["good", "straight"]
    assert not notes.unreadable


def test_pipes_and_links_to_nowhere_are_no_documents(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere")
    assert look(tmp_path, Notes()) == Notes()
    assert not caplog.messages


def test_a_folder_that_is_gone_has_no_documents_and_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    notes = look(tmp_path / "nowhere", look(tmp_path / "nowhere", Notes()))
    assert (notes.documents, list(notes.unreadable)) == ({}, ["."])
    assert len(caplog.messages) == 1


def test_a_mark_at_the_head_of_a_file_does_not_hide_its_heading(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xef\xbb\xbf# Tea\n\nHot.")
    assert look(tmp_path, Notes()).paragraphs[0].document == "Tea"


def test_a_name_that_is_not_utf8_can_be_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name, content in ((b"caf\xe9.md", b"open"), (b"bad\xe9.md", b"\xff")):
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_bytes(content)
    with caplog.at_level(logging.WARNING):
        [found] = look(tmp_path, Notes()).paragraphs
    assert (found.document, found.file) == ("caf?", "caf?.md")
    caplog.text.encode()
