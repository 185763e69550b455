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
from weft.orchestrator.events import AnyEvent, Heard, WeaveStarted
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


async def _hold(*parts: str | int) -> list[AnyEvent]:
    clock = VirtualClock()
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
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Worker(queue, [_Agent(clock)], clock).run)
        await session.run()
        tasks.cancel_scope.cancel()
    return [event async for event in session.events()]


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
