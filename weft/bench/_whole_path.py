"""A whole conversation on virtual time: session, queue, worker and agents, as they are in life."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

import anyio

from weft.background_agents.types import BackgroundAgent, DelegationQueue
from weft.background_agents.worker import Worker
from weft.bench._talk import heard_at, last_index
from weft.clock import Clock
from weft.interaction_model.training.hearing import HeardWord
from weft.interaction_model.types import InteractionModel, MicroTurnInput, MicroTurnOutput
from weft.orchestrator.channels.crank import slots
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import AnyEvent
from weft.orchestrator.metrics import Metrics
from weft.orchestrator.ports import Channel, Meaning
from weft.orchestrator.record import RecordedSlot
from weft.orchestrator.session import Session


@dataclass(slots=True)
class KeptRecord:
    """A record in memory; `observe` sees each slot when it is over."""

    observe: Callable[[RecordedSlot], None] | None = None
    slots: list[RecordedSlot] = field(default_factory=list)
    ending: list[AnyEvent] = field(default_factory=list)

    def begin(self, session_id: str, config: SessionConfig, *, user_id: str | None = None) -> None:
        """Begin with nothing."""

    def go_on(self, epoch: int) -> None:
        """A bench never goes on with a conversation of another process."""

    def add(self, slot: RecordedSlot) -> None:
        """Keep one micro-turn."""
        self.slots.append(slot)
        if self.observe is not None:
            self.observe(slot)

    def end(self, events: Iterable[AnyEvent]) -> None:
        """Keep what happened after the last slot."""
        self.ending.extend(events)

    @property
    def events(self) -> list[AnyEvent]:
        """All events in order."""
        return [event for slot in self.slots for event in slot.events] + self.ending

    @property
    def heard(self) -> list[MicroTurnInput]:
        """What was heard, slot by slot."""
        return [slot.heard for slot in self.slots]


class Listener:
    """A channel whose user says some words and then listens until `over`, or for so many slots."""

    def __init__(
        self,
        words: Sequence[HeardWord],
        clock: Clock,
        *,
        over: Callable[[], bool],
        listen_slots: int,
    ) -> None:
        """`listen_slots` are counted from the end of the last word."""
        self._words = words
        self._clock = clock
        self._over = over
        self._limit = last_index(words) + listen_slots
        self._heard_index = -1

    async def micro_turns(self) -> AsyncIterator[MicroTurnInput]:
        """Yield one input per slot."""
        async for index in slots(self._clock):
            if index > self._limit or self._over():
                return
            yield heard_at(self._words, index)

    async def send(self, said: MicroTurnOutput) -> None:
        """Take a slot as played."""
        self._heard_index = said.index

    def heard_index(self) -> int:
        """Give the last slot that was sent."""
        return self._heard_index


def hold(
    *,
    model: InteractionModel,
    channel: Channel,
    queue: DelegationQueue,
    agents: Sequence[BackgroundAgent],
    meaning: Meaning,
    clock: Clock,
    record: KeptRecord,
    config: SessionConfig | None = None,
) -> Metrics:
    """Hold one conversation until its channel ends; what happened is in `record` afterwards."""
    session = Session(
        channel=channel,
        model=model,
        queue=queue,
        meaning=meaning,
        clock=clock,
        session_id="bench",
        config=config,
        record=record,
    )
    anyio.run(partial(_run, session, Worker(queue, agents, clock)))
    return session.metrics


async def _run(session: Session, worker: Worker) -> None:
    await worker.start()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(worker.run)
        await session.run()
        tasks.cancel_scope.cancel()
