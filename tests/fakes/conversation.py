"""Hold a scripted conversation on virtual time and look at what happened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tests.fakes.channel import SOUND, ScriptedChannel
from tests.fakes.meaning import FakeMeaning
from tests.fakes.queue import FakeQueue, Planned
from weft.clock import VirtualClock
from weft.interaction_model.scripted import ScriptedModel
from weft.interaction_model.types import Floor, InteractionModel
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import AnyEvent
from weft.orchestrator.record import Record, SessionRecord
from weft.orchestrator.session import Session

E = TypeVar("E")

_LETTERS = {"_": "", "~": SOUND, "m": "mm-hm"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation that is over."""

    session: Session
    channel: ScriptedChannel
    queue: FakeQueue
    events: tuple[AnyEvent, ...]

    @property
    def said(self) -> str:
        """All that the model said."""
        lines = (line.text for line in self.session.transcript if line.speaker == "model")
        return " ".join(lines)

    def said_at(self) -> dict[int, str]:
        """What the model said, by slot; silent slots are left out."""
        return {out.index: out.text.strip() for out in self.channel.sent if out.text}

    def all(self, kind: type[E]) -> list[E]:
        """Give the events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def floor_at(self, index: int) -> Floor:
        """What the floor head said in a slot."""
        return self.channel.sent[index].floor.most_likely


def spoken(*parts: str | int) -> list[str]:
    """Write a script: a text is one word a slot, a number so many silent slots."""
    slots: list[str] = []
    for part in parts:
        slots.extend([""] * part if isinstance(part, int) else part.split())
    return slots


async def hold(
    model: InteractionModel | None = None,
    *,
    heard: str | Sequence[str],
    plans: Sequence[Planned] = (),
    config: SessionConfig | None = None,
    queue: FakeQueue | None = None,
    meaning: FakeMeaning | None = None,
    clock: VirtualClock | None = None,
    record: Record | None = None,
    past: SessionRecord | None = None,
    lag_slots: int = 0,
    before: Callable[[Session], None] = lambda session: None,
) -> Conversation:
    """Hold a conversation to its end; `before` it, something may be told the session.

    With a `past`, the session goes on from there.

    `heard` is a list of slots, or letters of 200 ms each: `u` user speaks, `m` user backchannels,
    `~` user makes a sound, `_` silence.
    """
    clock = clock or VirtualClock()
    slots = [_LETTERS.get(c, c) for c in heard] if isinstance(heard, str) else heard
    first_index = len(past.slots) if past else 0
    channel = ScriptedChannel(clock, slots, lag_slots=lag_slots, first_index=first_index)
    queue = queue or FakeQueue(clock, plans)
    session = Session(
        channel=channel,
        model=model or ScriptedModel(),
        queue=queue,
        meaning=meaning or FakeMeaning(),
        clock=clock,
        session_id="test",
        config=config,
        record=record,
    )
    if past is not None:
        session.relive(past)
    before(session)
    await session.run()
    events = tuple([event async for event in session.events()])
    return Conversation(session=session, channel=channel, queue=queue, events=events)
