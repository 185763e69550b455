"""How new packages come from Redis to one worker: no read is ever broken off."""

from collections.abc import Sequence

import anyio

from weft.background_agents.queues.held_work import Lanes
from weft.background_agents.queues.redis_admission import Admitting
from weft.background_agents.queues.redis_commands import Place
from weft.background_agents.queues.redis_link import (
    Command,
    Entry,
    Link,
    LinkDown,
    Refused,
    Reply,
    accepted,
    entries_read,
)
from weft.background_agents.queues.wire import GROUP

BLOCK_MS = 1_000
LAST_FIRST_EVERY = 8
"""Every so many rounds the least urgent packages come first, so that they come at all."""
UNBLOCK_AGAIN_S = 0.05


class Deliveries:
    """Reads packages for as long as somebody is free to work on them."""

    def __init__(self, place: Place, lanes: Lanes, admitting: Admitting, commands: Link) -> None:
        """Connect to nothing yet; `commands` is another link, to end a read."""
        self._place = place
        self._lanes = lanes
        self._admitting = admitting
        self._commands = commands
        self._reader = Link(place.options.url, place.clock, place.options.tls)
        self._reader_id: Reply = None
        self._reader_made = 0
        self._rounds = 0
        self._stopped_reading = anyio.Event()

    async def run(self) -> None:
        """Hand out packages until cancelled; no read is ever broken off."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._stop_reading_when_cancelled)
            # Whatever a read that was broken off had been given would be nobody's for a lease.
            with anyio.CancelScope(shield=True):
                await self._reader.persist(self._read, until=lambda: self._lanes.closed)
                self._stopped_reading.set()
                await self._reader.aclose()

    async def look_again(self) -> None:
        """Let a read that waits begin anew: there is something else to be read."""
        await self._unblock()

    async def _stop_reading_when_cancelled(self) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await self.stop()

    async def stop(self) -> None:
        """Hand out nothing more; return when what was on its way has been handed out."""
        self._lanes.close()
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
        if self._admitting.doubts_itself:
            # Else it would be the fastest of the pool, and set aside what the others could do.
            with anyio.move_on_after(self._place.options.lease_s):
                await self._lanes.wait_closed()
        if self._lanes.closed:
            return
        if self._reader.connections != self._reader_made or self._reader_id is None:
            [self._reader_id] = await self._reader.ask(("CLIENT", "ID"))
            self._reader_made = self._reader.connections
        found = await self._read_packages()
        if found:
            await self._admitting.deliver(found, self._reader)

    async def _read_packages(self) -> list[Entry]:
        """Wait for packages, for no more than are free; where it matters, the urgent ones first."""
        streams = self._place.routes.streams(self._rounds)
        free = self._admitting.most_of(max(1, self._lanes.free))
        # The count holds for each stream of a read.
        if free >= len(streams):
            return await self._read_new(streams, free // len(streams), BLOCK_MS)
        self._rounds += 1
        if self._rounds % LAST_FIRST_EVERY == 0:
            streams = streams[::-1]
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
            await self._make_groups(streams)
            return await self._read_new(streams, count, block_ms)
        if isinstance(reply, Refused) and reply.is_a("UNBLOCKED"):
            return []  # The stream was deleted while it was waited for.
        accepted([reply])
        return list(entries_read(reply))

    async def _make_groups(self, streams: Sequence[str]) -> None:
        # From the first entry on: what was submitted before there was a worker counts as well.
        made = await self._reader.ask(
            *(("XGROUP", "CREATE", s, GROUP, "0", "MKSTREAM") for s in streams)
        )
        accepted([r for r in made if not (isinstance(r, Refused) and r.is_a("BUSYGROUP"))])
