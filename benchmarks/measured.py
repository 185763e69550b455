"""What was measured, by which command, and how times are drawn from it.

Of a distribution only a few quantiles are printed. Between two of them times are interpolated;
below the median nothing is known, and the median is taken: all of it is a little too slow.
"""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

FILE = Path(__file__).with_name("measured.json")


class Times(Protocol):
    """How long something takes, each time anew."""

    @property
    def mean_ms(self) -> float:
        """The mean over many times."""
        ...

    def draw_s(self, rng: random.Random) -> float:
        """Draw one, in seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Times between some quantiles; each is (share that takes no longer, ms), in order."""

    points: Sequence[tuple[float, float]]

    @property
    def mean_ms(self) -> float:
        """The mean over many times."""
        pairs = pairwise(self._edges)
        return sum((q1 - q0) * (ms0 + ms1) / 2 for (q0, ms0), (q1, ms1) in pairs)

    def draw_s(self, rng: random.Random) -> float:
        """Draw one, in seconds."""
        drawn = rng.random()
        edges = self._edges
        for (q0, ms0), (q1, ms1) in pairwise(edges):
            if drawn <= q1:
                return (ms0 + (ms1 - ms0) * (drawn - q0) / (q1 - q0)) / 1000
        return edges[-1][1] / 1000

    @property
    def _edges(self) -> list[tuple[float, float]]:
        return [(0.0, self.points[0][1]), *self.points, (1.0, self.points[-1][1])]


@dataclass(frozen=True, slots=True)
class Always:
    """The same time each time."""

    mean_ms: float

    def draw_s(self, rng: random.Random) -> float:
        """Give it, in seconds."""
        return self.mean_ms / 1000


@dataclass(frozen=True, slots=True)
class Exponential:
    """Times without a memory, as formulas of queueing have them."""

    mean_ms: float

    def draw_s(self, rng: random.Random) -> float:
        """Draw one, in seconds."""
        return rng.expovariate(1000 / self.mean_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything that the plan and the simulation know of weft itself."""

    step: Times
    """One slot of one conversation on one core: the model's part and the rest."""
    slot_cpu_ms: float
    """Processor time of one slot of one conversation, everything in it."""
    start: Times
    """From the token to the agent, when nobody else asks."""
    reply: Times
    """An answer of a remote model, from the worker's side."""
    agent_cpu_ms: float
    """What an answer of a remote model costs a worker's core, the queue included."""
    server_ms: float
    """What a delegation costs the server's core."""
    server_quiet_gateway: float
    """Share of the server's core that a gateway with nothing to do takes."""
    server_quiet_worker: float
    delegation_bytes: float
    """In and out of the server, together."""
    gateway_quiet_bytes_per_s: float
    kept_bytes: float
    """What the server keeps of a delegation for ten minutes."""
    conversation_mb: float
    """What a conversation adds in an hour."""
    outage_s: float
    """How long it takes until a server that was killed and started again answers everybody."""


def measured(file: Path = FILE) -> Measured:
    """Read what was measured; each part of the file names its command."""
    found = json.loads(file.read_text())
    cost, agents, loop, faults = (found[name] for name in ("cost", "agents", "loop", "faults"))
    of_one, gateway = cost["delegation"], cost["quiet_gateway_per_s"]
    rest_ms = loop["orchestration_ms_p50"]
    step = {q: ms + rest_ms for q, ms in loop["step_ms"].items()}
    return Measured(
        step=_quantiles(step),
        slot_cpu_ms=found["slot"]["cpu_ms_per_slot"],
        start=_quantiles(found["way"]["start_ms"]),
        reply=_quantiles(agents["reply_ms"]),
        agent_cpu_ms=agents["cpu_ms"],
        server_ms=of_one["server_cpu_ms"],
        server_quiet_gateway=gateway["server_cpu_ms"] / 1000,
        server_quiet_worker=cost["quiet_worker_per_s"]["server_cpu_ms"] / 1000,
        delegation_bytes=of_one["in_bytes"] + of_one["out_bytes"],
        gateway_quiet_bytes_per_s=gateway["in_bytes"] + gateway["out_bytes"],
        kept_bytes=of_one["memory_bytes"],
        conversation_mb=loop["growth_mb"],
        outage_s=faults["server_restart_recovery_s_max"],
    )


def _quantiles(given: Mapping[str, float]) -> Quantiles:
    """Read {"p50": ms, "p99.9": ms}."""
    return Quantiles(
        sorted((float(name.removeprefix("p")) / 100, ms) for name, ms in given.items())
    )
