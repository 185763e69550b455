"""How packages come from Redis to one worker: new ones by reading, abandoned ones by reclaiming.

What is delivered is looked at before anybody works on it: a second copy, a package that nobody
wants any more, and one that has been the end of several workers do not get any further.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import anyio

from weft.background_agents.queues.held_work import Held, HeldWork, Lanes
from weft.background_agents.queues.leases import (
    RENEWALS,
    Admission,
    Pending,
    admission,
    attempt_of_failure,
)
from weft.background_agents.queues.redis_link import (
    Command,
    Entry,
    Link,
    LinkDown,
    Refused,
    Reply,
    accepted,
    entries,
    entries_read,
)
from weft.background_agents.queues.wire import (
    GROUP,
    PRIORITIES,
    Keys,
    Order,
    RedisOptions,
    Stop,
    Unreadable,
    Updates,
    read_order,
    read_stop,
    updates_fields,
)
from weft.clock import Clock, sleep_s

logger = logging.getLogger(__name__)

BLOCK_MS = 1_000
KEEP_S = 600
"""Seconds for which the server keeps what belongs to a delegation."""
REPLIES_KEPT = 10_000
REPLIES_KEEP_S = 3_600
DEAD_KEPT = 1_000
LAST_FIRST_EVERY = 8
"""Every so many rounds the least urgent packages come first, so that they come at all."""
LONGEST_SWEEP_S = 0.5
UNBLOCK_AGAIN_S = 0.05


@dataclass(frozen=True, slots=True)
class Place:
    """Which worker of which pool this is."""

    options: RedisOptions
    keys: Keys
    consumer: str
    clock: Clock

    @property
    def streams(self) -> list[str]:
        """The streams of waiting packages, the most urgent first."""
        return [self.keys.packages(priority) for priority in PRIORITIES]


class Deliveries:
    """Reads and reclaims packages for as long as somebody is free to work on them."""

    def __init__(self, place: Place, held: HeldWork, lanes: Lanes, commands: Link) -> None:
        """Connect to nothing yet; `commands` is for everything that does not wait for packages."""
        self._place = place
        self._held = held
        self._lanes = lanes
        self._commands = commands
        self._reader = Link(place.options.url, place.clock)
        self._reader_id: Reply = None
        self._reader_made = 0
        self._rounds = 0
        self._cursors: dict[str, bytes] = {}
        self._stopped_reading = anyio.Event()

    async def run(self) -> None:
        """Hand out packages until cancelled; no read is ever broken off."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._commands.persist, self._sweep)
            tasks.start_soon(self._stop_reading_when_cancelled)
            # Whatever a read that was broken off had been given would be nobody's for a lease.
            with anyio.CancelScope(shield=True):
                await self._reader.persist(self._read, until=lambda: self._lanes.closed)
                self._stopped_reading.set()
                await self._reader.aclose()

    async def _stop_reading_when_cancelled(self) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            self._lanes.close()
            with anyio.CancelScope(shield=True):
                while not self._stopped_reading.is_set():
                    await self._unblock()
                    with anyio.move_on_after(UNBLOCK_AGAIN_S):
                        await self._stopped_reading.wait()

    async def _unblock(self) -> None:
        if isinstance(self._reader_id, int):
            try:
                await self._commands.ask(("CLIENT", "UNBLOCK", self._reader_id), wait_s=0.5)
            except LinkDown:
                return  # Then the read ends by its own time limit.

    async def _read(self) -> None:
        """Wait for somebody who is free, and for a package."""
        await self._lanes.wanted()
        if self._lanes.closed:
            return
        if self._reader.connections != self._reader_made or self._reader_id is None:
            [self._reader_id] = await self._reader.ask(("CLIENT", "ID"))
            self._reader_made = self._reader.connections
        found = await self._read_packages()
        if found:
            await self._admit(found, self._reader)

    async def _read_packages(self) -> list[Entry]:
        """Wait for packages, for no more than are free; where it matters, the urgent ones first."""
        streams, free = self._place.streams, max(1, self._lanes.free)
        # The count holds for each stream of a read.
        if free >= len(streams):
            return await self._read_new(streams, free // len(streams), BLOCK_MS)
        self._rounds += 1
        if self._rounds % LAST_FIRST_EVERY == 0:
            streams.reverse()
        for stream in streams:
            found = await self._read_new([stream], free)
            if found:
                return found
        return await self._read_new(streams, 1, BLOCK_MS)

    async def _read_new(
        self, streams: Sequence[str], count: int, block_ms: int | None = None
    ) -> list[Entry]:
        waiting: Command = () if block_ms is None else ("BLOCK", block_ms)
        group = ("XREADGROUP", "GROUP", GROUP, self._place.consumer, "COUNT", count)
        command = (*group, *waiting, "STREAMS", *streams, *(">" for _ in streams))
        [reply] = await self._reader.ask(command, wait_s=BLOCK_MS / 1000 + 2.0)
        if isinstance(reply, Refused) and reply.is_a("NOGROUP"):
            await self._make_groups()
            return []
        if isinstance(reply, Refused) and reply.is_a("UNBLOCKED"):
            return []  # The stream was deleted while it was waited for.
        accepted([reply])
        return list(entries_read(reply))

    async def _make_groups(self) -> None:
        # From the first entry on: what was submitted before there was a worker counts as well.
        made = await self._reader.ask(
            *(("XGROUP", "CREATE", s, GROUP, "0", "MKSTREAM") for s in self._place.streams)
        )
        accepted([r for r in made if not (isinstance(r, Refused) and r.is_a("BUSYGROUP"))])

    async def _sweep(self) -> None:
        """Take over what nobody has renewed for a lease; one worker of the pool at a time."""
        options, keys = self._place.options, self._place.keys
        pause_s = min(options.lease_s / RENEWALS, LONGEST_SWEEP_S)
        await sleep_s(self._place.clock, pause_s)
        if self._lanes.free <= 0:
            return
        pause_ms = round(1000 * pause_s)
        [got] = await self._commands.ask(
            ("SET", keys.sweeping, self._place.consumer, "NX", "PX", pause_ms)
        )
        accepted([got])
        if got is None:
            return
        for stream in self._place.streams:
            await self._reclaim(stream)

    async def _reclaim(self, stream: str) -> None:
        place = self._place
        lease_ms = round(1000 * place.options.lease_s)
        cursor = self._cursors.get(stream, b"0-0")
        count = ("COUNT", max(1, self._lanes.free))
        claim = ("XAUTOCLAIM", stream, GROUP, place.consumer, lease_ms, cursor, *count)
        [reply] = await self._commands.ask(claim)
        if isinstance(reply, Refused) and reply.is_a("NOGROUP"):
            return
        accepted([reply])
        match reply:
            case [bytes(cursor), [*claimed], *_]:
                self._cursors[stream] = cursor
                found = list(entries(stream, claimed))
                if found:
                    await self._admit(found, self._commands)
                if len(found) < len(claimed):
                    await self._clean(stream)
            case _:
                pass

    async def _clean(self, stream: str) -> None:
        """Take off what was deleted while it was pending: a server of 6.2 leaves that to others."""
        of_mine = ("XPENDING", stream, GROUP, "-", "+", 100, self._place.consumer)
        [mine] = await self._commands.ask(of_mine)
        ids = [each[0] for each in _rows(mine) if isinstance(each[0], bytes)]
        there = await self._commands.ask(*(("XRANGE", stream, i, i) for i in ids))
        gone = [i for i, reply in zip(ids, there, strict=True) if not reply]
        if gone:
            accepted(await self._commands.ask(("XACK", stream, GROUP, *gone)))

    async def _admit(self, found: Sequence[Entry], link: Link) -> None:
        """Look at what was delivered, and hand out what is to be worked on."""
        place = self._place
        orders: list[tuple[Entry, Order]] = []
        settling: list[Command] = []
        for entry in found:
            try:
                orders.append((entry, read_order(entry.fields)))
            except Unreadable as error:
                logger.warning("a package was set aside: %s", error)
                settling += self._dead_letter(entry, str(error))
        asked_s = place.clock.now_s()
        looked = await link.ask(*(c for each in orders for c in self._looking(*each)))
        accepted(looked)
        working: list[Held] = []
        for number, (entry, order) in enumerate(orders):
            _, run, stop, listed = looked[4 * number : 4 * number + 4]
            pending = pending_in(listed)
            decided = admission(
                order,
                pending,
                consumer=place.consumer,
                stands_for_it=run == entry.entry_id,
                stop=_stop_in(stop),
                now_ms=link.server_now_ms,
                options=place.options,
            )
            match decided:
                case Admission.DROP:
                    settling += finishing(entry.stream, entry.entry_id)
                case Admission.GIVE_UP:
                    settling += self._giving_up(entry, order)
                case Admission.WORK if pending is not None:
                    held = _held(entry, order, pending, asked_s, link.server_now_ms)
                    working.append(held)
                    if pending.deliveries > 1:
                        settling += self.publishing(held.order, held.announcement())
                case _:
                    pass
        if settling:
            accepted(await link.ask(*settling))
        for held in working:
            self._held.add(held)
            self._lanes.give(held)

    def _looking(self, entry: Entry, order: Order) -> Iterator[Command]:
        keys, delegation_id = self._place.keys, order.package.delegation_id
        run = keys.run(delegation_id, order.header.base_attempt)
        yield ("SET", run, entry.entry_id, "NX", "EX", KEEP_S)
        yield ("GET", run)
        yield ("GET", keys.stop(delegation_id))
        yield asking_after(entry.stream, entry.entry_id)

    def publishing(self, order: Order, updates: Updates) -> list[Command]:
        """Give what brings updates to the session, and keeps them for who missed them."""
        replies = self._place.keys.replies(order.header.gateway_id)
        log = self._place.keys.log(order.package.delegation_id)
        fields = updates_fields(updates)
        return [
            ("XADD", replies, "MAXLEN", "~", REPLIES_KEPT, "*", *fields),
            ("EXPIRE", replies, REPLIES_KEEP_S),
            ("XADD", log, "MAXLEN", "~", REPLIES_KEPT, "*", *fields),
            ("EXPIRE", log, KEEP_S),
        ]

    def _giving_up(self, entry: Entry, order: Order) -> list[Command]:
        most = self._place.options.deliveries
        reason = f"the work was begun {most} times, and none of them came to its end"
        logger.warning(
            "a package was set aside: %s",
            reason,
            extra={"delegation_id": order.package.delegation_id},
        )
        attempt = attempt_of_failure(order.header.base_attempt, self._place.options)
        deliveries = attempt - order.header.base_attempt
        last = Held(entry.stream, entry.entry_id, order, deliveries, 0.0, None)
        last.add(last.failure(reason, 0))
        message = last.next_message()
        assert message is not None
        return [*self.publishing(order, message), *self._dead_letter(entry, reason)]

    def _dead_letter(self, entry: Entry, reason: str) -> list[Command]:
        fields = [part for pair in entry.fields.items() for part in pair]
        why = ("why", reason, "by", self._place.consumer)
        dead = self._place.keys.dead_letters
        letter: Command = ("XADD", dead, "MAXLEN", "~", DEAD_KEPT, "*", *fields, *why)
        return [letter, *finishing(entry.stream, entry.entry_id)]


def finishing(stream: str, entry_id: bytes) -> list[Command]:
    """Give what takes a package off the queue."""
    return [("MULTI",), ("XACK", stream, GROUP, entry_id), ("XDEL", stream, entry_id), ("EXEC",)]


def asking_after(stream: str, entry_id: bytes) -> Command:
    """Give what asks who has a package, and for which time."""
    return ("XPENDING", stream, GROUP, entry_id, entry_id, 1)


def pending_in(reply: Reply) -> Pending | None:
    """Read the answer to that; None when the package is nobody's."""
    for row in _rows(reply):
        match row:
            case [_, bytes(consumer), int(idle_ms), int(deliveries)]:
                return Pending(consumer.decode(), idle_ms, deliveries)
            case _:
                pass
    return None


def _rows(reply: Reply) -> Iterator[Sequence[Reply]]:
    for row in reply if isinstance(reply, list) else ():
        if isinstance(row, list):
            yield row


def _stop_in(reply: Reply) -> Stop | None:
    if not isinstance(reply, bytes):
        return None
    try:
        return read_stop(reply)
    except Unreadable as error:
        logger.warning("a stop signal was dropped: %s", error)
        return None


def _held(entry: Entry, order: Order, pending: Pending, asked_s: float, now_ms: int) -> Held:
    due_s: float | None = None
    if order.header.deadline_ms is not None and pending.deliveries == 1:
        due_s = asked_s + (order.header.deadline_ms - now_ms) / 1000
    confirmed_s = asked_s - pending.idle_ms / 1000
    return Held(entry.stream, entry.entry_id, order, pending.deliveries, confirmed_s, due_s)
