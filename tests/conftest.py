"""What every test shares: the async backend, a time limit, and an eye on blocked event loops."""

import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from tests.held_up import Watch
from tests.redis_server import RedisServer, running

LIMIT_S = 120.0
BLOCKED_S = 1.0


@pytest.fixture
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, object]]:
    """Run async tests on asyncio; in debug mode where a blocked loop would be a stutter."""
    watched = "tests/orchestrator" in request.node.nodeid
    return "asyncio", {"debug": watched}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """Run a Redis server of the test's own, of whichever kind is here."""
    with running(tmp_path) as started:
        yield started


@pytest.fixture(autouse=True)
def _time_limit(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that hangs, with a traceback of where; `@pytest.mark.limit_s(n)` allows more."""
    marker = request.node.get_closest_marker("limit_s")
    limit_s = float(marker.args[0]) if marker else LIMIT_S

    def stop(signum: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"the test took longer than {limit_s:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def _no_blocked_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail an orchestrator test whose event loop was held up: in a conversation, a stutter."""
    if "tests/orchestrator" not in request.node.nodeid:
        yield
        return
    with Watch().watching() as watch:
        yield
    for each in watch.found:
        assert each.seconds < BLOCKED_S, each
