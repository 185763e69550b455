"""Takes over what nobody has renewed for a lease, and tidies up; one worker of a pool at a time."""

import math
from collections.abc import Sequence

from weft.background_agents.queues.held_work import Lanes
from weft.background_agents.queues.leases import RENEWALS
from weft.background_agents.queues.redis_admission import Admitting
from weft.background_agents.queues.redis_commands import Place, announcements, rows
from weft.background_agents.queues.redis_link import Link, Refused, Reply, accepted, entries
from weft.background_agents.queues.wire import GROUP, is_there
from weft.clock import sleep_s

LONGEST_PAUSE_S = 0.3
LOCKED_FOR = 0.8
"""Part of a pause for which others stay away, so that none of them misses its own turn."""
TIDY_EVERY_S = 60.0
GONE_AFTER_MS = 3_600_000
"""A consumer that has not asked for anything for so long is a worker that ended."""


class Sweeper:
    """Looks again and again for abandoned work."""

    def __init__(self, place: Place, lanes: Lanes, admitting: Admitting, link: Link) -> None:
        """Begin at the beginning."""
        self._place = place
        self._lanes = lanes
        self._admitting = admitting
        self._commands = link
        self._cursors: dict[str, bytes] = {}
        self._tidied_s = -math.inf

    async def sweep(self) -> None:
        """Take over what nobody has renewed for a lease; one worker of the pool at a time."""
        options, keys = self._place.options, self._place.keys
        pause_s = min(options.lease_s / RENEWALS, LONGEST_PAUSE_S)
        await sleep_s(self._place.clock, pause_s)
        if self._lanes.free <= 0:
            return
        locked_ms = round(1000 * LOCKED_FOR * pause_s)
        [got] = await self._commands.ask(
            ("SET", keys.sweeping, self._place.consumer, "NX", "PX", locked_ms)
        )
        accepted([got])
        if got is None:
            return
        for stream in self._place.streams:
            await self._reclaim(stream)
        await self._tidy()

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
                    await self._admitting.admit(found, self._commands)
                if len(found) < len(claimed):
                    await self._clean(stream)
            case _:
                pass

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
        streams = self._place.streams
        known = await self._commands.ask(*(("XINFO", "CONSUMERS", s, GROUP) for s in streams))
        gone = [
            ("XGROUP", "DELCONSUMER", stream, GROUP, name)
            for stream, reply in zip(streams, known, strict=True)
            for row in rows(reply)
            if (name := _name_if_gone(row)) is not None
        ]
        accepted(await self._commands.ask(*gone))
        await self._forget_silent_workers()

    async def _forget_silent_workers(self) -> None:
        """Take off the list who was killed and could not do it."""
        workers = self._place.keys.workers
        [listed] = await self._commands.ask(("HGETALL", workers))
        now_ms = self._commands.server_now_ms
        silent = [name for name, seen in announcements(listed) if not is_there(seen, now_ms)]
        if silent:
            accepted(await self._commands.ask(("HDEL", workers, *silent)))


def _name_if_gone(row: Sequence[Reply]) -> bytes | None:
    match dict(zip(row[::2], row[1::2], strict=True)):
        case {b"name": bytes(name), b"pending": 0, b"idle": int(idle_ms)}:
            return name if idle_ms > GONE_AFTER_MS else None
        case _:
            return None
