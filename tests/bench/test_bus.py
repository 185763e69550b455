"""The bus bench against a real server: times in order, peers beside it, a missing one named."""

import anyio
import pytest

from weft.background_agents.queues.redis_gateway import WORKERS_EVERY_S
from weft.bench import _bus_costs, _bus_stops, _redis_server, bus
from weft.bench._bus_peers import PEERS
from weft.bench._report import Line
from weft.errors import InputError

pytestmark = pytest.mark.integration

WHAT = ("start", "round_trip", "cancel", "correct")


@pytest.mark.limit_s(400)
def test_memory_redis_and_a_peer_are_measured_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    # In a shorter time what a worker does now and then is more than what gateways ask.
    monkeypatch.setattr(_bus_costs, "QUIET_S", WORKERS_EVERY_S)
    if not _redis_server.programs():
        pytest.skip("there is no Redis server here")
    with _redis_server.started() as server:
        numbers = anyio.run(bus.measure, server, PEERS[:1], 5, 0)
    of_peers = numbers["peers"]
    assert isinstance(of_peers, dict)
    assert set(of_peers) == {peer.name for peer in PEERS}
    for name in ("memory", "redis"):
        of = numbers[name]
        assert isinstance(of, dict)
        assert 0 < of["start_ms_p50"] <= of["start_ms_p95"] <= of["start_ms_p99"]
        assert of["start_ms_p50"] < of["round_trip_ms_p50"]
        assert of["loaded"]["round_trip_ms_p50"] > 0
        for how in ("cancel", "correct"):
            assert 0 < of[f"{how}_ms_p50"] <= of[f"{how}_ms_p95"] <= of[f"{how}_ms_p99"]
    assert of_peers["taskiq"]["start_ms_p50"] < of_peers["taskiq"]["round_trip_ms_p50"]
    assert of_peers["arq"] == {"not_installed": "arq"}
    cost = numbers["cost"]
    assert isinstance(cost, dict)
    of_one, quiet = cost["delegation"], cost["quiet_gateway_per_s"]
    # At the very least it is added, read, looked at, answered and taken off.
    assert of_one["commands"] > 8
    assert of_one["in_bytes"] > 3_000
    assert of_one["server_cpu_ms"] > 0
    assert 0 < quiet["commands"] < 100


def test_a_peer_that_is_not_installed_is_said_in_the_table() -> None:
    times = {f"{what}_ms_p{q}": 0.4 for what in WHAT for q in (50, 95, 99)}
    measured = {**times, "loaded": times}
    of_one = dict.fromkeys(("commands", *(f"{w}_cpu_ms" for w in ("server", "worker", "session"))))
    slower = {**measured, "start_ms_p50": 0.9}
    lines = bus.lines(
        {
            "memory": measured,
            "redis": measured,
            "cost": {"delegation": of_one, "quiet_gateway_per_s": of_one},
            "peers": {"fast": slower, "arq": {"not_installed": "arq"}},
        }
    )
    assert Line(name="arq", measured="not installed: pip install 'weft[bench]'") in lines
    assert [line.met for line in lines if line.met is not None] == [True] * 4


def test_a_stop_that_comes_too_late_is_said_in_the_table() -> None:
    times = {f"{what}_ms_p{q}": 0.4 for what in WHAT for q in (50, 95, 99)}
    measured = {**times, "loaded": times, "correct_ms_p99": 100.1}
    of_one = dict.fromkeys(("commands", *(f"{w}_cpu_ms" for w in ("server", "worker", "session"))))
    cost = {"delegation": of_one, "quiet_gateway_per_s": of_one}
    lines = bus.lines({"memory": measured, "redis": measured, "cost": cost, "peers": {}})
    assert {line.name: line.met for line in lines if line.met is not None} == {
        "redis: token → agent, p50, ms": True,
        "redis: dismissed → stopped, p99, ms": True,
        "redis: corrected → stopped, p99, ms": False,
    }


class _Drawer:
    """A bus whose work stops after as many seconds as it was asked before."""

    def __init__(self) -> None:
        self.stopped: list[tuple[str, bool]] = []

    async def stop(self, number: str, *, corrected: bool) -> float:
        self.stopped.append((number, corrected))
        return float(len(self.stopped))


@pytest.mark.anyio
async def test_dismissals_and_corrections_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_bus_stops, "PAUSE_S", (0.0, 0.0))
    bus_that_stops = _Drawer()
    taken_s = await _bus_stops.measure(bus_that_stops, 2, seed=0)
    assert taken_s == {"cancel": [1.0, 3.0], "correct": [2.0, 4.0]}
    assert [corrected for _, corrected in bus_that_stops.stopped] == [False, True, False, True]
    assert len({number for number, _ in bus_that_stops.stopped}) == 4


def test_without_a_server_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_redis_server, "programs", dict)
    with pytest.raises(InputError, match="apt install redis-server"), _redis_server.started():
        pass
