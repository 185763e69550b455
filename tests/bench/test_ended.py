"""A bench that is told to end takes its processes along."""

import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest

from weft.bench import _redis_server, soak

pytestmark = pytest.mark.integration

PATIENCE_S = 60.0
SOAK = [sys.executable, "-m", "weft", "bench", "soak", "--minutes", "5", "--size", "2"]
BEGINNING = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from weft.cli import main; sys.argv[0] = 'weft'; main()"
)
"""A shell that starts something in the background has it pass over SIGINT."""


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_bench_that_is_ended_leaves_no_process_behind(told: signal.Signals) -> None:
    if not _redis_server.programs():
        pytest.skip("there is no Redis server here")
    command = [sys.executable, "-c", BEGINNING, *SOAK[3:]]
    started: list[psutil.Process] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as bench:
        try:
            started += _children(bench.pid, 1 + soak.WORKERS)
            bench.send_signal(told)
            assert bench.wait(PATIENCE_S) != 0
            _, left = psutil.wait_procs(started, timeout=5)
            assert left == []
        finally:
            bench.kill()
            for each in started:
                with suppress(psutil.NoSuchProcess):
                    each.kill()


def _children(process_id: int, count: int) -> list[psutil.Process]:
    """Wait until a process has started so many others, and give them."""
    until_s = time.monotonic() + PATIENCE_S
    while len(children := psutil.Process(process_id).children()) < count:
        assert time.monotonic() < until_s
        time.sleep(0.05)
    return children
