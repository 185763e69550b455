"""What was delivered is looked at before anybody works on it.

A second copy, a package that nobody wants any more, and one that has been the end of several
workers do not get any further.
"""

import logging
from collections.abc import Sequence

import anyio
import anyio.lowlevel

from weft.background_agents.queues.held_work import Held, HeldWork, Lanes
from weft.background_agents.queues.leases import (
    Admission,
    Pending,
    admission,
    attempt_of_failure,
)
from weft.background_agents.queues.redis_commands import Place, finishing, pending_in
from weft.background_agents.queues.redis_link import Command, Entry, Link, Reply, accepted
from weft.background_agents.queues.wire import Order, Stop, Unreadable, read_order, read_stop

logger = logging.getLogger(__name__)


class Admitting:
    """Hands out what is to be worked on, and settles the rest."""

    def __init__(self, place: Place, held: HeldWork, lanes: Lanes) -> None:
        """Hand out to `lanes` what is then in `held`."""
        self._place = place
        self._held = held
        self._lanes = lanes

    async def admit(self, found: Sequence[Entry], link: Link) -> None:
        """Look at what was delivered, and hand out what is to be worked on."""
        place = self._place
        orders: list[tuple[Entry, Order]] = []
        settling: list[Command] = []
        for entry in found:
            try:
                orders.append((entry, read_order(entry.fields)))
            except Unreadable as error:
                logger.warning("a package was set aside: %s", error)
                settling += place.dead_letter(entry, str(error))
        asked_s = place.clock.now_s()
        looked = await link.ask(*(c for each in orders for c in place.looking(*each)))
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
                    most = place.options.deliveries
                    reason = f"the work was begun {most} times, and none of them came to its end"
                    settling += self._giving_up(entry, order, reason)
                case Admission.WORK if pending is not None:
                    held = _held(entry, order, pending, asked_s, link.server_now_ms)
                    working.append(held)
                    if pending.deliveries > 1:
                        settling += place.publishing(held.order, held.announcement())
                case _:
                    pass
        if settling:
            accepted(await link.ask(*settling))
        for held in working:
            self._held.add(held)
            self._lanes.give(held)
        # Let them begin before the next read is sent, which takes as long as all of this.
        await anyio.lowlevel.checkpoint()

    def _giving_up(self, entry: Entry, order: Order, reason: str) -> list[Command]:
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
        return [*self._place.publishing(order, message), *self._place.dead_letter(entry, reason)]


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
