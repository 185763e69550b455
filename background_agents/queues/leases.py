"""Who may work on a package, and who may speak for it: decisions about leases. Pure.

A worker holds a package for as long as the server has heard of it within the lease. Every delivery
is a new attempt with a higher number, and whoever has seen a number listens to none below it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from weft.background_agents.queues.places import RedisOptions
from weft.background_agents.queues.wire import Interest, Order, Stop

LAPSES_AFTER = 0.75
"""Part of a lease after which its holder stays silent until the server has confirmed it: what it
sends must arrive before another may take over."""
RENEWALS = 4
"""Times within a lease at which it is renewed."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What the server says about a package that was delivered and is not finished."""

    consumer: str
    idle_ms: int
    deliveries: int


class Admission(Enum):
    """What is to be done with a package that was delivered."""

    WORK = auto()
    DROP = auto()
    """Nobody wants it: it is to be taken off the queue."""
    LEAVE = auto()
    """Another worker has it by now."""
    GIVE_UP = auto()
    """It was delivered too often, and is to be set aside."""


def still_mine(pending: Pending | None, deliveries: int) -> bool:
    """Say whether work that was delivered for the given time may go on.

    Another consumer under the same number is an old worker that renewed too late: it moved the
    entry, and its number is what counts.
    """
    return pending is not None and pending.deliveries <= deliveries


def admission(
    order: Order,
    pending: Pending | None,
    *,
    consumer: str,
    stands_for_it: bool,
    stop: Stop | None,
    interest: Interest | None,
    now_ms: int,
    options: RedisOptions,
) -> Admission:
    """Decide about a package that has just been delivered to a consumer.

    `stands_for_it` is False for a second copy of a submission whose reply was lost on its way.
    Without an `interest` nobody has said yet that he waits, or the server has lost it.
    """
    if pending is None or pending.consumer != consumer:
        return Admission.LEAVE
    attempt = order.header.base_attempt + pending.deliveries
    if not stands_for_it or (stop is not None and attempt <= stop.up_to_attempt):
        return Admission.DROP
    if pending.deliveries > options.deliveries:
        return Admission.GIVE_UP
    # A gateway that was only cut off finds that it is gone, and submits it anew.
    if interest is not None and now_ms >= interest.until_ms:
        return Admission.DROP
    # Later deliveries may have been heard of, which ends the deadline: that the gateway knows.
    deadline_ms = order.header.deadline_ms
    if pending.deliveries == 1 and deadline_ms is not None and now_ms >= deadline_ms:
        return Admission.DROP
    return Admission.WORK


def may_begin_at_once(order: Order, now_ms: int, options: RedisOptions) -> bool:
    """Say whether a first delivery may be begun before the server was asked about it.

    Not when a copy of it may be somewhere, not when its time is over, not when it has waited so
    long that its gateway may be gone, and not when it changes something, which could not be taken
    back.
    """
    header = order.header
    in_time = header.deadline_ms is None or now_ms < header.deadline_ms
    waited_ms = 0 if header.submitted_ms is None else now_ms - header.submitted_ms
    sure = not header.again and waited_ms < options.gone_ms
    return in_time and sure and order.package.approved is None


def to_take_over(
    abandoned: Sequence[tuple[bytes, int]], *, free: int, has_suspect: bool, most: int
) -> list[bytes]:
    """Choose what a worker takes over: entries with the number of their deliveries so far.

    Of suspects, which have one delivery left, it works on one at a time: else what is the end of
    every worker would take along to the dead letters whatever happened to be beside it each time.
    """
    chosen: list[bytes] = []
    for entry_id, deliveries in abandoned:
        if len(chosen) == free:
            break
        if is_suspect(deliveries + 1, most):
            if has_suspect:
                continue
            has_suspect = True
        chosen.append(entry_id)
    return chosen


def is_suspect(deliveries: int, most: int) -> bool:
    """Say whether a delivery is the last that a package is given, after others ended badly."""
    return deliveries == most and deliveries > 1


def attempt_of_failure(order_base: int, options: RedisOptions) -> int:
    """Give the attempt under which it is said that a package was given up: the last of all."""
    return order_base + options.attempts
