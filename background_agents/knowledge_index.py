"""The embeddings of a folder's paragraphs, kept on disk so that each is computed once.

A paragraph is found by what it says and not by its file: an edit costs the paragraph that was
edited, and a file that is moved or copied costs nothing. All of it can be computed again, so a file
that is broken is thrown away, and where none can be kept the work is done anew at each start.
"""

import hashlib
import json
import logging
import sqlite3
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_dir

from weft.errors import InputError
from weft.tools.sqlite_file import SqliteFile

VERSION = 1
"""Of the content, and of how sentences are found and put into words for the embedding."""
_VERSIONS = (
    (
        """
        CREATE TABLE IF NOT EXISTS paragraphs (
            model TEXT NOT NULL,
            key BLOB NOT NULL,
            sentences TEXT NOT NULL,
            meaning BLOB NOT NULL,
            PRIMARY KEY (model, key)
        )
        """,
    ),
)

Value = TypeVar("Value")
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedParagraph:
    """The sentences of a paragraph and what they mean."""

    sentences: tuple[str, ...]
    rows: NDArray[np.float32]
    """Unit vectors, [1 + sentences, width]: the whole paragraph, then each sentence."""


class KnowledgeIndex:
    """One SQLite file; what goes wrong with it is logged and never raised.

    SQLite and not one file of arrays: an edit rewrites a row and not everything, what was embedded
    before a crash is kept, and several processes can use the file at once.
    """

    def __init__(self, file: Path, *, inline: bool = False) -> None:
        """Remember where the file is; the first use opens it, or makes it.

        `inline` works in the calling task, which virtual time needs to stay deterministic.
        """
        self._path = file
        self._file = SqliteFile(file, versions=_VERSIONS, inline=inline)
        self._unusable = False

    async def find(self, model: str, keys: Collection[bytes]) -> dict[bytes, EmbeddedParagraph]:
        """Give those of the paragraphs that this model has embedded before."""

        def select(connection: sqlite3.Connection) -> dict[bytes, EmbeddedParagraph]:
            found = {}
            for key in keys:
                row = connection.execute(
                    "SELECT sentences, meaning FROM paragraphs WHERE model = ? AND key = ?",
                    (model, key),
                ).fetchone()
                if row is not None:
                    found[key] = _read(*row)
            return found

        return await self._run(select) or {}

    async def keep(self, model: str, embedded: Mapping[bytes, EmbeddedParagraph]) -> None:
        """Keep paragraphs, all or none of them."""
        rows = [
            (model, key, json.dumps(each.sentences), np.asarray(each.rows, dtype="<f4").tobytes())
            for key, each in embedded.items()
        ]
        await self._run(
            lambda connection: connection.executemany(
                "INSERT OR REPLACE INTO paragraphs VALUES (?, ?, ?, ?)", rows
            )
        )

    async def keep_only(self, model: str, keys: Collection[bytes]) -> None:
        """Delete all other paragraphs, and what other models made of these."""
        wanted = {(model, key) for key in keys}

        def delete(connection: sqlite3.Connection) -> None:
            held = connection.execute("SELECT model, key FROM paragraphs").fetchall()
            connection.executemany(
                "DELETE FROM paragraphs WHERE model = ? AND key = ?",
                [each for each in held if each not in wanted],
            )

        await self._run(delete)

    def close(self) -> None:
        """Close the file; the next use opens it again, and tries again if it could not be used."""
        self._file.close()
        self._unusable = False

    async def _run(self, work: Callable[[sqlite3.Connection], Value]) -> Value | None:
        """Do something with the file; None when it cannot be used."""
        if self._unusable:
            return None
        try:
            return await self._file.run(work)
        except InputError as error:
            logger.warning("the index of the notes is not used: %s", error)
            if _is_broken(error.__cause__):
                self._throw_away()
            else:
                # Nothing is tried again before it is closed: one warning is enough.
                self._unusable = True
            return None

    def _throw_away(self) -> None:
        self._file.close()
        try:
            # The journal first: left alone it would be played back into the next file.
            Path(f"{self._path}-journal").unlink(missing_ok=True)
            self._path.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("%s cannot be removed: %s", self._path, error)
            self._unusable = True


def index_file(folder: Path) -> Path:
    """Say where the index of a folder is kept; a weft with other tables uses another file."""
    name = hashlib.sha256(str(folder.resolve()).encode("utf-8", "surrogateescape")).hexdigest()
    cache = Path(user_cache_dir("weft", appauthor=False))
    return cache / "knowledge" / f"{name[:32]}-{VERSION}.sqlite"


def _read(sentences: str, meaning: bytes) -> EmbeddedParagraph:
    """Read one row; raises DatabaseError for what was not written here."""
    try:
        parts = tuple(str(each) for each in json.loads(sentences))
        rows = np.frombuffer(meaning, dtype="<f4").reshape(1 + len(parts), -1)
    except (TypeError, ValueError) as error:
        raise sqlite3.DatabaseError(f"a row makes no sense: {error}") from error
    return EmbeddedParagraph(parts, rows.astype(np.float32, copy=False))


def _is_broken(error: BaseException | None) -> bool:
    """Say whether a file is none of ours any more; one that is locked or full will be again."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, sqlite3.OperationalError
    )
