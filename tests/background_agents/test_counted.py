"""What is counted of a worker: each package once, with how it ended and how long it took."""

import pytest

from tests.background_agents.packages import package, update
from weft.background_agents.counted import CountedWorkerQueue, Outcome
from weft.background_agents.queues.memory import MemoryQueue
from weft.background_agents.types import UpdateKind
from weft.clock import VirtualClock

pytestmark = pytest.mark.anyio


class Kept:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.attempts: list[int] = []
        self.endings: list[tuple[Outcome, float]] = []

    def begun(self, attempt: int) -> None:
        self.attempts.append(attempt)

    def ended(self, outcome: Outcome, after_s: float) -> None:
        self.endings.append((outcome, after_s))


async def test_each_package_ends_once_with_its_outcome() -> None:
    clock, kept = VirtualClock(), Kept()
    inner = MemoryQueue(clock)
    queue = CountedWorkerQueue(inner, kept, clock)
    kinds = (UpdateKind.RESULT, UpdateKind.FAILURE, None)
    for number, kind in enumerate(kinds):
        inner.submit_nowait(package(delegation_id=f"s.{number}"))
        claim = await queue.claim()
        await clock.advance_to_s(clock.now_s() + 2.0)
        if kind is not None:
            queue.publish_nowait(update(claim, 0, kind, text="so it is", final=True))
        queue.finish_nowait(claim)
    assert kept.attempts == [1, 1, 1]
    assert kept.endings == [("answered", 2.0), ("failed", 2.0), ("stopped", 2.0)]
