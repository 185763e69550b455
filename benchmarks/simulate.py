"""What a capacity plan and a simulation of it say about so many conversations at once.

    python -m benchmarks.simulate [--json] [--plot FILE]

The plan is reckoned, the waiting simulated: one shard with its share, since shards share nothing.
Service times are drawn from what was measured (benchmarks/measured.json); assumptions are named in
benchmarks/capacity.py. Tables are printed as docs/scale.md has them.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.capacity import (
    SLOT_MS,
    Assumptions,
    Limit,
    Plan,
    Range,
    conversations_per_core,
    limits,
    plan,
    server_share,
)
from benchmarks.measured import Always, Measured, measured
from benchmarks.shard import Happening, Seen, Shard, simulate

CONVERSATIONS = (10_000, 100_000, 1_000_000)
PER_MINUTE = (0.5, 1.0, 3.0)
SIMULATED = 5_000
"""Delegations of a quiet run: the 99th percentile is the fiftieth from above."""
BURST_SHARES = {"a tenth asks at the full hour": 0.1, "half ask at the full hour": 0.5}
"""Of all conversations, in the first seconds of it."""
BURST_S = 10.0
POOL_LEFT = 0.3
"""Share of the lanes that is left when a pool is at its limit."""
LOADS = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1)
"""Of what the first part of a shard that gives out can bear, for the plot."""
SWEPT_S = 15.0
KNEE = 1.5
"""So many times its value at light load is where the 99th percentile has its knee."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One run of one shard."""

    conversations: int
    happening: str
    asked_per_s: float
    server_busy: float
    lanes_busy: float
    start_ms_p50: float
    start_ms_p95: float
    start_ms_p99: float
    declined: float
    late: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One load of one shard."""

    load: float
    asked_per_s: float
    start_ms_p50: float
    start_ms_p99: float


def shard_of(whole: Plan, known: Measured, assumed: Assumptions) -> Shard:
    """Make one shard of a plan, with its share of everything."""
    workers = max(1, round(whole.workers / whole.shards))
    gateways = whole.gateways / whole.shards
    per_core = conversations_per_core(known, assumed)
    return Shard(
        asked_per_s=whole.delegations_per_s / whole.shards,
        gateway_busy=min(1.0, per_core * known.slot_cpu_ms / SLOT_MS),
        step=known.step,
        way=known.start,
        server=Always(known.server_ms),
        server_taken=server_share(0.0, gateways, workers, known),
        workers=workers,
        lanes=assumed.lanes,
        cpu=Always(known.agent_cpu_ms),
        reply=known.reply,
    )


def happenings(shard: Shard, conversations: float, known: Measured) -> Iterator[Happening]:
    """Give what is to happen to the shard with the most conversations."""
    for name, share in BURST_SHARES.items():
        yield Happening(
            name=name,
            lasts_s=30.0,
            burst_at_s=5.0,
            burst_s=BURST_S,
            burst_per_s=share * conversations / BURST_S,
        )
    yield Happening(
        name="server killed and started again",
        lasts_s=20.0,
        away_at_s=5.0,
        away_s=known.outage_s,
    )
    yield Happening(name="server gone for 20 s", lasts_s=60.0, away_at_s=5.0, away_s=20.0)
    yield Happening(name="pool at its limit", lasts_s=60.0)


def rows(known: Measured, assumed: Assumptions, seed: int) -> Iterator[Row]:
    """Simulate each number of conversations quietly, and the largest with all that can happen."""
    for conversations in CONVERSATIONS:
        whole = plan(conversations, known, assumed)
        shard = shard_of(whole, known, assumed)
        quiet = Happening(name="quiet", lasts_s=SIMULATED / shard.asked_per_s)
        yield _row(conversations, shard, quiet, simulate(shard, quiet, seed), known)
    for what in happenings(shard, conversations / whole.shards, known):
        hit = shard
        if what.name == "pool at its limit":
            hit = _with_workers_left(shard, known)
        yield _row(conversations, hit, what, simulate(hit, what, seed), known)


def _with_workers_left(shard: Shard, known: Measured) -> Shard:
    """Take lanes away until fewer are left than answers are under way."""
    under_way = shard.asked_per_s * known.reply.mean_ms / 1000
    lanes = max(1, round(POOL_LEFT * under_way / shard.workers))
    return replace(shard, lanes=lanes)


def _row(conversations: int, shard: Shard, what: Happening, seen: Seen, known: Measured) -> Row:
    served = shard.asked_per_s * known.server_ms / 1000
    lanes = shard.asked_per_s * known.reply.mean_ms / 1000 / (shard.workers * shard.lanes)
    return Row(
        conversations=conversations,
        happening=what.name,
        asked_per_s=shard.asked_per_s,
        server_busy=served + shard.server_taken,
        lanes_busy=lanes,
        start_ms_p50=seen.start_ms(0.5),
        start_ms_p95=seen.start_ms(0.95),
        start_ms_p99=seen.start_ms(0.99),
        declined=seen.declined_share,
        late=seen.late_share,
    )


def bears_per_s(shard: Shard, known: Measured) -> float:
    """Say how many delegations a second the first part of a shard that gives out can bear."""
    return min(
        (1 - shard.server_taken) * 1000 / known.server_ms,
        shard.workers * 1000 / known.agent_cpu_ms,
        shard.workers * shard.lanes * 1000 / known.reply.mean_ms,
    )


def sweep(known: Measured, assumed: Assumptions, seed: int) -> list[Point]:
    """Simulate the shard of the largest number of conversations under more and more load."""
    shard = shard_of(plan(CONVERSATIONS[-1], known, assumed), known, assumed)
    most = bears_per_s(shard, known)
    points = []
    for load in LOADS:
        # Nobody is declined: what is looked for is how long they would wait.
        loaded = replace(shard, asked_per_s=load * most, waiting=10**9, deadline_s=1e9)
        seen = simulate(loaded, Happening(name="load", lasts_s=SWEPT_S), seed)
        points.append(
            Point(
                load=load,
                asked_per_s=loaded.asked_per_s,
                start_ms_p50=seen.start_ms(0.5),
                start_ms_p99=seen.start_ms(0.99),
            )
        )
    return points


def knee(points: Sequence[Point]) -> Point | None:
    """Find the first load at which the 99th percentile is a multiple of that at the lightest."""
    return next((p for p in points if p.start_ms_p99 > KNEE * points[0].start_ms_p99), None)


def draw(points: Sequence[Point], file: Path) -> None:
    """Draw the time from token to agent against the load, with its knee."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4))
    per_s = [point.asked_per_s for point in points]
    axes.plot(per_s, [point.start_ms_p50 for point in points], marker="o", label="p50")
    axes.plot(per_s, [point.start_ms_p99 for point in points], marker="o", label="p99")
    bend = knee(points)
    if bend is not None:
        axes.axvline(bend.asked_per_s, linestyle="--", color="grey")
        told = f"knee: {bend.asked_per_s:,.0f}/s, {bend.load:.0%} of what it bears"
        place = (bend.asked_per_s, bend.start_ms_p99)
        axes.annotate(told, place, ha="right", xytext=(-8, 8), textcoords="offset points")
    axes.set_yscale("log")
    axes.set_xlabel("delegations a second, one shard")
    axes.set_ylabel("token to agent, ms")
    axes.legend()
    figure.tight_layout()
    figure.savefig(file)
    pyplot.close(figure)


