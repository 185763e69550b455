"""How long something that is awaited keeps the event loop to itself between two of its waits.

An `async def` that computes or sleeps without awaiting holds up every other task, the conversation
among them, and no time limit can interrupt it. It can only be noticed afterwards, and named.
"""

import time
from collections.abc import Awaitable, Callable, Generator
from functools import partial
from types import coroutine
from typing import Any, TypeVar

Value = TypeVar("Value")

LONGEST_HOLD_S = 0.1
"""Half a micro-turn: who holds the loop for longer leaves the conversation no time for its own."""


class LoopHold:
    """Measures the longest hold of what is awaited through it."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing measured; `now_s` is real time."""
        self.longest_s = 0.0
        self._now_s = now_s

    @property
    def is_long(self) -> bool:
        """Whether the conversation may have stood still."""
        return self.longest_s >= LONGEST_HOLD_S

    @coroutine
    def over(self, awaited: Awaitable[Value]) -> Generator[Any, Any, Value]:
        """Await something as `await` itself would, and measure each of its steps."""
        steps = _steps_of(awaited)
        step = partial(steps.send, None)
        while True:
            began_s = self._now_s()
            try:
                waits_for = step()
            except StopIteration as end:
                value: Value = end.value
                return value
            finally:
                self.longest_s = max(self.longest_s, self._now_s() - began_s)
            try:
                sent = yield waits_for
            except BaseException as error:  # a cancellation: it is for what is awaited
                step = partial(steps.throw, error)
            else:
                step = partial(steps.send, sent)


async def _steps_of(awaited: Awaitable[Value]) -> Value:
    """Make a coroutine of anything that can be awaited: not every one has steps to send to."""
    return await awaited


__all__ = ["LONGEST_HOLD_S", "LoopHold"]
