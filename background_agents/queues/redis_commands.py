"""What a worker says to Redis, and how it reads the answers: commands as values. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from weft.background_agents.queues.leases import Pending
from weft.background_agents.queues.redis_link import Command, Entry, Refused, Reply, accepted
from weft.background_agents.queues.wire import (
    GROUP,
    KEEP_S,
    PRIORITIES,
    Announcement,
    Keys,
    Order,
    RedisOptions,
    Unreadable,
    Updates,
    read_announcement,
    updates_fields,
)
from weft.clock import Clock

REPLIES_KEPT: Final = 10_000
REPLIES_KEEP_S: Final = 3_600
DEAD_KEPT: Final = 1_000


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

    def looking(self, entry: Entry, order: Order) -> list[Command]:
        """Give what tells whether a package that was delivered is to be worked on."""
        delegation_id = order.package.delegation_id
        run = self.keys.run(delegation_id, order.header.base_attempt)
        return [
            ("SET", run, entry.entry_id, "NX", "EX", KEEP_S),
            ("GET", run),
            ("GET", self.keys.stop(delegation_id)),
            asking_after(entry.stream, entry.entry_id),
        ]

    def publishing(self, order: Order, updates: Updates) -> list[Command]:
        """Give what brings updates to the session, and keeps them for who missed them."""
        replies = self.keys.replies(order.header.gateway_id)
        log = self.keys.log(order.package.delegation_id)
        # One signature serves both: who reads the log is who reads the stream.
        seal = self.options.seals.updates(order.header.gateway_id)
        fields = updates_fields(updates, seal)
        return [
            ("XADD", replies, "MAXLEN", "~", REPLIES_KEPT, "*", *fields),
            ("EXPIRE", replies, REPLIES_KEEP_S),
            ("XADD", log, "MAXLEN", "~", REPLIES_KEPT, "*", *fields),
            ("EXPIRE", log, KEEP_S),
        ]

    def dead_letter(self, entry: Entry, reason: str) -> list[Command]:
        """Give what sets a package aside."""
        fields = [part for pair in entry.fields.items() for part in pair]
        why = ("why", reason, "by", self.consumer)
        dead = self.keys.dead_letters
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