def plan_table(plans: Sequence[Plan]) -> str:
    """Show plans side by side."""
    lines: dict[str, list[str]] = {
        "conversations": [f"{p.conversations:,}" for p in plans],
        "delegations a second": [f"{p.delegations_per_s:,.0f}" for p in plans],
        "engine cores": [f"{p.engine_cores:,}" for p in plans],
        "gateway processes": [f"{p.gateways:,}" for p in plans],
        "Redis servers (shards)": [f"{p.shards:,} ({p.shards_for})" for p in plans],
        "worker processes": [f"{p.workers:,} ({p.workers_for})" for p in plans],
        "endpoint, million tokens a minute": [f"{p.tokens_per_minute / 1e6:,.1f}" for p in plans],
        "memory of a server, GB": [f"{p.server_gb:.2f}" for p in plans],
        "growth of all gateways in an hour, GB": [f"{p.gateway_gb:,.0f}" for p in plans],
        "queue, MB/s": [f"{p.queue_mb_per_s:,.1f}" for p in plans],
        "audio, Gbit/s (assumed)": [f"{p.audio_gbit_per_s:,.1f}" for p in plans],
        "a month: cores": [_range(p.cores_month) for p in plans],
        "a month: tokens": [_range(p.tokens_month) for p in plans],
        "a month: audio out": [_range(p.audio_month) for p in plans],
        "a month: together": [_range(p.month) for p in plans],
        "a month and conversation": [_small(p) for p in plans],
    }
    return _table([[name, *values] for name, values in lines.items()])


