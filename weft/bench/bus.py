"""What the way to an agent and back takes, in memory and on Redis, beside task libraries.

start_ms        from `submit_nowait` to the first line of the agent
back_ms         from what the agent says first to the moment at which the session can take it
round_trip_ms   both together

cost            of one delegation, and of a server, a worker and a gateway with nothing to do for
                a second: commands, bytes and processor time of the server, and of the others

Each is measured one delegation at a time (`idle`: the plain keys) and with `loaded` 1,000 new ones
a second. The worker is a process of its own, except in memory; the server is a real one with an
append-only file. A peer is asked for its result every millisecond, much more often than it
would itself; under load it is only asked when all have begun, so that asking costs it nothing.
"""

import random
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
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
from weft.bench import _bus_costs
from weft.bench._queue_worker import AGENT, Plan, PlannedAgent, Work
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """One delegation, in seconds; nothing of the way back where it was not looked at."""

    start_s: float
    round_trip_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerKind:
    """A task library, and how its worker is started."""

    name: str
    package: str
    module: str
    arguments: tuple[str, ...] = ()


PEERS = (
    PeerKind(name="taskiq", package="taskiq_redis", module="_taskiq_peer", arguments=("list",)),
    PeerKind(
        name="taskiq (stream)",
        package="taskiq_redis",
        module="_taskiq_peer",
        arguments=("stream",),
    ),
    PeerKind(name="arq", package="arq", module="_arq_peer"),
)


class PeerClient(Protocol):
    """The side of a task library that asks."""

    async def start(self) -> None:
        """Connect."""
        ...

    async def ask(self, body: str) -> Callable[[], Awaitable[float]]:
        """Hand over one task; give what waits for the moment at which it began."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


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
    with started() as server, progress("delegations", 2 * size * (2 + len(there))) as tick:
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
        memory = await _measure(bus, size, seed, tick)
    async with on_redis(server) as bus:
        redis = await _measure(bus, size, seed, tick)
    cost = await _cost(server, size)
    of_peers: dict[str, object] = {}
    for kind in peers:
        server.say("FLUSHALL")
        async with _peer(kind, server) as bus:
            of_peers[kind.name] = await _measure(bus, size, seed, tick)
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


def _quantiles(times: Sequence[Times]) -> dict[str, float]:
    round_trips = [t.round_trip_s for t in times if t.round_trip_s is not None]
    back = [t.round_trip_s - t.start_s for t in times if t.round_trip_s is not None]
    return {
        **_quantiles_of("start", [t.start_s for t in times]),
        **_quantiles_of("back", back),
        **_quantiles_of("round_trip", round_trips),
    }


def _quantiles_of(name: str, values_s: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values_s)
    return {
        f"{name}_ms_p{q}": round(1000 * ordered[min(len(ordered) - 1, len(ordered) * q // 100)], 3)
        for q in (50, 95, 99)
        if ordered
    }


class _Sides:
    """A bus of weft's own: a session's queue, and what was heard on it."""

    def __init__(self, session: SessionQueue) -> None:
        self._session = session
        self._results: dict[str, tuple[float, AgentUpdate]] = {}
        self._waiting: dict[str, anyio.Event] = {}

    def heard(self) -> None:
        """Take what the session can take now, and note when that was."""
        now_s = time.monotonic()
        for update in self._session.updates_nowait(_SESSION):
            if update.kind is UpdateKind.FAILURE:
                raise RuntimeError(f"a delegation of the bench failed: {update.text}")
            if update.kind is UpdateKind.RESULT:
                self._results[update.delegation_id] = (now_s, update)
                self._waiting[update.delegation_id].set()

    async def one(self, number: str) -> Times:
        """Delegate, and wait for the result."""
        package = _package(number)
        self._waiting[number] = anyio.Event()
        asked_s = time.monotonic()
        self._session.submit_nowait(package)
        await self._waiting[number].wait()
        heard_s, result = self._results[number]
        return Times(start_s=float(result.detail) - asked_s, round_trip_s=heard_s - asked_s)

    async def many(self, numbers: Sequence[str], per_s: float) -> list[Times]:
        """Delegate so many a second."""
        times: list[Times] = []

        async def one(number: str) -> None:
            times.append(await self.one(number))

        async with anyio.create_task_group() as tasks:
            async for number in _at_rate(numbers, per_s):
                tasks.start_soon(one, number)
        return times


class _PeerBus:
    """A task library as a bus."""

    def __init__(self, client: PeerClient) -> None:
        self._client = client
        self._body = _package("peer").model_dump_json()

    async def one(self, number: str) -> Times:
        """Hand over one task, and wait for its result."""
        asked_s = time.monotonic()
        began_s = await self._client.ask(self._body)
        start_s = await began_s() - asked_s
        return Times(start_s=start_s, round_trip_s=time.monotonic() - asked_s)

    async def many(self, numbers: Sequence[str], per_s: float) -> list[Times]:
        """Hand over so many a second, and look at the results when all have been handed over."""
        asked: list[tuple[float, Callable[[], Awaitable[float]]]] = []

        async def one() -> None:
            asked_s = time.monotonic()
            asked.append((asked_s, await self._client.ask(self._body)))

        async with anyio.create_task_group() as tasks:
            async for _ in _at_rate(numbers, per_s):
                tasks.start_soon(one)
        return [Times(start_s=await began_s() - asked_s) for asked_s, began_s in asked]


async def _at_rate(numbers: Sequence[str], per_s: float) -> AsyncIterator[str]:
    """Give them one after the other at a steady rate; what is late is made up for."""
    begun_s = time.monotonic()
    for position, number in enumerate(numbers):
        await anyio.sleep(max(0.0, begun_s + position / per_s - time.monotonic()))
        yield number


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
async def in_memory() -> AsyncIterator[Bus]:
    """Open the queue inside this process, with a worker."""
    queue, clock = _NotingMemoryQueue(), WallClock()
    worker = Worker(queue, [PlannedAgent(Work(), clock)], clock, LANES)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(worker.run)
        yield queue.sides
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def on_redis(server: RedisServer) -> AsyncIterator[Bus]:
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


@asynccontextmanager
async def _peer(kind: PeerKind, server: RedisServer) -> AsyncIterator[Bus]:
    """Start a task library's worker in a process of its own, and its client here."""
    name = f"weft.bench.{kind.module}"
    client: PeerClient = import_module(name).Client(server.url, *kind.arguments)
    command = [sys.executable, "-m", name, server.url, *kind.arguments]
    async with AsyncExitStack() as stack:
        process = await stack.enter_async_context(await anyio.open_process(command, stderr=None))
        stack.callback(process.kill)
        assert process.stdout is not None
        await process.stdout.receive()
        await client.start()
        stack.push_async_callback(client.aclose)
        yield _PeerBus(client)


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
