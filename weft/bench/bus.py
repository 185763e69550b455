"""What the way to an agent and back takes, in memory and on Redis, beside task libraries.

start_ms        from `submit_nowait` to the first line of the agent
back_ms         from what the agent says first to the moment at which the session can take it
round_trip_ms   both together
cancel_ms       from `cancel_nowait` to the moment at which the agent's own code is stopped
correct_ms      the same from `submit_nowait` of a higher revision

cost            of one delegation, and of a server, a worker and a gateway with nothing to do for
                a second: commands, bytes and processor time of the server, and of the others

Each is measured one delegation at a time (`idle`: the plain keys) and, but for the stops, with
`loaded` 1,000 new ones a second. The worker is a process of its own, except in memory; the server
is a real one with an append-only file. A peer is asked for its result every millisecond, much more
often than it would itself; under load it is only asked when all have begun, so that asking costs it
nothing.
"""

import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from importlib.util import find_spec
from typing import Protocol

import anyio

from weft.background_agents.queues.memory import MemoryQueue, QueueLimits
from weft.background_agents.queues.redis_gateway import RedisGateway
from weft.background_agents.types import (
    AgentUpdate,
    ContextPackage,
    SessionQueue,
    TranscriptLine,
    UpdateKind,
)
from weft.background_agents.worker import Worker
from weft.bench import _bus_costs, _bus_stops
from weft.bench._bus_peers import PEERS, PeerKind
from weft.bench._bus_peers import opened as peer_opened
from weft.bench._bus_times import Times, at_rate, quantiles
from weft.bench._queue_worker import AGENT, ENDLESS, STOPPED, Plan, PlannedAgent, Work
from weft.bench._redis_server import RedisServer, started
from weft.bench._report import Asked, Line, Report, aside, at_most
from weft.bench._workers import working
from weft.clock import WallClock
from weft.progress import Tick, no_tick, progress

DEFAULT_SIZE = 1_000
"""Delegations that are measured each time."""
LOADED_PER_S = 1_000
WARM_UP = 30
LANES = 64
PAUSE_S = (0.005, 0.015)
"""Between two delegations; drawn, so that no rhythm of a peer is met."""
PATIENCE_S = 120.0
SLOWEST_S = 2.0
"""What a delegation may take on average: peers that look for work now and then take half of one."""
GOAL_MS = 0.5
_LIMITS = QueueLimits(per_session=1_000_000, total=1_000_000)
_SESSION = "bench"


class Bus(Protocol):
    """A way to an agent and back."""

    async def one(self, number: str) -> Times:
        """Go there and back once."""
        ...

    async def many(self, numbers: Sequence[str], per_s: float) -> list[Times]:
        """Begin so many a second, whether those before have come back or not."""
        ...


def report(asked: Asked) -> Report:
    """Measure; `size` is the number of delegations in each setting."""
    _bus_costs.check()
    size = asked.size or DEFAULT_SIZE
    there = [peer for peer in PEERS if find_spec(peer.package) is not None]
    asked_for = 2 * size * (2 + len(there)) + 2 * size
    with started() as server, progress("delegations", asked_for) as tick:
        numbers = anyio.run(measure, server, there, size, asked.seed, tick)
    return Report(
        title="Bus: from the token to the agent and back",
        numbers=numbers,
        lines=lines(numbers),
        setting=(
            f"seed {asked.seed}",
            f"{size} delegations a setting",
            f"loaded: {LOADED_PER_S} a second",
            "real time",
            *(f"{name} {version(name)}" for name in _packages(there)),
        ),
    )


async def measure(
    server: RedisServer, peers: Sequence[PeerKind], size: int, seed: int, tick: Tick = no_tick
) -> dict[str, object]:
    """Measure memory, Redis and the peers, one after the other on one server."""
    async with in_memory() as bus:
        memory = await _measure(bus, size, seed, tick) | await _stops(bus, size, seed, tick)
    async with on_redis(server) as bus:
        redis = await _measure(bus, size, seed, tick) | await _stops(bus, size, seed, tick)
    cost = await _cost(server, size)
    of_peers: dict[str, object] = {}
    for kind in peers:
        server.say("FLUSHALL")
        async with peer_opened(kind, server, _package("peer").model_dump_json()) as peer:
            of_peers[kind.name] = await _measure(peer, size, seed, tick)
    for kind in PEERS:
        of_peers.setdefault(kind.name, {"not_installed": kind.package})
    return {"memory": memory, "redis": redis, "cost": cost, "peers": of_peers}


