"""What one delegation costs server, worker and session, and what they cost while nothing is asked.

Processor time is told from waiting: it is nearly the same on a busy machine.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from importlib.util import find_spec
from typing import Protocol

import anyio

from weft.bench._redis_server import RedisServer
from weft.errors import InputError

SETTLE_S = 2.0
QUIET_S = 10.0
GATEWAYS = 20
"""So many have nothing to do at once: what one of them takes is too little to be told."""
AT_ONCE = 4
"""Delegations under way at the same time: few enough that none waits for another."""

Spent = Mapping[str, float]
"""What was spent up to a moment, or between two, by what it is and in which unit."""


def check() -> None:
    """Raise InputError when nobody can tell the processor time of the worker."""
    if find_spec("psutil") is None:
        raise InputError("this bench asks psutil what costs what: pip install 'weft[bench]'")


class OneAtATime(Protocol):
    """A way to an agent and back."""

    async def one(self, number: str) -> object:
        """Go there and back once."""
        ...


Opened = Callable[[], AbstractAsyncContextManager[OneAtATime]]


async def quiet(server: RedisServer) -> Spent:
    """Measure what the server spends in a second with whoever is there."""
    await anyio.sleep(SETTLE_S)
    before, began_s = _of_server(server), time.monotonic()
    await anyio.sleep(QUIET_S)
    return _per(time.monotonic() - began_s, _less(_of_server(server), before))


async def measure(
    server: RedisServer, worker_id: int, gateway: Opened, nobody: Spent, size: int
) -> dict[str, Spent]:
    """Measure a worker alone, then gateways that ask nothing, then one that delegates.

    `nobody` is what the server spends when nobody is there.
    """
    async with gateway() as bus:
        # What is needed is known from then on: that a worker looks for it is not a gateway's cost.
        await bus.one("costs, to be known")
    worker = await quiet(server)
    async with AsyncExitStack() as stack:
        for number in range(GATEWAYS):
            bus = await stack.enter_async_context(gateway())
            await bus.one(f"costs, to be connected {number}")
        many = await quiet(server)
    async with gateway() as bus:
        await bus.one("costs, to be connected")
        both = await quiet(server)
        before, began_s = _of_all(server, worker_id), time.monotonic()
        async with anyio.create_task_group() as tasks:
            for lane in range(AT_ONCE):
                tasks.start_soon(_several, bus, lane, size // AT_ONCE)
        spent = _less(_of_all(server, worker_id), before)
        took_s = time.monotonic() - began_s
    asked = {name: value - took_s * both.get(name, 0.0) for name, value in spent.items()}
    return {
        "delegation": _rounded(_per(AT_ONCE * (size // AT_ONCE), asked)),
        "quiet_server_per_s": _rounded(nobody),
        "quiet_worker_per_s": _rounded(_less(worker, nobody)),
        "quiet_gateway_per_s": _rounded(_per(GATEWAYS, _less(many, worker))),
    }


async def _several(bus: OneAtATime, lane: int, count: int) -> None:
    for number in range(count):
        await bus.one(f"costs {lane}.{number}")


def _of_all(server: RedisServer, worker_id: int) -> Spent:
    import psutil

    of_worker = psutil.Process(worker_id).cpu_times()
    return {
        **_of_server(server),
        "memory_bytes": float(_told(server)["used_memory"]),
        "worker_cpu_ms": 1000 * (of_worker.user + of_worker.system),
        "session_cpu_ms": 1000 * time.process_time(),
    }


def _of_server(server: RedisServer) -> Spent:
    told = _told(server)
    return {
        "commands": float(told["total_commands_processed"]),
        "server_cpu_ms": 1000 * (float(told["used_cpu_user"]) + float(told["used_cpu_sys"])),
        "in_bytes": float(told["total_net_input_bytes"]),
        "out_bytes": float(told["total_net_output_bytes"]),
    }


def _told(server: RedisServer) -> dict[str, str]:
    """Read what a server says of itself."""
    lines = server.say("INFO").decode().splitlines()
    parted = (line.partition(":") for line in lines if not line.startswith("#"))
    return {name: value for name, colon, value in parted if colon}


def _less(later: Spent, earlier: Spent) -> Spent:
    return {name: value - earlier[name] for name, value in later.items()}


def _per(of: float, spent: Spent) -> Spent:
    return {name: value / of for name, value in spent.items()}


def _rounded(spent: Spent) -> Spent:
    return {name: round(value, 3) for name, value in spent.items()}
