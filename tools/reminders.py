"""Timers that survive a restart: each is kept in a file from when it is set until it was said.

It knows the timer tools and a file. Who speaks what was left over from an earlier run is
`weft.background_agents.resuming`.
"""

import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio

from weft.errors import ToolError
from weft.tools.builtin.spoken_durations import say_duration
from weft.tools.builtin.timers import LONGEST_WAIT_S, repeat, timer
from weft.tools.sqlite_file import SqliteFile
from weft.tools.tool import Tool, ToolContext, ToolOutput

SHORTEST_KEPT_BEAT_S = 300.0
"""What comes more often belongs to the conversation in which it was asked for."""
_SHORTEST_WAIT_S = 0.2
_VERSIONS = (
    (
        """
        CREATE TABLE IF NOT EXISTS reminders (
            reminder_id INTEGER PRIMARY KEY AUTOINCREMENT,
            user_id TEXT NOT NULL,
            message TEXT NOT NULL,
            due_s REAL NOT NULL,
            every_s REAL,
            times_left INTEGER
        )
        """,
    ),
    # What was kept before is taken as the user's own words, as it was then.
    ("ALTER TABLE reminders ADD COLUMN tainted INTEGER NOT NULL DEFAULT 0",),
    ("ALTER TABLE reminders ADD COLUMN asked_as TEXT",),
)
_SAME_MOMENT_S = 2.0
"""How far apart two workers may read their clocks and still mean one moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """Something that is to be said to a user at a moment, and perhaps again."""

    reminder_id: int
    user_id: str
    message: str = field(repr=False)
    """Empty for "time is up"."""
    due: datetime
    """In UTC."""
    every_s: float | None = None
    """Seconds from one time to the next; None for once."""
    times_left: int | None = None
    """How often it is still to be said; None for once, or until the user no longer wants it."""
    tainted: bool = False
    """Whether words of strangers had come into the conversation in which it was set."""

    def going_on(self, now: datetime) -> "GoingOn":
        """Say how to go on with it after a restart.

        What was missed is said at once, with the words that it is late. A beat is kept, and its
        missed times are not made up for.
        """
        wait_s = (self.due - now).total_seconds()
        if self.every_s is not None:
            arguments: dict[str, object] = {"every_seconds": self.every_s, "message": self.message}
            if self.times_left is not None:
                arguments["times"] = self.times_left
            return GoingOn("repeat", arguments, begun_s_ago=-wait_s % self.every_s)
        if wait_s > 0:
            left_s = min(max(wait_s, _SHORTEST_WAIT_S), LONGEST_WAIT_S)
            return GoingOn("timer", {"seconds": left_s, "message": self.message})
        late = f"This was due while I was away: {self.message or 'a timer'}"
        return GoingOn("timer", {"seconds": _SHORTEST_WAIT_S, "message": late})

    def request(self, now: datetime) -> str:
        """Say it as a user would who asks for it now; a correction can then follow it."""
        how = self.going_on(now)
        if how.tool == "repeat":
            return f"Every {say_duration(self.every_s or 0.0)} say: {self.message}"
        left = say_duration(max(1.0, round((self.due - now).total_seconds())))
        return f"In {left} say: {self.message}" if self.message else f"Set a timer for {left}."


@dataclass(frozen=True, slots=True)
class GoingOn:
    """Which timer tool goes on with a reminder, and how."""

    tool: str
    arguments: dict[str, object]
    begun_s_ago: float = 0.0
    """How long ago the present wait began, so that a beat is kept."""


class Reminders:
    """All reminders that have not been said yet, in one file."""

    def __init__(
        self, path: Path, *, wall_now: Callable[[], datetime], inline: bool = False
    ) -> None:
        """Remember where the file is; it is opened by the first use.

        `inline` works in the calling task, which virtual time needs to stay deterministic.
        """
        self._file = SqliteFile(path, versions=_VERSIONS, inline=inline)
        self._wall_now = wall_now
        self._dismissed: set[str] = set()
        """As what was asked for what the user no longer wants."""

    async def start(self) -> None:
        """Open the file, or make it; raises InputError when it cannot be used."""
        await self._file.run(lambda connection: None)

    async def aclose(self) -> None:
        """Close the file, without what was dismissed here and is set by a worker elsewhere."""
        dismissed = [(asked_as,) for asked_as in self._dismissed]
        if dismissed:
            with anyio.CancelScope(shield=True):
                await self._file.run(
                    lambda connection: connection.executemany(
                        "DELETE FROM reminders WHERE asked_as = ?", dismissed
                    )
                )
        self._file.close()

    def now(self) -> datetime:
        """Give the present moment of the calendar."""
        return self._wall_now()

    async def add(
        self,
        user_id: str,
        message: str,
        due: datetime,
        *,
        asked_as: str,
        every_s: float | None = None,
        times: int | None = None,
        tainted: bool = False,
    ) -> Reminder:
        """Keep a reminder, once however often the same request comes.

        A request is delivered again after a crash, and racing agents have it together; `asked_as`
        names it.
        """

        def insert(connection: sqlite3.Connection) -> int:
            known = connection.execute(
                "SELECT reminder_id FROM reminders WHERE asked_as = ? AND message = ?"
                " AND every_s IS ? AND (every_s IS NOT NULL OR abs(due_s - ?) < ?)",
                (asked_as, message, every_s, due.timestamp(), _SAME_MOMENT_S),
            ).fetchone()
            if known is not None:
                return int(known[0])
            written = connection.execute(
                "INSERT INTO reminders"
                " (user_id, message, due_s, every_s, times_left, tainted, asked_as)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (user_id, message, due.timestamp(), every_s, times, tainted, asked_as),
            )
            assert written.lastrowid is not None
            return written.lastrowid

        return Reminder(
            reminder_id=await self._file.run(insert),
            user_id=user_id,
            message=message,
            due=due,
            every_s=every_s,
            times_left=times,
            tainted=tainted,
        )

    async def get(self, reminder_id: int) -> Reminder | None:
        """Give one reminder, or None when it has been said or dismissed."""
        found = await self._select("reminder_id = ?", reminder_id)
        return found[0] if found else None

    async def pending(self, user_id: str) -> list[Reminder]:
        """List what is still to be said to a user, the earliest first."""
        return await self._select("user_id = ?", user_id)

    async def remove(self, reminder_id: int) -> None:
        """Let nothing more come of a reminder."""
        await self._file.run(
            lambda connection: connection.execute(
                "DELETE FROM reminders WHERE reminder_id = ?", (reminder_id,)
            )
        )

    async def said(self, reminder_id: int) -> None:
        """Take one time off; a reminder that has no more is removed."""

        def advance(connection: sqlite3.Connection) -> None:
            connection.execute(
                "DELETE FROM reminders WHERE reminder_id = ?"
                " AND (every_s IS NULL OR times_left <= 1)",
                (reminder_id,),
            )
            connection.execute(
                "UPDATE reminders SET due_s = due_s + every_s, times_left = times_left - 1"
                " WHERE reminder_id = ?",
                (reminder_id,),
            )

        await self._file.run(advance)

    def dismiss_nowait(self, delegation_id: str, revision: int) -> None:
        """Say that the user no longer wants what a delegation has set, or has corrected it.

        Without this word a cancelled timer is kept: a session that ends, or a process that is
        stopped, cancels its timers too.
        """
        self._dismissed.add(_asked_as(delegation_id, revision))

    async def spoken(
        self, reminder: Reminder, outputs: AsyncIterator[ToolOutput], context: ToolContext
    ) -> AsyncGenerator[ToolOutput, None]:
        """Yield what a timer says, and keep the file in step with it."""
        now_asked_as = _asked_as(context.delegation_id, context.revision)
        await self._file.run(
            lambda connection: connection.execute(
                "UPDATE reminders SET asked_as = ? WHERE reminder_id = ?",
                (now_asked_as, reminder.reminder_id),
            )
        )
        ended = False
        try:
            async for output in outputs:
                yield output
                # Only now: what was not handed on yet is said again after a crash.
                await self.said(reminder.reminder_id)
            ended = True
        finally:
            if isinstance(outputs, AsyncGenerator):
                await outputs.aclose()
            if ended or now_asked_as in self._dismissed:
                with anyio.CancelScope(shield=True):
                    await self.remove(reminder.reminder_id)

    async def _select(self, condition: str, value: str | int) -> list[Reminder]:
        found = await self._file.run(
            lambda connection: connection.execute(
                "SELECT reminder_id, user_id, message, due_s, every_s, times_left, tainted"
                f" FROM reminders WHERE {condition} ORDER BY due_s, reminder_id",
                (value,),
            ).fetchall()
        )
        return [
            Reminder(
                reminder_id=number,
                user_id=user_id,
                message=message,
                due=datetime.fromtimestamp(due_s, UTC),
                every_s=every_s,
                times_left=times_left,
                tainted=bool(tainted),
            )
            for number, user_id, message, due_s, every_s, times_left, tainted in found
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTimer(Tool):
    """A timer tool whose timers are kept until they were said."""

    inner: Tool = field(repr=False)
    reminders: Reminders = field(repr=False)

    async def run(
        self, arguments: Mapping[str, object], context: ToolContext
    ) -> AsyncIterator[ToolOutput]:
        """Yield what the timer says; raises ToolError as the timer itself does."""
        user_id = context.user_id
        wanted = self._wanted(arguments)
        if user_id is None or wanted is None:
            outputs = self.inner.run(arguments, context)
        else:
            gone_s = 0.0
            if context.asked_s is not None:
                gone_s = context.clock.now_s() - context.asked_s
            reminder = await self.reminders.add(
                user_id,
                wanted.message,
                self.reminders.now() + timedelta(seconds=wanted.wait_s - gone_s),
                asked_as=_asked_as(context.delegation_id, context.revision),
                every_s=wanted.every_s,
                times=wanted.times,
                tainted=context.tainted,
            )
            outputs = self.reminders.spoken(reminder, self.inner.run(arguments, context), context)
        try:
            async for output in outputs:
                yield output
        finally:
            if isinstance(outputs, AsyncGenerator):
                await outputs.aclose()

    def _wanted(self, arguments: Mapping[str, object]) -> "_Wanted | None":
        """Read what is to be kept; None for what is not worth it, or wrong."""
        try:
            match self.inner.signature.validate(arguments):
                case {"seconds": float(wait_s), "message": str(message)}:
                    return _Wanted(wait_s, message)
                case {"every_seconds": float(every_s), "message": str(message), "times": times}:
                    if every_s < SHORTEST_KEPT_BEAT_S:
                        return None
                    count = times if isinstance(times, int) else None
                    return _Wanted(every_s, message, every_s, count)
        except ToolError:
            pass  # The timer itself says what is wrong.
        return None


@dataclass(frozen=True, slots=True)
class _Wanted:
    wait_s: float
    message: str
    every_s: float | None = None
    times: int | None = None


def _asked_as(delegation_id: str, revision: int) -> str:
    """Name the request that sets a reminder, or goes on with it."""
    return f"{delegation_id}.{revision}"


def kept_timers(reminders: Reminders) -> tuple[KeptTimer, KeptTimer]:
    """Make `timer` and `repeat` so that what a known user asks of them survives a restart."""
    timer_tool, repeat_tool = (
        KeptTimer(
            **{each.name: getattr(tool, each.name) for each in fields(Tool)},
            inner=tool,
            reminders=reminders,
        )
        for tool in (timer, repeat)
    )
    return timer_tool, repeat_tool


__all__ = ["GoingOn", "KeptTimer", "Reminder", "Reminders", "kept_timers"]
