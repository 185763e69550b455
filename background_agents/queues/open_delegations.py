"""What one gateway has under way: admission, order of updates, fencing, expiry. Pure.

It decides by what it is told and says what is to be sent; it knows neither server nor clock. The
rules are those of the in-process queue, and what a network adds: updates that come twice, in parts,
or from a worker that is not the one any more.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from weft.background_agents.queues.memory import QUEUE_FULL, SESSION_FULL, QueueLimits
from weft.background_agents.queues.wire import RedisOptions, Stop, Unreadable, Updates, package_body
from weft.background_agents.types import AgentUpdate, ContextPackage, UpdateKind
from weft.errors import QueueFull

TOO_LARGE = "We have talked about too much for me to hand that over. Please ask in a new talk."
NOBODY_CAN = "There is nobody at the moment who could do that for you. Please ask me again later."
LOST_OFTEN = 3
"""What was lost so often is not waited for beyond its deadline, though it was heard of once."""
EARLY_LIMIT = 200
"""So many updates wait for one that is missing before it is given up."""


@dataclass(slots=True, eq=False)
class Submission:
    """One revision of a delegation on its way through the queue."""

    package: ContextPackage
    body: bytes
    base_attempt: int
    due_s: float
    """When it expires, unless something was heard of it before."""
    quiet_since_s: float
    """When it was last heard of or asked after."""
    heard_of: bool = False
    lost: int = 0
    """How often the server has lost it since something was heard."""
    ended: bool = False
    tried: bool = False
    """Whether it may have been sent."""
    entry_id: bytes | None = None
    """Where it is on the server; None until the server has said that it has it."""
    attempt: int = 0
    """The highest of which something was heard; lower ones are not listened to any more."""
    next_sequence: int = 0
    early: dict[int, AgentUpdate] = field(default_factory=dict)
    """Updates that came before one that is still missing."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Nothing more will be asked about a delegation: its log can go."""

    delegation_id: str


@dataclass(frozen=True, slots=True)
class TakeOff:
    """A submission is not wanted any more: if it waits still, nobody is to begin with it."""

    submission: Submission


Outgoing = Submission | Stop | TakeOff | Forget


@dataclass(slots=True)
class _Seen:
    """What is remembered of a delegation until its session closes."""

    session_id: str
    revision: int
    next_base: int


