"""What agents show reaches the screen with the answer, is never said, and goes when unwanted."""

from pathlib import Path

import pytest

from tests.fakes.conversation import Conversation, hold, spoken
from tests.fakes.queue import FakeQueue, Planned
from weft.background_agents.types import UpdateKind
from weft.clock import VirtualClock
from weft.interaction_model.scripted import Reply, ScriptedModel
from weft.interaction_model.types import ControlToken
from weft.orchestrator.audit import audit
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import (
    AnyEvent,
    Dismissed,
    Heard,
    ModelSpoke,
    ResultReady,
    Shown,
    Superseded,
)
from weft.orchestrator.outstanding import Outstanding
from weft.orchestrator.record import FileRecord, read_record
from weft.orchestrator.screen import Screen, is_seen, seen_markdown
from weft.tools.components import Card, Table
from weft.tools.effect import Effect

pytestmark = pytest.mark.anyio

ITALY = Table(title="Italy", columns=("city", "people"), rows=(("Rome", 2_750_000), ("Oria", None)))
SPAIN = Card(title="Spain", text="Madrid <|im_start|>")
SAID = "I have put a table on your screen."

RULES = (
    Reply(heard="never mind", control=ControlToken.DISMISS),
    Reply(heard="meant", control=ControlToken.REVISE),
    Reply(heard="cities", control=ControlToken.DELEGATE),
)


async def conversation(
    *heard: str | int,
    plans: tuple[Planned, ...],
    config: SessionConfig | None = None,
    record: Path | None = None,
) -> Conversation:
    """Hold a conversation with agents that go on when they are told to stop."""
    clock = VirtualClock()
    return await hold(
        ScriptedModel(RULES),
        heard=spoken(*heard),
        queue=FakeQueue(clock, plans, stubborn=True),
        clock=clock,
        config=config,
        record=FileRecord(record) if record else None,
    )


def on_screen(events: tuple[AnyEvent, ...]) -> list[str]:
    screen = Screen()
    for event in events:
        screen.add(event)
    return [each.component.title for each in screen.shown if isinstance(each, Shown)]


def shows(
    request: str,
    component: Table | Card,
    *,
    after_slots: float = 5,
    sequence: int = 0,
    final: bool = True,
) -> Planned:
    return Planned(
        request=request,
        text=SAID,
        components=(component,),
        after_slots=after_slots,
        sequence=sequence,
        final=final,
    )


async def test_a_component_is_shown_with_its_answer_and_never_said() -> None:
    held = await conversation("cities of Italy", 30, plans=(shows("Italy", ITALY),))
    (shown,) = held.all(Shown)
    (ready,) = held.all(ResultReady)
    assert (shown.component, shown.index, shown.result_id) == (ITALY, ready.index, ready.result_id)
    assert [heard.text for heard in held.all(Heard)] == [SAID]
    assert held.said == SAID
    assert "Rome" not in "".join(event.text for event in held.all(ModelSpoke))
    assert on_screen(held.events) == ["Italy"]


async def test_a_recorded_component_is_read_back_and_shown_again(tmp_path: Path) -> None:
    record = tmp_path / "talk.jsonl"
    plans = (shows("Spain", SPAIN),)
    held = await conversation("cities of Spain", 30, plans=plans, record=record)
    assert '"event":"Shown"' in record.read_text(encoding="utf-8")
    assert read_record(record).events == held.events
    assert on_screen(read_record(record).events) == ["Spain"]


DETAIL = "| city | people |\n|---|---|\n| Rome | 2,750,000 |"


@pytest.mark.parametrize(
    ("text", "detail", "seen"),
    [
        (SAID, DETAIL, [DETAIL]),
        ("It is Rome.", "It is **Rome**.", []),
        ("It is Rome.", "", []),
    ],
)
async def test_the_long_form_of_a_result_is_seen_and_recorded_where_it_is_more_than_what_is_said(
    text: str, detail: str, seen: list[str], tmp_path: Path
) -> None:
    record = tmp_path / "talk.jsonl"
    plan = Planned(request="Italy", text=text, detail=detail)
    held = await conversation("cities of Italy", 30, plans=(plan,), record=record)
    (ready,) = held.all(ResultReady)
    assert ready.detail == detail
    assert held.said == text
    screen = Screen()
    for event in read_record(record).events:
        screen.add(event)
    assert [seen_markdown(each) for each in screen.shown] == seen


async def test_what_a_question_leaves_out_is_seen_as_soon_as_it_is_asked() -> None:
    plan = Planned(
        request="Italy",
        kind=UpdateKind.QUESTION,
        text="Shall I send Hello and 212 more characters?",
        detail=DETAIL,
        effect=Effect(key="k", tool="send", arguments="{}", irreversible=False),
    )
    held = await conversation("cities of Italy", 30, plans=(plan,))
    (ready,) = held.all(ResultReady)
    assert (ready.kind, ready.detail) == ("question", DETAIL)
    assert is_seen(ready)


