"""What a worker says to Redis, and how it reads the answers: commands as values. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from weft.background_agents.queues.leases import Pending
from weft.background_agents.queues.needs import ANYBODY, Need, Routes, need_named
from weft.background_agents.queues.places import KEEP_S, Keys, RedisOptions
from weft.background_agents.queues.redis_link import Command, Entry, Refused, Reply, accepted
from weft.background_agents.queues.refusals import Refusals
from weft.background_agents.queues.signing import Purpose, Seal
from weft.background_agents.queues.wire import (
    GROUP,
    NEEDS_KEPT_S,
    Announcement,
    Interest,
    Order,
    Unreadable,
    Updates,
    read_announcement,
    read_interest,
    updates_fields,
)
from weft.clock import Clock

REPLIES_KEPT: Final = 10_000
REPLIES_KEEP_S: Final = 3_600
DEAD_KEPT: Final = 1_000
MOMENT_LIMIT_DIGITS: Final = 15
"""Of milliseconds by the server's clock; a number can be too long to be read."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which worker of which pool this is."""

    options: RedisOptions
    keys: Keys
    consumer: str
    clock: Clock
    routes: Routes
    """Which streams of waiting packages it reads."""

    def looking(self, entry: Entry, order: Order) -> list[Command]:
        """Give what tells whether a package that was delivered is to be worked on."""
        delegation_id = order.package.delegation_id
        run = self.keys.run(delegation_id, order.header.base_attempt)
        return [
            ("SET", run, entry.entry_id, "NX", "EX", KEEP_S),
            ("GET", run),
            ("GET", self.keys.stop(delegation_id)),
            asking_after(entry.stream, entry.entry_id),
            ("GET", self.keys.interest(delegation_id)),
        ]

    def publishing(self, order: Order, updates: Updates, keep_s: int = KEEP_S) -> list[Command]:
        """Give what brings updates to the session, and keeps them for who missed them."""
        replies = self.keys.replies(order.header.gateway_id)
        log = self.keys.log(order.package.delegation_id)
        # Each is signed for its place: another gateway than this one may go on with the log.
        told = updates_fields(updates, self.options.seals.updates(replies))
        kept = updates_fields(updates, self.options.seals.updates(log))
        return [
            ("XADD", replies, "MAXLEN", "~", REPLIES_KEPT, "*", *told),
            ("EXPIRE", replies, REPLIES_KEEP_S),
            ("XADD", log, "MAXLEN", "~", REPLIES_KEPT, "*", *kept),
            ("EXPIRE", log, keep_s),
        ]

    def dead_letter(self, entry: Entry, reason: str) -> list[Command]:
        """Give what sets a package aside."""
        fields = [part for pair in entry.fields.items() for part in pair]
        why = ("why", reason, "by", self.consumer)
        dead = self.keys.dead_letters
        letter: Command = ("XADD", dead, "MAXLEN", "~", DEAD_KEPT, "*", *fields, *why)
        return [letter, *finishing(entry.stream, entry.entry_id)]

    def handing_on(self, entry: Entry, deliveries: int) -> Command:
        """Give what frees a package at once for a worker that can do it, as if not delivered here.

        `deliveries` is how many the server has counted, this one included.
        """
        lease_ms = round(1000 * self.options.lease_s)
        claim: Command = ("XCLAIM", entry.stream, GROUP, self.consumer, 0, entry.entry_id)
        return (*claim, "IDLE", lease_ms, "RETRYCOUNT", deliveries - 1, "JUSTID")


def finishing(stream: str, entry_id: bytes) -> list[Command]:
    """Give what takes a package off the queue."""
    return [("MULTI",), ("XACK", stream, GROUP, entry_id), ("XDEL", stream, entry_id), ("EXEC",)]


def asking_after(stream: str, entry_id: bytes) -> Command:
    """Give what asks who has a package, and for which time."""
    return ("XPENDING", stream, GROUP, entry_id, entry_id, 1)


def pending_in(reply: Reply) -> Pending | None:
    """Read the answer to that; None when the package is nobody's."""
    for row in rows(reply):
        match row:
            case [_, bytes(consumer), int(idle_ms), int(deliveries)]:
                return Pending(consumer.decode(), idle_ms, deliveries)
            case _:
                pass
    return None


def announcements(reply: Reply) -> Iterator[tuple[str, Announcement | None]]:
    """Read the answer to HGETALL: workers by name, with None for what cannot be read."""
    listed = [each for each in reply if isinstance(each, bytes)] if isinstance(reply, list) else []
    for name, body in zip(listed[::2], listed[1::2], strict=True):
        try:
            yield name.decode(), read_announcement(body)
        except Unreadable:
            yield name.decode(), None


def needing(keys: Keys, need: Need, now_ms: int) -> list[Command]:
    """Give what tells the workers of a pool that packages with a need may come."""
    if need == ANYBODY:
        return []
    return [("HSET", keys.needs, need.label, now_ms), ("EXPIRE", keys.needs, NEEDS_KEPT_S)]


def needs_in(reply: Reply) -> Iterator[tuple[Need, int]]:
    """Read what packages of a pool need, and when that was last said; passes over the rest."""
    listed = [each for each in reply if isinstance(each, bytes)] if isinstance(reply, list) else []
    for label, said in zip(listed[::2], listed[1::2], strict=True):
        need = need_named(label.decode(errors="replace"))
        if need is not None and said.isdigit() and len(said) <= MOMENT_LIMIT_DIGITS:
            yield need, int(said)


def interest_in(reply: Reply, seal: Seal, refusals: Refusals) -> Interest | None:
    """Read who waits for a delegation; None when nobody does, or it is not to be believed."""
    if not isinstance(reply, bytes):
        return None
    try:
        return read_interest(reply, seal)
    except Unreadable as error:
        refusals.note(Purpose.INTEREST, error)
        return None


def rows(reply: Reply) -> Iterator[Sequence[Reply]]:
    """Give the rows of a reply that is a table."""
    for row in reply if isinstance(reply, list) else ():
        if isinstance(row, list):
            yield row


@dataclass(frozen=True, slots=True)
class Depth:
    """How many packages of one stream wait, and how many are worked on."""

    waiting: int
    running: int


def counting(streams: Sequence[str]) -> list[Command]:
    """Give what asks for the depth of streams."""
    lengths: list[Command] = [("XLEN", stream) for stream in streams]
    return [*lengths, *(("XPENDING", stream, GROUP) for stream in streams)]


def depths_in(replies: Sequence[Reply]) -> list[Depth]:
    """Read the answers to that; raises LinkDown. What has ended is off the stream."""
    half = len(replies) // 2
    accepted([reply for reply in replies if not is_missing(reply)])
    depths = []
    for length, pending in zip(replies[:half], replies[half:], strict=True):
        running = number_in(pending[0]) if isinstance(pending, list) and pending else 0
        depths.append(Depth(max(0, number_in(length) - running), running))
    return depths


def is_missing(reply: Reply) -> bool:
    """Say whether there is no such stream yet, or no worker was ever there."""
    return isinstance(reply, Refused) and reply.is_a("NOGROUP")


def number_in(reply: Reply) -> int:
    """Read a number; 0 for anything else."""
    return reply if isinstance(reply, int) else 0
