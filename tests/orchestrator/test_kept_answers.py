"""What was found out after an earlier session of the user had ended, in the one that is now."""

from pathlib import Path

import pytest

from tests.fakes.conversation import Conversation, hold, spoken
from tests.fakes.queue import FakeQueue
from weft.background_agents.types import AgentUpdate, KeptAnswer, UpdateKind
from weft.clock import VirtualClock
from weft.interaction_model.scripted import Reply, ScriptedModel
from weft.orchestrator.delegation import TIMER_SOURCE
from weft.orchestrator.events import Delegated, Heard, ResultReady, WeaveStarted
from weft.orchestrator.record import FileRecord, read_record

pytestmark = pytest.mark.anyio

LEAD = "Coming back to your earlier question."


def answer(text: str, *, tainted: bool = False, sources: tuple[str, ...] = ()) -> KeptAnswer:
    return KeptAnswer(
        request="where is the museum?",
        update=AgentUpdate(
            session_id="earlier",
            delegation_id="earlier.3",
            revision=2,
            attempt=7,
            sequence=4,
            kind=UpdateKind.RESULT,
            text=text,
            tainted=tainted,
            sources=sources,
        ),
    )


def model() -> ScriptedModel:
    return ScriptedModel([Reply(heard="hello", says="Hello.")])


async def come_back(
    *kept: KeptAnswer, slots: list[str] | None = None, record: FileRecord | None = None
) -> Conversation:
    clock = VirtualClock()
    queue = FakeQueue(clock)
    queue.kept = list(kept)
    heard = slots or spoken("hello I am back again", 30)
    return await hold(model(), heard=heard, clock=clock, queue=queue, record=record)


async def test_it_is_said_at_a_pause_and_to_what_it_answers() -> None:
    held = await come_back(answer("It is in the old town."))
    assert [each.text for each in held.all(Heard)] == [f"{LEAD} It is in the old town."]
    [delegated] = held.all(Delegated)
    assert (delegated.by, delegated.request) == ("return", "where is the museum?")
    assert held.queue.submitted == []
    [begun] = held.all(WeaveStarted)
    assert begun.index > 4, "the user was speaking"
    assert held.session.owed == ()


async def test_several_are_said_one_after_the_other() -> None:
    held = await come_back(answer("It is in the old town."), answer("It opens at nine."))
    assert [each.text for each in held.all(Heard)] == [
        f"{LEAD} It is in the old town.",
        f"{LEAD} It opens at nine.",
    ]


async def test_what_strangers_wrote_taints_this_session_as_well() -> None:
    assert not (await come_back(answer("It is red."))).session.tainted
    assert (await come_back(answer("It is red.", tainted=True))).session.tainted


async def test_what_a_timer_said_belonged_to_its_moment() -> None:
    held = await come_back(answer("Tea is ready.", sources=(TIMER_SOURCE,)))
    assert held.all(ResultReady) == []


async def test_the_session_can_move_in_the_middle_of_it(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    first = await come_back(answer("It is in the old town."), record=FileRecord(path))
    [begun] = first.all(WeaveStarted)
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join(lines[: begun.index + 3]) + b"\n")
    second = await hold(model(), heard=[""] * 30, past=read_record(path))
    [heard] = second.all(Heard)
    assert heard.text == f"{LEAD} It is in the old town."
    assert second.all(Delegated) == []
    assert second.session.owed == ()
