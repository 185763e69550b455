"""A scripted conversation on virtual time, and the traces of its delegations."""

import json
from collections.abc import AsyncIterator, Sequence
from functools import partial

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import StatusCode

from tests.fakes.channel import ScriptedChannel
from tests.fakes.conversation import spoken
from tests.fakes.meaning import FakeMeaning
from tests.fakes.spans import Spans, about, began, context_of, everything_in, happened, lasted_s
from weft.background_agents.offered import tool_context
from weft.background_agents.providers.streamed_calls import ToolCall
from weft.background_agents.providers.tool_runs import ToolRun, run_together
from weft.background_agents.queues.memory import MemoryQueue, QueueLimits
from weft.background_agents.traced import TracedAgent, TracedSessionQueue, TracedWorkerQueue
from weft.background_agents.types import BackgroundAgent, ContextPackage, Finding, UpdateKind
from weft.background_agents.worker import Worker
from weft.clock import VirtualClock, sleep_s
from weft.errors import AgentError, ToolError
from weft.interaction_model.scripted import Reply, ScriptedModel
from weft.interaction_model.types import ControlToken
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import AnyEvent, Heard
from weft.orchestrator.session import Session
from weft.orchestrator.traces import DelegationTraces
from weft.tools.tool import Tool, tool
from weft.tools.traced import traced_tool

pytestmark = pytest.mark.anyio

SECRET = "zanzibar"
"""Marks the words of this page: no attribute may hold it."""


@tool
def look_up(place: str) -> str:
    """Look a place up."""
    return f"{place} is an island."


@tool
def measure(place: str) -> str:
    """Measure a place."""
    raise ToolError(f"{place} is too large.")


class _Agent:
    """Thinks, and answers by two tools at once; fails when its name says so."""

    def __init__(
        self, name: str, clock: VirtualClock, tools: Sequence[Tool], think_s: float
    ) -> None:
        self.name = name
        self._think_s = think_s
        self._clock = clock
        self._tools = tools

    async def start(self) -> None:
        """Nothing to load."""

    async def answer(self, package: ContextPackage) -> AsyncIterator[Finding]:
        await sleep_s(self._clock, self._think_s)
        if "failing" in self.name or "impossible" in package.request:
            raise AgentError(f"no idea of {package.request}")
        runs = [
            ToolRun(ToolCall(call_id=each.name, name=each.name, arguments=""), each, {"place": "x"})
            for each in self._tools
        ]
        async for _ in run_together(runs, tool_context(package, self._clock)):
            pass
        text = f"The way to {SECRET} is one hundred miles long. You will need a boat."
        yield Finding(kind=UpdateKind.RESULT, text=text)


async def _hold(
    spans: Spans,
    clock: VirtualClock,
    *parts: str | int,
    agents: Sequence[str] = ("only",),
    tools: Sequence[Tool] = (),
    limits: QueueLimits | None = None,
    think_s: float = 1.0,
    config: SessionConfig | None = None,
) -> list[AnyEvent]:
    """Hold a conversation in which every question is delegated, and every correction revises."""
    tracing = spans.tracing
    traces = DelegationTraces(tracing, "s")
    queue = MemoryQueue(clock, limits)
    session = Session(
        channel=ScriptedChannel(clock, spoken(*parts)),
        model=ScriptedModel(
            [
                Reply(heard="meant", control=ControlToken.REVISE),
                Reply(heard="never mind", control=ControlToken.DISMISS),
                Reply(heard="what|how", control=ControlToken.DELEGATE),
            ]
        ),
        queue=TracedSessionQueue(queue, traces),
        meaning=FakeMeaning(),
        clock=clock,
        session_id="s",
        config=config,
    )
    seen = [traced_tool(each, tracing) for each in tools]
    asked: list[BackgroundAgent] = [
        TracedAgent(_Agent(name, clock, seen, think_s), tracing, {}) for name in agents
    ]
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Worker(TracedWorkerQueue(queue, tracing), asked, clock).run)
        async with anyio.create_task_group() as following:
            following.start_soon(traces.follow, session.events())
            await session.run()
        tasks.cancel_scope.cancel()
    return [event async for event in session.events()]


