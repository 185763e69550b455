"""One worker of a pool counts what waits, for all gateways, and tells them when it matters."""

from weft.background_agents.queues.depths import COUNT_EVERY_S, COUNTER_KEEPS_S, Telling
from weft.background_agents.queues.places import KEEP_S
from weft.background_agents.queues.redis_commands import Place, counting, depths_in
from weft.background_agents.queues.redis_link import Link, accepted
from weft.clock import sleep_s


class Counter:
    """Counts for as long as no other worker does."""

    def __init__(self, place: Place, link: Link) -> None:
        """Be none of those who count yet."""
        self._place = place
        self._commands = link
        self._telling: Telling | None = None
        """None while another worker counts."""

    async def count(self) -> None:
        """Count once if it is for this worker to do, and tell what is new."""
        await sleep_s(self._place.clock, COUNT_EVERY_S)
        if not await self._is_the_one():
            self._telling = None
            return
        if self._telling is None:
            self._telling = Telling()
        counted = await self._commands.ask(*counting(self._place.routes.known_streams))
        waiting = sum(depth.waiting for depth in depths_in(counted))
        news = self._telling.news(waiting, self._place.clock.now_s())
        if news is not None:
            await self._tell(news)

    async def _is_the_one(self) -> bool:
        lock, me = self._place.keys.counting, self._place.consumer
        keep_ms = round(1000 * COUNTER_KEEPS_S)
        got = await self._commands.ask(("SET", lock, me, "NX", "PX", keep_ms), ("GET", lock))
        accepted(got)
        if got[1] != me.encode():
            return False
        # Once more, for it may be the old one: who counts goes on with it.
        accepted(await self._commands.ask(("SET", lock, me, "XX", "PX", keep_ms)))
        return True

    async def _tell(self, waiting: int) -> None:
        depth = self._place.keys.depth
        try:
            accepted(
                await self._commands.ask(
                    ("XADD", depth, "MAXLEN", 1, "*", "waiting", waiting),
                    ("EXPIRE", depth, KEEP_S),
                )
            )
        except BaseException:
            # Nobody knows whether it has arrived: it is told anew.
            self._telling = None
            raise
