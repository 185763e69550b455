"""The worker's side of the queue on Redis: holds packages by a lease, and publishes under it.

A worker that cannot be sure to hold a package any more stays silent until the server has confirmed
it; one whose package was given to another never says another word about it.
"""

import logging
import math
import os
import socket
from collections.abc import Callable, Sequence
from uuid import uuid4

import anyio
from anyio.abc import TaskStatus

from weft.background_agents.queues.held_work import Held, HeldWork, Lanes
from weft.background_agents.queues.leases import LAPSES_AFTER, RENEWALS, still_mine
from weft.background_agents.queues.needs import Routes
from weft.background_agents.queues.places import KEEP_S, Keys, RedisOptions
from weft.background_agents.queues.redis_admission import Admitting
from weft.background_agents.queues.redis_commands import (
    Place,
    asking_after,
    finishing,
    interest_in,
    needs_in,
    pending_in,
    rows,
)
from weft.background_agents.queues.redis_counting import Counter
from weft.background_agents.queues.redis_deliveries import Deliveries
from weft.background_agents.queues.redis_link import Command, Link, LinkDown, Refused, accepted
from weft.background_agents.queues.redis_sweep import Sweeper
from weft.background_agents.queues.refusals import Refusals
from weft.background_agents.queues.signing import Purpose
from weft.background_agents.queues.wire import (
    ANNOUNCED_EVERY_S,
    GROUP,
    LOOK_AGAIN,
    Announcement,
    Offer,
    Unreadable,
    read_stop,
)
from weft.background_agents.types import AgentUpdate, Claim
from weft.clock import Clock, sleep_s

logger = logging.getLogger(__name__)

SENT_AT_ONCE = 64
NEEDS_EVERY_S = 2.0
"""A new need is told at once; this is for whoever did not hear it."""
LAST_WORDS_S = 1.0
"""Most seconds that handing back what is held may take at the end."""


