"""The delegation queue inside one process; it knows nothing of agents and never waits for anybody.

Each accepted delegation gets exactly one final update per attempt, unless the session itself
withdrew it: from its agent, or from the queue when the deadline passes or the work ends silently.
"""

import math
from collections import deque
from dataclasses import dataclass, field

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
from weft.errors import Declined, QueueFull

SESSION_FULL = (
    "I am still finding out several things for you, so I cannot take on another one just yet."
)
QUEUE_FULL = "Too much is being looked up at the moment. Please ask me again in a little while."


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLimits:
    """How many delegations may be under way at once, waiting and running together."""

    per_session: int = 8
    total: int = 256
    waiting: int | None = None
    """How many packages may wait in a pool on a server, of all conversations; None: any number."""


@dataclass(slots=True, eq=False)
class _Entry:
    """One revision of a delegation that is under way."""

    package: ContextPackage
    attempt: int
    due_s: float
    """Queue clock at which the delegation expires, unless something was heard of it before."""
    unwanted: anyio.Event = field(default_factory=anyio.Event)
    next_sequence: int = 0
    heard_of: bool = False
    final_sent: bool = False


@dataclass(slots=True)
class _Seen:
    """What is remembered of a delegation until its session closes."""

    session_id: str
    revision: int
    attempt: int


