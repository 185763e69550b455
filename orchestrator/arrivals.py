"""What reaches a micro-turn besides the user's words, as values: with it, the slot can be relived.

The session decides by nothing else. So a record that holds these holds the conversation, and what
is not in it (how sure a comparison of meaning was, when the queue was asked) is not needed.
"""

from dataclasses import dataclass

from weft.background_agents.types import AgentUpdate, KeptAnswer
from weft.orchestrator.questions import Answered


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierReminder:
    """A reminder of an earlier session that is to go on in this one."""

    request: str
    reminder_id: int
    tainted: bool = False
    """Whether words of strangers had come into that session before it was set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """The session went on in another process, from this slot on."""

    epoch: int
    """Counts the processes that have held the session: the first one had 0."""
    shift_s: float
    """Added to a moment on the clock of the process before, it is that moment on this one's."""
    now_s: float
    outlived: bool
    """Whether the queue has outlived the process before, and what it had under way with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Everything besides the user's words that a micro-turn is lived through with."""

    now_s: float
    """The session's clock, for all that is decided in this slot."""
    unix_s: float | None = None
    """The same moment by the calendar; None on virtual time."""
    updates: tuple[AgentUpdate, ...] = ()
    answers: tuple[Answered, ...] = ()
    reminders: tuple[EarlierReminder, ...] = ()
    kept: tuple[KeptAnswer, ...] = ()
    """What was found out for the user after an earlier session had ended."""
    resumed: Resumption | None = None
    """In the first slot after the session has moved."""
