"""Reminders that one session sets and a later one says, from the configuration on."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.fakes.conversation import hold
from tests.fakes.queue import FakeQueue
from tests.fakes.whole import heard, talk
from weft.clock import VirtualClock
from weft.interaction_model.scripted import Reply, ScriptedModel
from weft.interaction_model.types import ControlToken
from weft.orchestrator.channels.simulated import Say, Step, Wait
from weft.orchestrator.events import AnyEvent, Delegated
from weft.orchestrator.session import Session
from weft.tools.builtin.world_time import present_moment
from weft.tools.reminders import Reminders

pytestmark = pytest.mark.anyio

SET = Say(text="In one minute remind me to call my mother.")
DUE = "This is your reminder to call your mother."
A_WHILE = Wait(until=70.0, patience_s=70.0)


def kept_in(folder: Path) -> Mapping[str, object]:
    return {"tools": {"use": ["timer", "repeat"], "reminders": str(folder / "r.sqlite")}}


async def held(folder: Path, *script: Step, user_id: str | None = "bob") -> list[AnyEvent]:
    """Hold one session; between two of them the process may as well have been started anew."""
    model = ScriptedModel(
        [
            Reply(heard="remind", control=ControlToken.DELEGATE),
            Reply(heard="stop", control=ControlToken.DISMISS),
            Reply(heard="meant", control=ControlToken.REVISE),
        ]
    )
    return await talk(kept_in(folder), script, model=model, user_id=user_id)


async def left(folder: Path) -> list[tuple[str, bool]]:
    """What is still to be said: the message, and whether it comes again."""
    reminders = Reminders(folder / "r.sqlite", wall_now=present_moment, inline=True)
    found = await reminders.pending("bob")
    await reminders.aclose()
    return [(each.message, each.every_s is not None) for each in found]


async def test_a_later_session_says_what_an_earlier_one_was_asked(tmp_path: Path) -> None:
    assert heard(await held(tmp_path, SET)) == []
    assert heard(await held(tmp_path, A_WHILE, user_id="eve")) == []
    events = await held(tmp_path, A_WHILE)
    assert [event.by for event in events if isinstance(event, Delegated)] == ["reminder"]
    assert heard(events) == [DUE]
    assert await left(tmp_path) == []


async def test_of_a_stranger_nothing_is_kept(tmp_path: Path) -> None:
    await held(tmp_path, SET, user_id=None)
    assert heard(await held(tmp_path, A_WHILE)) == []


async def test_a_reminder_can_be_dismissed_in_the_session_that_set_it(tmp_path: Path) -> None:
    await held(tmp_path, SET, Say(text="Stop the timer.", patience_s=4.0))
    assert await left(tmp_path) == []


async def test_a_reminder_can_be_dismissed_in_a_later_session(tmp_path: Path) -> None:
    await held(tmp_path, SET)
    assert len(await left(tmp_path)) == 1
    await held(tmp_path, Say(text="Stop the timer.", after=2.0))
    assert await left(tmp_path) == []


async def test_a_corrected_reminder_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    await held(tmp_path, SET, Say(text="No, I meant two minutes.", patience_s=4.0))
    assert len(await left(tmp_path)) == 1


async def test_reminders_leave_half_of_the_room_to_what_is_asked_now() -> None:
    queue = FakeQueue(VirtualClock())

    def with_reminders(session: Session) -> None:
        for number in range(6):
            session.resume(f"In an hour say: {number}", number)

    await hold(heard="____", queue=queue, before=with_reminders)
    assert [package.reminder_id for package in queue.submitted] == [0, 1, 2, 3]
