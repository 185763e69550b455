"""The bus bench against a real server: times in order, peers beside it, a missing one named."""

import anyio
import pytest

from weft.bench import _redis_server, bus
from weft.bench._report import Line
from weft.errors import InputError

pytestmark = pytest.mark.integration


def test_memory_redis_and_a_peer_are_measured_in_one_run() -> None:
    if not _redis_server.programs():
        pytest.skip("there is no Redis server here")
    with _redis_server.started() as server:
        numbers = anyio.run(bus.measure, server, bus.PEERS[:1], 5, 0)
    of_peers = numbers["peers"]
    assert isinstance(of_peers, dict)
    assert set(of_peers) == {peer.name for peer in bus.PEERS}
    for name in ("memory", "redis"):
        of = numbers[name]
        assert isinstance(of, dict)
        assert 0 < of["start_ms_p50"] <= of["start_ms_p95"] <= of["start_ms_p99"]
        assert of["start_ms_p50"] < of["round_trip_ms_p50"]
        assert of["loaded"]["round_trip_ms_p50"] > 0
    assert of_peers["taskiq"]["start_ms_p50"] < of_peers["taskiq"]["round_trip_ms_p50"]
    assert of_peers["arq"] == {"not_installed": "arq"}


def test_a_peer_that_is_not_installed_is_said_in_the_table() -> None:
    times = {f"{what}_ms_p{q}": 0.4 for what in ("start", "round_trip") for q in (50, 95, 99)}
    measured = {**times, "loaded": times}
    slower = {**measured, "start_ms_p50": 0.9}
    lines = bus.lines(
        {
            "memory": measured,
            "redis": measured,
            "peers": {"fast": slower, "arq": {"not_installed": "arq"}},
        }
    )
    assert Line(name="arq", measured="not installed: pip install 'weft[bench]'") in lines
    assert [line.met for line in lines if line.met is not None] == [True, True]


def test_without_a_server_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_redis_server, "programs", dict)
    with pytest.raises(InputError, match="apt install redis-server"), _redis_server.started():
        pass
