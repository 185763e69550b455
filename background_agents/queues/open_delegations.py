"""What one gateway has under way: admission, order of updates, fencing, expiry. Pure.

It decides by what it is told and says what is to be sent; it knows neither server nor clock. The
rules are those of the in-process queue, and what a network adds: updates that come twice, in parts,
or from a worker that is not the one any more.
"""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import takewhile

from weft.background_agents.queues.depths import TOLD_WITHIN_S
from weft.background_agents.queues.memory import QUEUE_FULL, SESSION_FULL, QueueLimits
from weft.background_agents.queues.places import RedisOptions
from weft.background_agents.queues.wire import Stop, Unreadable, Updates, package_body
from weft.background_agents.types import AgentUpdate, ContextPackage, Position, UpdateKind
from weft.errors import Declined, QueueFull

TOO_LARGE = "We have talked about too much for me to hand that over. Please ask in a new talk."
NOBODY_CAN = "There is nobody at the moment who could do that for you. Please ask me again later."
LOST_OFTEN = 3
"""What was lost so often is not waited for beyond its deadline, though it was heard of once."""
ATTEMPTS_OF_EPOCH = 1_000_000
"""Attempts of each process that holds a session are numbered from another million on."""
TAKING_OVER_S = 5.0
"""What is due when a session comes back has so much time for what has come meanwhile."""
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
    sent_s: float = math.inf
    """When the server has said that it has it."""
    entry_id: bytes | None = None
    """Where it is on the server; None until the server has said that it has it."""
    attempt: int = 0
    """The highest of which something was heard; lower ones are not listened to any more."""
    next_sequence: int = 0
    early: dict[int, AgentUpdate] = field(default_factory=dict)
    """Updates that came before one that is still missing."""
    taken_over: bool = False
    """Whether it began for another gateway."""
    log_read_to: bytes | None = None
    """For work that began for another gateway: up to where its log was read, for its updates go
    there and to that gateway."""


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
        self._counted_s = -math.inf
        self._uncounted: dict[Submission, None] = {}
        """Those of which nothing was heard, in order, for as long as they may not be among them."""
        self._earliest_due_s = math.inf
        """Nothing expires before; it may be too early, when what was due has ended."""
        self.taken_over: list[Submission] = []
        """What is to be looked for on the server; whoever does that takes it out."""

    @property
    def under_way(self) -> tuple[Submission, ...]:
        """All that is wanted."""
        return tuple(self._under_way.values())

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
            self._check_room(package, now_s)
        try:
            body = package_body(package)
        except Unreadable as error:
            raise QueueFull(TOO_LARGE, Declined.SIZE) from error
        if current is not None:
            self._withdraw(current, revision=package.revision)
        base = seen.next_base if seen else 0
        self._seen[delegation_id] = _Seen(
            package.session_id, package.revision, base + self._attempts
        )
        self._of_session[package.session_id].add(delegation_id)
        self._enter(Submission(package, body, base, now_s + package.deadline_s, now_s))

    def take_over(self, package: ContextPackage, heard: Position, epoch: int, now_s: float) -> None:
        """Go on with what another gateway had under way."""
        due_s = max(package.submitted_s + package.deadline_s, now_s + TAKING_OVER_S)
        base = epoch * ATTEMPTS_OF_EPOCH
        submission = Submission(
            package,
            package_body(package),
            base,
            due_s,
            now_s,
            heard_of=heard.heard_of,
            tried=True,
            attempt=heard.attempt,
            next_sequence=heard.next_sequence,
            taken_over=True,
        )
        delegation_id, session_id = package.delegation_id, package.session_id
        self._seen[delegation_id] = _Seen(session_id, package.revision, base)
        self._of_session[session_id].add(delegation_id)
        self._note(submission)
        self.taken_over.append(submission)

    def found(self, current: Submission, base_attempt: int | None) -> bool:
        """Take in which submission of the other gateway stands for a delegation, if it is known.

        Where the server does not know it any more, it is that of which the session has heard.
        """
        if base_attempt is None and current.attempt > 0:
            base_attempt = (current.attempt - 1) // self._attempts * self._attempts
        if base_attempt is None:
            return False
        current.base_attempt = base_attempt
        current.log_read_to = b"0-0"
        return True

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

    def let_go(self, session_id: str, *, send_rest: bool) -> None:
        """Forget a session and let its work go on; with `send_rest`, what waits here goes out."""
        for delegation_id in self._of_session.pop(session_id, ()):
            current = self._under_way.get(delegation_id)
            if current is not None:
                self._end(current)
                current.ended = not (send_rest and current in self.outgoing)
                if not current.ended:
                    self._uncounted[current] = None
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
                self._fail(current, "nothing was found out in time", now_s)
                self._withdraw(current)
        self._earliest_due_s = min((c.due_s for c in silent if c.due_s > now_s), default=math.inf)

    def of(self, updates: Updates) -> Submission | None:
        """Give what updates are about, if it is wanted."""
        current = self._under_way.get(updates.delegation_id)
        of_it = current is not None and updates.revision == current.package.revision
        return current if of_it else None

    def told_elsewhere(self, current: Submission, now_s: float) -> None:
        """Fail what another session of the user was given while this one was taken for gone."""
        if not current.ended:
            text = "another session of the user was given the answer"
            self._fail(current, text, now_s)
            self._end(current)

    def take(self, updates: Updates, now_s: float) -> Submission | None:
        """Take in updates from the server; give the submission if some are missing before them.

        Dropped are those of unknown or ended work, of other revisions, of lower attempts than one
        that was heard of, and repeated ones.
        """
        current = self.of(updates)
        if current is None:
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

    def packages(self) -> list[ContextPackage]:
        """Give the packages of all that is under way."""
        return [current.package for current in self._under_way.values()]

    def quiet(self, since_s: float) -> list[Submission]:
        """Give what the server has, and of which nothing was heard since a moment."""
        return [
            current
            for current in self._under_way.values()
            if (current.entry_id or current.log_read_to) and current.quiet_since_s <= since_s
        ]

    def submit_anew(self, current: Submission, now_s: float) -> None:
        """Submit once more what the server has lost; the earlier attempts are not listened to."""
        seen = self._seen[current.package.delegation_id]
        base = seen.next_base
        lost = current.lost + 1
        heard_of = current.heard_of and lost < LOST_OFTEN
        anew = Submission(current.package, current.body, base, current.due_s, now_s, heard_of, lost)
        seen.next_base += self._attempts
        current.ended = True
        self._uncounted.pop(current, None)
        if current.taken_over:
            # It may only wait for a worker still, where nobody but its gateway would find it.
            self.outgoing.append(self._stop(current, current.package.revision, up_to_attempt=base))
        self._enter(anew)

    def _enter(self, submission: Submission) -> None:
        self._note(submission)
        self.outgoing.append(submission)
        self._uncounted[submission] = None

    def _note(self, submission: Submission) -> None:
        package = submission.package
        if package.delegation_id not in self._under_way:
            self._open_of[package.session_id] += 1
        self._under_way[package.delegation_id] = submission
        self._earliest_due_s = min(self._earliest_due_s, submission.due_s)

    def _release(self, current: Submission) -> None:
        """Hand over the updates that are next in order."""
        while (update := current.early.pop(current.next_sequence, None)) is not None:
            current.next_sequence += 1
            current.heard_of = True
            self._uncounted.pop(current, None)
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
        revision = current.package.revision if revision is None else revision
        self.outgoing.append(self._stop(current, revision))
        self.outgoing.append(TakeOff(current))

    def _stop(
        self, current: Submission, revision: int, *, up_to_attempt: int | None = None
    ) -> Stop:
        if up_to_attempt is None:
            up_to_attempt = current.base_attempt + self._attempts
        return Stop(
            delegation_id=current.package.delegation_id,
            up_to_attempt=up_to_attempt,
            revision=revision,
        )

    def _fail(self, current: Submission, text: str, now_s: float) -> None:
        failure = AgentUpdate(
            session_id=current.package.session_id,
            delegation_id=current.package.delegation_id,
            revision=current.package.revision,
            attempt=max(current.attempt, current.base_attempt + 1),
            sequence=current.next_sequence,
            kind=UpdateKind.FAILURE,
            text=text,
            final=True,
            published_s=now_s,
        )
        self._updates.setdefault(failure.session_id, []).append(failure)

    def _end(self, current: Submission) -> None:
        current.ended = True
        current.early.clear()
        self._uncounted.pop(current, None)
        package = current.package
        del self._under_way[package.delegation_id]
        self._open_of[package.session_id] -= 1
        if not self._open_of[package.session_id]:
            del self._open_of[package.session_id]

    def note_waiting(self, waiting: int, *, counted_s: float = -math.inf) -> None:
        """Take in how many packages wait in the pool, whoever's they are.

        Those that were sent up to `counted_s` are among them, where that is known.
        """
        self._waiting, self._counted_s = waiting, counted_s

    def _check_room(self, package: ContextPackage, now_s: float) -> None:
        if self._open_of[package.session_id] >= self._limits.per_session:
            raise QueueFull(SESSION_FULL, Declined.SESSION)
        if len(self._under_way) >= self._limits.total:
            raise QueueFull(QUEUE_FULL, Declined.QUEUE)
        # What the user has said yes to is carried out, however long that takes.
        most = self._limits.waiting if package.approved is None else None
        if most is not None and self._waiting + self._still_uncounted(now_s) >= most:
            raise QueueFull(QUEUE_FULL, Declined.DEPTH)

    def _still_uncounted(self, now_s: float) -> int:
        """Forget those that whoever counts has seen, and say how many are left."""
        counted_s = max(now_s - TOLD_WITHIN_S, self._counted_s)
        for submission in list(takewhile(lambda each: each.sent_s <= counted_s, self._uncounted)):
            del self._uncounted[submission]
        return len(self._uncounted)