async def _cost(server: RedisServer, size: int) -> dict[str, _bus_costs.Spent]:
    server.say("FLUSHALL")
    nobody = await _bus_costs.quiet(server)
    plan = _plan(server)
    async with working(plan, 1) as workers:
        [process] = workers.running
        return await _bus_costs.measure(server, process.pid, lambda: _gateway(plan), nobody, size)


async def _measure(bus: Bus, size: int, seed: int, tick: Tick) -> dict[str, object]:
    rng = random.Random(seed)
    with anyio.fail_after(PATIENCE_S + size * SLOWEST_S):
        for number in range(WARM_UP):
            await bus.one(f"warm-up {number}")
        idle = []
        for number in range(size):
            await anyio.sleep(rng.uniform(*PAUSE_S))
            idle.append(await bus.one(f"idle {number}"))
            tick()
        loaded = await bus.many([f"loaded {number}" for number in range(size)], LOADED_PER_S)
        for _ in loaded:
            tick()
    return {**_quantiles(idle), "loaded": _quantiles(loaded)}


async def _stops(bus: "_Sides", size: int, seed: int, tick: Tick) -> dict[str, object]:
    with anyio.fail_after(PATIENCE_S + size * SLOWEST_S):
        taken_s = await _bus_stops.measure(bus, size, seed, tick)
    return {key: ms for name, of in taken_s.items() for key, ms in quantiles(name, of).items()}


def _quantiles(times: Sequence[Times]) -> dict[str, float]:
    round_trips = [t.round_trip_s for t in times if t.round_trip_s is not None]
    back = [t.round_trip_s - t.start_s for t in times if t.round_trip_s is not None]
    return {
        **quantiles("start", [t.start_s for t in times]),
        **quantiles("back", back),
        **quantiles("round_trip", round_trips),
    }


class _Sides:
    """A bus of weft's own: a session's queue, and what was heard on it."""

    def __init__(self, session: SessionQueue) -> None:
        self._session = session
        self._heard: dict[str, tuple[float, AgentUpdate]] = {}
        """By delegation, what was heard last that says something, and when."""
        self._waiting: dict[str, anyio.Event] = {}

    def heard(self) -> None:
        """Take what the session can take now, and note when that was."""
        now_s = time.monotonic()
        for update in self._session.updates_nowait(_SESSION):
            if update.kind is UpdateKind.FAILURE:
                raise RuntimeError(f"a delegation of the bench failed: {update.text}")
            if update.kind in (UpdateKind.RESULT, UpdateKind.COMMENTARY):
                self._heard[update.delegation_id] = (now_s, update)
                self._waiting[update.delegation_id].set()

    async def one(self, number: str) -> Times:
        """Delegate, and wait for the result."""
        asked_s, heard_s, result = await self._asked(_package(number))
        return Times(start_s=float(result.detail) - asked_s, round_trip_s=heard_s - asked_s)

    async def stop(self, number: str, *, corrected: bool) -> float:
        """Take back what is worked on without an end, and ask when that had stopped."""
        endless = _package(number).model_copy(update={"request": ENDLESS})
        await self._asked(endless)
        stopped_s = time.monotonic()
        if corrected:
            self._session.submit_nowait(_package(number).model_copy(update={"revision": 2}))
        else:
            self._session.cancel_nowait(number)
        asking = _package(f"{number}, asked").model_copy(update={"request": STOPPED})
        _, _, told = await self._asked(asking)
        return float(told.detail) - stopped_s

    async def _asked(self, package: ContextPackage) -> tuple[float, float, AgentUpdate]:
        """Delegate, and wait for the first words; give both moments, and the words."""
        waiting = self._waiting[package.delegation_id] = anyio.Event()
        asked_s = time.monotonic()
        self._session.submit_nowait(package)
        await waiting.wait()
        return asked_s, *self._heard[package.delegation_id]

    async def many(self, numbers: Sequence[str], per_s: float) -> list[Times]:
        """Delegate so many a second."""
        times: list[Times] = []

        async def one(number: str) -> None:
            times.append(await self.one(number))

        async with anyio.create_task_group() as tasks:
            async for number in at_rate(numbers, per_s):
                tasks.start_soon(one, number)
        return times


class _NotingMemoryQueue(MemoryQueue):
    """A queue that says when a session could take something."""

    def __init__(self) -> None:
        super().__init__(WallClock(), _LIMITS)
        self.sides = _Sides(self)

    def publish_nowait(self, update: AgentUpdate) -> None:
        super().publish_nowait(update)
        self.sides.heard()


