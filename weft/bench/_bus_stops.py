"""How soon work in another process is told that it is not wanted any more.

cancel_ms     from `cancel_nowait` to the moment at which the agent's own code is stopped
correct_ms    the same from `submit_nowait` of a higher revision
"""

import random
from collections.abc import Sequence
from typing import Protocol

import anyio

from weft.progress import Tick, no_tick

PAUSE_S = (0.005, 0.015)
"""Before each; drawn, so that no rhythm is met."""
GOAL_MS = 100.0


class StoppableBus(Protocol):
    """A way to an agent on which work can be taken back."""

    async def stop(self, number: str, *, corrected: bool) -> float:
        """Take back work that is under way; give the seconds until it had stopped."""
        ...


async def measure(
    bus: StoppableBus, size: int, seed: int, tick: Tick = no_tick
) -> dict[str, Sequence[float]]:
    """Dismiss and correct so much work each, one after the other; give the seconds it took."""
    rng = random.Random(seed)
    taken_s: dict[str, list[float]] = {"cancel": [], "correct": []}
    for number in range(size):
        for how, times_s in taken_s.items():
            await anyio.sleep(rng.uniform(*PAUSE_S))
            times_s.append(await bus.stop(f"{how} {number}", corrected=how == "correct"))
        tick()
    return dict(taken_s)
