"""The demo holds its conversation on virtual time and reports what an independent audit finds."""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import anyio
import pytest
from rich.console import Console

from tests.fakes.queue import Planned
from tests.weft.demo_plans import HONEY, PLANS, REPLIES
from tests.weft.scripted import scripted_conversation
from weft import demo, wiring
from weft.clock import VirtualClock
from weft.errors import InputError, ToolError
from weft.interaction_model.types import MicroTurnInput
from weft.orchestrator.audit import Audit, audit
from weft.orchestrator.channels.observed import Observe, ObservedChannel
from weft.orchestrator.channels.simulated import SimulatedUser
from weft.orchestrator.events import (
    AnyEvent,
    Delegated,
    Dismissed,
    Heard,
    ModelSpoke,
    ResultReady,
    SessionEnded,
    Superseded,
    UserSpoke,
    WeaveCut,
    WeaveStarted,
)
from weft.orchestrator.live import LiveTimeline
from weft.tools.tool import ToolContext

AGENT = "background: {agents: {local: {provider: local}}}\n"


def held(
    plans: Sequence[Planned] = PLANS, width: int = 100
) -> tuple[list[AnyEvent], list[MicroTurnInput], str]:
    """Hold the conversation with a model by rules; give events, what was heard, the drawing."""
    clock = VirtualClock()
    console = Console(file=io.StringIO(), width=width, highlight=False)
    user = SimulatedUser(demo.SCRIPT, clock)

    def build(observe: Observe) -> wiring.Conversation:
        return scripted_conversation(clock, ObservedChannel(user, observe), REPLIES, plans)

    events: list[AnyEvent] = []
    heard: list[MicroTurnInput] = []
    with LiveTimeline(console) as live:
        anyio.run(demo.hold, build, user.saw, live, events, heard)
    assert isinstance(console.file, io.StringIO)
    return events, heard, console.file.getvalue()


@pytest.fixture(scope="module")
def conversation() -> tuple[list[AnyEvent], list[MicroTurnInput], str]:
    """One conversation for the tests that look at it from different sides."""
    return held()


def test_nothing_is_lost_said_twice_or_talked_over(
    conversation: tuple[list[AnyEvent], list[MicroTurnInput], str],
) -> None:
    events, heard, _ = conversation
    verdict = audit(events, heard=heard)
    assert demo.summary(verdict) == {
        "delegations": 5,
        "results": verdict.results,
        "heard": verdict.heard,
        "lost": 0,
        "said_twice": 0,
        "talked_over_user": 0,
        "stale_said": 0,
        "missed_slots": 0,
    }
    assert verdict.invented == 0
    assert verdict.heard >= 7


def test_a_result_comes_while_the_user_speaks_and_waits_for_the_pause(
    conversation: tuple[list[AnyEvent], list[MicroTurnInput], str],
) -> None:
    events, heard, _ = conversation
    came = next(event for event in events if isinstance(event, ResultReady))
    began = next(event for event in events if isinstance(event, WeaveStarted))
    assert heard[came.index].text or heard[came.index].user_active
    assert began.result_id == came.result_id
    last_word = max(e.index for e in events if isinstance(e, UserSpoke) and e.index < began.index)
    assert came.index < last_word < began.index


def test_an_answer_is_cut_and_its_rest_is_said_later(
    conversation: tuple[list[AnyEvent], list[MicroTurnInput], str],
) -> None:
    events, _, _ = conversation
    cut = next(event for event in events if isinstance(event, WeaveCut))
    assert HONEY.startswith(cut.heard)
    assert any(isinstance(event, Heard) and event.result_id == cut.result_id for event in events)


def test_a_correction_supersedes_and_the_timer_is_cancelled(
    conversation: tuple[list[AnyEvent], list[MicroTurnInput], str],
) -> None:
    events, _, _ = conversation
    revised = [event for event in events if isinstance(event, Delegated) and event.revision == 1]
    assert len(revised) == 1
    assert "Lisbon" in revised[0].request
    assert not any(isinstance(event, ResultReady) and "Tokyo" in event.text for event in events)
    assert any(isinstance(event, Dismissed) for event in events)
    assert isinstance(events[-1], SessionEnded)


def test_the_talk_is_shorter_than_ninety_seconds(
    conversation: tuple[list[AnyEvent], list[MicroTurnInput], str],
) -> None:
    assert len(conversation[1]) < 450


