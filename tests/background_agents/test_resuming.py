"""Reminders across a restart: a later session goes on with what an earlier one was asked."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from tests.background_agents.packages import package
from weft.background_agents.resuming import ResumingAgent
from weft.background_agents.types import UpdateKind
from weft.clock import VirtualClock
from weft.errors import AgentError
from weft.tools.builtin.timers import SOURCE
from weft.tools.reminders import Reminder, Reminders

pytestmark = pytest.mark.anyio

BEGAN = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


class Later:
    """A later process, some seconds after the beginning."""

    def __init__(self, file: Path, after_s: float) -> None:
        self.clock = VirtualClock()
        began = BEGAN + timedelta(seconds=after_s)
        self.reminders = Reminders(
            file, wall_now=lambda: began + timedelta(seconds=self.clock.now_s()), inline=True
        )
        self.agent = ResumingAgent(self.reminders, self.clock)
        self.said: list[tuple[float, str]] = []

    async def go_on(self, reminder: Reminder) -> None:
        asked = package(user_id="ann", reminder_id=reminder.reminder_id)
        async for finding in self.agent.answer(asked):
            if finding.kind is UpdateKind.RESULT:
                assert finding.sources == (SOURCE,)
                self.said.append((self.clock.now_s(), finding.text))

    async def live_until_s(self, moment_s: float) -> list[tuple[float, str]]:
        """Go on with everything that is pending, until the next restart."""
        await self.agent.start()
        async with anyio.create_task_group() as tasks:
            for reminder in await self.reminders.pending("ann"):
                tasks.start_soon(self.go_on, reminder)
            await self.clock.advance_to_s(moment_s)
            tasks.cancel_scope.cancel()
        await self.agent.aclose()
        return self.said


async def kept(file: Path, due_s: float, message: str, every_s: float | None = None) -> None:
    """Keep a reminder as an earlier process did."""
    reminders = Reminders(file, wall_now=lambda: BEGAN, inline=True)
    times = None if every_s is None else 3
    due = BEGAN + timedelta(seconds=due_s)
    await reminders.add("ann", message, due, asked_as="old.1.0", every_s=every_s, times=times)
    await reminders.aclose()


async def test_a_reminder_is_said_at_its_moment_in_a_later_session(tmp_path: Path) -> None:
    file = tmp_path / "reminders.sqlite"
    await kept(file, 100, "call Ann")
    assert await Later(file, 10).live_until_s(50) == []
    assert await Later(file, 80).live_until_s(60) == [(20.0, "Call Ann.")]
    assert await Later(file, 200).live_until_s(60) == []


async def test_a_reminder_that_was_missed_is_said_at_once_and_once(tmp_path: Path) -> None:
    file = tmp_path / "reminders.sqlite"
    await kept(file, 100, "call Ann")
    assert await Later(file, 500).live_until_s(5) == [
        (0.2, "This was due while I was away: call Ann.")
    ]
    assert await Later(file, 600).live_until_s(5) == []


async def test_a_beat_goes_on_where_it_would_have_been(tmp_path: Path) -> None:
    file = tmp_path / "reminders.sqlite"
    await kept(file, 600, "drink", every_s=600.0)
    assert await Later(file, 500).live_until_s(200) == [(100.0, "Drink.")]
    later = await Later(file, 1_000).live_until_s(5_000)
    assert later == [(200.0, "Drink."), (800.0, "Drink.")]
    assert await Later(file, 9_000).live_until_s(5_000) == []


async def test_a_reminder_that_is_gone_is_a_failure(tmp_path: Path) -> None:
    later = Later(tmp_path / "reminders.sqlite", 0)
    with pytest.raises(AgentError, match="no reminder 7"):
        async for _ in later.agent.answer(package(user_id="ann", reminder_id=7)):
            pass
    await later.agent.aclose()


async def test_a_reminder_of_another_user_is_not_said(tmp_path: Path) -> None:
    file = tmp_path / "reminders.sqlite"
    await kept(file, 1, "call Ann")
    later = Later(file, 0)
    with pytest.raises(AgentError, match="no reminder 1"):
        async for _ in later.agent.answer(package(user_id="eve", reminder_id=1)):
            pass
    await later.agent.aclose()


def test_it_takes_reminders_and_no_request_in_words(tmp_path: Path) -> None:
    agent = Later(tmp_path / "reminders.sqlite", 0).agent
    assert agent.takes(package(reminder_id=1))
    assert not agent.takes(package("go on with reminder 1"))
