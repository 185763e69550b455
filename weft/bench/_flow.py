"""Delegations that go through a queue one after the other, and what is heard of each of them."""

import math
import time
from collections import deque
from dataclasses import dataclass, field, replace

import anyio

from weft.background_agents.queues.redis_gateway import RedisGateway
from weft.background_agents.types import AgentUpdate, ContextPackage, UpdateKind
from weft.bench._queue_worker import POISON
from weft.errors import QueueFull

LISTEN_EVERY_S = 0.01
ASK_AGAIN_S = 0.02
DEADLINE_S = 600.0
"""So long that nothing expires: what is not heard of is lost."""
REMEMBER_S = 30.0
"""What has ended is kept for so long, to see whether something comes after its end."""


def delegation_of(session_id: str) -> str:
    """Give the name of the one delegation of a session."""
    return f"{session_id}.1"


@dataclass(slots=True)
class Told:
    """What was heard of one delegation; moments are on the monotonic clock."""

    asked_s: float
    poison: bool = False
    """Whether it is to fail."""
    answers: int = 0
    failures: int = 0
    last_words: int = 0
    ended_s: float = math.inf
    attempt: int = 0
    sequence: int = -1
    repeated: bool = False
    stale: bool = False

    def take(self, update: AgentUpdate, now_s: float) -> None:
        """Take in one update."""
        self.stale |= update.attempt < self.attempt
        self.repeated |= update.attempt == self.attempt and update.sequence <= self.sequence
        if update.attempt >= self.attempt:
            self.attempt, self.sequence = update.attempt, update.sequence
        self.answers += update.kind is UpdateKind.RESULT
        self.failures += update.kind is UpdateKind.FAILURE
        self.last_words += update.final
        if update.final:
            self.ended_s = min(self.ended_s, now_s)

    @property
    def ended(self) -> bool:
        """Whether its last word was heard."""
        return self.last_words > 0

    @property
    def lost(self) -> bool:
        """Whether it did not come to the end that it should have come to."""
        return not (self.failures if self.poison else self.answers) or not self.ended

    @property
    def twice(self) -> bool:
        """Whether something was heard more than once."""
        return self.repeated or self.answers > 1 or self.last_words > 1


@dataclass(slots=True)
class Sums:
    """How many delegations went how."""

    delegations: int = 0
    heard_once: int = 0
    lost: int = 0
    twice: int = 0
    stale: int = 0

    def add(self, told: Told) -> None:
        """Count one."""
        self.delegations += 1
        self.lost += told.lost
        self.twice += told.twice
        self.stale += told.stale
        self.heard_once += not (told.lost or told.twice or told.stale)


@dataclass(slots=True)
class Flow:
    """Delegates at a rate and listens; each delegation has a session of its own."""

    session: RedisGateway
    forgetting: bool = False
    """Whether what ended a while ago is counted and let go of."""
    told: dict[str, Told] = field(default_factory=dict)
    """By session, all that is not forgotten."""
    forgotten: Sums = field(default_factory=Sums)
    asked: int = 0
    _open: set[str] = field(default_factory=set)
    _ended: deque[str] = field(default_factory=deque)

    @property
    def open(self) -> int:
        """How many have not come to an end."""
        return len(self._open)

    @property
    def open_sessions(self) -> tuple[str, ...]:
        """The sessions of those."""
        return tuple(self._open)

    async def submit(self, count: int, per_s: float) -> None:
        """Delegate so many at a steady rate; what is refused is asked again a little later."""
        begun_s = time.monotonic()
        for number in range(count):
            await anyio.sleep(max(0.0, begun_s + number / per_s - time.monotonic()))
            await self.ask("Where is it?")

    async def ask(self, request: str) -> Told:
        """Delegate one thing, once there is room for it."""
        session_id = f"s{self.asked}"
        while not self._accepted(session_id, request):  # noqa: ASYNC110 (nobody says when)
            await anyio.sleep(ASK_AGAIN_S)
        self.asked += 1
        self._open.add(session_id)
        told = self.told[session_id] = Told(time.monotonic(), poison=request == POISON)
        return told

    async def have_asked(self, count: int) -> None:
        """Wait until so many were delegated."""
        while self.asked < count:  # noqa: ASYNC110 (what is waited for is the server's room)
            await anyio.sleep(0.002)

    async def listen(self) -> None:
        """Take what arrives, until cancelled."""
        while True:
            await anyio.sleep(LISTEN_EVERY_S)
            for session_id in list(self._open):
                told = self._take(session_id)
                if told.ended:
                    self._open.discard(session_id)
                    self._ended.append(session_id)
            if self.forgetting:
                self._forget(time.monotonic() - REMEMBER_S)

    def take_rest(self) -> None:
        """Take what has arrived after the ends."""
        for session_id in self.told:
            self._take(session_id)

    async def all_ended(self, patience_s: float) -> None:
        """Wait until everything has come to an end, or for as long as there is patience."""
        with anyio.move_on_after(patience_s):
            while self._open:  # noqa: ASYNC110 (what is waited for is on a server)
                await anyio.sleep(LISTEN_EVERY_S)

    def sums(self) -> Sums:
        """Count all that was asked."""
        total = replace(self.forgotten)
        for told in self.told.values():
            total.add(told)
        return total

    def _take(self, session_id: str) -> Told:
        told, now_s = self.told[session_id], time.monotonic()
        for update in self.session.updates_nowait(session_id):
            told.take(update, now_s)
        return told

    def _forget(self, ended_before_s: float) -> None:
        while self._ended and self.told[self._ended[0]].ended_s < ended_before_s:
            session_id = self._ended.popleft()
            self.forgotten.add(self._take(session_id))
            self.session.close_session(session_id)
            del self.told[session_id]

    def _accepted(self, session_id: str, request: str) -> bool:
        package = ContextPackage(
            delegation_id=delegation_of(session_id),
            session_id=session_id,
            cutoff_index=0,
            request=request,
            deadline_s=DEADLINE_S,
        )
        try:
            self.session.submit_nowait(package)
        except QueueFull:
            return False
        return True
