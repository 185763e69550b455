"""A hold of the event loop is measured step by step, and what is awaited notices nothing of it."""

from collections.abc import AsyncIterator

import anyio
import anyio.lowlevel
import pytest

from weft.tools.loop_hold import LONGEST_HOLD_S, LoopHold

pytestmark = pytest.mark.anyio


class _Time:
    """Real time that moves only when something works."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def work(self, seconds: float) -> None:
        self.now_s += seconds


async def test_the_longest_step_counts_and_waiting_does_not() -> None:
    time = _Time()
    hold = LoopHold(time)

    async def steps() -> str:
        time.work(0.02)
        await anyio.lowlevel.checkpoint()
        time.work(0.05)
        await anyio.lowlevel.checkpoint()
        time.work(0.03)
        return "done"

    async def somebody_else() -> None:
        time.work(9.0)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(somebody_else)
        assert await hold.over(steps()) == "done"
    assert hold.longest_s == pytest.approx(0.05)
    assert not hold.is_long


async def test_a_step_that_fails_is_measured_too() -> None:
    time = _Time()
    hold = LoopHold(time)

    async def fails() -> None:
        await anyio.lowlevel.checkpoint()
        time.work(LONGEST_HOLD_S)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await hold.over(fails())
    assert hold.is_long


async def test_a_cancellation_reaches_what_is_awaited() -> None:
    hold = LoopHold(_Time())
    cleaned_up = []

    async def waits() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.lowlevel.checkpoint()
            cleaned_up.append(True)

    async with anyio.create_task_group() as tasks:

        async def measured() -> None:
            await hold.over(waits())

        tasks.start_soon(measured)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert cleaned_up == [True]


async def test_an_item_of_a_generator_may_be_awaited() -> None:
    async def items() -> AsyncIterator[int]:
        yield 1

    generator = items()
    hold = LoopHold(_Time())
    assert await hold.over(anext(generator, None)) == 1
    assert await hold.over(anext(generator, None)) is None
