"""What users have told, across conversations: kept in one SQLite file, found again by meaning.

Every memory belongs to one user and is in the user's own words. It knows nothing of sessions; who
decides what is worth remembering is `weft.background_agents.noticing`.
"""

import logging
import re
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from weft.background_agents.personal_data import PatternFinder
from weft.errors import ToolError
from weft.tools.sqlite_file import SqliteFile

TEXT_LIMIT_CHARS = 500
# Cosine similarities, chosen on the tables in tests/background_agents/test_memory_meaning.py.
SAME_THING = 0.955
"""From this similarity on, two memories say the same and the newer wording stays."""
RELATED = 0.2
"""From this similarity on, a memory may matter to what is talked about."""
_VERSIONS = (
    (
        """
        CREATE TABLE IF NOT EXISTS memories (
            memory_id INTEGER PRIMARY KEY AUTOINCREMENT,
            user_id TEXT NOT NULL,
            text TEXT NOT NULL,
            noted_s REAL NOT NULL,
            meaning_name TEXT NOT NULL,
            meaning BLOB NOT NULL
        )
        """,
        "CREATE INDEX IF NOT EXISTS memories_of_user ON memories (user_id)",
    ),
    # What was kept before is taken as the user's own words, as it was then.
    ("ALTER TABLE memories ADD COLUMN tainted INTEGER NOT NULL DEFAULT 0",),
)
_BYTES_OF_NUMBER = 4
_SECRET_KINDS = frozenset({"CARD", "IBAN", "KEY"})
_SECRET_WORDS = re.compile(
    r"\b(?:passwords?|passphrase|passcodes?|pin(?: code| number)?|cvv|cvc|security code"
    r"|secret (?:code|key)|social security|tan)\b(?! (?:board|cushion|the|it|up|down)\b)",
    re.IGNORECASE,
)

Value = TypeVar("Value")
logger = logging.getLogger(__name__)


class Embedder(Protocol):
    """What is needed of weft.meaning.SentenceMeaning."""

    def embedded(self, texts: Sequence[str]) -> Awaitable[NDArray[np.float32]]:
        """Embed texts as unit vectors, [len(texts), width], without holding up the event loop."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """One thing that a user has told."""

    memory_id: int
    text: str
    """In the user's own words: "my sister is called Ann"."""
    noted: datetime
    """When it was last told; in UTC."""
    tainted: bool = False
    """Whether words of strangers had come into the conversation in which it was told."""
    score: float = 0.0
    """How well it fits what was asked, as cosine similarity, -1 … 1."""


class MemoryStore(Protocol):
    """Where memories are kept; every method sees those of one user only."""

    async def remember(self, user_id: str, text: str, *, tainted: bool = False) -> Memory:
        """Keep one thing; raises ToolError for what must not be kept."""
        ...

    async def recall(
        self, user_id: str, about: str, *, limit: int = 5, least_score: float = RELATED
    ) -> Sequence[Memory]:
        """Find what has to do with a text, the best first."""
        ...

    async def everything(self, user_id: str) -> Sequence[Memory]:
        """List all of a user's memories, the newest first."""
        ...

    async def forget(self, user_id: str, memory_ids: Sequence[int]) -> int:
        """Delete memories of this user; gives how many there were."""
        ...

    async def forget_everything(self, user_id: str) -> int:
        """Delete all memories of a user; gives how many there were."""
        ...


