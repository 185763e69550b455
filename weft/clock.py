"""Time as a value that is passed in: the wall's clock, or one that is turned by hand."""

import heapq
import itertools
import time
from typing import Protocol

import anyio
import anyio.lowlevel

_SETTLING_ROUNDS = 12


class Clock(Protocol):
    """Seconds since the session began, and a way to wait for a moment."""

    virtual: bool

    def now_s(self) -> float:
        """Seconds since this clock was made."""
        ...

    async def sleep_until_s(self, moment_s: float) -> None:
        """Wait until `now_s()` reaches `moment_s`; return at once when it has passed."""
        ...


class WallClock:
    """Real time, from a monotonic source."""

    virtual = False

    def __init__(self) -> None:
        """Start counting now."""
        self._started_s = time.monotonic()

    def now_s(self) -> float:
        """Seconds since this clock was made."""
        return time.monotonic() - self._started_s

    async def sleep_until_s(self, moment_s: float) -> None:
        """Wait until `moment_s`."""
        await anyio.sleep(max(0.0, moment_s - self.now_s()))


class VirtualClock:
    """Time that moves only by `advance_to_s`; sleepers wake in the order of their moments."""

    virtual = True

    def __init__(self) -> None:
        """Start at zero."""
        self._now_s = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, anyio.Event]] = []

    def now_s(self) -> float:
        """Seconds since the start, as far as the clock has been turned."""
        return self._now_s

    async def sleep_until_s(self, moment_s: float) -> None:
        """Wait until somebody turns the clock to `moment_s`."""
        if moment_s <= self._now_s:
            await anyio.lowlevel.checkpoint()
            return
        woken = anyio.Event()
        heapq.heappush(self._sleepers, (moment_s, next(self._order), woken))
        await woken.wait()

    async def advance_to_s(self, moment_s: float) -> None:
        """Turn the clock; each sleeper wakes at its moment and every task runs till it waits."""
        await _settle()
        while self._sleepers and self._sleepers[0][0] <= moment_s:
            due_s, _, woken = heapq.heappop(self._sleepers)
            self._now_s = max(self._now_s, due_s)
            woken.set()
            await _settle()
        self._now_s = max(self._now_s, moment_s)


async def _settle() -> None:
    """Let every task run until it waits for something."""
    # Nearly always they are done after a few rounds of the loop; asked earlier, the check below
    # would sleep a tenth of a real second.
    for _ in range(_SETTLING_ROUNDS):
        await anyio.lowlevel.checkpoint()
    await anyio.wait_all_tasks_blocked()


async def sleep_s(clock: Clock, seconds: float) -> None:
    """Wait for a length of time on the given clock."""
    await clock.sleep_until_s(clock.now_s() + seconds)
