"""What one delegation costs server, worker and session, and what they cost while nothing is asked.

Processor time is told from waiting: it is nearly the same on a busy machine.
"""

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Protocol

import anyio

from weft.bench._redis_server import RedisServer
from weft.errors import InputError

SETTLE_S = 2.0
QUIET_S = 10.0
AT_ONCE = 4
"""Delegations under way at the same time: few enough that none waits for another."""


def check() -> None:
    """Raise InputError when nobody can tell the processor time of the worker."""
    if find_spec("psutil") is None:
        raise InputError("this bench asks psutil what costs what: pip install 'weft[bench]'")


class OneAtATime(Protocol):
    """A way to an agent and back."""

    async def one(self, number: str) -> object:
        """Go there and back once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What was spent up to a moment."""

    at_s: float
    commands: int
    server_cpu_ms: float
    worker_cpu_ms: float
    session_cpu_ms: float
    in_bytes: int
    out_bytes: int
    memory_bytes: int

    def since(self, before: "Spent") -> dict[str, float]:
        """Give what was spent between two moments."""
        earlier = asdict(before)
        return {name: value - earlier[name] for name, value in asdict(self).items()}


Opened = Callable[[], AbstractAsyncContextManager[OneAtATime]]


async def measure(
    server: RedisServer, worker_id: int, gateway: Opened, size: int
) -> dict[str, dict[str, float]]:
    """Measure a worker alone, then with a gateway that asks nothing, then with delegations."""
    await anyio.sleep(SETTLE_S)
    before = _spent(server, worker_id)
    await anyio.sleep(QUIET_S)
    alone = _per(QUIET_S, _spent(server, worker_id).since(before))
    async with gateway() as bus:
        await bus.one("costs, to be connected")
        before = _spent(server, worker_id)
        await anyio.sleep(QUIET_S)
        both = _per(QUIET_S, _spent(server, worker_id).since(before))
        before = _spent(server, worker_id)
        async with anyio.create_task_group() as tasks:
            for lane in range(AT_ONCE):
                tasks.start_soon(_several, bus, lane, size // AT_ONCE)
        spent = _spent(server, worker_id).since(before)
    took_s, asked = spent.pop("at_s"), AT_ONCE * (size // AT_ONCE)
    busy = {name: value - took_s * both.get(name, 0.0) for name, value in spent.items()}
    return {
        "delegation": _rounded(_per(asked, busy)),
        "quiet_worker_per_s": _rounded({name: alone[name] for name in _OF_SERVER}),
        "quiet_gateway_per_s": _rounded({name: both[name] - alone[name] for name in _OF_SERVER}),
    }


async def _several(bus: OneAtATime, lane: int, count: int) -> None:
    for number in range(count):
        await bus.one(f"costs {lane}.{number}")


_OF_SERVER = ("commands", "server_cpu_ms", "in_bytes", "out_bytes")


def _spent(server: RedisServer, worker_id: int) -> Spent:
    import psutil

    told = dict(
        line.split(":", 1)
        for line in server.say("INFO").decode().splitlines()
        if ":" in line and not line.startswith("#")
    )
    of_worker = psutil.Process(worker_id).cpu_times()
    return Spent(
        at_s=time.monotonic(),
        commands=int(told["total_commands_processed"]),
        server_cpu_ms=1000 * (float(told["used_cpu_user"]) + float(told["used_cpu_sys"])),
        worker_cpu_ms=1000 * (of_worker.user + of_worker.system),
        session_cpu_ms=1000 * time.process_time(),
        in_bytes=int(told["total_net_input_bytes"]),
        out_bytes=int(told["total_net_output_bytes"]),
        memory_bytes=int(told["used_memory"]),
    )


def _per(of: float, spent: dict[str, float]) -> dict[str, float]:
    return {name: value / of for name, value in spent.items() if name != "at_s"}


def _rounded(spent: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in spent.items()}
