"""A whole conversation on virtual time: session, queue, worker and agents, as they are in life."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

import anyio

from weft.background_agents.types import BackgroundAgent, DelegationQueue
from weft.background_agents.worker import Worker
from weft.clock import Clock
from weft.interaction_model.types import InteractionModel, MicroTurnInput
from weft.orchestrator.channels.sounded import Sounded
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
        sounding=channel if isinstance(channel, Sounded) else None,
    )
    anyio.run(partial(_run, session, Worker(queue, agents, clock)))
    return session.metrics


async def _run(session: Session, worker: Worker) -> None:
    await worker.start()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(worker.run)
        await session.run()
        tasks.cancel_scope.cancel()