class MemoryQueue:
    """A DelegationQueue for sessions and workers that share one event loop.

    The deadline of a package counts from its submission on this queue's clock, and ends as soon as
    anything is published for it: work that shows signs of life has its agent's own limits.
    Delegation ids must be unique across sessions.
    """

    outlives = False

    def __init__(self, clock: Clock, limits: QueueLimits | None = None) -> None:
        """Start empty."""
        self._clock = clock
        self._limits = limits or QueueLimits()
        self._under_way: dict[str, _Entry] = {}
        self._waiting: deque[_Entry] = deque()
        self._seen: dict[str, _Seen] = {}
        self._updates: dict[str, list[AgentUpdate]] = {}
        self._arrived = anyio.Event()
        self._earliest_due_s = math.inf
        """Nothing expires before; it may be too early, when what was due has ended."""

    def submit_nowait(self, package: ContextPackage) -> None:
        """Accept a package without waiting; a higher revision replaces a lower one.

        A revision that is already under way, or lower than the last one, is ignored. One that has
        ended may be submitted again and is a new attempt. Raises QueueFull with a sentence for the
        user when a limit is reached.
        """
        self._expire_due()
        seen = self._seen.get(package.delegation_id)
        open_entry = self._under_way.get(package.delegation_id)
        if seen is not None:
            if seen.session_id != package.session_id:
                raise ValueError(f"two sessions use the delegation id {package.delegation_id!r}")
            repeated = open_entry is not None and package.revision == seen.revision
            if package.revision < seen.revision or repeated:
                return
        if open_entry is None:
            self._check_room(package.session_id)
        else:
            self._withdraw(open_entry)

        attempt = seen.attempt + 1 if seen else 1
        self._enter(_Entry(package, attempt, self._clock.now_s() + package.deadline_s))

    def take_over_nowait(self, package: ContextPackage, heard: Position) -> None:
        """Do anew what another process had under way, and which ended with it."""
        # An attempt of which nothing was heard may have been begun.
        attempt = max(1, heard.attempt) + 1
        # A sign of life has ended the deadline.
        due_s = math.inf if heard.heard_of else package.submitted_s + package.deadline_s
        self._enter(_Entry(package, attempt, due_s))

    def _enter(self, entry: _Entry) -> None:
        package = entry.package
        self._seen[package.delegation_id] = _Seen(
            package.session_id, package.revision, entry.attempt
        )
        self._under_way[package.delegation_id] = entry
        self._earliest_due_s = min(self._earliest_due_s, entry.due_s)
        self._waiting.append(entry)
        self._arrived.set()

    def cancel_nowait(self, delegation_id: str, *, below_revision: int | None = None) -> None:
        """Withdraw a delegation (or only its revisions below one); running work is told to stop."""
        entry = self._under_way.get(delegation_id)
        if entry is None:
            return
        if below_revision is None or entry.package.revision < below_revision:
            self._withdraw(entry)

    def updates_nowait(self, session_id: str) -> list[AgentUpdate]:
        """Take all updates that have arrived for a session since the last call, in order."""
        self._expire_due()
        return self._updates.pop(session_id, [])

    async def claim(self) -> Claim:
        """Wait for the next package that is neither expired nor cancelled."""
        while True:
            self._expire_due()
            if self._waiting:
                entry = self._waiting.popleft()
                return Claim(package=entry.package, attempt=entry.attempt)
            self._arrived = anyio.Event() if self._arrived.is_set() else self._arrived
            await self._arrived.wait()

    async def wait_cancelled(self, claim: Claim) -> bool:
        """Return when the claimed work is no longer wanted: withdrawn, replaced, or out of time.

        True when a higher revision has taken its place.
        """
        entry = self._entry_of(claim.package.delegation_id, claim.package.revision, claim.attempt)
        if entry is not None and not entry.unwanted.is_set():
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._expire_at, entry.due_s)
                await entry.unwanted.wait()
                tasks.cancel_scope.cancel()
        seen = self._seen.get(claim.package.delegation_id)
        return seen is not None and seen.revision > claim.package.revision

    def publish_nowait(self, update: AgentUpdate) -> None:
        """Send an update to the session it belongs to.

        Dropped without a word: updates of withdrawn or expired work, of other revisions or
        attempts, repeated sequence numbers, and whatever follows a final update.
        """
        self._expire_due()
        entry = self._entry_of(update.delegation_id, update.revision, update.attempt)
        if entry is None or entry.final_sent or update.sequence < entry.next_sequence:
            return
        entry.next_sequence = update.sequence + 1
        entry.heard_of = True
        entry.final_sent = update.final
        self._updates.setdefault(entry.package.session_id, []).append(update)

    def finish_nowait(self, claim: Claim) -> None:
        """Say that the claimed work has ended, whatever its outcome."""
        entry = self._entry_of(claim.package.delegation_id, claim.package.revision, claim.attempt)
        if entry is None:
            return
        if not entry.final_sent:
            self._fail(entry, "the work ended without an answer")
        self._withdraw(entry)

    def close_session(self, session_id: str) -> None:
        """Cancel all that a session still has under way and forget it."""
        for entry in list(self._under_way.values()):
            if entry.package.session_id == session_id:
                self._withdraw(entry)
        self._updates.pop(session_id, None)
        self._seen = {k: seen for k, seen in self._seen.items() if seen.session_id != session_id}

    async def hold_session(self, session_id: str, epoch: int, user_id: str | None = None) -> None:
        """There is no other process that could have it."""

    def kept_nowait(self, session_id: str) -> list[KeptAnswer]:
        """Nothing is kept when a session ends."""
        return []

    def has_moved(self, session_id: str) -> bool:
        """No session can go anywhere else."""
        return False

    async def look_whether_moved(self, session_id: str) -> None:
        """There is nothing to find out."""

    def _entry_of(self, delegation_id: str, revision: int, attempt: int) -> _Entry | None:
        entry = self._under_way.get(delegation_id)
        if entry is None or entry.attempt != attempt or entry.package.revision != revision:
            return None
        return entry

    def _check_room(self, session_id: str) -> None:
        of_session = sum(e.package.session_id == session_id for e in self._under_way.values())
        if of_session >= self._limits.per_session:
            raise QueueFull(SESSION_FULL, Declined.SESSION)
        if len(self._under_way) >= self._limits.total:
            raise QueueFull(QUEUE_FULL, Declined.QUEUE)

    def _withdraw(self, entry: _Entry) -> None:
        del self._under_way[entry.package.delegation_id]
        if entry in self._waiting:
            self._waiting.remove(entry)
        entry.unwanted.set()

    def _fail(self, entry: _Entry, reason: str) -> None:
        entry.final_sent = True
        self._updates.setdefault(entry.package.session_id, []).append(
            AgentUpdate(
                session_id=entry.package.session_id,
                delegation_id=entry.package.delegation_id,
                revision=entry.package.revision,
                attempt=entry.attempt,
                sequence=entry.next_sequence,
                kind=UpdateKind.FAILURE,
                text=reason,
                final=True,
                published_s=self._clock.now_s(),
            )
        )

    async def _expire_at(self, due_s: float) -> None:
        await self._clock.sleep_until_s(due_s)
        self._expire_due()

    def _expire_due(self) -> None:
        # Asked on every occasion, so it needs no task that would have to be started and stopped.
        now_s = self._clock.now_s()
        if now_s < self._earliest_due_s:
            return
        silent = [entry for entry in self._under_way.values() if not entry.heard_of]
        for entry in silent:
            if entry.due_s <= now_s:
                self._fail(entry, "nothing was found out in time")
                self._withdraw(entry)
        self._earliest_due_s = min((e.due_s for e in silent if e.due_s > now_s), default=math.inf)
