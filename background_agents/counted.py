"""What can be told of a worker: how it is, and what becomes of the packages it takes."""

from dataclasses import dataclass
from typing import Literal, Protocol

from weft.background_agents.types import AgentUpdate, Claim, UpdateKind, WorkerQueue
from weft.clock import Clock

Outcome = Literal["answered", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class Health:
    """How a worker is."""

    ok: bool
    """Whether it takes packages, and its server answers."""
    pool: str
    held: int
    draining: bool
    server_silent_s: float | None
    """None before the server has answered at all."""


class Counts(Protocol):
    """Where the numbers go."""

    def begun(self, attempt: int) -> None:
        """Hear that work on a package has begun."""
        ...

    def ended(self, outcome: Outcome, after_s: float) -> None:
        """Hear that it has ended, and how."""
        ...


class CountedWorkerQueue:
    """A WorkerQueue that is counted."""

    def __init__(self, queue: WorkerQueue, counts: Counts, clock: Clock) -> None:
        """Wrap a queue of any kind."""
        self._queue = queue
        self._counts = counts
        self._clock = clock
        self._begun_s: dict[tuple[str, int], float] = {}
        self._outcomes: dict[tuple[str, int], Outcome] = {}

    async def claim(self) -> Claim:
        """Wait for the next package."""
        claim = await self._queue.claim()
        self._begun_s[_key(claim)] = self._clock.now_s()
        self._counts.begun(claim.attempt)
        return claim

    async def wait_cancelled(self, claim: Claim) -> bool:
        """Return when the claimed work is no longer wanted: whether for a higher revision."""
        return await self._queue.wait_cancelled(claim)

    def publish_nowait(self, update: AgentUpdate) -> None:
        """Send an update to the session it belongs to."""
        key = (update.delegation_id, update.attempt)
        if update.final and key in self._begun_s:
            failed = update.kind is UpdateKind.FAILURE
            self._outcomes[key] = "failed" if failed else "answered"
        self._queue.publish_nowait(update)

    def finish_nowait(self, claim: Claim) -> None:
        """Say that the claimed work has ended, whatever its outcome."""
        key = _key(claim)
        took_s = self._clock.now_s() - self._begun_s.pop(key)
        self._counts.ended(self._outcomes.pop(key, "stopped"), took_s)
        self._queue.finish_nowait(claim)


def _key(claim: Claim) -> tuple[str, int]:
    return claim.package.delegation_id, claim.attempt