async def test_after_a_correction_only_the_new_component_is_seen() -> None:
    plans = (shows("Italy$", ITALY, after_slots=2), shows("Spain", SPAIN, after_slots=2))
    held = await conversation("cities of Italy", 3, "no I meant Spain", 40, plans=plans)
    assert [shown.component for shown in held.all(Shown)] == [ITALY, SPAIN]
    assert on_screen(held.events) == ["Spain"]


async def test_what_comes_too_late_for_its_revision_is_not_shown() -> None:
    plans = (shows("Italy$", ITALY, after_slots=20), shows("Spain", SPAIN, after_slots=2))
    held = await conversation("cities of Italy", 3, "no I meant Spain", 40, plans=plans)
    assert [shown.component for shown in held.all(Shown)] == [SPAIN]


async def test_what_is_waved_aside_leaves_the_screen_and_shows_nothing_later() -> None:
    early = shows("Italy", ITALY, after_slots=2, final=False)
    late = shows("Italy", ITALY, after_slots=30, sequence=1)
    held = await conversation("cities of Italy", 2, "never mind", 40, plans=(early, late))
    assert len(held.all(Shown)) == 1
    assert on_screen(held.events) == []


@pytest.mark.parametrize(
    ("again", "seen", "reasons"),
    [(SPAIN, ["Italy", "Spain"], []), (ITALY, ["Italy"], ["already said"])],
)
async def test_the_same_words_with_another_component_are_no_repetition(
    again: Card | Table, seen: list[str], reasons: list[str]
) -> None:
    held = await conversation(
        "cities of Italy now",
        3,
        "cities of Italy now again",
        40,
        plans=(shows("now$", ITALY, after_slots=2), shows("again$", again, after_slots=2)),
        config=SessionConfig(same_request_similarity=0.7),
    )
    assert on_screen(held.events) == seen
    assert [event.reason for event in held.all(Dismissed)] == reasons


@pytest.mark.parametrize(
    ("details", "seen"),
    [((DETAIL, "**Paris**, on the Seine"), [DETAIL, "**Paris**, on the Seine"]),
     ((DETAIL, DETAIL), [DETAIL]), ((DETAIL, ""), [DETAIL])],
)  # fmt: skip
async def test_the_long_form_of_what_was_said_already_is_to_be_seen(
    details: tuple[str, str], seen: list[str]
) -> None:
    plans = tuple(
        Planned(request=request, text=SAID, detail=detail, sources=(request,), after_slots=2)
        for request, detail in zip(("now$", "again$"), details, strict=True)
    )
    held = await conversation(
        "cities of Italy now",
        3,
        "cities of Italy now again",
        40,
        plans=plans,
        config=SessionConfig(same_request_similarity=0.7),
    )
    assert [event.reason for event in held.all(Dismissed)] == ["already said"]
    assert [event.text for event in held.all(Heard)] == [SAID]
    assert [event.sources for event in held.all(ResultReady)] == [("now$",), ("again$",)]
    screen, outstanding = Screen(), Outstanding()
    for event in held.events:
        screen.add(event)
        outstanding.add(event)
    assert [seen_markdown(each) for each in screen.shown] == seen
    assert not outstanding
    assert audit(held.events).lost == 0


def shown(result_id: str, component: Table | Card, delegation_id: str = "d") -> Shown:
    return Shown(index=0, delegation_id=delegation_id, result_id=result_id, component=component)


def test_what_is_delivered_twice_is_seen_once() -> None:
    events = (shown("d.0.0.1", ITALY), shown("d.0.1.0", SPAIN), shown("d.0.2.0", ITALY))
    assert on_screen(events) == ["Spain", "Italy"]
    assert on_screen((*events, shown("e", ITALY, "e"))) == ["Spain", "Italy", "Italy"]


def test_only_what_is_meant_leaves_the_screen() -> None:
    events = (shown("one", ITALY), shown("two", SPAIN), shown("three", SPAIN, "e"))
    replaced = Superseded(index=1, delegation_id="d", revision=0, result_id="one")
    corrected = Superseded(index=1, delegation_id="d", revision=0)
    dismissed = Dismissed(index=1, delegation_id="e", result_id=None, reason="unwanted")
    said = Dismissed(index=1, delegation_id="e", result_id="three", reason="already said")
    assert on_screen((*events, replaced)) == ["Spain", "Spain"]
    assert on_screen((*events, corrected)) == ["Spain"]
    assert on_screen((*events, dismissed)) == ["Italy", "Spain"]
    assert on_screen((*events, said)) == ["Italy", "Spain", "Spain"]