class SqliteMemory:
    """Memories in one file, which only the user of this machine's account can read."""

    def __init__(
        self,
        path: Path,
        embedder: Embedder,
        *,
        wall_now: Callable[[], datetime],
        meaning_name: str = "all-MiniLM-L6-v2",
        keep_days: float | None = None,
        per_user: int = 500,
        inline: bool = False,
    ) -> None:
        """Remember the settings; the file is opened by the first use.

        `meaning_name` names the embedder's model: memories that another one embedded are embedded
        anew. Older ones than `keep_days` are deleted, and so are the oldest beyond `per_user`.
        `inline` works in the calling task, which virtual time needs to stay deterministic.
        """
        self._file = SqliteFile(path, versions=_VERSIONS, inline=inline)
        self._embedder = embedder
        self._wall_now = wall_now
        self._meaning_name = meaning_name
        self._keep_days = keep_days
        self._per_user = per_user

    async def start(self) -> None:
        """Open the file, or make it; raises InputError when it cannot be used."""
        await self._run(lambda connection: None)

    async def aclose(self) -> None:
        """Close the file."""
        self._file.close()

    async def remember(self, user_id: str, text: str, *, tainted: bool = False) -> Memory:
        """Keep one thing in the place of one that says the same.

        Raises ToolError for an empty text, and for card and account numbers, keys and passwords.
        """
        text = " ".join(text.split())[:TEXT_LIMIT_CHARS]
        if not text:
            raise ToolError("There is nothing to remember.")
        if is_secret(text):
            raise ToolError("I do not keep card or account numbers, keys or passwords.")
        row = (await self._embedder.embedded([text]))[0]
        await self._embed_anew(user_id, width=len(row))
        return await self._run(
            lambda connection: self._keep(connection, user_id, text, row, tainted=tainted)
        )

    async def recall(
        self, user_id: str, about: str, *, limit: int = 5, least_score: float = RELATED
    ) -> Sequence[Memory]:
        """Find what has to do with a text, the best first."""
        wanted = (await self._embedder.embedded([about]))[0]
        await self._embed_anew(user_id, width=len(wanted))
        found = await self._run(lambda connection: self._all(connection, user_id))
        scored = [replace(memory, score=float(row @ wanted)) for memory, row in found]
        fitting = [memory for memory in scored if memory.score >= least_score]
        return sorted(fitting, key=lambda memory: -memory.score)[:limit]

    async def everything(self, user_id: str) -> Sequence[Memory]:
        """List all of a user's memories, the newest first."""
        found = await self._run(lambda connection: self._all(connection, user_id))
        return [memory for memory, _ in found]

    async def forget(self, user_id: str, memory_ids: Sequence[int]) -> int:
        """Delete memories of this user, so that nothing of them stays in the file."""

        def delete(connection: sqlite3.Connection) -> int:
            deleted = connection.executemany(
                "DELETE FROM memories WHERE user_id = ? AND memory_id = ?",
                [(user_id, memory_id) for memory_id in memory_ids],
            )
            return deleted.rowcount

        return await self._run(delete)

    async def forget_everything(self, user_id: str) -> int:
        """Delete all memories of a user, so that nothing of them stays in the file."""
        return await self._run(
            lambda connection: (
                connection.execute("DELETE FROM memories WHERE user_id = ?", (user_id,)).rowcount
            )
        )

    async def _embed_anew(self, user_id: str, *, width: int) -> None:
        """Give memories that another model embedded a row of the present one."""
        old = await self._run(
            lambda connection: connection.execute(
                "SELECT memory_id, text FROM memories WHERE user_id = ?"
                " AND (meaning_name != ? OR length(meaning) != ?)",
                (user_id, self._meaning_name, width * _BYTES_OF_NUMBER),
            ).fetchall()
        )
        if not old:
            return
        rows = await self._embedder.embedded([text for _, text in old])
        changed = [
            (self._meaning_name, _bytes(row), memory_id)
            for (memory_id, _), row in zip(old, rows, strict=True)
        ]
        await self._run(
            lambda connection: connection.executemany(
                "UPDATE memories SET meaning_name = ?, meaning = ? WHERE memory_id = ?", changed
            )
        )

    async def _run(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        """Do something with the file in one transaction, when what is too old has gone."""

        def fresh(connection: sqlite3.Connection) -> Value:
            self._drop_old(connection)
            return work(connection)

        return await self._file.run(fresh)

    def _drop_old(self, connection: sqlite3.Connection) -> None:
        if self._keep_days is None:
            return
        oldest = self._wall_now() - timedelta(days=self._keep_days)
        connection.execute("DELETE FROM memories WHERE noted_s < ?", (oldest.timestamp(),))

    def _all(
        self, connection: sqlite3.Connection, user_id: str
    ) -> list[tuple[Memory, NDArray[np.float32]]]:
        found = connection.execute(
            "SELECT memory_id, text, noted_s, tainted, meaning FROM memories WHERE user_id = ?"
            " ORDER BY noted_s DESC, memory_id DESC",
            (user_id,),
        )
        return [
            (
                Memory(
                    memory_id=number,
                    text=text,
                    noted=datetime.fromtimestamp(noted_s, UTC),
                    tainted=bool(tainted),
                ),
                np.frombuffer(meaning, dtype="<f4"),
            )
            for number, text, noted_s, tainted, meaning in found
        ]

    def _keep(
        self,
        connection: sqlite3.Connection,
        user_id: str,
        text: str,
        row: NDArray[np.float32],
        *,
        tainted: bool,
    ) -> Memory:
        now_s = self._wall_now().timestamp()
        known = self._all(connection, user_id)
        same = next(
            (
                memory.memory_id
                for memory, other in known
                if _folded(memory.text) == _folded(text) or float(other @ row) >= SAME_THING
            ),
            None,
        )
        if same is None:
            written = connection.execute(
                "INSERT INTO memories (user_id, text, noted_s, tainted, meaning_name, meaning)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (user_id, text, now_s, tainted, self._meaning_name, _bytes(row)),
            )
            assert written.lastrowid is not None
            same = written.lastrowid
        else:
            connection.execute(
                "UPDATE memories SET text = ?, noted_s = ?, tainted = ?, meaning = ?"
                " WHERE memory_id = ?",
                (text, now_s, tainted, _bytes(row), same),
            )
        connection.execute(
            "DELETE FROM memories WHERE user_id = ?1 AND memory_id NOT IN (SELECT memory_id FROM"
            " memories WHERE user_id = ?1 ORDER BY noted_s DESC, memory_id DESC LIMIT ?2)",
            (user_id, self._per_user),
        )
        return Memory(
            memory_id=same,
            text=text,
            noted=datetime.fromtimestamp(now_s, UTC),
            tainted=tainted,
        )


def is_secret(text: str) -> bool:
    """Say whether a text holds what must never be kept, whoever asks for it."""
    if _SECRET_WORDS.search(text):
        return True
    return any(found.kind in _SECRET_KINDS for found in PatternFinder().find(text))


def memory_lines(memories: Sequence[Memory]) -> tuple[str, ...]:
    """Write memories for a context package: with their day, because what is newer counts."""
    return tuple(
        f"On {memory.noted.day} {memory.noted:%B %Y} the user said: {memory.text}"
        for memory in memories
    )


def _bytes(row: NDArray[np.float32]) -> bytes:
    return np.asarray(row, dtype="<f4").tobytes()


def _folded(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


__all__ = ["Embedder", "Memory", "MemoryStore", "SqliteMemory", "is_secret", "memory_lines"]