class RedisWorkerQueue:
    """A WorkerQueue for the workers of one process; its work is done while `run` runs."""

    def __init__(
        self, options: RedisOptions, clock: Clock, offer: Callable[[], Offer] = Offer
    ) -> None:
        """Connect to nothing yet; what `offer` gives is announced to whoever looks at the pool."""
        consumer = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:12]}"
        self._options = options
        self._clock = clock
        self._offer = offer
        self._at_work = anyio.Event()
        self._announced = anyio.Event()
        self._began_ms: int | None = None
        keys = Keys(options.prefix, options.pool)
        self._place = Place(options, keys, consumer, clock, Routes(keys, offer))
        self._held = HeldWork()
        self._lanes = Lanes()
        self._commands = Link(options.url, clock, options.tls)
        self._writer = Link(options.url, clock, options.tls)
        self._control = Link(options.url, clock, options.tls)
        self.refusals = Refusals()
        """What of the messages of others was not taken."""
        admitting = Admitting(
            self._place, self._held, self._lanes, self.refusals, self._look_what_to_send
        )
        self._deliveries = Deliveries(self._place, self._lanes, admitting, self._commands)
        self._sweeper = Sweeper(self._place, self._held, self._lanes, admitting, self._commands)
        self._counter = Counter(self._place, self._commands)
        self._something_to_send = anyio.Event()
        self._needs_may_be_new = anyio.Event()

    @property
    def consumer(self) -> str:
        """What this worker is called on the server."""
        return self._place.consumer

    @property
    def pool(self) -> str:
        """Whose packages it takes."""
        return self._options.pool

    @property
    def held(self) -> int:
        """How many packages it has at the moment."""
        return len(self._held.all())

    @property
    def draining(self) -> bool:
        """Whether it takes nothing more."""
        return self._lanes.closed

    @property
    def silent_s(self) -> float:
        """For how long the server has not answered; infinite before it has at all."""
        return self._clock.now_s() - self._commands.answered_s

    async def announced(self) -> None:
        """Wait until it takes packages, and the server has heard so."""
        await self._announced.wait()

    async def claim(self) -> Claim:
        """Wait for the next package that is neither expired nor cancelled."""
        self._at_work.set()
        while (held := await self._lanes.take()).unwanted.is_set():
            self.finish_nowait(held.claim)
        return held.claim

    async def wait_cancelled(self, claim: Claim) -> bool:
        """Return when the claimed work is no longer wanted, or not this worker's any more.

        True when a higher revision has taken its place.
        """
        held = self._held.of(claim.package.delegation_id, claim.attempt)
        if held is None:
            return False
        if held.due_s is not None and not held.unwanted.is_set():
            with anyio.move_on_after(held.due_s - self._clock.now_s()):
                await held.unwanted.wait()
            if not held.heard_of:
                held.withdraw()
        await held.unwanted.wait()
        return held.corrected

    def publish_nowait(self, update: AgentUpdate) -> None:
        """Send an update to the session it belongs to.

        Dropped without a word: updates of withdrawn or expired work, of other revisions or
        attempts, repeated sequence numbers, and whatever follows a final update.
        """
        if self._held.publish(update):
            self._something_to_send.set()

    def finish_nowait(self, claim: Claim) -> None:
        """Say that the claimed work has ended, whatever its outcome."""
        if self._held.finish(claim):
            self._something_to_send.set()

    async def take_no_more(self) -> None:
        """Take nothing more; what is held goes on."""
        await self._deliveries.stop()

    async def all_ended(self) -> None:
        """Wait until all that is held has come to its end.

        Whoever does not want to wait for so long cancels `run`, which hands back the rest.
        """
        await self._held.empty()

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Hand out packages and send updates until cancelled; then hand back what is held."""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._deliveries.run)
                tasks.start_soon(self._commands.persist, self._sweeper.sweep)
                tasks.start_soon(self._writer.persist, self._send)
                tasks.start_soon(self._commands.persist, self._beat)
                tasks.start_soon(self._commands.persist, self._announce)
                tasks.start_soon(self._commands.persist, self._follow_needs)
                tasks.start_soon(self._commands.persist, self._counter.count)
                tasks.start_soon(self._control.persist, self._listen)
                task_status.started()
        finally:
            with anyio.move_on_after(LAST_WORDS_S, shield=True):
                await self._hand_back()
            for link in (self._commands, self._writer, self._control):
                await link.aclose()

    def _look_what_to_send(self) -> None:
        self._something_to_send.set()

    async def _send(self) -> None:
        """Wait until something is to be sent, and send it."""
        now_s = self._clock.now_s()
        moments = [at_s for h in self._held.all() if (at_s := h.send_at_s) is not None]
        earliest_s = min(moments, default=math.inf)
        if earliest_s > now_s:
            self._something_to_send = anyio.Event()
            with anyio.move_on_after(earliest_s - now_s):
                await self._something_to_send.wait()
            return
        due = [h for h in self._held.all() if h.send_at_s is not None and h.send_at_s <= now_s]
        await self._send_of(due[:SENT_AT_ONCE])

    async def _send_of(self, due: Sequence[Held]) -> None:
        silent_from_s = self._clock.now_s() - LAPSES_AFTER * self._options.lease_s
        await self._renew([h for h in due if h.confirmed_s <= silent_from_s], self._writer)
        sending = [(h, h.next_message()) for h in due if not h.lost]
        ending = [held for held, message in sending if held.ends_with(message)]
        commands: list[Command] = []
        for held, message in sending:
            if message is not None:
                commands += self._place.publishing(held.order, message, held.keep_s)
            if held in ending:
                commands += finishing(held.stream, held.entry_id)
        if not commands:
            return
        accepted(await self._writer.ask(*commands))
        for held, message in sending:
            held.sent(message, self._clock.now_s())
        for held in ending:
            self._held.remove(held)

    async def _beat(self) -> None:
        """Renew the leases of everything that is worked on."""
        await sleep_s(self._clock, self._options.lease_s / RENEWALS)
        # What is finished may be off the queue already, with the server's word still on its way.
        await self._renew([h for h in self._held.all() if not h.finished], self._commands)

    async def _announce(self) -> None:
        """Say what this worker has, and that it is there; not before it takes packages."""
        await self._at_work.wait()
        offer = self._offer()
        if not self._commands.connections:
            await self._commands.ask(("PING",))  # The server's clock is not known before.
        now_ms, workers = self._commands.server_now_ms, self._place.keys.workers
        if self._began_ms is None:
            self._began_ms = now_ms
        announcement = Announcement(
            agents=offer.agents,
            tools=offer.tools,
            readers=offer.readers,
            lanes=offer.lanes,
            held=self.held,
            draining=self.draining,
            since_ms=self._began_ms,
            seen_ms=now_ms,
        )
        said = announcement.model_dump_json()
        accepted(
            await self._commands.ask(
                ("HSET", workers, self.consumer, said), ("EXPIRE", workers, KEEP_S)
            )
        )
        self._announced.set()
        await sleep_s(self._clock, ANNOUNCED_EVERY_S)

    async def _follow_needs(self) -> None:
        """Learn what packages of the pool need, for what this worker meets of it is read."""
        self._needs_may_be_new = anyio.Event()
        [listed] = await self._commands.ask(("HGETALL", self._place.keys.needs))
        accepted([listed])
        if self._place.routes.note(need for need, _ in needs_in(listed)):
            await self._deliveries.look_again()
        with anyio.move_on_after(NEEDS_EVERY_S):
            await self._needs_may_be_new.wait()

    async def _renew(self, renewing: Sequence[Held], link: Link) -> None:
        """Renew leases, and let go of what another worker has taken over."""
        if not renewing:
            return
        answers = await link.ask(*(c for held in renewing for c in self._asking(held)))
        mine: list[Held] = []
        for number, held in enumerate(renewing):
            pending, stop, waits = answers[5 * number : 5 * number + 3]
            if isinstance(pending, Refused) and not pending.is_a("NOGROUP"):
                accepted([pending])
            if isinstance(stop, bytes):
                self._take_stop(stop)
            found = pending_in(pending)
            if found is None and held.finished:
                continue  # It was taken off by this worker, with the server's word on its way.
            if still_mine(found, held.deliveries):
                mine.append(held)
                sealed = self._options.seals.interest(held.order.package.delegation_id)
                interest = interest_in(waits, sealed, self.refusals)
                if not held.note_interest(interest, link.server_now_ms):
                    self._stop_for_nobody(held)
            else:
                self._lose(held)
        asked_s = self._clock.now_s()
        claimed = await link.ask(*(self._claiming(held, idle_ms=0) for held in mine))
        for held, kept in zip(mine, claimed, strict=True):
            if kept:
                held.confirmed_s = asked_s
            elif not held.finished:
                self._lose(held)

    def _stop_for_nobody(self, held: Held) -> None:
        logger.warning(
            "nobody waits any more for what is worked on; it is stopped",
            extra={"delegation_id": held.order.package.delegation_id},
        )
        held.withdraw()

    def _lose(self, held: Held) -> None:
        if self._held.of(held.order.package.delegation_id, held.attempt) is not held:
            return  # It has come to its end while it was asked after.
        logger.warning(
            "work was taken over by another worker, or has gone from the queue",
            extra={"delegation_id": held.order.package.delegation_id, "attempt": held.attempt},
        )
        self._held.lose(held)

    def _asking(self, held: Held) -> list[Command]:
        keys, delegation_id = self._place.keys, held.order.package.delegation_id
        return [
            asking_after(held.stream, held.entry_id),
            ("GET", keys.stop(delegation_id)),
            ("GET", keys.interest(delegation_id)),
            ("EXPIRE", keys.run(delegation_id, held.order.header.base_attempt), KEEP_S),
            ("EXPIRE", keys.log(delegation_id), held.keep_s),
        ]

    def _claiming(self, held: Held, *, idle_ms: int) -> Command:
        claim = ("XCLAIM", held.stream, GROUP, self._place.consumer, 0, held.entry_id)
        return (*claim, "IDLE", idle_ms, "JUSTID")

    async def _listen(self) -> None:
        """Hear at once what is no longer wanted, or newly needed; both is told again later."""
        await self._control.subscribe(self._place.keys.control, self._take_said)

    def _take_said(self, body: bytes) -> None:
        if body == LOOK_AGAIN:
            self._needs_may_be_new.set()
        else:
            self._take_stop(body)

    def _take_stop(self, body: bytes) -> None:
        try:
            self._held.stop(read_stop(body, self._options.seals.stops))
        except Unreadable as error:
            self.refusals.note(Purpose.STOP, error)
        self._something_to_send.set()

    async def _hand_back(self) -> None:
        """Send what is finished, and let other workers have the rest at once."""
        try:
            await self._send_of([h for h in self._held.all() if h.send_at_s is not None])
            lease_ms = round(1000 * self._options.lease_s)
            unfinished = [h for h in self._held.all() if not h.finished]
            await self._renew(unfinished, self._writer)
            left = [self._claiming(h, idle_ms=lease_ms) for h in unfinished if not h.lost]
            accepted(await self._writer.ask(*left))
            await self._leave()
        except LinkDown as down:
            if self.held:
                logger.warning("what was held is taken over when its lease ends: %s", down)

    async def _leave(self) -> None:
        """Take this consumer off the streams on which nothing is pending for it."""
        await self._writer.ask(("HDEL", self._place.keys.workers, self.consumer))
        streams, me = self._place.routes.known_streams, self._place.consumer
        mine = await self._writer.ask(*(("XPENDING", s, GROUP, "-", "+", 1, me) for s in streams))
        clear = [s for s, reply in zip(streams, mine, strict=True) if not list(rows(reply))]
        await self._writer.ask(*(("XGROUP", "DELCONSUMER", s, GROUP, me) for s in clear))
