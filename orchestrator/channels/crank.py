"""What turns the crank of a session: one index per micro-turn, at the pace of its clock."""

from collections.abc import AsyncIterator

from weft.clock import Clock, VirtualClock
from weft.interaction_model.types import SLOT_S


async def slots(clock: Clock, first_index: int = 0) -> AsyncIterator[int]:
    """Yield 0, 1, 2, … each when its micro-turn is over; a late session catches up without waiting.

    Time is counted from the first call, so a model that took long to load is not late at once. A
    session that goes on begins with another index than 0.
    """
    began_s = clock.now_s()
    index = first_index
    while True:
        over_s = began_s + (index - first_index + 1) * SLOT_S
        if isinstance(clock, VirtualClock):
            await clock.advance_to_s(over_s)
        else:
            await clock.sleep_until_s(over_s)
        yield index
        index += 1
