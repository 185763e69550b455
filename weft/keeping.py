"""What outlives a session, and for whom: memories and reminders, opened and closed with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from weft.background_agents.memory import SqliteMemory
from weft.background_agents.noticing import notice
from weft.orchestrator.session import Session
from weft.orchestrator.turns import finished_turns
from weft.tools.reminders import Reminders


@asynccontextmanager
async def opened(memory: SqliteMemory | None) -> AsyncIterator[None]:
    """Hold memories open, if there are any; raises InputError when their file cannot be used."""
    if memory is None:
        yield
        return
    await memory.start()
    try:
        yield
    finally:
        await memory.aclose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What is kept beyond one session; with neither file, or for a stranger, nothing is."""

    user_id: str | None
    memory: SqliteMemory | None
    notices: bool
    """Whether lasting statements are kept that the user has not asked to keep."""
    turn_gap_slots: int
    reminders: Reminders | None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Hold the memories open; raises InputError when their file cannot be used.

        The reminders are opened by their first use, here or by the agent that says them.
        """
        async with opened(self.memory):
            try:
                yield
            finally:
                if self.reminders is not None:
                    await self.reminders.aclose()

    async def resume(self, session: Session) -> None:
        """Let a session go on with what earlier ones were to remind its user of."""
        if self.reminders is None or self.user_id is None:
            return
        now = self.reminders.now()
        for reminder in await self.reminders.pending(self.user_id):
            session.resume(reminder.request(now), reminder.reminder_id, tainted=reminder.tainted)

    async def listen(self, session: Session) -> None:
        """Keep what is worth remembering of a session, until it ends."""
        if self.memory is None or self.user_id is None or not self.notices:
            return
        turns = finished_turns(session.events(), self.turn_gap_slots)
        await notice(turns, self.memory, self.user_id, tainted=lambda: session.tainted)
