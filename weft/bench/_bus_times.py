"""Times of delegations on a bus, and the rate at which they are begun."""

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import anyio


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """One delegation, in seconds; nothing of the way back where it was not looked at."""

    start_s: float
    round_trip_s: float | None = None


def quantiles(name: str, values_s: Sequence[float]) -> dict[str, float]:
    """Give the 50th, 95th and 99th percentile in milliseconds; nothing of no values."""
    ordered = sorted(values_s)
    return {
        f"{name}_ms_p{q}": round(1000 * ordered[min(len(ordered) - 1, len(ordered) * q // 100)], 3)
        for q in (50, 95, 99)
        if ordered
    }


async def at_rate(numbers: Sequence[str], per_s: float) -> AsyncIterator[str]:
    """Give them one after the other at a steady rate; what is late is made up for."""
    begun_s = time.monotonic()
    for position, number in enumerate(numbers):
        await anyio.sleep(max(0.0, begun_s + position / per_s - time.monotonic()))
        yield number
