"""A conversation goes on in another process: nothing that was heard is said again, nothing lost."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.channel import ScriptedChannel
from tests.fakes.conversation import Conversation, hold, spoken
from tests.fakes.meaning import FakeMeaning
from tests.fakes.queue import FakeQueue, Planned
from weft.background_agents.types import (
    ContextPackage,
    Position,
    TranscriptLine,
    UpdateKind,
)
from weft.clock import VirtualClock
from weft.errors import InputError
from weft.interaction_model.scripted import Reply, ScriptedModel
from weft.interaction_model.types import ControlToken
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import Delegated, Heard, ModelSpoke
from weft.orchestrator.record import FileRecord, SessionRecord, read_record
from weft.orchestrator.session import Session
from weft.tools.effect import Effect

pytestmark = pytest.mark.anyio

ANSWER = "It is in the old town. It has a tall clock. The door is red. It opens at nine."


def model() -> ScriptedModel:
    return ScriptedModel([Reply(heard="where", says="Let me see.", control=ControlToken.DELEGATE)])


async def recorded(path: Path, *, after_slots: float = 5, lag_slots: int = 0) -> Conversation:
    return await hold(
        model(),
        heard=spoken("where is the museum?", 40),
        plans=[Planned(request="museum", text=ANSWER, after_slots=after_slots)],
        record=FileRecord(path),
        lag_slots=lag_slots,
    )


def cut(path: Path, slots: int) -> SessionRecord:
    """Let a record end after so many slots, in the middle of a line."""
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join(lines[: slots + 1]) + b"\n" + lines[slots + 1][:40])
    return read_record(path)


def answer_in(*conversations: Conversation) -> str:
    said = ""
    last_index = -1
    for event in (e for c in conversations for e in c.all(ModelSpoke) if e.delegation_id):
        apart = event.text[0].isupper() or event.index > last_index + 1
        said += f" {event.text}" if apart else event.text
        last_index = event.index
    return " ".join(said.split())


def before(conversation: Conversation, slots: int) -> Conversation:
    events = tuple(event for event in conversation.events if event.index < slots)
    return replace(conversation, events=events)


@pytest.mark.parametrize("slots", [13, 14, 15, 16, 18, 21, 24, 30])
async def test_what_was_heard_and_what_is_said_then_are_the_whole_once(
    tmp_path: Path, slots: int
) -> None:
    path = tmp_path / "talk.jsonl"
    first = await recorded(path)
    past = cut(path, slots)
    second = await hold(model(), heard=[""] * 40, past=past)
    assert answer_in(first) == ANSWER
    assert answer_in(before(first, slots), second) == ANSWER
    assert second.session.owed == ()


async def test_what_was_sent_and_not_played_is_said_again(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    first = await recorded(path, lag_slots=3)
    past = cut(path, 18)
    second = await hold(model(), heard=[""] * 40, past=past)
    assert answer_in(before(first, 15), second) == ANSWER


async def test_the_session_is_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    first = await recorded(path)
    past = read_record(path)
    second = await hold(model(), heard=[], past=past)
    assert second.session.transcript == first.session.transcript
    assert second.session.next_index == 44
    assert second.queue.submitted == []


async def test_what_was_open_is_taken_over_from_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    first = await recorded(path, after_slots=30)
    past = cut(path, 20)
    second = await hold(model(), heard=[""] * 3, past=past)
    [(package, position)] = second.queue.taken_over
    [submitted] = first.queue.submitted
    assert position == Position()
    # The clock before stood at 4 s when this one stood at 0.
    assert package.submitted_s == pytest.approx(submitted.submitted_s - 4.0)
    assert package.model_copy(update={"submitted_s": submitted.submitted_s}) == submitted


async def test_a_deadline_is_the_moment_that_it_was(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    config = SessionConfig(deadline_s=8.0, deadline_grace_s=1.0)
    await hold(model(), heard=spoken("where is it?", 40), record=FileRecord(path), config=config)
    past = cut(path, 23)
    second = await hold(model(), heard=[""] * 40, past=past, config=config)
    assert "could not find that out" in second.said
    [(index, _)] = [(i, t) for i, t in second.said_at().items() if t.startswith("I could")]
    assert index == pytest.approx((4 + 8.0 / 0.2), abs=4)


QUESTION = Planned(
    request="lamp",
    kind=UpdateKind.QUESTION,
    text="Shall I switch the lamp off?",
    effect=Effect(key="k", tool="lamp", arguments="{}", irreversible=False),
)


class NeverDone(FakeQueue):
    """A queue whose workers ask before they do something, and then are long at it."""

    def submit_nowait(self, package: ContextPackage) -> None:
        if package.approved is None:
            super().submit_nowait(package)
        else:
            self.submitted.append(package)


def careful() -> ScriptedModel:
    return ScriptedModel([Reply(heard="lamp", control=ControlToken.DELEGATE)])


async def approved(path: Path) -> SessionRecord:
    """Record a talk in which something was approved, and is being done."""
    clock = VirtualClock()
    first = await hold(
        careful(),
        heard=spoken("the lamp please.", 25, "yes please", 12),
        record=FileRecord(path),
        queue=NeverDone(clock, [QUESTION]),
        clock=clock,
    )
    assert first.queue.submitted[-1].approved == QUESTION.effect
    return read_record(path)


async def test_of_what_was_being_done_in_the_process_nobody_knows(tmp_path: Path) -> None:
    past = await approved(tmp_path / "talk.jsonl")
    second = await hold(careful(), heard=[""] * 30, past=past)
    assert second.queue.taken_over == []
    assert second.said.endswith(SessionConfig().uncertain)
    assert second.said.count("I was away") == 1


async def test_what_was_being_done_elsewhere_goes_on(tmp_path: Path) -> None:
    past = await approved(tmp_path / "talk.jsonl")
    clock = VirtualClock()
    queue = FakeQueue(clock, outlives=True)
    second = await hold(careful(), heard=[""] * 30, past=past, queue=queue, clock=clock)
    [(package, _)] = queue.taken_over
    assert package.approved == QUESTION.effect
    assert "I was away" not in second.said


@pytest.mark.parametrize("slots", [14, 18, 22, 29])
async def test_a_question_that_was_asked_is_still_open(tmp_path: Path, slots: int) -> None:
    path = tmp_path / "talk.jsonl"
    await approved(path)
    past = cut(path, slots)
    clock = VirtualClock()
    queue = NeverDone(clock)
    heard = spoken(27 - slots if slots < 27 else 0, "yes please", 12)
    second = await hold(careful(), heard=heard, past=past, queue=queue, clock=clock)
    assert [each.approved for each in queue.submitted] == [QUESTION.effect]
    assert second.said.count("Shall I switch the lamp off?") == 1


async def test_a_new_request_has_an_id_that_was_never_used(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    await recorded(path)
    past = cut(path, 30)
    second = await hold(
        model(), heard=spoken("where is the castle?", 20), past=past, record=goes_on(path)
    )
    assert [each.delegation_id for each in second.all(Delegated)] == ["test.1.2"]
    third = await hold(model(), heard=spoken("where is the tower?", 20), past=read_record(path))
    assert [each.delegation_id for each in third.all(Delegated)] == ["test.2.3"]


def goes_on(path: Path) -> FileRecord:
    return FileRecord(path, goes_on=True)


async def test_it_moves_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    parts = [before(await recorded(path), 15)]
    past = cut(path, 15)
    for slots in (2, 3, 1, 40):
        part = await hold(model(), heard=[""] * slots, past=past, record=goes_on(path))
        parts.append(part)
        past = read_record(path)
    assert answer_in(*parts) == ANSWER
    assert len(past.slots) == 15 + 2 + 3 + 1 + 40
    assert [event.delegation_id for event in past.events if isinstance(event, Heard)] == ["test.1"]


async def test_another_configuration_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    await recorded(path)
    other = SessionConfig(row_every_slots=2)
    with pytest.raises(InputError, match=r"slot \d+ of the record comes out differently"):
        await hold(model(), heard=[], past=read_record(path), config=other)


async def test_an_old_record_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    await recorded(path)
    past = read_record(path)
    old = replace(past, slots=tuple(replace(slot, arrived=None) for slot in past.slots))
    with pytest.raises(InputError, match="weft replay"):
        await hold(model(), heard=[], past=old)


async def test_whoever_is_not_the_one_any_more_falls_silent(tmp_path: Path) -> None:
    clock = VirtualClock()
    queue = FakeQueue(clock)
    queue.moved = True
    ended = await hold(model(), heard=spoken("where is it?", 20), queue=queue, clock=clock)
    assert ended.said == ""
    assert ended.events[-1].reason == "another process holds it now"  # type: ignore[union-attr]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1_000_000))
def test_a_record_that_was_cut_anywhere_is_a_beginning_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, place: int
) -> None:
    whole = _whole(tmp_path_factory)
    path = tmp_path_factory.getbasetemp() / "cut.jsonl"
    data = whole.read_bytes()
    path.write_bytes(data[: place % len(data)])
    header_length = data.index(b"\n") + 1
    if place % len(data) < header_length:
        with pytest.raises(InputError):
            read_record(path)
        return
    past, all_of_it = read_record(path), read_record(whole)
    assert past.header == all_of_it.header
    assert past.slots == all_of_it.slots[: len(past.slots)]
    relived, straight = transcript_after(past), transcript_after(all_of_it)
    assert relived[:-1] == straight[: max(0, len(relived) - 1)]
    for last, whole_line in zip(relived[-1:], straight[len(relived) - 1 :], strict=False):
        assert whole_line.text.startswith(last.text)
    FileRecord(path, goes_on=True).end([])
    assert data.startswith(path.read_bytes())


def transcript_after(past: SessionRecord) -> tuple[TranscriptLine, ...]:
    clock = VirtualClock()
    session = Session(
        channel=ScriptedChannel(clock, []),
        model=model(),
        queue=FakeQueue(clock),
        meaning=FakeMeaning(),
        clock=clock,
        session_id="test",
    )
    session.relive(past)
    return session.transcript


def _whole(factory: pytest.TempPathFactory) -> Path:
    path = factory.getbasetemp() / "whole.jsonl"
    if not path.exists():
        import anyio

        anyio.run(recorded, path)
    return path
