"""What travels between the conversation and the background: context packages out, updates back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from weft.tools.components import AnyComponent, Component
from weft.tools.effect import Effect

PACKAGE_VERSION: Final = 1


class _Value(BaseModel):
    """An immutable value with no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TranscriptLine(_Value):
    """One stretch of speech of one speaker, in media time.

    Of words heard from sound it is the time at which they sounded, as the ears tell it; of all
    others that of the micro-turns they came in.
    """

    speaker: Literal["user", "model"]
    start_s: float
    end_s: float
    text: str
    unverified: bool = False
    """True for what the model said on no evidence (leads, small talk)."""
    confidence: float | None = None
    """How sure the ears were, 0 … 1: the mean of the words heard from sound; None without any."""


class OpenDelegation(_Value):
    """Another delegation of the session that is still under way, for agents to refer to."""

    delegation_id: str
    request: str


class ContextPackage(_Value):
    """All that a background agent receives about one delegation; immutable and versioned."""

    version: Literal[1] = PACKAGE_VERSION
    delegation_id: str
    revision: int = 0
    session_id: str
    user_id: str | None = None
    """Who is talking; None for a stranger. It is for tools and memory, and never for a model."""
    cutoff_index: int
    """The last micro-turn the package has seen."""
    request: str
    """The user's current intent: the words of the turn that led to the delegation."""
    reminder_id: int | None = None
    """The reminder of an earlier session that this goes on with; no user asks for it by words."""
    approved: Effect | None = None
    """What the user has said yes to: it is to be carried out, and nothing else."""
    tainted: bool = False
    """Whether words of strangers may be in it: some have come into the session before."""
    transcript: tuple[TranscriptLine, ...] = ()
    in_view: tuple[str, ...] = ()
    """What the user sees or shows, in words. Reserved: nothing fills it.

    What channels show reaches the model's senses as pictures, and nobody puts it into words.
    """
    open_delegations: tuple[OpenDelegation, ...] = ()
    profile: str = ""
    """Who the user is, in words. Reserved: nothing fills it; what a user has told is `memory`."""
    memory: tuple[str, ...] = ()
    """What the user has told before and may matter here; added for an agent that may know it."""
    language: str = "en"
    submitted_s: float = 0.0
    """When it was submitted, by the clock of the process that has it."""
    deadline_s: float = Field(default=30.0)
    """Seconds after submission at which the delegation expires."""
    spoken_words: int = 60
    """Budget of the spoken answer, in words."""
    traceparent: str | None = None
    """Where in a trace the work on it belongs (W3C Trace Context); None where nobody looks."""
    sent_unix_ns: int | None = None
    """Wall time at which a traced package was submitted: where its wait in the queue begins."""


class UpdateKind(StrEnum):
    """The five things an agent can publish."""

    THINKING = "thinking"  # silent context, never said
    COMMENTARY = "commentary"  # progress, or sentences of the result to come; may be said
    RESULT = "result"  # the whole answer, owed until heard; a timer publishes several
    FAILURE = "failure"  # the work did not succeed; said once, plainly
    QUESTION = "question"  # may an effect be carried out? owed until heard, then answered


