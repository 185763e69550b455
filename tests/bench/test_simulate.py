"""The simulation against formulas and a slow plain reference, and the plan against its page."""

import json
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path

import pytest

from benchmarks.capacity import Assumptions, limits, plan
from benchmarks.measured import Always, Exponential, Quantiles, Times, measured
from benchmarks.shard import Happening, Shard, simulate
from benchmarks.simulate import (
    CONVERSATIONS,
    Point,
    asking_table,
    bears_per_s,
    draw,
    knee,
    limits_table,
    main,
    plan_table,
    rows,
    rows_table,
    shard_of,
)

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
KNOWN, ASSUMED = measured(), Assumptions()


def erlang_c(asked_per_s: float, takes_s: float, places: int) -> float:
    """Share of those who have to wait for one of so many places (M/M/c)."""
    load = asked_per_s * takes_s
    last = load**places / math.factorial(places) * places / (places - load)
    return last / (sum(load**k / math.factorial(k) for k in range(places)) + last)


def waits_in_turn(
    asked_at_s: Sequence[float], takes_s: Sequence[float], places: int
) -> list[float]:
    """Say how long each waits: whoever comes takes the place that is free first. Slow and plain."""
    free_at_s = [0.0] * places
    waits = []
    for asked_s, for_s in zip(asked_at_s, takes_s, strict=True):
        free_at_s.sort()
        begins_s = max(asked_s, free_at_s[0])
        free_at_s[0] = begins_s + for_s
        waits.append(begins_s - asked_s)
    return waits


@dataclass(frozen=True)
class Noted:
    """Times that are remembered as they are drawn."""

    times: Times
    drawn_s: list[float] = field(default_factory=list)

    @property
    def mean_ms(self) -> float:
        return self.times.mean_ms

    def draw_s(self, rng: random.Random) -> float:
        self.drawn_s.append(self.times.draw_s(rng))
        return self.drawn_s[-1]


@pytest.mark.parametrize(
    "times",
    [
        Exponential(500.0),
        Always(700.0),
        Quantiles([(0.5, 300.0), (0.95, 2_000.0), (0.99, 5_000.0)]),
    ],
)
def test_each_waits_for_a_lane_as_long_as_in_the_plain_reference(times: Times) -> None:
    places, reply = 6, Noted(times)
    per_s = 0.9 * places / (times.mean_ms / 1000)
    shard = Shard(asked_per_s=per_s, lanes=places, reply=reply, waiting=10**9, deadline_s=1e9)
    seen = simulate(shard, Happening(name="quiet", lasts_s=2_000 / per_s))
    assert max(seen.starts_s) > 0
    assert seen.starts_s == pytest.approx(
        waits_in_turn(seen.asked_at_s, reply.drawn_s, places), abs=1e-6
    )


@pytest.mark.parametrize("busy", [0.5, 0.8])
def test_the_plain_reference_waits_as_the_formula_says(busy: float) -> None:
    places, count, rng = 8, 200_000, random.Random(3)
    asked_at_s = list(accumulate(rng.expovariate(busy * places) for _ in range(count)))
    waits = waits_in_turn(asked_at_s, [rng.expovariate(1.0) for _ in range(count)], places)
    expected_s = erlang_c(busy * places, 1.0, places) / (places * (1 - busy))
    assert sum(waits) / count == pytest.approx(expected_s, rel=0.08)


def test_the_server_is_waited_for_as_the_formula_says() -> None:
    """Three visits of constant length, of which the first comes before the start (M/G/1)."""
    shares, takes_s, busy = (0.3, 0.2, 0.5), 0.010, 0.6
    per_s = busy / takes_s
    shard = Shard(asked_per_s=per_s, server=Always(1000 * takes_s), lanes=10**6, waiting=10**9)
    seen = simulate(shard, Happening(name="quiet", lasts_s=8_000 / per_s))
    mean_square = sum(share**2 for share in shares) * takes_s**2
    expected_s = per_s * mean_square / (2 * (1 - busy)) + shares[0] * takes_s
    assert sum(seen.starts_s) / len(seen.starts_s) == pytest.approx(expected_s, rel=0.15)


def test_quantiles_come_out_as_they_went_in() -> None:
    times = Quantiles([(0.5, 10.0), (0.99, 40.0), (0.999, 50.0)])
    rng = random.Random(1)
    drawn = sorted(1000 * times.draw_s(rng) for _ in range(20_000))
    assert drawn[9_000] == 10.0
    assert drawn[19_800] == pytest.approx(40.0, rel=0.05)
    assert sum(drawn) / len(drawn) == pytest.approx(times.mean_ms, rel=0.02)


