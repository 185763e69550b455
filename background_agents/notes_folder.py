"""The Markdown and text files of a folder as they are now: what has changed is read anew.

It knows files and paragraphs, and nothing of what they mean. What cannot be read is left out and
logged once; no content is ever logged.
"""

import hashlib
import logging
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from weft.background_agents.paragraphs import Paragraph, paragraphs

SUFFIXES = (".md", ".txt")
FILE_LIMIT_BYTES = 2_000_000
"""About a novel; what is larger is no note, and to embed it would take minutes."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes when a file does, without reading it."""

    modified_ns: int
    changed_ns: int
    """Tells also of new permissions, and of a copy that was given the old time of modification."""
    size_bytes: int
    inode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file as it was read."""

    stamp: Stamp
    settled: bool = False
    """Whether two looks found this stamp.

    Until then it is read again: the clock of a file system can be so coarse that a file changes
    right after it was read and keeps its time.
    """
    digest: bytes = b""
    """Of the content, so that what is read again is not cut again."""
    paragraphs: tuple[Paragraph, ...] = ()
    problem: str = ""
    """Why the file is left out, if so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What one look at the folder has found."""

    documents: Mapping[str, Document] = field(default_factory=dict)
    """By their path inside the folder, in its order."""
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Files and folders that the system did not let us read, with its reason; perhaps they can be
    read the next time."""

    @property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        """All of them, in the order of the files."""
        return tuple(each for found in self.documents.values() for each in found.paragraphs)

    @property
    def left_out(self) -> dict[str, str]:
        """Everything that is not among the paragraphs, with the reason."""
        unusable = {file: each.problem for file, each in self.documents.items() if each.problem}
        return unusable | dict(self.unreadable)


def look(folder: Path, before: Notes) -> Notes:
    """Look at every file in the folder and below; read those that changed since the look before.

    What is hidden (`.git`, `.trash`) is left alone. Nothing is raised: a folder that is gone has no
    documents.
    """
    documents: dict[str, Document] = {}
    unreadable: dict[str, str] = {}

    def cannot_list(error: OSError) -> None:
        unreadable[_inside(Path(error.filename), folder)] = _reason(error)

    for parent, folders, files in os.walk(folder, onerror=cannot_list):
        # In place: the walk goes on with what is left.
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if name.startswith(".") or not name.lower().endswith(SUFFIXES):
                continue
            path = Path(parent, name)
            file = _inside(path, folder)
            try:
                found = _document(path, file, before.documents.get(file))
            except FileNotFoundError:
                continue  # It went away after it was listed, or is a link to nowhere.
            except OSError as error:
                unreadable[file] = _reason(error)
                continue
            if found is not None:
                documents[file] = found
    notes = Notes(documents=dict(sorted(documents.items())), unreadable=unreadable)
    known = before.left_out
    for name, why in notes.left_out.items():
        if known.get(name) != why:
            logger.warning("left out of the notes: %r: %s", name, why)
    return notes


def _document(path: Path, file: str, before: Document | None) -> Document | None:
    """Read a file unless it is known; None for what is no file, such as a pipe."""
    # Before it is read: a change while it is being read gives another stamp at the next look.
    seen = path.stat()
    if not stat.S_ISREG(seen.st_mode):
        return None
    stamp = Stamp(seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, seen.st_ino)
    settled = before is not None and before.stamp == stamp
    if before is not None and settled and before.settled:
        return before
    if seen.st_size > FILE_LIMIT_BYTES:
        return Document(stamp=stamp, problem=f"it has more than {FILE_LIMIT_BYTES:,} bytes")
    content = path.read_bytes()
    digest = hashlib.sha256(content).digest()
    if before is not None and before.digest == digest:
        return replace(before, stamp=stamp, settled=settled)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Document(stamp=stamp, digest=digest, problem=f"it is not UTF-8: {error.reason}")
    # A name need not be UTF-8 either, but it is said and shown.
    shown = file.encode("utf-8", "replace").decode()
    return Document(stamp=stamp, digest=digest, paragraphs=paragraphs(text, shown))


def _inside(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
