"""What one worker holds: its claims, what they publish, and whether they are still wanted. Pure.

It knows no server. What is published for work that was withdrawn, or that ended, is dropped; the
rest is kept until it is known to have arrived.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Final

import anyio

from weft.background_agents.queues.places import KEEP_S
from weft.background_agents.queues.wire import UPDATES_LIMIT_BYTES, Interest, Order, Stop, Updates
from weft.background_agents.types import AgentUpdate, Claim, UpdateKind

COALESCE_S: Final = 0.04
"""Updates that can wait are sent together, this often."""
OUTGOING_LIMIT: Final = 300
"""So many updates of one delegation are kept while the server cannot be reached; progress beyond
that is not told."""
STOPS_KEPT: Final = 1_000
MISSES: Final = 3
"""So many times in a row nobody waits for a package before it is believed."""
SENT_TOGETHER: Final = 100
_CAN_WAIT: Final = (UpdateKind.THINKING, UpdateKind.COMMENTARY)
_UPDATE_LIMIT_BYTES: Final = UPDATES_LIMIT_BYTES // 2


@dataclass(slots=True, eq=False)
class Held:
    """One package that this worker has been given."""

    stream: str
    entry_id: bytes
    order: Order
    deliveries: int
    confirmed_s: float
    """When this worker last knew from the server that it holds the package."""
    due_s: float | None
    """When the work is to stop unless something was published before; None for no such time."""
    outgoing: list[AgentUpdate] = field(default_factory=list)
    outgoing_bytes: list[int] = field(default_factory=list)
    sent_s: float = float("-inf")
    next_sequence: int = 0
    heard_of: bool = False
    said_final: bool = False
    finished: bool = False
    lost: bool = False
    """Whether another worker has it now: not a word of this attempt may be sent any more."""
    unwanted: anyio.Event = field(default_factory=anyio.Event)
    corrected: bool = False
    admitted: bool = True
    """Whether the server has said that this package is to be worked on: nothing is sent before."""
    keep_s: int = KEEP_S
    """How long the server keeps what is published."""
    was_waited_for: bool = False
    """Whether it was ever said that somebody waits for it."""
    misses: int = 0
    """How often in a row that could not be found."""

    @property
    def attempt(self) -> int:
        """The number of this attempt at the delegation."""
        return self.order.header.base_attempt + self.deliveries

    @property
    def claim(self) -> Claim:
        """The package as a worker gets it."""
        return Claim(package=self.order.package, attempt=self.attempt)

    @property
    def send_at_s(self) -> float | None:
        """From when on there is something to send; None when there is nothing."""
        if not self.admitted:
            return None
        urgent = any(u.final or u.kind not in _CAN_WAIT for u in self.outgoing)
        if self.finished or urgent:
            return float("-inf")
        return self.sent_s + COALESCE_S if self.outgoing else None

    def next_message(self) -> Updates | None:
        """Give what is to be sent next, as much as one message takes."""
        if not self.outgoing or self.lost:
            return None
        count = total = 0
        for size in self.outgoing_bytes[:SENT_TOGETHER]:
            total += size
            if count and total > _UPDATE_LIMIT_BYTES:
                break
            count += 1
        return self._message(tuple(self.outgoing[:count]))

    def ends_with(self, message: Updates | None) -> bool:
        """Say whether with this message all is said, and the package can be taken off."""
        said = len(message.updates) if message is not None else 0
        return self.finished and said == len(self.outgoing)

    def announcement(self) -> Updates:
        """Give what silences all earlier attempts."""
        return self._message(())

    def sent(self, message: Updates | None, now_s: float) -> None:
        """Take in that a message has arrived."""
        if message is not None:
            del self.outgoing[: len(message.updates)]
            del self.outgoing_bytes[: len(message.updates)]
            self.sent_s = now_s

    def add(self, update: AgentUpdate) -> None:
        """Keep an update until it has arrived."""
        can_wait = update.kind in _CAN_WAIT and not update.final
        if can_wait and len(self.outgoing) >= OUTGOING_LIMIT:
            return
        size = len(update.model_dump_json())
        if size > _UPDATE_LIMIT_BYTES:
            text = f"the answer has {size} bytes; at most {_UPDATE_LIMIT_BYTES} travel"
            update = self.failure(text, update.sequence).model_copy(update={"final": update.final})
        self.outgoing.append(update)
        self.outgoing_bytes.append(size)
        self.next_sequence = update.sequence + 1
        self.heard_of = True
        self.said_final = update.final

    def failure(self, reason: str, sequence: int) -> AgentUpdate:
        """Make the last update of work that came to nothing."""
        package = self.order.package
        return AgentUpdate(
            session_id=package.session_id,
            delegation_id=package.delegation_id,
            revision=package.revision,
            attempt=self.attempt,
            sequence=sequence,
            kind=UpdateKind.FAILURE,
            text=reason,
            final=True,
        )

    def note_interest(self, interest: Interest | None, now_ms: int) -> bool:
        """Take in whether somebody waits for it; False once nobody does any more."""
        if interest is not None:
            self.was_waited_for, self.keep_s = True, interest.keep_s
        if interest is not None and now_ms < interest.until_ms:
            self.misses = 0
            return True
        # A server that has lost its last second is told again; and whoever never says it, waits.
        self.misses += self.was_waited_for
        return self.misses < MISSES

    def withdraw(self, *, corrected: bool = False) -> None:
        """Tell the work that it is not wanted any more; what it has to say is not sent."""
        self.corrected = self.corrected or corrected
        self.outgoing.clear()
        self.outgoing_bytes.clear()
        self.unwanted.set()

    def _message(self, updates: tuple[AgentUpdate, ...]) -> Updates:
        return Updates(
            delegation_id=self.order.package.delegation_id,
            revision=self.order.package.revision,
            attempt=self.attempt,
            updates=updates,
        )


class HeldWork:
    """All packages that one worker holds at a time, and what it was last told to stop."""

    def __init__(self) -> None:
        """Begin with none."""
        self._held: dict[tuple[str, int], Held] = {}
        self._emptied = anyio.Event()
        self._stops: OrderedDict[str, Stop] = OrderedDict()

    def all(self) -> list[Held]:
        """Give all that is held, oldest first."""
        return list(self._held.values())

    def of(self, delegation_id: str, attempt: int) -> Held | None:
        """Give one attempt at a delegation, if it is held and not lost."""
        return self._held.get((delegation_id, attempt))

    def add(self, held: Held) -> None:
        """Take a package; it may have been withdrawn while it was looked at."""
        self._held[held.order.package.delegation_id, held.attempt] = held
        stop = self._stops.get(held.order.package.delegation_id)
        if stop is not None:
            self._act_on(stop, held)

    def remove(self, held: Held) -> None:
        """Let go of a package, whose end has arrived or which was lost."""
        self._held.pop((held.order.package.delegation_id, held.attempt), None)
        if not self._held:
            self._emptied.set()

    def lose(self, held: Held) -> None:
        """Take in that another worker has the package."""
        held.lost = True
        held.withdraw()
        self.remove(held)

    async def empty(self) -> None:
        """Wait until nothing is held."""
        while self._held:
            self._emptied = anyio.Event()
            await self._emptied.wait()

    def stop(self, stop: Stop) -> None:
        """Take in that a delegation is not wanted any more, up to an attempt."""
        self._stops[stop.delegation_id] = stop
        self._stops.move_to_end(stop.delegation_id)
        if len(self._stops) > STOPS_KEPT:
            self._stops.popitem(last=False)
        for held in self.all():
            if held.order.package.delegation_id == stop.delegation_id:
                self._act_on(stop, held)

    def publish(self, update: AgentUpdate) -> bool:
        """Keep an update for sending; False when it is dropped."""
        held = self.of(update.delegation_id, update.attempt)
        if held is None or held.unwanted.is_set() or held.said_final:
            return False
        if update.revision != held.order.package.revision or update.sequence < held.next_sequence:
            return False
        held.add(update)
        return True

    def finish(self, claim: Claim) -> bool:
        """Take in that work has ended; without a last update, that is its failure."""
        held = self.of(claim.package.delegation_id, claim.attempt)
        if held is None:
            return False
        if not held.said_final and not held.unwanted.is_set():
            held.add(held.failure("the work ended without an answer", held.next_sequence))
        held.finished = True
        return True

    @staticmethod
    def _act_on(stop: Stop, held: Held) -> None:
        if held.attempt <= stop.up_to_attempt:
            held.withdraw(corrected=stop.revision > held.order.package.revision)


class Lanes:
    """Those who wait for a package, and the packages that wait for them."""

    def __init__(self) -> None:
        """Begin with nobody and nothing."""
        self._waiting = 0
        self._sleeping: deque[anyio.Event] = deque()
        self._ready: deque[Held] = deque()
        self._wanted = anyio.Event()
        self._closing = anyio.Event()
        self.closed = False
        """Whether nobody is to be given anything more."""

    @property
    def free(self) -> int:
        """How many wait for whom there is no package yet; none once it is closed."""
        return 0 if self.closed else self._waiting - len(self._ready)

    async def take(self) -> Held:
        """Wait for a package."""
        self._waiting += 1
        self._wanted.set()
        try:
            while not self._ready:
                await self._sleep()
            return self._ready.popleft()
        finally:
            self._waiting -= 1

    def give(self, held: Held) -> None:
        """Hand out a package."""
        self._ready.append(held)
        self._wake_one()

    async def wanted(self) -> None:
        """Wait until somebody is free, or until it is closed."""
        while self.free <= 0 and not self.closed:
            self._wanted = anyio.Event()
            await self._wanted.wait()

    def close(self) -> None:
        """Let nobody be given anything more."""
        self.closed = True
        self._wanted.set()
        self._closing.set()

    async def wait_closed(self) -> None:
        """Wait until nobody is to be given anything more."""
        await self._closing.wait()

    async def _sleep(self) -> None:
        woken = anyio.Event()
        self._sleeping.append(woken)
        try:
            await woken.wait()
        except BaseException:
            if woken.is_set():
                self._wake_one()  # It was woken for a package that another can take.
            else:
                self._sleeping.remove(woken)
            raise

    def _wake_one(self) -> None:
        # One and not all: with many lanes, each package would wake every one of them.
        if self._sleeping:
            self._sleeping.popleft().set()