async def test_one_trace_leads_from_the_token_to_the_slot_where_it_was_heard() -> None:
    clock = VirtualClock()
    spans = Spans(clock)
    events = await _hold(spans, clock, f"how far is {SECRET}", 40, tools=[look_up, measure])
    (heard,) = [event for event in events if isinstance(event, Heard)]
    (root,) = spans.roots
    assert spans.tree(root).splitlines() == [
        "delegation",
        "  queue wait",
        "  invoke_agent only",
        "    execute_tool look_up",
        "    execute_tool measure",
    ]
    assert len({context_of(span).trace_id for span in spans.ended}) == 1
    asked, ready, weaving, at_last = about(
        root, "weft.asked_slot", "weft.ready_slot", "weft.weaving_slot", "weft.heard_slot"
    )
    assert happened(root) == [
        ("weft.ready", ready),
        ("weft.weaving", weaving),
        ("weft.heard", at_last),
    ]
    assert at_last == heard.index
    assert about(root, "weft.delivery.state", "weft.result.kind") == ["heard", "result"]
    # The follower comes after the slot, the clock of which has not moved.
    assert lasted_s(root) == pytest.approx((heard.index - int(str(asked))) * 0.2)
    assert about(root, "weft.heard_after_s") == [pytest.approx(lasted_s(root))]
    agent = spans.named("invoke_agent only")
    assert lasted_s(agent) == pytest.approx(1.0)
    assert about(agent, "gen_ai.conversation.id", "gen_ai.agent.name") == ["s", "only"]
    wait = spans.named("queue wait")
    assert began(wait) == began(root)
    assert about(spans.named("execute_tool look_up"), "gen_ai.tool.call.id") == ["look_up"]
    failed = spans.named("execute_tool measure")
    assert failed.status.status_code is StatusCode.ERROR
    assert about(failed, "error.type") == ["ToolError"]
    assert spans.measured()["gen_ai.client.operation.duration"] == 3


async def test_an_answer_that_is_cut_goes_on_in_the_same_trace() -> None:
    clock = VirtualClock()
    spans = Spans(clock)
    await _hold(spans, clock, "how far is it", 12, "wait a moment", 40)
    (root,) = spans.roots
    assert [name for name, _ in happened(root)] == [
        "weft.ready",
        "weft.weaving",
        "weft.cut",
        "weft.resumed",
        "weft.heard",
    ]
    slots = [int(str(slot)) for _, slot in happened(root)]
    assert slots == sorted(slots)
    assert about(root, "weft.delivery.state", "weft.cuts") == ["heard", 1]


async def test_a_correction_ends_a_trace_and_begins_one_that_is_linked_to_it() -> None:
    clock = VirtualClock()
    spans = Spans(clock)
    await _hold(spans, clock, "how far is Rome", 3, "no I meant Paris", 60, think_s=4.0)
    old, new = spans.roots
    assert about(old, "weft.delegation.id", "weft.delegation.revision") == ["s.1", 0]
    assert about(new, "weft.delegation.id", "weft.delegation.revision") == ["s.1", 1]
    assert about(old, "weft.delivery.state") == ["superseded"]
    assert about(new, "weft.delivery.state") == ["heard"]
    assert [link.context.span_id for link in new.links] == [context_of(old).span_id]
    assert spans.tree(old).splitlines() == [
        "delegation",
        "  queue wait",
        "  invoke_agent only",
    ]
    assert [about(each, "weft.stopped") for each in spans.below(old)] == [[None], [True]]
    assert began(new) < int(old.end_time or 0) + 1


async def test_the_next_agent_answers_below_the_one_that_could_not() -> None:
    clock = VirtualClock()
    spans = Spans(clock)
    await _hold(spans, clock, "how far is it", 40, agents=["failing", "second"])
    (root,) = spans.roots
    assert spans.tree(root).splitlines()[2:] == [
        "  invoke_agent failing",
        "  invoke_agent second",
    ]
    assert about(spans.named("invoke_agent failing"), "error.type") == ["AgentError"]
    assert root.status.status_code is StatusCode.UNSET
    assert about(root, "weft.delivery.state") == ["heard"]


async def test_a_failure_that_was_told_is_heard_and_an_error() -> None:
    clock = VirtualClock()
    spans = Spans(clock)
    await _hold(spans, clock, "how is the impossible done", 40)
    (root,) = spans.roots
    assert about(root, "weft.delivery.state", "error.type") == ["heard", "failure"]
    assert root.status.status_code is StatusCode.ERROR


async def test_what_finds_no_room_has_a_trace_of_its_own() -> None:
    clock = VirtualClock()
    spans = Spans(clock)
    limits = QueueLimits(per_session=0)
    await _hold(spans, clock, "how far is it", 40, limits=limits)
    (root,) = spans.roots
    assert spans.tree(root) == "delegation"
    assert about(root, "weft.delivery.state", "error.type") == ["heard", "refusal"]
    assert about(root, "weft.reason") == ["session"]
    assert spans.counted("weft.delegations.declined") == {"session": 1}


