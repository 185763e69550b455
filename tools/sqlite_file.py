"""One SQLite file of ours: private to its owner, in one writer's hand, beside the event loop.

What is deleted is overwritten, and a file of an older version is brought up to date. It knows
nothing of what the tables hold.
"""

import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import anyio
import anyio.to_thread

from weft.errors import InputError

Value = TypeVar("Value")


class SqliteFile:
    """A file with tables of a known version, opened by its first use."""

    def __init__(
        self, path: Path, *, versions: Sequence[Sequence[str]], inline: bool = False
    ) -> None:
        """Remember the file, and the statements that make each version out of the one before.

        Those of the first version make the tables of a new file. What files have been made with
        is never changed: another version comes behind it.

        `inline` works in the calling task, which virtual time needs to stay deterministic.
        """
        self._path = path
        self._versions = versions
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
            known = len(self._versions)
            if version > known:
                raise InputError(
                    f"{self._path} was written by a newer weft (version {version} of its tables,"
                    f" known: {known}); update weft or name another file"
                )
            if version < known:
                with connection:
                    self._bring_up_to_date(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _bring_up_to_date(self, connection: sqlite3.Connection) -> None:
        # Immediate: two processes that begin at once would else each wait for the other; the one
        # that comes second finds the work done.
        connection.execute("BEGIN IMMEDIATE")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for statements in self._versions[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {max(version, len(self._versions))}")


__all__ = ["SqliteFile"]
