"""What so many conversations need, reckoned from what was measured and from assumptions.

Nothing here is a fact about anybody's prices: they are inputs, and named so.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measured import Measured

SLOT_MS = 200.0
MONTH_S = 30 * 24 * 3600
KEEP_S = 600
"""Seconds for which the server keeps what belongs to a delegation."""


@dataclass(frozen=True, slots=True)
class Range:
    """A low and a high value of something that is not known."""

    low: float
    high: float

    def __add__(self, other: "Range") -> "Range":
        """Add up two."""
        return Range(self.low + other.low, self.high + other.high)

    def times(self, factor: float) -> "Range":
        """Give so many of it."""
        return Range(self.low * factor, self.high * factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What was not measured; whoever knows better puts in something else."""

    delegations_per_minute: float = 1.0
    """Of one conversation. People take four to six turns a minute, of which one asks for something
    that the interaction model does not know; half and three times as many are printed too."""
    busy_share: float = 0.6
    """The most of any core or server that is planned to be used."""
    conversations_per_gateway: int | None = None
    """Held by one process; None: as many as one core steps, for there is no batch engine yet."""
    lanes: int = 100
    """Packages that one worker process works on at once: the most that was measured."""
    connections_per_gateway: int = 2
    connections_per_worker: int = 5
    connections_of_server: int = 10_000
    """What a server admits unless it is told otherwise."""
    prompt_tokens: int = 1_100
    """A package of 3 kB, and what the agent is told about its work and its tools."""
    reply_tokens: int = 60
    worker_mb: float = 150.0
    audio_kbit_per_s: float = 64.0
    """Both ways together, compressed; weft's own part is text."""
    mean_of_peak: float = 0.4
    """Conversations on average, as a share of those at the peak: tokens are paid as used."""
    core_month: Range = Range(8.0, 30.0)
    """Price of a processor core with its share of memory, for a month."""
    million_prompt_tokens: Range = Range(0.05, 0.5)
    million_reply_tokens: Range = Range(0.2, 2.0)
    gigabyte_out: Range = Range(0.005, 0.08)
    """Price of a gigabyte that leaves for the users."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is needed at the peak."""

    conversations: int
    delegations_per_s: float
    engine_cores: int
    gateways: int
    shards: int
    """Servers, each with gateways and workers of its own."""
    shards_for: str
    """What makes it so many."""
    workers: int
    workers_for: str
    tokens_per_minute: float
    server_gb: float
    """Memory of each server."""
    gateway_gb: float
    """Memory of all gateways after an hour."""
    queue_mb_per_s: float
    audio_gbit_per_s: float
    cores_month: Range
    tokens_month: Range
    audio_month: Range

    @property
    def month(self) -> Range:
        """What it costs in a month."""
        return self.cores_month + self.tokens_month + self.audio_month


@dataclass(frozen=True, slots=True)
class Limit:
    """How many conversations one piece of something bears."""

    part: str
    conversations: int
    pieces: int
    """How many are needed for all."""
    why: str


def conversations_per_core(known: Measured, assumed: Assumptions) -> int:
    """Say how many conversations one core steps, each in a process or all in one."""
    return max(1, math.floor(assumed.busy_share * SLOT_MS / known.slot_cpu_ms))


def plan(conversations: int, known: Measured, assumed: Assumptions) -> Plan:
    """Reckon what so many conversations need."""
    rate = conversations * assumed.delegations_per_minute / 60
    per_core = conversations_per_core(known, assumed)
    engine_cores = math.ceil(conversations / per_core)
    gateways = math.ceil(conversations / (assumed.conversations_per_gateway or per_core))
    workers, workers_for = _most(
        {
            "processor time": rate * known.agent_cpu_ms / 1000 / assumed.busy_share,
            "lanes": rate * known.reply.mean_ms / 1000 / assumed.lanes / assumed.busy_share,
        }
    )
    connections = (
        gateways * assumed.connections_per_gateway + workers * assumed.connections_per_worker
    )
    shards, shards_for = _most(
        {
            "processor time": server_share(rate, gateways, workers, known) / assumed.busy_share,
            "connections": connections / assumed.connections_of_server,
        }
    )
    tokens_per_s = rate * (assumed.prompt_tokens + assumed.reply_tokens)
    queue_bytes = rate * known.delegation_bytes + gateways * known.gateway_quiet_bytes_per_s
    audio_bits = conversations * assumed.audio_kbit_per_s * 1000
    mean_rate = rate * assumed.mean_of_peak
    prompt_m, reply_m = (
        mean_rate * MONTH_S * each / 1e6 for each in (assumed.prompt_tokens, assumed.reply_tokens)
    )
    audio_gb = audio_bits / 8 / 2 / 1e9 * MONTH_S * assumed.mean_of_peak
    return Plan(
        conversations=conversations,
        delegations_per_s=rate,
        engine_cores=engine_cores,
        gateways=gateways,
        shards=shards,
        shards_for=shards_for,
        workers=workers,
        workers_for=workers_for,
        tokens_per_minute=60 * tokens_per_s,
        server_gb=rate / shards * KEEP_S * known.kept_bytes / 1e9,
        gateway_gb=conversations * known.conversation_mb / 1e3,
        queue_mb_per_s=queue_bytes / 1e6,
        audio_gbit_per_s=audio_bits / 1e9,
        cores_month=assumed.core_month.times(engine_cores + workers + shards),
        tokens_month=assumed.million_prompt_tokens.times(prompt_m)
        + assumed.million_reply_tokens.times(reply_m),
        audio_month=assumed.gigabyte_out.times(audio_gb),
    )


def server_share(rate: float, gateways: float, workers: float, known: Measured) -> float:
    """Say how many cores of servers are busy with delegations, and with who only asks for them."""
    return (
        rate * known.server_ms / 1000
        + gateways * known.server_quiet_gateway
        + workers * known.server_quiet_worker
    )


def limits(conversations: int, known: Measured, assumed: Assumptions) -> Sequence[Limit]:
    """Say what gives out first: how many conversations one core, server or process bears."""
    whole = plan(conversations, known, assumed)
    per_core = conversations_per_core(known, assumed)
    per_s = assumed.delegations_per_minute / 60
    found = [
        Limit(
            "engine, one core",
            per_core,
            whole.engine_cores,
            f"a slot takes {known.slot_cpu_ms:.1f} ms of 200, one conversation at a time",
        ),
        Limit(
            "Redis, one server",
            conversations // whole.shards,
            whole.shards,
            f"{whole.shards_for}: {whole.gateways:,} gateways are there, whether they ask or not",
        ),
        Limit(
            "worker, one process",
            conversations // whole.workers,
            whole.workers,
            f"{whole.workers_for}: an answer holds one of {assumed.lanes} lanes for "
            f"{known.reply.mean_ms / 1000:.1f} s, and a core for {known.agent_cpu_ms:.1f} ms",
        ),
        Limit(
            "endpoint, a million tokens a minute",
            math.floor(1e6 / (60 * per_s * (assumed.prompt_tokens + assumed.reply_tokens))),
            math.ceil(whole.tokens_per_minute / 1e6),
            f"{assumed.prompt_tokens + assumed.reply_tokens:,} tokens a delegation",
        ),
    ]
    return sorted(found, key=lambda each: each.conversations)


def _most(needed: dict[str, float]) -> tuple[int, str]:
    """Give how many are needed, and what for."""
    name = max(needed, key=lambda each: needed[each])
    return max(1, math.ceil(needed[name])), name
