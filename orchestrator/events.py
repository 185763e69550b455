"""Everything a session tells the outside, as frozen values; the record is these, one a line."""

from dataclasses import dataclass
from typing import Literal

from weft.interaction_model.types import Floor
from weft.tools.components import Component


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events: the micro-turn in which it happened."""

    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSpoke(Event):
    """The user finished one or more words in this slot."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpoke(Event):
    """The model said something in this slot."""

    text: str
    delegation_id: str | None = None
    """Whose result it was said from; None for the model's own words."""
    unverified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechCut(Event):
    """The voice stopped: of what was said up to now, so much was never sounded.

    Only of a session in sound. The words count as not said; those of a result are owed again.
    """

    said_index: int
    """The slot in which the first of these words was said."""
    character: int
    """Where in the text of that slot it begins."""
    unsounded: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorChanged(Event):
    """Another state of the floor than in the slot before."""

    floor: Floor


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegated(Event):
    """A context package was submitted."""

    delegation_id: str
    revision: int
    request: str
    by: Literal["token", "backstop", "reminder", "approval", "return"]
    """`return`: the user asked it in an earlier session, and it was answered since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAgain(Event):
    """A request was not submitted, because the named delegation is under way for the same."""

    delegation_id: str
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProgress(Event):
    """An agent thought or commented; nothing is owed yet."""

    delegation_id: str
    kind: Literal["thinking", "commentary"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultReady(Event):
    """Something is owed to the user from now on."""

    delegation_id: str
    result_id: str
    kind: Literal["commentary", "result", "failure", "refusal", "question"]
    text: str
    """What is to be said; empty when it was said already, and only `detail` is new."""
    detail: str = ""
    """The long form (Markdown), to be seen where there is a screen; it is never said."""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown(Event):
    """A component is to be seen from now on, beside what is said.

    It goes when its delegation is superseded or dismissed, or its result superseded; `Screen` keeps
    count of that.
    """

    delegation_id: str
    result_id: str
    component: Component


@dataclass(frozen=True, slots=True, kw_only=True)
class WeaveStarted(Event):
    """The first row of a result was said; the floor got free in slot `pause_began_index`."""

    delegation_id: str
    result_id: str
    pause_began_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeaveCut(Event):
    """The user took the floor; what was not heard is still owed."""

    delegation_id: str
    result_id: str
    heard: str
    owed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Event):
    """Playback confirmed the last word of a result: it is no longer owed."""

    delegation_id: str
    result_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded(Event):
    """Something newer took the place of a delegation's revision, or of one of its results."""

    delegation_id: str
    revision: int
    result_id: str | None = None
    """The result that will not be said; None for the delegation's revision as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismissed(Event):
    """Something will not be said, for a recorded reason."""

    delegation_id: str
    result_id: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotMissed(Event):
    """A micro-turn was not done before the next one was due."""

    late_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """The channel closed; the record is complete."""

    reason: str


AnyEvent = (
    UserSpoke
    | ModelSpoke
    | SpeechCut
    | FloorChanged
    | Delegated
    | AskedAgain
    | AgentProgress
    | ResultReady
    | Shown
    | WeaveStarted
    | WeaveCut
    | Heard
    | Superseded
    | Dismissed
    | SlotMissed
    | SessionEnded
)
