"""The session with the real queue and the real worker behind it, all on one virtual clock."""

from collections.abc import AsyncIterator
from itertools import pairwise

import anyio
import pytest

from tests.fakes.channel import ScriptedChannel
from tests.fakes.conversation import spoken
from tests.fakes.meaning import FakeMeaning
from weft.background_agents.queues.memory import MemoryQueue
from weft.background_agents.types import ContextPackage, Finding, UpdateKind
from weft.background_agents.worker import Worker
from weft.clock import VirtualClock, sleep_s
from weft.errors import AgentError
from weft.interaction_model.scripted import NOT_FOUND, Reply, ScriptedModel
from weft.interaction_model.types import ControlToken
from weft.orchestrator.events import AnyEvent, Heard, SessionEnded, WeaveStarted
from weft.orchestrator.session import Session

pytestmark = pytest.mark.anyio


class _Agent:
    """Knows one capital, keeps one beat, and fails at the rest; takes a second to think."""

    name = "fake"

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    async def start(self) -> None:
        """Nothing to load."""

    async def answer(self, package: ContextPackage) -> AsyncIterator[Finding]:
        await sleep_s(self._clock, 1.0)
        if "breathe" in package.request:
            yield Finding(kind=UpdateKind.THINKING)
            for _ in range(3):
                await sleep_s(self._clock, 4.0)
                yield Finding(kind=UpdateKind.RESULT, text="Breathe.")
        elif "Spain" in package.request:
            yield Finding(kind=UpdateKind.RESULT, text="It is Madrid.")
        else:
            raise AgentError("no idea")


class _Hanging(_Agent):
    """Says that it is at work, and never says anything again."""

    at_work = 0

    async def answer(self, package: ContextPackage) -> AsyncIterator[Finding]:
        yield Finding(kind=UpdateKind.COMMENTARY, text="That takes a moment.")
        self.at_work += 1
        try:
            await anyio.sleep_forever()
        finally:
            self.at_work -= 1


async def _hold(*parts: str | int) -> list[AnyEvent]:
    clock = VirtualClock()
    queue, session = _parts(clock, *parts)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Worker(queue, [_Agent(clock)], clock).run)
        await session.run()
        tasks.cancel_scope.cancel()
    return [event async for event in session.events()]


def _parts(clock: VirtualClock, *parts: str | int) -> tuple[MemoryQueue, Session]:
    queue = MemoryQueue(clock)
    session = Session(
        channel=ScriptedChannel(clock, spoken(*parts)),
        model=ScriptedModel(
            [
                Reply(heard="meant", control=ControlToken.REVISE),
                Reply(heard="what|every", control=ControlToken.DELEGATE),
            ]
        ),
        queue=queue,
        meaning=FakeMeaning(),
        clock=clock,
        session_id="s",
    )
    return queue, session


async def test_an_agent_that_hangs_is_stopped_and_its_silence_is_spoken_of() -> None:
    clock = VirtualClock()
    queue, session = _parts(clock, "what is love", 200)
    agent = _Hanging(clock)
    at_work_after = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Worker(queue, [agent], clock).run)
        tasks.start_soon(session.run)
        for moment_s in (30.0, 39.0):
            await clock.sleep_until_s(moment_s)
            at_work_after.append(agent.at_work)
        async for event in session.events():
            if isinstance(event, SessionEnded):
                tasks.cancel_scope.cancel()
    assert at_work_after == [1, 0]
    heard = [event.text async for event in session.events() if isinstance(event, Heard)]
    assert heard == ["That takes a moment.", NOT_FOUND]


async def test_an_answer_a_correction_and_a_failure_come_back() -> None:
    events = await _hold(
        "what is the capital of Italy", 3, "no I meant Spain", 20, "what is love", 30
    )
    heard = [event.text for event in events if isinstance(event, Heard)]
    assert heard == ["It is Madrid.", NOT_FOUND]


async def test_a_timer_keeps_its_beat_through_the_queue() -> None:
    events = await _hold("every four seconds say breathe", 90)
    begun = [event.index for event in events if isinstance(event, WeaveStarted)]
    assert len(begun) == 3
    assert [later - earlier for earlier, later in pairwise(begun)] == [20, 20]
