"""Delegations on Redis for a long time while workers die: what is lost, and what memory does.

lost, twice, stale   as `weft bench faults --area queue` counts them
..._growth_mb        median of the last quarter less that of the third; before, the server still
                     gathers what it keeps for ten minutes. Of the workers, which live for half a
                     minute each, it is the largest one that counts
"""

import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import anyio

from weft.background_agents.queues.memory import QueueLimits
from weft.background_agents.queues.redis_gateway import RedisGateway
from weft.bench._flow import Flow, Sums
from weft.bench._queue_worker import AGENT, Plan, Work
from weft.bench._redis_server import RedisServer, started
from weft.bench._report import Asked, Report, aside, at_most
from weft.bench._workers import Workers, working
from weft.clock import WallClock
from weft.errors import InputError
from weft.progress import Tick, no_tick, progress

DEFAULT_MINUTES = 20.0
PER_S = 200.0
KILL_EVERY_S = 10.0
WORKERS = 3
LEASE_S = 2.0
LOOK_EVERY_S = 2.0
PATIENCE_S = 30.0
GOAL_GROWTH_MB = 5.0
_LIMITS = QueueLimits(per_session=8, total=1_000_000)
_MB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is resident at one moment, and what the server counts as used."""

    at_s: float
    session_mb: float
    """Of this process, with the gateway in it."""
    worker_mb: float
    """Of the largest worker."""
    server_mb: float
    server_used_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    """What became of all that was asked."""

    sums: Sums
    killed: int
    memory: Sequence[Memory]


def report(asked: Asked) -> Report:
    """Measure; `minutes` is how long, and `size` the delegations a second."""
    try:
        import psutil  # noqa: F401 (asked here, and not in the middle of it)
    except ImportError:
        raise InputError(
            "this bench looks at memory with psutil: pip install 'weft[bench]'"
        ) from None
    minutes, per_s = asked.minutes or DEFAULT_MINUTES, float(asked.size or PER_S)
    count = max(1, round(60 * minutes * per_s))
    with started() as server, progress("delegations", count) as tick:
        soaked = anyio.run(measure, server, count, per_s, tick)
    names = ("session_mb", "worker_mb", "server_mb", "server_used_mb")
    growth_mb = {name: growth(soaked.memory, name) for name in names}
    numbers = asdict(soaked.sums) | {"killed": soaked.killed}
    numbers |= {name.replace("_mb", "_growth_mb"): of for name, of in growth_mb.items()}
    return Report(
        title="Soak: delegations on Redis while workers die",
        numbers={**numbers, "memory": [asdict(each) for each in soaked.memory]},
        lines=[
            aside("delegations", soaked.sums.delegations),
            aside("workers killed", soaked.killed),
            at_most("lost", soaked.sums.lost, 0, "d"),
            at_most("twice", soaked.sums.twice, 0, "d"),
            at_most("stale", soaked.sums.stale, 0, "d"),
            *(
                at_most(f"growth of {name.replace('_mb', '')}, MB", of, GOAL_GROWTH_MB, ".1f")
                for name, of in growth_mb.items()
                if of is not None
            ),
        ],
        setting=(
            f"{minutes:g} minutes",
            f"{per_s:g} a second",
            f"lease {LEASE_S:g} s",
            "real time",
        ),
    )


async def measure(server: RedisServer, count: int, per_s: float, tick: Tick = no_tick) -> Soaked:
    """Delegate so many at a rate, and kill the oldest worker again and again."""
    plan = Plan(url=server.url, prefix="soak", lease_s=LEASE_S, work=Work(parts=3, between_s=0.02))
    gateway = RedisGateway(plan.options, WallClock(), _LIMITS, [AGENT])
    memory: list[Memory] = []
    async with working(plan, WORKERS) as workers, anyio.create_task_group() as tasks:
        await tasks.start(gateway.run)
        flow = Flow(gateway, forgetting=True)
        tasks.start_soon(flow.listen)
        tasks.start_soon(_kill, workers)
        tasks.start_soon(_look, server, workers, memory)
        tasks.start_soon(_show, flow, tick)
        await flow.submit(count, per_s)
        await flow.all_ended(PATIENCE_S)
        tasks.cancel_scope.cancel()
    flow.take_rest()
    return Soaked(sums=flow.sums(), killed=len(workers.died_s), memory=memory)


def growth(memory: Sequence[Memory], name: str) -> float | None:
    """Give by how much something grew from the third quarter to the last; None of too few looks."""
    values: list[float] = [getattr(each, name) for each in memory]
    quarter = len(values) // 4
    if not quarter:
        return None
    third, last = values[-2 * quarter : -quarter], values[-quarter:]
    return round(statistics.median(last) - statistics.median(third), 2)


async def _kill(workers: Workers) -> None:
    while True:
        await anyio.sleep(KILL_EVERY_S)
        await workers.all_there()
        workers.kill_oldest()


async def _look(server: RedisServer, workers: Workers, memory: list[Memory]) -> None:
    import psutil

    begun_s = time.monotonic()
    while True:
        await anyio.sleep(LOOK_EVERY_S)
        used = server.say("INFO memory").partition(b"used_memory:")[2].partition(b"\r")[0]
        memory.append(
            Memory(
                at_s=round(time.monotonic() - begun_s, 1),
                session_mb=_resident_mb(psutil.Process().pid),
                worker_mb=max((_resident_mb(p.pid) for p in workers.running), default=0.0),
                server_mb=_resident_mb(server.process_id),
                server_used_mb=round(int(used or 0) / _MB, 2),
            )
        )


def _resident_mb(process_id: int) -> float:
    import psutil

    try:
        return round(psutil.Process(process_id).memory_info().rss / _MB, 2)
    except psutil.NoSuchProcess:
        return 0.0


async def _show(flow: Flow, tick: Tick) -> None:
    shown = 0
    while True:
        await anyio.sleep(1.0)
        for _ in range(flow.asked - shown):
            tick()
        shown = flow.asked
