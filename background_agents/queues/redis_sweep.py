"""Takes over what nobody has renewed for a lease, and tidies up; one worker of a pool at a time."""

import math
from collections.abc import Iterator, Sequence

from weft.background_agents.queues.held_work import HeldWork, Lanes
from weft.background_agents.queues.leases import RENEWALS, is_suspect, to_take_over
from weft.background_agents.queues.redis_admission import Admitting
from weft.background_agents.queues.redis_commands import (
    Place,
    announcements,
    needs_in,
    rows,
)
from weft.background_agents.queues.redis_link import Link, Refused, Reply, accepted, entries
from weft.background_agents.queues.wire import GROUP, NEEDS_KEPT_S, is_there
from weft.clock import sleep_s

LONGEST_PAUSE_S = 0.3
PAUSE_WHEN_SOME_ARE_LEFT_S = 0.05
LOOKED_AT = 1_000
"""Most abandoned packages that are looked at in one go: the oldest."""
LOCKED_FOR = 0.8
"""Part of a pause for which others stay away, so that none of them misses its own turn."""
TIDY_EVERY_S = 60.0
GONE_AFTER_MS = 3_600_000
"""A consumer that has not asked for anything for so long is a worker that ended."""


class Sweeper:
    """Looks again and again for abandoned work."""

    def __init__(
        self, place: Place, held: HeldWork, lanes: Lanes, admitting: Admitting, link: Link
    ) -> None:
        """Take over what is then in `held`, when one of the `lanes` is free."""
        self._place = place
        self._held = held
        self._lanes = lanes
        self._admitting = admitting
        self._commands = link
        self._left_some = False
        """Whether there was more in the last round than could be taken over."""
        self._tidied_s = -math.inf

    async def sweep(self) -> None:
        """Take over what nobody has renewed for a lease; one worker of the pool at a time."""
        options, keys = self._place.options, self._place.keys
        longest_s = PAUSE_WHEN_SOME_ARE_LEFT_S if self._left_some else LONGEST_PAUSE_S
        pause_s = min(options.lease_s / RENEWALS, longest_s)
        await sleep_s(self._place.clock, pause_s)
        if self._lanes.free <= 0 or self._admitting.doubts_itself:
            return
        locked_ms = round(1000 * LOCKED_FOR * pause_s)
        needs, me = self._place.routes.needs, self._place.consumer
        # One for each need: who looks after the others could not take these over.
        got = await self._commands.ask(
            *(("SET", need.lock(keys), me, "NX", "PX", locked_ms) for need in needs)
        )
        accepted(got)
        mine = [need for need, locked in zip(needs, got, strict=True) if locked is not None]
        if not mine:
            return
        self._left_some = False
        for stream in (stream for need in mine for stream in need.streams(keys)):
            if self._admitting.doubts_itself:
                return
            await self._reclaim(stream)
        await self._tidy()

    async def _reclaim(self, stream: str) -> None:
        place = self._place
        lease_ms = round(1000 * place.options.lease_s)
        idle = ("XPENDING", stream, GROUP, "IDLE", lease_ms, "-", "+", LOOKED_AT)
        [reply] = await self._commands.ask(idle)
        if isinstance(reply, Refused) and reply.is_a("NOGROUP"):
            return
        accepted([reply])
        abandoned = list(_deliveries_so_far(reply))
        most = place.options.deliveries
        ids = to_take_over(
            abandoned,
            free=self._admitting.most_of(self._lanes.free),
            has_suspect=any(is_suspect(each.deliveries, most) for each in self._held.all()),
            most=most,
        )
        self._left_some |= len(ids) < len(abandoned)
        if not ids:
            return
        # Whatever was renewed since then is not claimed.
        [claimed] = await self._commands.ask(
            ("XCLAIM", stream, GROUP, place.consumer, lease_ms, *ids)
        )
        accepted([claimed])
        found = list(entries(stream, claimed))
        if found:
            await self._admitting.admit(found, self._commands)
        if len(found) < len(ids):
            await self._clean(stream)

    async def _clean(self, stream: str) -> None:
        """Take off what was deleted while it was pending: a server of 6.2 leaves that to others."""
        of_mine = ("XPENDING", stream, GROUP, "-", "+", 100, self._place.consumer)
        [mine] = await self._commands.ask(of_mine)
        ids = [each[0] for each in rows(mine) if isinstance(each[0], bytes)]
        there = await self._commands.ask(*(("XRANGE", stream, i, i) for i in ids))
        gone = [i for i, reply in zip(ids, there, strict=True) if not reply]
        if gone:
            accepted(await self._commands.ask(("XACK", stream, GROUP, *gone)))

    async def _tidy(self) -> None:
        """Forget workers that ended long ago and have nothing any more."""
        if self._place.clock.now_s() - self._tidied_s < TIDY_EVERY_S:
            return
        self._tidied_s = self._place.clock.now_s()
        streams = self._place.routes.streams()
        known = await self._commands.ask(*(("XINFO", "CONSUMERS", s, GROUP) for s in streams))
        gone = [
            ("XGROUP", "DELCONSUMER", stream, GROUP, name)
            for stream, reply in zip(streams, known, strict=True)
            for row in rows(reply)
            if (name := _name_if_gone(row)) is not None
        ]
        accepted(await self._commands.ask(*gone))
        await self._forget_silent_workers()
        await self._forget_needs()

    async def _forget_silent_workers(self) -> None:
        """Take off the list who was killed and could not do it."""
        workers = self._place.keys.workers
        [listed] = await self._commands.ask(("HGETALL", workers))
        now_ms = self._commands.server_now_ms
        silent = [name for name, seen in announcements(listed) if not is_there(seen, now_ms)]
        if silent:
            accepted(await self._commands.ask(("HDEL", workers, *silent)))

    async def _forget_needs(self) -> None:
        """Forget what no package has needed for long; who still waits for it says so again."""
        keys = self._place.keys
        [listed] = await self._commands.ask(("HGETALL", keys.needs))
        long_ago_ms = self._commands.server_now_ms - 1000 * NEEDS_KEPT_S
        old = [need for need, seen_ms in needs_in(listed) if seen_ms < long_ago_ms]
        for need in old:
            left = await self._commands.ask(*(("XLEN", stream) for stream in need.streams(keys)))
            accepted(left)
            if not any(left):
                await self._commands.ask(("HDEL", keys.needs, need.label))


def _deliveries_so_far(reply: Reply) -> Iterator[tuple[bytes, int]]:
    for row in rows(reply):
        match row:
            case [bytes(entry_id), _, _, int(deliveries)]:
                yield entry_id, deliveries
            case _:
                pass


def _name_if_gone(row: Sequence[Reply]) -> bytes | None:
    match dict(zip(row[::2], row[1::2], strict=True)):
        case {b"name": bytes(name), b"pending": 0, b"idle": int(idle_ms)}:
            return name if idle_ms > GONE_AFTER_MS else None
        case _:
            return None