def limits_table(found: Sequence[Limit]) -> str:
    """Show what gives out first."""
    head = ["part, one piece", "conversations", "pieces for all", "why"]
    told = [[f.part, f"{f.conversations:,}", f"{f.pieces:,}", f.why] for f in found]
    return _table([head, *told])


def rows_table(found: Sequence[Row]) -> str:
    """Show what was simulated."""
    head = [
        *("conversations", "what happens", "asked/s a shard", "server", "lanes"),
        *("p50, ms", "p95", "p99", "declined", "too late"),
    ]
    told = [
        [
            f"{r.conversations:,}",
            r.happening,
            f"{r.asked_per_s:,.0f}",
            f"{r.server_busy:.0%}",
            f"{r.lanes_busy:.0%}",
            *(f"{ms:,.0f}" for ms in (r.start_ms_p50, r.start_ms_p95, r.start_ms_p99)),
            f"{r.declined:.1%}",
            f"{r.late:.1%}",
        ]
        for r in found
    ]
    return _table([head, *told])


def asking_table(known: Measured, assumed: Assumptions) -> str:
    """Show what follows from asking more or less often, for the largest number."""
    head = ["delegations a minute", "servers", "workers", "million tokens a minute", "a month"]
    told = []
    for per_minute in PER_MINUTE:
        other = replace(assumed, delegations_per_minute=per_minute)
        whole = plan(CONVERSATIONS[-1], known, other)
        counts = (whole.shards, whole.workers, round(whole.tokens_per_minute / 1e6))
        told.append([f"{per_minute:g}", *(f"{each:,}" for each in counts), _range(whole.month)])
    return _table([head, *told])


def _table(lines: Sequence[Sequence[str]]) -> str:
    """Write a table as Markdown; the first line is its head."""
    head, *rest = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([head, "|" + "---|" * len(lines[0]), *rest])


def _range(cost: Range) -> str:
    return f"{_round(cost.low)} to {_round(cost.high)}"


def _round(cost: float) -> str:
    """Give two figures: there are no more in what it is made of."""
    return f"{float(f'{cost:.2g}'):,.0f}"


def _small(whole: Plan) -> str:
    each = whole.month.times(1 / whole.conversations)
    return f"{each.low:.2g} to {each.high:.2g}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the plan and what the simulation says, as tables or as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.simulate")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument("--plot", type=Path, help="draw latency against load: a .png or .svg")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--per-minute", type=float, default=1.0, help="delegations, a conversation")
    parser.add_argument("--per-gateway", type=int, help="conversations that one process holds")
    asked = parser.parse_args(arguments)
    known = measured()
    assumed = Assumptions(
        delegations_per_minute=asked.per_minute, conversations_per_gateway=asked.per_gateway
    )
    plans = [plan(each, known, assumed) for each in CONVERSATIONS]
    first = limits(CONVERSATIONS[-1], known, assumed)
    simulated = list(rows(known, assumed, asked.seed))
    points = sweep(known, assumed, asked.seed) if asked.plot else []
    if asked.plot:
        draw(points, asked.plot)
    if asked.json:
        print(
            json.dumps(
                {
                    "plans": [asdict(each) for each in plans],
                    "limits": [asdict(each) for each in first],
                    "simulated": [asdict(each) for each in simulated],
                    "load": [asdict(each) for each in points],
                }
            )
        )
        return
    tables = (
        plan_table(plans),
        limits_table(first),
        asking_table(known, assumed),
        rows_table(simulated),
    )
    print("\n\n".join(tables))


if __name__ == "__main__":
    main()