class _NotingGateway(RedisGateway):
    """A gateway that says when a session could take something."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan.options, WallClock(), _LIMITS, [AGENT])
        self.sides = _Sides(self)

    async def _read(self) -> None:
        await super()._read()
        self.sides.heard()


@asynccontextmanager
async def in_memory() -> AsyncIterator["_Sides"]:
    """Open the queue inside this process, with a worker."""
    queue, clock = _NotingMemoryQueue(), WallClock()
    worker = Worker(queue, [PlannedAgent(Work(), clock)], clock, LANES)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(worker.run)
        yield queue.sides
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def on_redis(server: RedisServer) -> AsyncIterator["_Sides"]:
    """Open the queue on a server, with a worker in a process of its own."""
    plan = _plan(server)
    async with working(plan, 1), _gateway(plan) as sides:
        yield sides


def _plan(server: RedisServer) -> Plan:
    return Plan(url=server.url, prefix="bench", lease_s=15.0, work=Work(), lanes=LANES)


@asynccontextmanager
async def _gateway(plan: Plan) -> AsyncIterator["_Sides"]:
    gateway = _NotingGateway(plan)
    async with anyio.create_task_group() as tasks:
        await tasks.start(gateway.run)
        yield gateway.sides
        tasks.cancel_scope.cancel()


def _package(delegation_id: str) -> ContextPackage:
    """A package of some three kilobytes, as in the middle of a conversation."""
    lines = tuple(
        TranscriptLine(
            speaker="user" if number % 2 else "model",
            start_s=float(number),
            end_s=number + 1.0,
            text="what is the weather like in the north of the country today",
        )
        for number in range(20)
    )
    return ContextPackage(
        delegation_id=delegation_id,
        session_id=_SESSION,
        cutoff_index=100,
        request="And where is the answer?",
        transcript=lines,
        deadline_s=600.0,
    )


def _packages(peers: Sequence[PeerKind]) -> list[str]:
    return sorted({peer.package.replace("_", "-") for peer in peers})


def lines(numbers: dict[str, object]) -> list[Line]:
    """Put the numbers into a table, with the peers that are not there."""
    redis, memory, peers = numbers["redis"], numbers["memory"], numbers["peers"]
    assert isinstance(redis, dict)
    assert isinstance(memory, dict)
    assert isinstance(peers, dict)
    installed = {name: of for name, of in peers.items() if "start_ms_p50" in of}
    fastest = min((of["start_ms_p50"] for of in installed.values()), default=None)
    table = [at_most("redis: token → agent, p50, ms", redis["start_ms_p50"], GOAL_MS)]
    table += [
        at_most(f"redis: {what}, p99, ms", redis[f"{key}_ms_p99"], _bus_stops.GOAL_MS)
        for key, what in (("cancel", "dismissed → stopped"), ("correct", "corrected → stopped"))
    ]
    if fastest is not None:
        ahead = f"≤ the fastest peer ({fastest:.3f})"
        met = redis["start_ms_p50"] <= fastest
        table.append(
            Line(
                name="  beside the peers", measured=str(redis["start_ms_p50"]), goal=ahead, met=met
            )
        )
    for name, of in {"memory": memory, "redis": redis, **installed}.items():
        table.append(aside(f"{name}: start, p50 (p95, p99), ms", _three(of, "start")))
        table.append(aside("  there and back", _three(of, "round_trip")))
        table.append(aside(f"  start at {LOADED_PER_S} a second", _three(of["loaded"], "start")))
        if "round_trip_ms_p50" in of["loaded"]:
            table.append(aside("  there and back", _three(of["loaded"], "round_trip")))
    cost = numbers["cost"]
    assert isinstance(cost, dict)
    of_one = cost["delegation"]
    table += [
        aside("redis, a delegation: commands", of_one["commands"]),
        aside("  processor time of the server, ms", of_one["server_cpu_ms"]),
        aside("  of the worker, of the session, ms", _pair(of_one)),
        aside("  a gateway with nothing to do: commands/s", _quiet(cost, "commands")),
        aside("  processor time of the server, ms/s", _quiet(cost, "server_cpu_ms")),
    ]
    table += [
        aside(name, "not installed: pip install 'weft[bench]'")
        for name in peers
        if name not in installed
    ]
    return table


def _pair(of: dict[str, float]) -> str:
    return f"{of['worker_cpu_ms']}, {of['session_cpu_ms']}"


def _quiet(cost: dict[str, dict[str, float]], name: str) -> float:
    return cost["quiet_gateway_per_s"][name]


def _three(of: dict[str, float], name: str) -> str:
    p50, p95, p99 = (of[f"{name}_ms_p{q}"] for q in (50, 95, 99))
    return f"{p50:.3f} ({p95:.3f}, {p99:.3f})"
