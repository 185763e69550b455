"""A callback that holds up its loop is found; a machine that stood still is no fault of its own."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from tests.held_up import HeldUp, Watch, blamed

HELD_S = 0.6


def looked_at(callback: Callable[[], object]) -> list[HeldUp]:
    """Run one callback on a loop, and give what took long of it."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(callback)
        await asyncio.to_thread(time.sleep, 0.01)

    with Watch().watching() as watch:
        asyncio.run(main())
    return watch.found


def computing() -> None:
    until_s = time.thread_time() + HELD_S
    while time.thread_time() < until_s:
        sum(range(1_000))


def test_what_computes_is_found() -> None:
    [found] = [each for each in looked_at(computing) if "computing" in each.what]
    assert found.computed_s >= HELD_S


def test_what_sleeps_instead_of_waiting_is_found() -> None:
    """A part of it at least, however busy the machine was meanwhile."""
    found = looked_at(lambda: time.sleep(4 * HELD_S))
    assert max(each.waited_s for each in found) > HELD_S


def test_a_process_that_stood_still_is_not_held_against_a_callback() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.test_held_up"], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(4 * HELD_S)
        os.kill(process.pid, signal.SIGCONT)
        blamed_s = float(process.stdout.readline())
        assert process.wait() == 0
    assert blamed_s < 2 * HELD_S


def test_what_the_machine_took_is_taken_off_and_computing_never() -> None:
    of = blamed("x", clock_s=2.0, computed_s=0.5, in_line_s=0.2, late_s=0.3)
    assert of.waited_s == pytest.approx(1.0)
    assert of.seconds == pytest.approx(1.5)
    stalled = blamed("x", clock_s=2.0, computed_s=1.5, in_line_s=0.4, late_s=1.9)
    assert stalled.seconds == 1.5


def _standing_still() -> None:
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    # It wakes often, so that it is somewhere in here when it is stopped.
    until_s = time.monotonic() + HELD_S
    while time.monotonic() < until_s:
        time.sleep(0.001)


if __name__ == "__main__":
    sys.stdout.write(f"{max(each.seconds for each in looked_at(_standing_still))}\n")