def test_what_is_too_much_is_declined_and_what_is_begun_waits_for_no_more() -> None:
    """Twice as much as ten lanes bear: half is declined, and the rest waits for what is ahead."""
    shard = Shard(asked_per_s=20.0, lanes=10, reply=Always(1000.0), waiting=50, deadline_s=1e9)
    seen = simulate(shard, Happening(name="flood", lasts_s=200.0))
    assert seen.declined_share == pytest.approx(0.5, abs=0.08)
    # Fifty ahead, and what came in the half second for which nobody had looked.
    assert seen.start_ms(1.0) <= 1000 * (50 + 20) / 10 + 2000
    assert seen.late == 0


def test_while_the_server_is_away_all_wait_and_nobody_is_declined() -> None:
    shard = Shard(asked_per_s=50.0, lanes=1_000, server=Always(0.2), reply=Always(100.0))
    away = Happening(name="away", lasts_s=20.0, away_at_s=5.0, away_s=3.0)
    seen = simulate(shard, away)
    assert (seen.declined, seen.late) == (0, 0)
    assert len(seen.starts_s) == seen.asked
    assert 2_900 < seen.start_ms(1.0) < 3_200
    assert seen.start_ms(0.5) < 10


def test_who_waits_for_longer_than_the_deadline_is_not_begun() -> None:
    shard = Shard(asked_per_s=50.0, lanes=1_000, server=Always(0.2), deadline_s=1.0)
    seen = simulate(shard, Happening(name="away", lasts_s=10.0, away_at_s=2.0, away_s=3.0))
    assert seen.late_share == pytest.approx(0.2, abs=0.06)


def test_the_shards_bear_what_the_plan_gives_them() -> None:
    for conversations in CONVERSATIONS:
        whole = plan(conversations, KNOWN, ASSUMED)
        shard = shard_of(whole, KNOWN, ASSUMED)
        assert shard.asked_per_s * whole.shards == pytest.approx(whole.delegations_per_s)
        assert shard.asked_per_s < bears_per_s(shard, KNOWN)
        assert shard.server_taken < ASSUMED.busy_share


def test_more_conversations_in_a_gateway_need_fewer_servers() -> None:
    """Each has connections of its own, and servers admit so many of them."""
    many = replace(ASSUMED, conversations_per_gateway=200)
    fewer = plan(1_000_000, KNOWN, many).shards
    assert fewer < plan(1_000_000, KNOWN, ASSUMED).shards / 2


def test_the_knee_is_where_the_slowest_wait_much_longer() -> None:
    points = [
        Point(load=load, asked_per_s=load, start_ms_p50=1.0, start_ms_p99=p99)
        for load, p99 in [(0.1, 10.0), (0.5, 15.0), (0.8, 21.0), (1.0, 500.0)]
    ]
    assert knee(points) == points[2]
    assert knee(points[:2]) is None


def test_the_plot_is_drawn(tmp_path: Path) -> None:
    point = Point(load=0.1, asked_per_s=10.0, start_ms_p50=1.0, start_ms_p99=2.0)
    later = replace(point, load=0.9, asked_per_s=90.0, start_ms_p99=20.0)
    draw([point, later], tmp_path / "load.svg")
    assert "knee" in (tmp_path / "load.svg").read_text()


def test_the_page_shows_the_plan_as_it_is_reckoned() -> None:
    page = PAGE.read_text()
    plans = [plan(each, KNOWN, ASSUMED) for each in CONVERSATIONS]
    assert plan_table(plans) in page
    assert limits_table(limits(CONVERSATIONS[-1], KNOWN, ASSUMED)) in page
    assert asking_table(KNOWN, ASSUMED) in page


@pytest.mark.limit_s(600)
def test_the_page_shows_what_is_simulated() -> None:
    assert rows_table(list(rows(KNOWN, ASSUMED, 0))) in PAGE.read_text()


def test_each_part_of_what_was_measured_names_its_command() -> None:
    found = json.loads((PAGE.parents[1] / "benchmarks" / "measured.json").read_text())
    page = PAGE.read_text()
    for part in found.values():
        assert part["command"].startswith("weft bench ")
        assert f"`{part['command']}`" in page


def test_json_holds_what_the_tables_show(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.simulate.SIMULATED", 50)
    monkeypatch.setattr("benchmarks.simulate.happenings", lambda *_: iter(()))
    main(["--json", "--per-minute", "2"])
    printed = json.loads(capsys.readouterr().out)
    assert [each["conversations"] for each in printed["plans"]] == list(CONVERSATIONS)
    assert printed["plans"][0]["delegations_per_s"] == pytest.approx(10_000 * 2 / 60)
    assert {"start_ms_p50", "start_ms_p99", "declined"} <= set(printed["simulated"][0])