async def test_what_a_session_declines_before_the_queue_is_asked_is_counted_too() -> None:
    clock = VirtualClock()
    spans = Spans(clock)
    config = SessionConfig(max_open_delegations=1)
    parts = ("how far is it", 10, "what does it cost", 60)
    await _hold(spans, clock, *parts, config=config, think_s=8.0)
    assert [about(each, "weft.reason") for each in spans.roots] == [[None], ["session"]]
    assert spans.counted("weft.delegations.declined") == {"session": 1}


async def test_what_nobody_wants_any_more_is_dismissed() -> None:
    clock = VirtualClock()
    spans = Spans(clock)
    await _hold(spans, clock, "how far is it", 2, "oh never mind", 30)
    (root,) = spans.roots
    assert about(root, "weft.delivery.state") == ["dismissed"]
    assert about(root, "weft.heard_slot") == [None]


async def test_a_session_that_ends_early_leaves_nothing_open() -> None:
    clock = VirtualClock()
    spans = Spans(clock)
    await _hold(spans, clock, "how far is it", 4)
    (root,) = spans.roots
    assert about(root, "weft.delivery.state") == ["unheard"]


WORDS = st.text("abcdefghij", min_size=3, max_size=6).map(lambda text: f"q{text}q")


@settings(max_examples=15)
@given(asked=st.lists(WORDS, min_size=1, max_size=3), then=st.lists(WORDS, max_size=2))
def test_without_the_key_no_word_leaves(asked: list[str], then: list[str]) -> None:
    clock = VirtualClock()
    spans = Spans(clock)
    correction = ["no I meant", *then] if then else []
    script = " ".join(["how far is impossible", SECRET, *asked])
    hold = partial(
        _hold, spans, clock, script, 4, " ".join(correction), 30, agents=["failing", "second"]
    )
    anyio.run(partial(hold, tools=[look_up, measure]))
    left = everything_in(spans.ended)
    assert spans.roots
    assert not [word for word in (SECRET, "impossible", "hundred", *asked, *then) if word in left]


async def test_with_the_key_the_words_leave_as_far_as_they_may() -> None:
    clock = VirtualClock()

    async def blanked(value: object) -> object:
        return json.loads(json.dumps(value).replace(SECRET, "[PLACE]"))

    spans = Spans(clock, exports_words=True, blanked=blanked)
    await _hold(spans, clock, f"how far is {SECRET}", 40, tools=[look_up])
    left = everything_in(spans.ended)
    assert SECRET not in left
    (root,) = spans.roots
    assert about(root, "weft.request") == ["how far is [PLACE]"]
    assert "The way to [PLACE] is one hundred miles long." in left
    called = spans.named("execute_tool look_up")
    assert about(called, "gen_ai.tool.call.arguments", "gen_ai.tool.call.result") == [
        '{"place": "x"}',
        "x is an island.",
    ]


class _Broken(SpanProcessor):
    """Raises at every occasion."""

    def on_start(self, span: object, parent_context: object = None) -> None:
        raise RuntimeError("broken")

    def on_end(self, span: ReadableSpan) -> None:
        raise RuntimeError("broken")


class _BrokenExporter(SpanExporter):
    """Has nowhere to send anything."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        raise OSError("nobody there")


@pytest.mark.parametrize("broken", [_Broken(), SimpleSpanProcessor(_BrokenExporter())])
async def test_a_broken_exporter_costs_nobody_an_answer(broken: SpanProcessor) -> None:
    clock = VirtualClock()
    spans = Spans(clock, processors=[broken])
    events = await _hold(spans, clock, "how far is it", 40, tools=[look_up, measure])
    plain = await _hold(Spans(VirtualClock()), VirtualClock(), "how far is it", 40)
    assert [event for event in events if isinstance(event, Heard)] == [
        event for event in plain if isinstance(event, Heard)
    ]


async def test_redaction_that_fails_leaves_the_words_out_and_the_answer_in() -> None:
    async def blanked(value: object) -> object:
        raise RuntimeError("no finder")

    clock = VirtualClock()
    spans = Spans(clock, exports_words=True, blanked=blanked)
    events = await _hold(spans, clock, f"how far is {SECRET}", 40, tools=[look_up])
    assert [event.text for event in events if isinstance(event, Heard)]
    assert SECRET not in everything_in(spans.ended)


@pytest.mark.parametrize("foreign", ["", "00-xyz", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_an_address_that_is_none_begins_a_trace(foreign: str) -> None:
    spans = Spans(VirtualClock())
    span = spans.tracing.begin("here", parent=foreign, attributes={})
    span.end()
    assert [each.name for each in spans.roots] == ["here"]
    assert span.traceparent not in (None, foreign)
