"""Reminders that survive a restart: kept when set, gone when said or no longer wanted."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import anyio
import pytest

from weft.clock import VirtualClock
from weft.errors import InputError, ToolError
from weft.tools.builtin.timers import repeat, timer
from weft.tools.reminders import GoingOn, Reminder, Reminders, kept_timers
from weft.tools.tool import ToolContext

pytestmark = pytest.mark.anyio

BEGAN = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


class Run:
    """One run of a process: its clock starts at zero, the calendar goes on."""

    def __init__(self, file: Path, *, after_s: float = 0.0) -> None:
        self.clock = VirtualClock()
        self._began = BEGAN + timedelta(seconds=after_s)
        self.reminders = Reminders(file, wall_now=self.now, inline=True)
        tools = kept_timers(self.reminders)
        self.tools = {each.name: each for each in tools}
        self.said: list[tuple[float, str]] = []

    def now(self) -> datetime:
        return self._began + timedelta(seconds=self.clock.now_s())

    async def speak(
        self,
        name: str,
        session_id: str = "ann-1",
        asked_s: float | None = None,
        tainted: bool = False,
        revision: int = 0,
        **arguments: object,
    ) -> None:
        """Run a timer until it has nothing more to say."""
        context = ToolContext(
            clock=self.clock,
            session_id=session_id,
            delegation_id="d",
            revision=revision,
            user_id=session_id.partition("-")[0] or None,
            asked_s=asked_s,
            tainted=tainted,
        )
        async for output in self.tools[name].run(arguments, context):
            self.said.append((self.clock.now_s(), output.text))


@asynccontextmanager
async def running(run: Run, until_s: float, *setting: Callable[[], object]) -> AsyncIterator[None]:
    """Let timers run until a moment; what is still waiting then is cancelled at the end."""
    async with anyio.create_task_group() as tasks:
        for each in setting:
            tasks.start_soon(each)  # type: ignore[arg-type]  # partials and lambdas of coroutines
        await run.clock.advance_to_s(until_s)
        yield
        tasks.cancel_scope.cancel()
    await run.reminders.aclose()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "reminders.sqlite"


async def left(file: Path, user_id: str = "ann") -> list[Reminder]:
    """What a later process finds."""
    reminders = Reminders(file, wall_now=lambda: BEGAN, inline=True)
    found = await reminders.pending(user_id)
    await reminders.aclose()
    return found


async def test_a_timer_is_said_as_ever_and_then_gone(file: Path) -> None:
    run = Run(file)
    async with running(run, 21.0, lambda: run.speak("timer", seconds=20, message="go")):
        assert run.said == [(20.0, "Go.")]
    assert await left(file) == []


async def test_a_timer_that_is_set_once_more_for_the_same_moment_is_one(file: Path) -> None:
    run = Run(file)
    async with running(run, 5.0, lambda: run.speak("timer", seconds=20, message="go")):
        pass
    # Its delegation is done anew by the process that goes on with the session.
    again = Run(file)
    async with running(
        again,
        5.0,
        lambda: again.speak("timer", seconds=20, message="go"),
        lambda: again.speak("timer", seconds=30, message="go"),
    ):
        pass
    dues = [each.due - BEGAN for each in await left(file)]
    assert dues == [timedelta(seconds=20), timedelta(seconds=30)]


async def test_a_timer_that_a_restart_cut_off_is_found_with_its_moment(file: Path) -> None:
    run = Run(file)
    async with running(run, 15.0, lambda: run.speak("timer", seconds=20, message="go")):
        assert run.said == []
    (reminder,) = await left(file)
    assert (reminder.message, reminder.due) == ("go", BEGAN + timedelta(seconds=20))
    assert reminder.going_on(BEGAN + timedelta(seconds=15)) == GoingOn(
        "timer", {"seconds": 5.0, "message": "go"}
    )


async def test_a_timer_counts_from_when_it_was_asked(file: Path) -> None:
    run = Run(file)
    await run.clock.advance_to_s(3.0)
    async with running(run, 5.0, lambda: run.speak("timer", asked_s=1.0, seconds=60)):
        pass
    (reminder,) = await left(file)
    assert reminder.due == BEGAN + timedelta(seconds=61)


async def test_what_the_user_no_longer_wants_is_gone(file: Path) -> None:
    run = Run(file)
    async with running(run, 5.0, lambda: run.speak("timer", seconds=60)):
        assert len(await run.reminders.pending("ann")) == 1
        run.reminders.dismiss_nowait("d", 0)
    assert await left(file) == []


async def test_what_the_user_no_longer_wants_is_gone_also_if_a_worker_elsewhere_has_set_it(
    file: Path,
) -> None:
    talk, worker = Run(file), Run(file)
    async with running(worker, 5.0, lambda: worker.speak("timer", seconds=60)):
        talk.reminders.dismiss_nowait("d", 0)
    await talk.reminders.aclose()
    assert await left(file) == []


async def test_a_dismissal_does_not_reach_what_is_set_after_it(file: Path) -> None:
    run = Run(file)
    run.reminders.dismiss_nowait("d", 0)
    async with running(run, 5.0, lambda: run.speak("timer", revision=1, seconds=60)):
        pass
    assert len(await left(file)) == 1


async def test_a_request_that_is_delivered_again_is_kept_once(file: Path) -> None:
    for after_s in (0.0, 30.0):
        # Another worker has the package, whose clock says when it was asked for.
        run = Run(file, after_s=after_s)
        speak = partial(run.speak, asked_s=-after_s)
        setting = (
            partial(speak, "timer", seconds=60, message="go"),
            partial(speak, "timer", seconds=70, message="go"),
            partial(speak, "repeat", every_seconds=600, message="drink", times=5),
        )
        async with running(run, 10.0, *setting):
            pass
    kept = [(each.message, each.due - BEGAN) for each in await left(file)]
    due_s = (("go", 60), ("go", 70), ("drink", 600))
    assert kept == [(message, timedelta(seconds=after_s)) for message, after_s in due_s]


async def test_a_repeated_reminder_keeps_its_beat_and_its_number(file: Path) -> None:
    run = Run(file)
    async with running(
        run, 1_300.0, lambda: run.speak("repeat", every_seconds=600, message="drink", times=5)
    ):
        assert run.said == [(600.0, "Drink."), (1_200.0, "Drink.")]
    (reminder,) = await left(file)
    assert (reminder.times_left, reminder.due) == (3, BEGAN + timedelta(seconds=1_800))


async def test_a_repeated_reminder_is_gone_after_its_last_time(file: Path) -> None:
    run = Run(file)
    async with running(
        run, 1_300.0, lambda: run.speak("repeat", every_seconds=600, message="drink", times=2)
    ):
        assert len(run.said) == 2
    assert await left(file) == []


async def test_a_fast_beat_belongs_to_its_conversation(file: Path) -> None:
    run = Run(file)
    async with running(run, 9.0, lambda: run.speak("repeat", every_seconds=4, message="breathe")):
        assert len(run.said) == 2
    assert await left(file) == []


async def test_a_strangers_timer_runs_and_is_not_kept(file: Path) -> None:
    run = Run(file)
    async with running(run, 5.0, lambda: run.speak("timer", "-1", seconds=4, message="go")):
        assert run.said == [(4.0, "Go.")]
    assert await left(file, "") == []


async def test_wrong_arguments_are_refused_as_by_the_timer_itself(file: Path) -> None:
    run = Run(file)
    with pytest.raises(ToolError, match="timer cannot use its arguments: seconds"):
        await run.speak("timer", seconds=-1)
    assert await left(file) == []


def due_in_s(seconds: float, every_s: float | None = None) -> Reminder:
    """A reminder due some seconds after the beginning."""
    return Reminder(
        reminder_id=1,
        user_id="ann",
        message="drink",
        due=BEGAN + timedelta(seconds=seconds),
        every_s=every_s,
        times_left=None if every_s is None else 2,
    )


def test_what_was_missed_is_said_at_once_and_says_so() -> None:
    assert due_in_s(-3_600).going_on(BEGAN) == GoingOn(
        "timer", {"seconds": 0.2, "message": "This was due while I was away: drink"}
    )


@pytest.mark.parametrize(("due_s", "next_s"), [(100, 100), (600, 600), (-250, 350), (-1_250, 550)])
def test_a_beat_is_kept_and_not_made_up_for(due_s: float, next_s: float) -> None:
    how = due_in_s(due_s, every_s=600.0).going_on(BEGAN)
    assert how.tool == "repeat"
    assert how.arguments == {"every_seconds": 600.0, "message": "drink", "times": 2}
    assert 600.0 - how.begun_s_ago == next_s


def test_the_tools_look_like_the_timers_they_keep() -> None:
    kept = kept_timers(Reminders(Path("x"), wall_now=lambda: BEGAN))
    assert [each.openai_schema() for each in kept] == [
        timer.openai_schema(),
        repeat.openai_schema(),
    ]
    assert [each.time_limit_s for each in kept] == [None, None]
    assert kept[0].read_arguments is timer.read_arguments


async def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    async with await anyio.open_file(tmp_path / "reminders.sqlite", "w") as other:
        await other.write("a diary " * 500)
    with pytest.raises(InputError, match=r"reminders\.sqlite cannot be used"):
        await Reminders(tmp_path / "reminders.sqlite", wall_now=lambda: BEGAN).start()


FIRST_VERSION = """
CREATE TABLE reminders (
    reminder_id INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, message TEXT NOT NULL,
    due_s REAL NOT NULL, every_s REAL, times_left INTEGER
);
INSERT INTO reminders (user_id, message, due_s) VALUES ('ann', 'feed the cat', 1800000000);
PRAGMA user_version = 1;
"""


async def test_that_strangers_words_had_come_in_is_kept_also_in_a_file_of_the_first_version(
    file: Path,
) -> None:
    connection = sqlite3.connect(file)
    connection.executescript(FIRST_VERSION)
    connection.close()
    run = Run(file)
    setting = partial(run.speak, "timer", tainted=True, seconds=60, message="open the gate")
    async with running(run, 10, setting):
        pass
    kept = {each.message: each.tainted for each in await left(file)}
    assert kept == {"open the gate": True, "feed the cat": False}
