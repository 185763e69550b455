"""What the session needs from others, as protocols; the concrete classes are chosen in wiring."""

from collections.abc import AsyncIterator
from typing import Protocol

from weft.background_agents.types import SessionQueue
from weft.interaction_model.types import InteractionModel, MicroTurnInput, MicroTurnOutput
from weft.orchestrator.playback import Playback

__all__ = ["Channel", "InteractionModel", "Meaning", "Reminding", "SessionQueue", "Sounding"]


class Channel(Protocol):
    """Where a session's words come from and go to; it also turns the crank, slot by slot."""

    def micro_turns(self) -> AsyncIterator[MicroTurnInput]:
        """Yield one input per slot, in order, at the pace of the session's clock; end to leave."""
        ...

    async def send(self, said: MicroTurnOutput) -> None:
        """Play or show what the model did in this slot; must not wait for the user's device."""
        ...

    def heard_index(self) -> int:
        """The last slot whose output has certainly been played; -1 before the first."""
        ...


class Sounding(Protocol):
    """What makes sound of a session's words, as far as the session has to know."""

    def playback(self) -> Playback:
        """Say how the voice stands after the slot that was sent last."""
        ...


class Meaning(Protocol):
    """Sentence meaning for the decisions that must not rest on string equality."""

    async def similarity(self, left: str, right: str) -> float:
        """Cosine similarity of two short texts, -1 … 1."""
        ...

    async def needs_delegation(self, request: str) -> float:
        """How likely an utterance is a request for knowledge or a tool, 0 … 1."""
        ...


class Reminding(Protocol):
    """Where timers are kept beyond the session that set them."""

    def dismiss_nowait(self, delegation_id: str, revision: int) -> None:
        """Hear that what a revision of a delegation has set is no longer wanted, or was corrected.

        Comes before the queue is told: a timer that is merely cancelled is kept for a next session.
        """
        ...
