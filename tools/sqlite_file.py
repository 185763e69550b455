"""One SQLite file of ours: private to its owner, in one writer's hand, beside the event loop.

What is deleted is overwritten. It knows nothing of what the tables hold.
"""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import anyio
import anyio.to_thread

from weft.errors import InputError

Value = TypeVar("Value")


class SqliteFile:
    """A file with tables of a known version, opened by its first use."""

    def __init__(self, path: Path, *, tables: str, version: int, inline: bool = False) -> None:
        """Remember the file and the statements that make its tables where they are missing.

        `inline` works in the calling task, which virtual time needs to stay deterministic.
        """
        self._path = path
        self._tables = tables
        self._version = version
        self._inline = inline
        self._connection: sqlite3.Connection | None = None
        # SQLite wants one user of a connection at a time.
        self._one_at_a_time = anyio.CapacityLimiter(1)

    async def run(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        """Do something with the tables in one transaction.

        Raises InputError when the file cannot be used: no database, a newer version, no room.
        """

        def transaction() -> Value:
            try:
                connection = self._opened()
                with connection:
                    return work(connection)
            except (sqlite3.Error, OSError) as error:
                raise InputError(
                    f"{self._path} cannot be used: {error}; move it away or name another file"
                ) from error

        if self._inline:
            return transaction()
        return await anyio.to_thread.run_sync(transaction, limiter=self._one_at_a_time)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _opened(self) -> sqlite3.Connection:
        if self._connection is not None:
            return self._connection
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Made here and not by SQLite, so that nobody else can ever read it.
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        # Used by one thread at a time, but not always the same.
        connection = sqlite3.connect(self._path, timeout=5.0, check_same_thread=False)
        try:
            connection.execute("PRAGMA secure_delete = ON")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > self._version:
                raise InputError(
                    f"{self._path} was written by a newer weft (version {version} of its tables,"
                    f" known: {self._version}); update weft or name another file"
                )
            if version == 0:
                # Immediate: two processes that begin at once would else each wait for the other.
                connection.executescript(
                    f"BEGIN IMMEDIATE; {self._tables}"
                    f" PRAGMA user_version = {self._version}; COMMIT;"
                )
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection


__all__ = ["SqliteFile"]