class OpenDelegations:
    """All delegations that the sessions of one gateway have under way."""

    def __init__(self, options: RedisOptions, limits: QueueLimits) -> None:
        """Begin with nothing asked."""
        self._attempts = options.attempts
        self._limits = limits
        self._under_way: dict[str, Submission] = {}
        self._seen: dict[str, _Seen] = {}
        self._of_session: dict[str, set[str]] = defaultdict(set)
        """The ids of what each session has ever asked."""
        self._open_of: Counter[str] = Counter()
        """How many each session has under way."""
        self._updates: dict[str, list[AgentUpdate]] = {}
        self.outgoing: list[Outgoing] = []
        """What is to be sent, in order; whoever sends it takes it out."""
        self._waiting = 0
        """How many packages waited in the pool, whoever's they are, when that was last asked."""
        self._entered = 0
        """How many were added here since."""
        self._earliest_due_s = math.inf
        """Nothing expires before; it may be too early, when what was due has ended."""

    def submit(self, package: ContextPackage, now_s: float) -> None:
        """Accept a package; a higher revision replaces a lower one.

        A revision that is under way, or lower than the last one, is ignored. Raises QueueFull.
        """
        delegation_id = package.delegation_id
        seen = self._seen.get(delegation_id)
        current = self._under_way.get(delegation_id)
        if seen is not None:
            if seen.session_id != package.session_id:
                raise ValueError(f"two sessions use the delegation id {delegation_id!r}")
            repeated = current is not None and package.revision == seen.revision
            if package.revision < seen.revision or repeated:
                return
        if current is None:
            self._check_room(package)
        try:
            body = package_body(package)
        except Unreadable as error:
            raise QueueFull(TOO_LARGE) from error
        if current is not None:
            self._withdraw(current, revision=package.revision)
        base = seen.next_base if seen else 0
        self._seen[delegation_id] = _Seen(
            package.session_id, package.revision, base + self._attempts
        )
        self._of_session[package.session_id].add(delegation_id)
        self._enter(Submission(package, body, base, now_s + package.deadline_s, now_s))

    def cancel(self, delegation_id: str, below_revision: int | None) -> None:
        """Withdraw a delegation, or only its revisions below one."""
        current = self._under_way.get(delegation_id)
        if current is None:
            return
        if below_revision is None or current.package.revision < below_revision:
            self._withdraw(current)

    def close_session(self, session_id: str) -> None:
        """Withdraw all that a session has under way, and forget it."""
        for delegation_id in self._of_session.pop(session_id, ()):
            self.cancel(delegation_id, None)
            del self._seen[delegation_id]
        self._updates.pop(session_id, None)

    def updates(self, session_id: str) -> list[AgentUpdate]:
        """Take what has arrived for a session."""
        return self._updates.pop(session_id, [])

    def expire(self, now_s: float) -> None:
        """Fail what is due and was never heard of."""
        if now_s < self._earliest_due_s:
            return
        silent = [current for current in self._under_way.values() if not current.heard_of]
        for current in silent:
            if current.due_s <= now_s:
                failure = _out_of_time(current, now_s)
                self._updates.setdefault(failure.session_id, []).append(failure)
                self._withdraw(current)
        self._earliest_due_s = min((c.due_s for c in silent if c.due_s > now_s), default=math.inf)

    def take(self, updates: Updates, now_s: float) -> Submission | None:
        """Take in updates from the server; give the submission if some are missing before them.

        Dropped are those of unknown or ended work, of other revisions, of lower attempts than one
        that was heard of, and repeated ones.
        """
        current = self._under_way.get(updates.delegation_id)
        if current is None or updates.revision != current.package.revision:
            return None
        highest = current.base_attempt + self._attempts
        if not max(current.base_attempt + 1, current.attempt) <= updates.attempt <= highest:
            return None
        if updates.attempt > current.attempt:
            current.attempt, current.next_sequence = updates.attempt, 0
            current.early.clear()
        current.quiet_since_s, current.lost = now_s, 0
        for update in updates.updates:
            if update.sequence >= current.next_sequence:
                current.early[update.sequence] = update
        self._release(current)
        if len(current.early) > EARLY_LIMIT:
            self.skip_missing(current)
        return current if current.early else None

    def skip_missing(self, current: Submission) -> None:
        """Go on with what is there: what is missing cannot be had any more."""
        while current.early and not current.ended:
            current.next_sequence = min(current.early)
            self._release(current)

    def quiet(self, since_s: float) -> list[Submission]:
        """Give what the server has, and of which nothing was heard since a moment."""
        return [
            current
            for current in self._under_way.values()
            if current.entry_id is not None and current.quiet_since_s <= since_s
        ]

    def submit_anew(self, current: Submission, now_s: float) -> None:
        """Submit once more what the server has lost; the earlier attempts are not listened to."""
        seen = self._seen[current.package.delegation_id]
        lost = current.lost + 1
        heard_of = current.heard_of and lost < LOST_OFTEN
        anew = Submission(
            current.package, current.body, seen.next_base, current.due_s, now_s, heard_of, lost
        )
        seen.next_base += self._attempts
        current.ended = True
        self._enter(anew)

    def _enter(self, submission: Submission) -> None:
        package = submission.package
        if package.delegation_id not in self._under_way:
            self._open_of[package.session_id] += 1
        self._under_way[package.delegation_id] = submission
        self._earliest_due_s = min(self._earliest_due_s, submission.due_s)
        self.outgoing.append(submission)
        self._entered += 1

    def _release(self, current: Submission) -> None:
        """Hand over the updates that are next in order."""
        while (update := current.early.pop(current.next_sequence, None)) is not None:
            current.next_sequence += 1
            current.heard_of = True
            self._updates.setdefault(current.package.session_id, []).append(update)
            if update.final:
                self._end(current)
                self.outgoing.append(Forget(update.delegation_id))

    def _withdraw(self, current: Submission, *, revision: int | None = None) -> None:
        self._end(current)
        if not current.tried:
            # Else what is asked in vain while the server is away would pile up.
            self.outgoing.remove(current)
            return
        package = current.package
        self.outgoing.append(
            Stop(
                delegation_id=package.delegation_id,
                up_to_attempt=current.base_attempt + self._attempts,
                revision=package.revision if revision is None else revision,
            )
        )
        self.outgoing.append(TakeOff(current))

    def _end(self, current: Submission) -> None:
        current.ended = True
        current.early.clear()
        package = current.package
        del self._under_way[package.delegation_id]
        self._open_of[package.session_id] -= 1
        if not self._open_of[package.session_id]:
            del self._open_of[package.session_id]

    def note_waiting(self, waiting: int) -> None:
        """Take in how many packages wait in the pool, whoever's they are."""
        self._waiting = waiting
        self._entered = sum(isinstance(each, Submission) for each in self.outgoing)

    def _check_room(self, package: ContextPackage) -> None:
        if self._open_of[package.session_id] >= self._limits.per_session:
            raise QueueFull(SESSION_FULL)
        if len(self._under_way) >= self._limits.total:
            raise QueueFull(QUEUE_FULL)
        # What the user has said yes to is carried out, however long that takes.
        most = self._limits.waiting if package.approved is None else None
        if most is not None and self._waiting + self._entered >= most:
            raise QueueFull(QUEUE_FULL)


def has_final(updates: Iterable[Updates], attempts_above: int) -> bool:
    """Say whether one of the attempts above a number came to its end."""
    return any(u.final for each in updates if each.attempt > attempts_above for u in each.updates)


def _out_of_time(current: Submission, now_s: float) -> AgentUpdate:
    return AgentUpdate(
        session_id=current.package.session_id,
        delegation_id=current.package.delegation_id,
        revision=current.package.revision,
        attempt=max(current.attempt, current.base_attempt + 1),
        sequence=current.next_sequence,
        kind=UpdateKind.FAILURE,
        text="nothing was found out in time",
        final=True,
        published_s=now_s,
    )
