"""What was delivered is looked at: by its reader at once, and by the server while work begins.

A second copy, a package that nobody wants any more, and one that has been the end of several
workers do not get any further. What is delivered for the first time is begun before the server has
answered, for nearly always it is to be worked on: but not a word about it is sent until then.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import anyio
import anyio.lowlevel

from weft.background_agents.queues.held_work import Held, HeldWork, Lanes
from weft.background_agents.queues.leases import (
    Admission,
    Pending,
    admission,
    attempt_of_failure,
    may_begin_at_once,
)
from weft.background_agents.queues.needs import refuse_misplaced
from weft.background_agents.queues.redis_commands import (
    Place,
    asking_after,
    finishing,
    interest_in,
    pending_in,
)
from weft.background_agents.queues.redis_link import Command, Entry, Link, Reply, accepted
from weft.background_agents.queues.refusals import Refusals
from weft.background_agents.queues.signing import Purpose, Reason
from weft.background_agents.queues.wire import (
    Order,
    Stop,
    Unreadable,
    read_order,
    read_stop,
    refuse_old,
)

logger = logging.getLogger(__name__)

_MAY_BE_THIS_WORKER = (Reason.UNSIGNED, Reason.NO_KEY, Reason.UNKNOWN_KEY)
"""Why a package is not believed, where it may be this worker that lacks the keys of the others."""
_Begun = dict[bytes, Held]
"""By entry, what was begun before the server has said whether it is to be worked on."""


class Admitting:
    """Hands out what is to be worked on, and settles the rest."""

    def __init__(
        self,
        place: Place,
        held: HeldWork,
        lanes: Lanes,
        refusals: Refusals,
        look_what_to_send: Callable[[], None],
    ) -> None:
        """Hand out to `lanes` what is then in `held`; call the last when something may be sent."""
        self._place = place
        self._seal = place.options.seals.packages
        self._held = held
        self._lanes = lanes
        self._refusals = refusals
        self._look_what_to_send = look_what_to_send
        self._believed = False
        self._doubted = False

    @property
    def doubts_itself(self) -> bool:
        """Whether it may be this worker that has the wrong key: it has not believed one package."""
        return self._doubted and not self._believed

    def most_of(self, free: int) -> int:
        """Give how many packages to take at once for so many who are free.

        One, until one was believed: with the wrong key the others would have to do without them.
        """
        return free if self._believed else min(1, free)

    async def deliver(self, found: Sequence[Entry], link: Link) -> None:
        """Let work begin on what was delivered for the first time, then look at it."""
        orders, settling = self._read(await self._own(found, link), link)
        begun: _Begun = {}
        for entry, order in orders:
            if may_begin_at_once(order, link.server_now_ms, self._place.options):
                first = Pending(self._place.consumer, 0, 1)
                held = self._hold(entry, order, first, self._place.clock.now_s(), link)
                held.admitted = False
                begun[entry.entry_id] = held
                self._hand_out(held)
        # Let them begin before anything is sent.
        await anyio.lowlevel.checkpoint()
        try:
            await self._look_at(orders, settling, begun, link)
        finally:
            # Without an answer it is nobody's for the rest of the lease.
            for held in begun.values():
                if not held.admitted:
                    self._held.lose(held)

    async def admit(self, found: Sequence[Entry], link: Link) -> None:
        """Look at what was taken over, and hand out what is to be worked on."""
        orders, settling = self._read(await self._own(found, link), link)
        await self._look_at(orders, settling, {}, link)

    async def _own(self, found: Sequence[Entry], link: Link) -> Sequence[Entry]:
        """Give what this worker can do; what it could do when it asked for it, others have now."""
        place = self._place
        read = place.routes.streams()
        others = [entry for entry in found if entry.stream not in read]
        if not others:
            return found
        logger.info("%d packages are handed on: their tool or agent is gone from here", len(others))
        asked = await link.ask(*(asking_after(each.stream, each.entry_id) for each in others))
        accepted(asked)
        handing_on = [
            place.handing_on(entry, pending.deliveries)
            for entry, listed in zip(others, asked, strict=True)
            if (pending := pending_in(listed)) is not None and pending.consumer == place.consumer
        ]
        accepted(await link.ask(*handing_on))
        return [entry for entry in found if entry not in others]

    def _read(
        self, found: Sequence[Entry], link: Link
    ) -> tuple[list[tuple[Entry, Order]], list[Command]]:
        """Read packages; gives with them what sets aside those that cannot be read or believed."""
        orders: list[tuple[Entry, Order]] = []
        settling: list[Command] = []
        for entry in found:
            try:
                order = read_order(entry.fields, self._seal)
                refuse_misplaced(order, entry.stream, self._place.keys)
                refuse_old(order, link.server_now_ms)
                orders.append((entry, order))
                self._believed = True
            except Unreadable as error:
                self._doubted |= error.reason in _MAY_BE_THIS_WORKER
                self._refusals.note(Purpose.PACKAGE, error)
                settling += self._place.dead_letter(entry, str(error))
        return orders, settling

    async def _look_at(
        self,
        orders: Sequence[tuple[Entry, Order]],
        settling: list[Command],
        begun: _Begun,
        link: Link,
    ) -> None:
        place = self._place
        asked_s = place.clock.now_s()
        looked = await link.ask(*(c for each in orders for c in place.looking(*each)))
        accepted(looked)
        working: list[Held] = []
        for (entry, order), (_, run, stop, listed, waits) in zip(
            orders, _by_five(looked), strict=True
        ):
            pending = pending_in(listed)
            sealed = place.options.seals.interest(order.package.delegation_id)
            interest = interest_in(waits, sealed, self._refusals)
            decided = admission(
                order,
                pending,
                consumer=place.consumer,
                stands_for_it=run == entry.entry_id,
                stop=self._stop_in(stop),
                interest=interest,
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
                    held = self._hold(entry, order, pending, asked_s, link)
                    early = begun.get(entry.entry_id)
                    (early or held).note_interest(interest, link.server_now_ms)
                    if early is None:
                        working.append(held)
                    elif early.deliveries == pending.deliveries:
                        early.admitted, early.confirmed_s = True, held.confirmed_s
                    if pending.deliveries > 1:
                        silencing = held.announcement()
                        settling += place.publishing(held.order, silencing, held.keep_s)
                case _:
                    pass
        if begun:
            self._look_what_to_send()
        if settling:
            accepted(await link.ask(*settling))
        for held in working:
            self._hand_out(held)
        # Let them begin before the next read is sent, which takes as long as all of this.
        await anyio.lowlevel.checkpoint()

    def _hand_out(self, held: Held) -> None:
        self._held.add(held)
        self._lanes.give(held)

    def _hold(
        self, entry: Entry, order: Order, pending: Pending, asked_s: float, link: Link
    ) -> Held:
        due_s: float | None = None
        if order.header.deadline_ms is not None and pending.deliveries == 1:
            due_s = asked_s + (order.header.deadline_ms - link.server_now_ms) / 1000
        confirmed_s = asked_s - pending.idle_ms / 1000
        if order.header.submitted_ms is not None:
            # Agents and timers count from it by the clock of this process.
            submitted_s = asked_s + (order.header.submitted_ms - link.server_now_ms) / 1000
            package = order.package.model_copy(update={"submitted_s": submitted_s})
            order = replace(order, package=package)
        return Held(entry.stream, entry.entry_id, order, pending.deliveries, confirmed_s, due_s)

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

    def _stop_in(self, reply: Reply) -> Stop | None:
        if not isinstance(reply, bytes):
            return None
        try:
            return read_stop(reply, self._place.options.seals.stops)
        except Unreadable as error:
            self._refusals.note(Purpose.STOP, error)
            return None


def _by_five(replies: Sequence[Reply]) -> Iterator[Sequence[Reply]]:
    """Give the replies to what is asked about each package."""
    for start in range(0, len(replies), 5):
        yield replies[start : start + 5]