class TokenUse(_Value):
    """What language models counted and charged for a delegation, or for a part of it."""

    replies: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    """Those of the prompt that the endpoint had read before; they are often cheaper."""
    completion_tokens: int = 0
    """Reasoning included."""
    cost: float = 0.0
    """In the currency of the configured prices; 0 where none are configured."""

    @property
    def told(self) -> str:
        """Say it in one line, for logs."""
        priced = f", for {self.cost:.6g}" if self.cost else ""
        return f"{self.prompt_tokens} → {self.completion_tokens} tokens{priced}"

    def __add__(self, other: "TokenUse") -> "TokenUse":
        """Add up two parts."""
        return TokenUse(
            replies=self.replies + other.replies,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            cost=self.cost + other.cost,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What an agent yields while it works on one package."""

    kind: UpdateKind
    text: str = ""
    """Plain spoken sentences; for a failure its reason, which is for the record."""
    detail: str = ""
    """The long form (Markdown), for clients that show it."""
    sources: tuple[str, ...] = ()
    effect: Effect | None = None
    """For a question: what is done once the user says yes."""
    components: tuple[AnyComponent, ...] = ()
    """For a result: what is shown beside it, and never said."""
    use: TokenUse | None = None
    """What was used since the finding before; the worker adds it up over all agents."""
    tainted: bool = False
    """Whether it rests on words of strangers, and may repeat what they want."""


class AgentUpdate(_Value):
    """A finding on its way back, with all that is needed to drop what is old or repeated."""

    session_id: str
    delegation_id: str
    revision: int
    attempt: int
    sequence: int
    """Counts from 0 within one attempt."""
    kind: UpdateKind
    text: str = ""
    detail: str = ""
    sources: tuple[str, ...] = ()
    effect: Effect | None = None
    components: tuple[Component, ...] = ()
    final: bool = False
    """True on the last update of this attempt: nothing more follows."""
    use: TokenUse | None = None
    """What the attempt has cost in all; on its last update, when a language model was asked."""
    tainted: bool = False
    """Whether it rests on words of strangers; once it is taken in, the session has read them."""
    published_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One package taken from the queue by one worker; a higher attempt fences a lower one."""

    package: ContextPackage
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How far a session has taken in the updates of a delegation."""

    attempt: int = 0
    """The highest that was heard of; 0 when nothing was."""
    next_sequence: int = 0
    """Every update of that attempt below it has been taken in."""

    @property
    def heard_of(self) -> bool:
        """Whether anything was."""
        return self.next_sequence > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An answer that was found when the session in which the user had asked was gone."""

    request: str
    """What the user had asked."""
    update: AgentUpdate
    """As it was published, for a delegation of that session."""


class BackgroundAgent(Protocol):
    """A slow model with tools that answers delegations."""

    name: str

    def answer(self, package: ContextPackage) -> AsyncIterator[Finding]:
        """Yield findings until done; raise AgentError when this agent cannot do it at all."""
        ...

    async def start(self) -> None:
        """Load and warm up what the agent needs, before the first conversation."""
        ...


class Specialist(BackgroundAgent, Protocol):
    """An agent for one kind of package, which no other agent may answer."""

    def takes(self, package: ContextPackage) -> bool:
        """Say whether a package is of its kind."""
        ...


@runtime_checkable
class ClosingAgent(Protocol):
    """An agent that holds something open, a connection for instance."""

    async def aclose(self) -> None:
        """Give back what the agent holds."""
        ...


class SessionQueue(Protocol):
    """The session's side of the narrow waist between sessions and workers. It never waits."""

    outlives: bool
    """Whether what is under way goes on when the process of the session ends."""

    def submit_nowait(self, package: ContextPackage) -> None:
        """Accept a package without waiting; a higher revision replaces a lower one.

        Raises QueueFull with a sentence for the user when a limit is reached.
        """
        ...

    def cancel_nowait(self, delegation_id: str, *, below_revision: int | None = None) -> None:
        """Withdraw a delegation (or only its revisions below one); running work is told to stop."""
        ...

    def updates_nowait(self, session_id: str) -> list[AgentUpdate]:
        """Take all updates that have arrived for a session since the last call, in order."""
        ...

    def close_session(self, session_id: str) -> None:
        """Cancel all that a session still has under way and forget it."""
        ...

    def take_over_nowait(self, package: ContextPackage, heard: Position) -> None:
        """Go on with a delegation that another process had under way for its session.

        What that one has taken in, up to a position, does not come again. Where the work has ended
        with the process it is done anew, as a higher attempt.
        """
        ...

    async def hold_session(self, session_id: str, epoch: int, user_id: str | None = None) -> None:
        """Say that this process holds a session from now on; `epoch` counts those before it.

        Waits until those before it are sure to be silent, as far as a server can tell them.
        `user_id` is who talks, for whom answers may have been kept.
        """
        ...

    def kept_nowait(self, session_id: str) -> list[KeptAnswer]:
        """Take what was kept for the user of a session and found since the last call.

        Each is given to one session of that user, and to none while the one that asked is there.
        """
        ...

    def has_moved(self, session_id: str) -> bool:
        """Whether another process is known to hold a session now: this one must be silent."""
        ...

    async def look_whether_moved(self, session_id: str) -> None:
        """Find out anew; waits a moment, for a session that has slept and may be another's by now.

        A server that does not answer is no reason to be silent.
        """
        ...


class WorkerQueue(Protocol):
    """The worker's side of it."""

    async def claim(self) -> Claim:
        """Wait for the next package that is neither expired nor cancelled."""
        ...

    async def wait_cancelled(self, claim: Claim) -> bool:
        """Return when the claimed work is no longer wanted: whether for a higher revision."""
        ...

    def publish_nowait(self, update: AgentUpdate) -> None:
        """Send an update to the session it belongs to."""
        ...

    def finish_nowait(self, claim: Claim) -> None:
        """Say that the claimed work has ended, whatever its outcome."""
        ...


class DelegationQueue(SessionQueue, WorkerQueue, Protocol):
    """Both sides in one, for sessions and workers that share an event loop."""
