"""Conversations for the faces: a model by rules, agents by plan, the real session between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from tests.fakes.meaning import FakeMeaning
from tests.fakes.queue import FakeQueue, Planned
from weft import wiring
from weft.clock import Clock
from weft.interaction_model.scripted import Reply, ScriptedModel
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.ports import Channel, Sounding
from weft.orchestrator.record import NoRecord, Record
from weft.orchestrator.session import Session


@dataclass
class ScriptedConversation:
    """A session whose queue answers by itself."""

    session: Session

    async def run(self) -> None:
        """Hold the conversation."""
        await self.session.run()


def scripted_conversation(
    clock: Clock,
    channel: Channel,
    replies: Sequence[Reply] = (),
    plans: Sequence[Planned] = (),
    record: Record | None = None,
    sounding: Sounding | None = None,
) -> wiring.Conversation:
    """Make a conversation that looks like a wired one to the faces."""
    session = Session(
        channel=channel,
        model=ScriptedModel(replies),
        queue=FakeQueue(clock, plans),
        meaning=FakeMeaning(),
        clock=clock,
        session_id="test",
        config=SessionConfig(backstop="off"),
        record=record or NoRecord(),
        sounding=sounding,
    )
    # The faces only run a conversation and follow its session's events.
    return cast(wiring.Conversation, ScriptedConversation(session))
