"""What can be seen of a pool on Redis from outside, and done about what was set aside.

It reads nobody's words: of a package it tells who asked, where it is and for how long.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from weft.background_agents.queues.needs import ANYBODY, Need, need_of
from weft.background_agents.queues.places import Keys, RedisOptions
from weft.background_agents.queues.redis_commands import (
    announcements,
    counting,
    depths_in,
    is_missing,
    needing,
    needs_in,
    number_in,
    rows,
)
from weft.background_agents.queues.redis_link import (
    Command,
    Entry,
    Link,
    Refused,
    Reply,
    accepted,
    entries,
)
from weft.background_agents.queues.wire import (
    GROUP,
    PRIORITIES,
    SILENT_AFTER_MS,
    Order,
    Unreadable,
    order_fields,
    priority_of,
    read_order,
)
from weft.clock import Clock
from weft.errors import InputError

LISTED: Final = 200
"""Most packages of a stream that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSeen:
    """A worker as it has announced itself."""

    name: str
    agents: tuple[str, ...]
    tools: tuple[str, ...]
    lanes: int
    held: int
    draining: bool
    up_s: float
    silent: bool
    """Whether it has said nothing for so long that it is taken for gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolStatus:
    """How one pool is at the moment."""

    pool: str
    waiting: tuple[int, ...]
    """Packages that nobody works on, by priority, the most urgent first."""
    running: int
    dead: int
    workers: tuple[WorkerSeen, ...]
    unmet: tuple[str, ...] = ()
    """What waiting packages need and no worker there has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPackage:
    """A package that is on the queue."""

    entry_id: str
    priority: int
    delegation_id: str
    """Empty for one that cannot be read."""
    session_id: str
    age_s: float
    worker: str | None
    """None while nobody works on it."""
    deliveries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A package that was set aside."""

    entry_id: str
    delegation_id: str
    session_id: str
    age_s: float
    why: str
    worker: str
    """Who has set it aside."""


@dataclass(frozen=True, slots=True)
class _Stream:
    """One stream of waiting packages."""

    name: str
    priority: int
    need: Need


class PoolInspection:
    """One pool, looked at over a connection of its own."""

    def __init__(self, options: RedisOptions, clock: Clock) -> None:
        """Connect to nothing yet."""
        self._keys = Keys(options.prefix, options.pool)
        self._seals = options.seals
        self._link = Link(options.url, clock, options.tls)

    async def status(self) -> PoolStatus:
        """Count what waits and what is worked on; raises LinkDown, as everything here does."""
        streams = await self._streams()
        replies = await self._link.ask(
            *counting([stream.name for stream in streams]),
            ("XLEN", self._keys.dead_letters),
            ("HGETALL", self._keys.workers),
        )
        *counted, dead, workers = replies
        depths = depths_in(counted)
        accepted([dead, workers])
        waiting = [0] * len(PRIORITIES)
        for stream, depth in zip(streams, depths, strict=True):
            waiting[stream.priority] += depth.waiting
        seen = tuple(self._seen(workers))
        there = [each for each in seen if not each.silent]
        wanted = {s.need for s, depth in zip(streams, depths, strict=True) if depth.waiting}
        unmet = [n for n in wanted if not any(n.met_by(each.agents, each.tools) for each in there)]
        return PoolStatus(
            pool=self._keys.pool,
            waiting=tuple(waiting),
            running=sum(depth.running for depth in depths),
            dead=number_in(dead),
            workers=seen,
            unmet=tuple(sorted(need.words for need in unmet)),
        )

    async def pending(self) -> list[OpenPackage]:
        """List what is on the queue, the most urgent first."""
        listed: list[OpenPackage] = []
        for stream in await self._streams():
            owned, there = await self._link.ask(
                ("XPENDING", stream.name, GROUP, "-", "+", LISTED),
                ("XRANGE", stream.name, "-", "+", "COUNT", LISTED),
            )
            accepted([there])
            if not is_missing(owned):
                accepted([owned])
            holders = dict(_holders(owned))
            for entry in entries(stream.name, there):
                worker, deliveries = holders.get(entry.entry_id, (None, 0))
                order = self._order(entry)
                listed.append(
                    OpenPackage(
                        entry_id=entry.entry_id.decode(),
                        priority=stream.priority,
                        delegation_id=order.package.delegation_id if order else "",
                        session_id=order.package.session_id if order else "",
                        age_s=self._age_s(entry),
                        worker=worker,
                        deliveries=deliveries,
                    )
                )
        return listed

    async def dead(self) -> list[DeadLetter]:
        """List what was set aside, the latest first."""
        dead_letters = self._keys.dead_letters
        [reply] = await self._link.ask(("XREVRANGE", dead_letters, "+", "-", "COUNT", LISTED))
        accepted([reply])
        return [self._letter(entry) for entry in entries(dead_letters, reply)]

    async def retry(self, entry_ids: Sequence[str]) -> int:
        """Put dead letters on the queue once more, as if nobody had tried; give how many.

        A conversation that was told of the failure does not listen any more, but the work is done.
        Raises InputError for one that is not there, or that nobody can read.
        """
        found = [await self._found(entry_id) for entry_id in entry_ids]
        orders = [self._readable(entry) for entry in found]
        for entry, order in zip(found, orders, strict=True):
            accepted(await self._link.ask(*self._resubmitting(entry, order)))
        return len(found)

    async def drop(self, entry_ids: Sequence[str]) -> int:
        """Throw dead letters away; raises InputError for one that is not there."""
        found = [await self._found(entry_id) for entry_id in entry_ids]
        dropping: list[Command] = [("XDEL", self._keys.dead_letters, e.entry_id) for e in found]
        accepted(await self._link.ask(*dropping))
        return len(found)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._link.aclose()

    async def _streams(self) -> list["_Stream"]:
        """Find all streams of waiting packages, the most urgent first."""
        [listed] = await self._link.ask(("HGETALL", self._keys.needs))
        accepted([listed])
        needs = [ANYBODY, *sorted((each for each, _ in needs_in(listed)), key=lambda n: n.label)]
        return [
            _Stream(need.stream(self._keys, priority), priority, need)
            for priority in PRIORITIES
            for need in needs
            if priority in need.priorities
        ]

    def _resubmitting(self, entry: Entry, order: Order) -> list[Command]:
        package, header = order.package, order.header
        delegation_id = package.delegation_id
        flags = (
            self._keys.run(delegation_id, header.base_attempt),
            # Nobody waits any more, and it is to be done all the same.
            self._keys.interest(delegation_id),
            self._keys.stop(delegation_id),
        )
        # Signed anew: the deadline is another, and the letter may be as old as it likes.
        now_ms = self._link.server_now_ms
        patient = header.model_copy(
            update={
                "deadline_ms": None,
                "submitted_ms": now_ms,
                "signed_ms": None if header.signed_ms is None else now_ms,
            }
        )
        fields = order_fields(patient, entry.fields[b"d"], self._seals.packages)
        need = need_of(package, header.agents)
        return [
            ("MULTI",),
            ("DEL", *flags),
            *needing(self._keys, need, self._link.server_now_ms),
            ("XADD", need.stream(self._keys, priority_of(package)), "*", *fields),
            ("XDEL", self._keys.dead_letters, entry.entry_id),
            ("EXEC",),
        ]

    async def _found(self, entry_id: str) -> Entry:
        dead_letters = self._keys.dead_letters
        [reply] = await self._link.ask(("XRANGE", dead_letters, entry_id, entry_id))
        if isinstance(reply, Refused) and "Invalid stream ID" in reply.text:
            reply = []
        accepted([reply])
        for entry in entries(dead_letters, reply):
            return entry
        raise InputError(
            f"there is no dead letter {entry_id!r} in pool {self._keys.pool!r}; "
            "`weft queue CONFIG dead` lists what there is"
        )

    def _seen(self, reply: Reply) -> Iterator[WorkerSeen]:
        now_ms = self._link.server_now_ms
        for name, said in sorted(announcements(reply), key=lambda each: each[0]):
            if said is not None:
                yield WorkerSeen(
                    name=name,
                    agents=said.agents,
                    tools=said.tools,
                    lanes=said.lanes,
                    held=said.held,
                    draining=said.draining,
                    up_s=(now_ms - said.since_ms) / 1000,
                    silent=now_ms - said.seen_ms > SILENT_AFTER_MS,
                )

    def _letter(self, entry: Entry) -> DeadLetter:
        order = self._order(entry)
        return DeadLetter(
            entry_id=entry.entry_id.decode(),
            delegation_id=order.package.delegation_id if order else "",
            session_id=order.package.session_id if order else "",
            age_s=self._age_s(entry),
            why=entry.fields.get(b"why", b"").decode(errors="replace"),
            worker=entry.fields.get(b"by", b"").decode(errors="replace"),
        )

    def _order(self, entry: Entry) -> Order | None:
        try:
            return self._readable(entry)
        except InputError:
            return None

    def _readable(self, entry: Entry) -> Order:
        """Read a package, with or without what was noted when it was set aside."""
        noted = (b"why", b"by")
        fields = {name: value for name, value in entry.fields.items() if name not in noted}
        try:
            return read_order(fields, self._seals.packages)
        except Unreadable as error:
            name = entry.entry_id.decode()
            raise InputError(f"{name} cannot be tried again, only dropped: {error}") from error

    def _age_s(self, entry: Entry) -> float:
        written_ms = int(entry.entry_id.partition(b"-")[0])
        return max(0.0, (self._link.server_now_ms - written_ms) / 1000)


def _holders(reply: Reply) -> Iterator[tuple[bytes, tuple[str, int]]]:
    for row in rows(reply):
        match row:
            case [bytes(entry_id), bytes(consumer), int(), int(deliveries)]:
                yield entry_id, (consumer.decode(), deliveries)
            case _:
                pass
