"""What stands behind a measured conversation: agents with a seed, a queue with troubles."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

from weft.background_agents.queues.memory import MemoryQueue
from weft.background_agents.types import AgentUpdate, ContextPackage, Finding, UpdateKind
from weft.bench import _held_out
from weft.clock import Clock, sleep_s
from weft.interaction_model.types import SLOT_S

_FAILS = 0.1
_COMMENTS = 0.12
_THINK_SLOTS = (1, 2, 3, 5, 8, 12, 20, 35, 55)
_TROUBLE = 0.4
"""Share of updates with which something goes wrong on the way."""


class SeededAgent:
    """An agent that takes its time, comments, fails, and answers the same to the same request."""

    name = "seeded"

    def __init__(self, clock: Clock, rng: random.Random, sentences: tuple[str, ...] = ()) -> None:
        """A request is known by the `sentences` that are in it."""
        self._clock = clock
        self._rng = rng
        self._sentences = sentences
        self._answers: dict[tuple[str, ...], str] = {}

    async def start(self) -> None:
        """Need nothing."""

    async def answer(self, package: ContextPackage) -> AsyncIterator[Finding]:
        """Give one answer or one failure after a while."""
        rng = self._rng
        known = tuple(each for each in self._sentences if each in package.request)
        key = known or (package.request,)
        if key not in self._answers:
            self._answers[key] = _held_out.reference(rng)
        text, fails, comments = self._answers[key], rng.random() < _FAILS, rng.random() < _COMMENTS
        await sleep_s(self._clock, rng.choice(_THINK_SLOTS) * SLOT_S)
        if comments:
            yield Finding(kind=UpdateKind.COMMENTARY, text="I have found something already.")
            await sleep_s(self._clock, rng.choice(_THINK_SLOTS) * SLOT_S)
        if fails:
            yield Finding(kind=UpdateKind.FAILURE, text="the source did not answer")
        else:
            yield Finding(kind=UpdateKind.RESULT, text=text)


@dataclass(slots=True)
class _OnItsWay:
    """An update that is delivered later."""

    due_s: float
    update: AgentUpdate


class UnreliableQueue(MemoryQueue):
    """A queue whose deliveries come twice, late, out of order, and from nobody.

    It stands for a queue across machines that delivers at least once; the session has to bear it.
    """

    def __init__(self, clock: Clock, rng: random.Random) -> None:
        """Draw every trouble from `rng`."""
        super().__init__(clock)
        self._bench_clock = clock
        self._rng = rng
        self._late: list[_OnItsWay] = []
        self.troubles: Counter[str] = Counter()

    def updates_nowait(self, session_id: str) -> list[AgentUpdate]:
        """Take what has arrived, with the troubles of the way."""
        now_s = self._bench_clock.now_s()
        arrived = [each.update for each in self._late if each.due_s <= now_s]
        self._late = [each for each in self._late if each.due_s > now_s]
        for update in super().updates_nowait(session_id):
            arrived += self._deliver(update, now_s)
        return arrived

    def _deliver(self, update: AgentUpdate, now_s: float) -> list[AgentUpdate]:
        if self._rng.random() >= _TROUBLE:
            return [update]
        trouble = self._rng.choice(
            ("twice", "again later", "older attempt after", "older attempt before", "nobody's")
        )
        self.troubles[trouble] += 1
        later_s = now_s + self._rng.randint(1, 40) * SLOT_S
        older = update.model_copy(
            update={
                "attempt": update.attempt - 1,
                "text": _held_out.reference(self._rng),
                "kind": UpdateKind.RESULT,
                "final": False,
            }
        )
        match trouble:
            case "twice":
                return [update, update]
            case "again later":
                self._late.append(_OnItsWay(later_s, update))
                return [update]
            case "older attempt after":
                self._late.append(_OnItsWay(later_s, older))
                return [update, older]
            case "older attempt before":
                return [older, update]
            case _:
                return [update.model_copy(update={"delegation_id": "nobody.1"}), update]