def test_the_drawing_has_every_mark_and_fits_the_width(
    conversation: tuple[list[AnyEvent], list[MicroTurnInput], str],
) -> None:
    drawing = conversation[2]
    strips = drawing.split("╷0 s", 1)[1]
    for mark in "█▄◆─●╌▓✔✖▲":
        assert mark in strips, mark
    assert max(map(len, drawing.splitlines())) <= 100


def test_the_same_seed_is_the_same_conversation(
    conversation: tuple[list[AnyEvent], list[MicroTurnInput], str],
) -> None:
    assert held() == conversation


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sequence[Planned]], None]:
    """Put a scripted conversation where the wired one would be."""

    def with_plans(plans: Sequence[Planned]) -> None:
        def build(_config: object, **parts: object) -> wiring.Conversation:
            clock, channel = parts["clock"], parts["channel"]
            assert isinstance(clock, VirtualClock)
            return scripted_conversation(clock, channel, REPLIES, plans)  # type: ignore[arg-type]

        monkeypatch.setattr(wiring, "build", build)

    return with_plans


def test_json_is_one_object_and_zero_says_that_nothing_was_lost(
    wired: Callable[[Sequence[Planned]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    wired(PLANS)
    assert demo.main(None, fast=True, as_json=True, record=None) == 0
    numbers = json.loads(capsys.readouterr().out)
    assert list(numbers) == [
        "delegations",
        "results",
        "heard",
        "lost",
        "said_twice",
        "talked_over_user",
        "stale_said",
        "missed_slots",
    ]


def test_files_that_cannot_be_are_named_before_anything_begins(
    wired: Callable[[Sequence[Planned]], None], tmp_path: Path
) -> None:
    wired(PLANS)
    agent = tmp_path / "agent.yaml"
    agent.write_text(AGENT)
    with pytest.raises(InputError, match="--record and --config name the same file"):
        demo.main(agent, fast=True, as_json=True, record=agent)
    with pytest.raises(InputError, match="cannot be written"):
        demo.main(agent, fast=True, as_json=True, record=tmp_path / "no" / "record")
    assert agent.read_text() == AGENT


def test_the_table_names_every_request(
    wired: Callable[[Sequence[Planned]], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    wired(PLANS)
    assert demo.main(None, fast=True, as_json=False, record=None) == 0
    printed = capsys.readouterr().out
    assert "What was handed over" in printed
    assert "honey" in printed
    assert "a failure" in printed
    assert "lost 0" in printed


def test_the_table_can_be_read_in_a_terminal_of_eighty_columns() -> None:
    long_id = "session-87afdb9a7534.1"
    request = "How do bees make honey?"
    events: list[AnyEvent] = [
        Delegated(index=10, delegation_id=long_id, request=request, revision=0, by="token"),
        ResultReady(
            index=20, delegation_id=long_id, result_id="r", kind="result", text="They thicken it."
        ),
        WeaveStarted(index=22, delegation_id=long_id, result_id="r", pause_began_index=21),
        ModelSpoke(index=22, text="They thicken it.", delegation_id=long_id, unverified=False),
        Superseded(index=30, delegation_id=long_id, revision=1, result_id="r"),
    ]
    written = io.StringIO()
    demo.report(audit(events), Console(file=written, width=80))
    table = written.getvalue()
    assert "…" not in table
    assert "How do bees" in table
    assert "superseded" in table


def test_a_lost_result_is_a_failure_of_the_demo(
    monkeypatch: pytest.MonkeyPatch,
    wired: Callable[[Sequence[Planned]], None],
) -> None:
    wired(PLANS)

    def lose(*_: object, **__: object) -> Audit:
        ready = ResultReady(index=1, delegation_id="d", result_id="r", kind="result", text="x")
        return audit([ready])

    monkeypatch.setattr(demo, "audit", lose)
    assert demo.main(None, fast=True, as_json=True, record=None) == 1


@pytest.mark.anyio
async def test_the_weather_service_is_honestly_down() -> None:
    clock = VirtualClock()
    context = ToolContext(clock=clock, session_id="s", delegation_id="d")
    arguments = demo.weather.read_arguments
    assert arguments is not None
    assert arguments("what's the weather like in Bergen?") == {"place": "Bergen"}
    assert arguments("what's the weather?") is None
    failures = []

    async def ask() -> None:
        try:
            async for _ in demo.weather.run({"place": "Bergen"}, context):
                pass
        except ToolError as error:
            failures.append(str(error))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await clock.advance_to_s(3.0)
    assert failures == ["The weather service did not answer when asked about Bergen."]
