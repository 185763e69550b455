"""A queue with its agents behind it: requests are answered by plan, on the clock, no tasks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import anyio

from weft.background_agents.types import (
    AgentUpdate,
    Claim,
    ContextPackage,
    KeptAnswer,
    Position,
    UpdateKind,
)
from weft.clock import Clock
from weft.errors import QueueFull
from weft.interaction_model.types import SLOT_S
from weft.tools.components import AnyComponent
from weft.tools.effect import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One update that comes `after_slots` slots after a matching request was submitted."""

    request: str
    """A regular expression, searched in the request without regard to case."""
    text: str = ""
    detail: str = ""
    after_slots: float = 5
    kind: UpdateKind = UpdateKind.RESULT
    final: bool = True
    attempt: int = 0
    sequence: int = 0
    sources: tuple[str, ...] = ()
    components: tuple[AnyComponent, ...] = ()
    effect: Effect | None = None


class FakeQueue:
    """Keeps what was submitted and cancelled; `stubborn` agents publish although cancelled."""

    def __init__(
        self,
        clock: Clock,
        plans: Sequence[Planned] = (),
        *,
        stubborn: bool = False,
        refusal: str | None = None,
        outlives: bool = False,
    ) -> None:
        self.outlives = outlives
        self._clock = clock
        self._plans = tuple(plans)
        self._stubborn = stubborn
        self._refusal = refusal
        self._due: list[tuple[float, AgentUpdate]] = []
        self.submitted: list[ContextPackage] = []
        self.cancelled: list[str] = []
        self.closed: list[str] = []
        self.taken_over: list[tuple[ContextPackage, Position]] = []
        self.moved = False
        self.kept: list[KeptAnswer] = []
        """What the session is given in its next slot, once."""

    def submit_nowait(self, package: ContextPackage) -> None:
        if self._refusal is not None:
            raise QueueFull(self._refusal)
        self.submitted.append(package)
        self._withdraw(package.delegation_id)
        for plan in self._plans:
            if re.search(plan.request, package.request, re.IGNORECASE):
                update = AgentUpdate(
                    session_id=package.session_id,
                    delegation_id=package.delegation_id,
                    revision=package.revision,
                    attempt=plan.attempt,
                    sequence=plan.sequence,
                    kind=plan.kind,
                    text=plan.text,
                    detail=plan.detail,
                    sources=plan.sources,
                    components=plan.components,
                    effect=plan.effect,
                    final=plan.final,
                )
                self._due.append((self._clock.now_s() + plan.after_slots * SLOT_S, update))

    def cancel_nowait(self, delegation_id: str, *, below_revision: int | None = None) -> None:
        self.cancelled.append(delegation_id)
        self._withdraw(delegation_id)

    def updates_nowait(self, session_id: str) -> list[AgentUpdate]:
        # A hair of tolerance: slots are sums of floating-point seconds.
        now_s = self._clock.now_s() + 1e-6
        due = [update for due_s, update in self._due if due_s <= now_s]
        self._due = [(due_s, update) for due_s, update in self._due if due_s > now_s]
        return due

    async def claim(self) -> Claim:
        await anyio.sleep_forever()
        raise AssertionError("unreachable")

    async def wait_cancelled(self, claim: Claim) -> bool:
        await anyio.sleep_forever()
        raise AssertionError("unreachable")

    def publish_nowait(self, update: AgentUpdate) -> None:
        self._due.append((self._clock.now_s(), update))

    def finish_nowait(self, claim: Claim) -> None:
        """Nobody claims here."""

    def close_session(self, session_id: str) -> None:
        self.closed.append(session_id)

    def take_over_nowait(self, package: ContextPackage, heard: Position) -> None:
        self.taken_over.append((package, heard))

    async def hold_session(self, session_id: str, epoch: int, user_id: str | None = None) -> None:
        """Nobody else could."""

    def kept_nowait(self, session_id: str) -> list[KeptAnswer]:
        kept, self.kept = self.kept, []
        return kept

    def has_moved(self, session_id: str) -> bool:
        return self.moved

    async def look_whether_moved(self, session_id: str) -> None:
        """There is nothing to find out."""

    def _withdraw(self, delegation_id: str) -> None:
        if not self._stubborn:
            self._due = [(s, u) for s, u in self._due if u.delegation_id != delegation_id]
