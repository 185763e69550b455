"""How long a callback has held up its event loop, told apart from a machine that stood still.

Computing counts by the processor time of the thread, which no busy machine can lengthen. Whatever
else a callback takes is waiting: for a file, a lock, a sleep that should have been awaited. From
that is taken off for how long the thread stood in line for a processor, and how late another thread
was woken that asked for nothing but to be woken in time.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

TICK_S = 0.02
TICKS_KEPT = 10_000
STOOD_STILL_S = 0.1
"""Whoever is woken so late was not only unlucky: a sleep of the callback ends as late, but once."""
LOOKED_AT_FROM_S = 0.1
"""What takes less by the clock is not looked at."""
_IN_LINE = Path("/proc/thread-self/schedstat")


@dataclass(frozen=True, slots=True)
class HeldUp:
    """One callback that took long by the clock."""

    what: str
    computed_s: float
    waited_s: float

    @property
    def seconds(self) -> float:
        """For how long the callback itself is to blame."""
        return self.computed_s + self.waited_s


def blamed(
    what: str, *, clock_s: float, computed_s: float, in_line_s: float, late_s: float
) -> HeldUp:
    """Say how much of what a callback took by the clock is its own doing."""
    waited_s = max(0.0, clock_s - computed_s - in_line_s - late_s)
    return HeldUp(what, computed_s, waited_s)


@dataclass(slots=True)
class Watch:
    """Looks at every callback of the loops of this thread while `watching` lasts."""

    found: list[HeldUp] = field(default_factory=list)
    _late: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=TICKS_KEPT))
    """When the other thread was woken much too late, and by how much."""
    _ended: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watching(self) -> Iterator["Watch"]:
        """Look until the block is left."""
        run = asyncio.Handle._run
        watch, watched = self, threading.get_ident()

        def looked_at(handle: asyncio.Handle) -> None:
            if threading.get_ident() != watched:
                run(handle)
                return
            began_s, computed_s, in_line_s = time.monotonic(), time.thread_time(), _in_line_s()
            run(handle)
            clock_s = time.monotonic() - began_s
            if clock_s >= LOOKED_AT_FROM_S:
                computed_s = time.thread_time() - computed_s
                in_line_s = _in_line_s() - in_line_s
                step = getattr(handle, "_callback", None)
                what = repr(getattr(step, "__self__", handle))
                watch._note(what, began_s, clock_s, computed_s, in_line_s)

        waking = threading.Thread(target=self._be_woken, name="wakes in time", daemon=True)
        waking.start()
        asyncio.Handle._run = looked_at  # type: ignore[method-assign, assignment]
        try:
            yield self
        finally:
            asyncio.Handle._run = run  # type: ignore[method-assign]
            self._ended.set()
            waking.join()

    def _note(
        self, what: str, began_s: float, clock_s: float, computed_s: float, in_line_s: float
    ) -> None:
        # Whoever was late as well says so only once it has been woken.
        time.sleep(2 * TICK_S)
        ended_s = began_s + clock_s
        late_s = sum(
            min(woken_s, ended_s) - max(woken_s - late_s, began_s)
            for woken_s, late_s in list(self._late)
            if woken_s > began_s and woken_s - late_s < ended_s
        )
        taken = {"clock_s": clock_s, "computed_s": computed_s, "in_line_s": in_line_s}
        self.found.append(blamed(what, **taken, late_s=late_s))

    def _be_woken(self) -> None:
        due_s = time.monotonic() + TICK_S
        while not self._ended.is_set():
            time.sleep(max(0.0, due_s - time.monotonic()))
            now_s = time.monotonic()
            if now_s - due_s >= STOOD_STILL_S:
                self._late.append((now_s, now_s - due_s))
            due_s = now_s + TICK_S


def _in_line_s() -> float:
    """Give for how long this thread has stood in line for a processor; 0 where nobody counts."""
    try:
        return int(_IN_LINE.read_bytes().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0
