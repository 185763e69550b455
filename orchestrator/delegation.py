"""The ledger of delegations: what was asked, in which revision, which updates count. Pure.

`asked → queued → running → completed | failed | cancelled | expired`. A correction makes a new
revision of the same delegation; a worker that lost its lease is fenced off by its lower attempt.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from enum import StrEnum

from weft.background_agents.types import (
    AgentUpdate,
    ContextPackage,
    OpenDelegation,
    Position,
    TranscriptLine,
    UpdateKind,
)
from weft.orchestrator.config import SessionConfig
from weft.tools.effect import Effect

TIMER_SOURCE = "timer"
"""Marks what a timer publishes: that it is running, and what is due when it arrives."""


class DelegationState(StrEnum):
    """Where a delegation is in its life."""

    QUEUED = "queued"  # submitted; nothing was heard of it yet
    RUNNING = "running"  # an agent has published something
    COMPLETED = "completed"  # the last update has come
    FAILED = "failed"  # the agents could not do it, or there was no room for it
    CANCELLED = "cancelled"  # the user does not want it any more
    EXPIRED = "expired"  # it did not come to its end in time


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """One request to the background in its latest revision."""

    delegation_id: str
    revision: int
    request: str
    state: DelegationState
    asked_s: float
    """Session clock when this revision was asked."""
    asked_index: int = 0
    """The micro-turn in which it was."""
    owed_something: bool = False
    """Whether anything to be said has come of this revision."""
    results: int = 0
    """How many results have come of the latest attempt; a timer gives one at every beat."""
    timed: bool = False
    """Whether a timer is at work for it, which goes on by itself."""
    asked_earlier: bool = False
    """Whether the user asked it in an earlier session, and has come back."""

    @property
    def is_open(self) -> bool:
        """Whether more may come of it."""
        return self.state in (DelegationState.QUEUED, DelegationState.RUNNING)

    @property
    def is_unwanted(self) -> bool:
        """Whether the user has withdrawn it, or was told that there is no room for it."""
        refused = self.state is DelegationState.FAILED and not self.owed_something
        return refused or self.state is DelegationState.CANCELLED

    @property
    def is_worth_waiting_for(self) -> bool:
        """Whether an answer may still come of it, or has: not that it failed or was withdrawn."""
        return self.is_open or (self.state is DelegationState.COMPLETED and self.owed_something)


@dataclass(slots=True)
class _Sequences:
    """The sequence numbers that have come, of which a timer gives one at every beat for hours."""

    all_below: int = 0
    """Every number below it has come."""
    beyond: set[int] = field(default_factory=set)
    """Those that came before one that is lower."""

    def add(self, number: int) -> bool:
        """Take in a number; False when it has come before."""
        if number < self.all_below or number in self.beyond:
            return False
        self.beyond.add(number)
        while self.all_below in self.beyond:
            self.beyond.remove(self.all_below)
            self.all_below += 1
        return True


@dataclass(slots=True)
class _Entry:
    """A delegation with what has been seen of its current attempt."""

    delegation: Delegation
    attempt: int = -1
    sequences: _Sequences = field(default_factory=_Sequences)


class DelegationLedger:
    """All delegations of one session, oldest first."""

    def __init__(self, session_id: str, config: SessionConfig, user_id: str | None = None) -> None:
        """Begin with nothing asked."""
        self._session_id = session_id
        self._user_id = user_id
        self._config = config
        self._entries: dict[str, _Entry] = {}
        self._tainted = False
        """Whether words of strangers have come into the session, from where they can be repeated:
        by the voice, in the transcript, by the user."""
        # What is open is looked at in every slot; what is closed only grows.
        self._open: dict[str, _Entry] = {}
        self._epoch = 0
        self._patient_until_s = -math.inf
        """Nothing expires before: what came while nobody was there is being read."""

    def get(self, delegation_id: str) -> Delegation | None:
        """Give a delegation of this session, or None for a foreign id."""
        entry = self._entries.get(delegation_id)
        return entry.delegation if entry else None

    @property
    def open(self) -> tuple[Delegation, ...]:
        """The delegations still under way, oldest first."""
        return tuple(entry.delegation for entry in self._open.values())

    @property
    def tainted(self) -> bool:
        """Whether words of strangers have come into the session, from where they are repeated."""
        return self._tainted

    def taint(self) -> None:
        """Take in that words of strangers come into the session."""
        self._tainted = True

    @property
    def has_room(self) -> bool:
        """Whether one more may be asked."""
        return len(self.open) < self._config.max_open_delegations

    def ask(
        self, request: str, now_s: float, index: int = 0, *, asked_earlier: bool = False
    ) -> Delegation:
        """Enter a new delegation."""
        number = f"{len(self._entries) + 1}"
        if self._epoch:
            # The process before may have used the next number without living to record it.
            number = f"{self._epoch}.{number}"
        delegation = Delegation(
            delegation_id=f"{self._session_id}.{number}",
            revision=0,
            request=request,
            state=DelegationState.QUEUED,
            asked_s=now_s,
            asked_index=index,
            asked_earlier=asked_earlier,
        )
        self._enter(delegation)
        return delegation

    def open_or_among(self, delegation_ids: Collection[str]) -> tuple[Delegation, ...]:
        """Give the delegations that are open or among the given ones, youngest first.

        One of them is what a correction, or a change of mind, is about; the given ones are those of
        which something is still to be said, or was said just now.
        """
        return tuple(
            entry.delegation
            for delegation_id, entry in reversed(self._entries.items())
            if entry.delegation.is_open or delegation_id in delegation_ids
        )

    def revise(
        self, delegation_id: str, correction: str, now_s: float, index: int = 0
    ) -> Delegation:
        """Enter a new revision whose request is the old one with the correction after it."""
        old = self._entries[delegation_id].delegation
        return self._renew(old, f"{old.request.rstrip(' .,;!?')}. {correction}", now_s, index)

    def complete(self, delegation_id: str, rest: str, now_s: float, index: int = 0) -> Delegation:
        """Enter a new revision whose request goes on with the rest of its sentence."""
        old = self._entries[delegation_id].delegation
        return self._renew(old, f"{old.request} {rest}", now_s, index)

    def ask_again(self, delegation_id: str) -> None:
        """Take in that the same was asked once more: a correction is now about this one."""
        entry = self._entries.pop(delegation_id)
        self._entries[delegation_id] = entry
        if self._open.pop(delegation_id, None) is not None:
            self._open[delegation_id] = entry

    def close(self, delegation_id: str, state: DelegationState) -> None:
        """Let nothing more come of a delegation."""
        entry = self._entries[delegation_id]
        self._update(entry, replace(entry.delegation, state=state))

    def go_on(self, epoch: int, shift_s: float, now_s: float) -> None:
        """Take in that the session goes on in another process, with another clock.

        Deadlines stay the moments that they were. But what has come meanwhile counts, however late
        it is read: nothing expires before there was time for that.
        """
        self._epoch = epoch
        self._patient_until_s = now_s + self._config.deadline_grace_s
        for entry in self._entries.values():
            asked_s = entry.delegation.asked_s + shift_s
            entry.delegation = replace(entry.delegation, asked_s=asked_s)

    def position(self, delegation_id: str) -> Position:
        """Say how far the updates of a delegation have been taken in."""
        entry = self._entries[delegation_id]
        return Position(attempt=max(0, entry.attempt), next_sequence=entry.sequences.all_below)

    def expire(self, now_s: float) -> list[Delegation]:
        """Close the delegations that did not come to their end in time; gives them."""
        if now_s < self._patient_until_s:
            return []
        late = [each for each in self.open if now_s - each.asked_s > self._longest_s(each)]
        for delegation in late:
            self.close(delegation.delegation_id, DelegationState.EXPIRED)
        return late

    def _longest_s(self, delegation: Delegation) -> float:
        """Give the seconds within which a delegation must have come to its end.

        Queue and agents keep the deadline themselves. The grace is for what they publish then, and
        it ends where nobody is left to publish: an agent that hangs, a worker that died.
        """
        if delegation.timed:
            return math.inf
        grace_s = self._config.deadline_grace_s
        heard_of = delegation.state is DelegationState.RUNNING
        return self._config.deadline_s + (grace_s if heard_of else 0.0)

    def accept(self, update: AgentUpdate) -> Delegation | None:
        """Take in an update; None when it must be dropped.

        Dropped are updates of unknown or closed delegations, of other revisions, of lower attempts,
        and repeated ones.
        """
        entry = self._entries.get(update.delegation_id)
        if entry is None or not entry.delegation.is_open:
            return None
        if update.revision != entry.delegation.revision or update.attempt < entry.attempt:
            return None
        if update.attempt > entry.attempt:
            entry.attempt, entry.sequences = update.attempt, _Sequences()
            entry.delegation = replace(entry.delegation, results=0)
        if not entry.sequences.add(update.sequence):
            return None
        self._tainted |= update.tainted
        known = entry.delegation
        results = known.results + (update.kind is UpdateKind.RESULT)
        speakable = update.kind in (UpdateKind.RESULT, UpdateKind.FAILURE, UpdateKind.QUESTION)
        self._update(
            entry,
            replace(
                known,
                state=_state_after(update),
                results=results,
                timed=known.timed or results > 1 or TIMER_SOURCE in update.sources,
                owed_something=known.owed_something or speakable,
            ),
        )
        return entry.delegation

    def package(
        self,
        delegation: Delegation,
        *,
        cutoff_index: int,
        transcript: tuple[TranscriptLine, ...],
        reminder_id: int | None = None,
        approved: Effect | None = None,
    ) -> ContextPackage:
        """Build all that an agent receives about a delegation."""
        return ContextPackage(
            delegation_id=delegation.delegation_id,
            revision=delegation.revision,
            session_id=self._session_id,
            user_id=self._user_id,
            cutoff_index=cutoff_index,
            request=delegation.request,
            reminder_id=reminder_id,
            approved=approved,
            tainted=self._tainted,
            transcript=transcript,
            open_delegations=tuple(
                OpenDelegation(delegation_id=other.delegation_id, request=other.request)
                for other in self.open
                if other.delegation_id != delegation.delegation_id
            ),
            language=self._config.language,
            submitted_s=delegation.asked_s,
            deadline_s=self._config.deadline_s,
            spoken_words=self._config.spoken_words,
        )

    def _renew(self, old: Delegation, request: str, now_s: float, index: int) -> Delegation:
        delegation_id = old.delegation_id
        revised = Delegation(
            delegation_id=delegation_id,
            revision=old.revision + 1,
            request=request,
            state=DelegationState.QUEUED,
            asked_s=now_s,
            asked_index=index,
        )
        # Last in the ledger again: what was corrected last is the youngest.
        del self._entries[delegation_id]
        self._open.pop(delegation_id, None)
        self._enter(revised)
        return revised

    def _enter(self, delegation: Delegation) -> None:
        entry = _Entry(delegation)
        self._entries[delegation.delegation_id] = self._open[delegation.delegation_id] = entry

    def _update(self, entry: _Entry, delegation: Delegation) -> None:
        entry.delegation = delegation
        if not delegation.is_open:
            self._open.pop(delegation.delegation_id, None)


def _state_after(update: AgentUpdate) -> DelegationState:
    if not update.final:
        return DelegationState.RUNNING
    if update.kind is UpdateKind.FAILURE:
        return DelegationState.FAILED
    return DelegationState.COMPLETED


def log_marks(of: AgentUpdate | Delegation, index: int) -> dict[str, str | int]:
    """Give what a log line says about a delegation: never a word of the conversation."""
    return {"delegation_id": of.delegation_id, "revision": of.revision, "slot": index}
