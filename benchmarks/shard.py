"""One shard as a net of queues: gateways, a server, workers with lanes and cores, an endpoint.

A delegation waits for its gateway's core, three times for the server, for a lane and for its
worker's core, and its agent waits for the endpoint. Shards share nothing, so that one stands for
all. What is left out: the network's own delay and cancelled work.
"""

import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Final

import simpy

from benchmarks.measured import Always, Times
from weft.background_agents.queues.depths import COUNT_EVERY_S, Telling

Waiting = Generator[simpy.Event, object, None]

NOTHING: Final = Always(0.0)
_VISITS: Final = (0.3, 0.2, 0.5)
"""Shares of the server's time for a delegation: added and delivered, looked at, answered."""
_BEFORE: Final = 0.3
"""Share of a worker's time for a delegation that it takes before the agent begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """What one shard has, and what each step takes there."""

    asked_per_s: float
    gateway_busy: float = 0.0
    """Share of its time for which a gateway's core is at a step, which is waited for."""
    step: Times = NOTHING
    way: Times = NOTHING
    """From the token to the agent when nobody else asks."""
    server: Times = NOTHING
    """What a delegation costs the server."""
    server_taken: float = 0.0
    """Share of the server that is taken by those who only ask whether there is something."""
    workers: int = 1
    lanes: int = 100
    cpu: Times = NOTHING
    """What a delegation costs its worker's core."""
    reply: Times = NOTHING
    endpoint_at_once: int = 1_000_000
    waiting: int = 1_000
    """More are declined."""
    deadline_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What happens to a shard while it is looked at."""

    name: str
    lasts_s: float
    burst_at_s: float = 0.0
    burst_s: float = 0.0
    burst_per_s: float = 0.0
    """So many more are asked during the burst."""
    away_at_s: float = 0.0
    away_s: float = 0.0
    """For how long the server does not answer."""


@dataclass(slots=True)
class Seen:
    """What came of all that was asked."""

    starts_s: list[float] = field(default_factory=list)
    """From the token to the agent, of all that was begun."""
    asked_at_s: list[float] = field(default_factory=list)
    """When each of these was asked."""
    asked: int = 0
    declined: int = 0
    late: int = 0
    """What had waited for longer than its deadline when a lane was free."""

    def start_ms(self, share: float) -> float:
        """Give the time from token to agent that this share stayed below."""
        ordered = sorted(self.starts_s)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    @property
    def declined_share(self) -> float:
        """Share of what was asked that was declined in words."""
        return self.declined / max(1, self.asked)

    @property
    def late_share(self) -> float:
        """Share of what was asked that was never begun, for its time was over."""
        return self.late / max(1, self.asked)


def simulate(shard: Shard, happening: Happening, seed: int = 0) -> Seen:
    """Let delegations come for as long as it lasts, and wait until the last has ended."""
    run = _Run(shard, happening, random.Random(seed))
    run.env.process(run.arrivals())
    if happening.away_s:
        run.env.process(run.outage())
    run.env.run()
    return run.seen


class _Run:
    """One run of one shard; `env` is its clock."""

    def __init__(self, shard: Shard, happening: Happening, rng: random.Random) -> None:
        self.env = simpy.Environment()
        self.seen = Seen()
        self._shard = shard
        self._happening = happening
        self._rng = rng
        self._server = simpy.PriorityResource(self.env)
        self._lanes = simpy.Resource(self.env, shard.workers * shard.lanes)
        self._cores: Sequence[simpy.Resource] = [
            simpy.Resource(self.env) for _ in range(shard.workers)
        ]
        self._endpoint = simpy.Resource(self.env, shard.endpoint_at_once)
        self._depth = 0
        """How many packages wait on the server; those that wait for it nobody can count."""
        self._away = False
        self._telling = Telling()
        self._told = 0
        """What gateways know of it."""

    def arrivals(self) -> Waiting:
        """Let delegations come, without a memory of each other."""
        now, what = self.env, self._happening
        counted_s = 0.0
        while now.now < what.lasts_s:
            burst = what.burst_at_s <= now.now < what.burst_at_s + what.burst_s
            per_s = self._shard.asked_per_s + (what.burst_per_s if burst else 0.0)
            yield now.timeout(self._rng.expovariate(per_s))
            while counted_s <= now.now:
                if not self._away:
                    news = self._telling.news(self._depth, counted_s)
                    self._told = self._told if news is None else news
                counted_s += COUNT_EVERY_S
            now.process(self._delegation())

    def outage(self) -> Waiting:
        """Keep the server from answering for a while."""
        yield self.env.timeout(self._happening.away_at_s)
        with self._server.request(priority=-1) as away:
            yield away
            self._away = True
            yield self.env.timeout(self._happening.away_s)
            self._away = False

    def _delegation(self) -> Waiting:
        shard, env, rng = self._shard, self.env, self._rng
        asked_s = env.now
        self.seen.asked += 1
        if self._told >= shard.waiting:
            self.seen.declined += 1
            return
        if rng.random() < shard.gateway_busy:
            yield env.timeout(rng.random() * shard.step.draw_s(rng))
        server_s = shard.server.draw_s(rng) / (1 - shard.server_taken)
        yield from self._at_server(_VISITS[0] * server_s)
        self._depth += 1
        with self._lanes.request() as lane:
            yield lane
            self._depth -= 1
            if env.now - asked_s > shard.deadline_s:
                self.seen.late += 1
                return
            core = self._cores[rng.randrange(shard.workers)]
            cpu_s = shard.cpu.draw_s(rng)
            yield env.timeout(shard.way.draw_s(rng))
            yield from self._at(core, _BEFORE * cpu_s)
            self.seen.starts_s.append(env.now - asked_s)
            self.seen.asked_at_s.append(asked_s)
            yield from self._at_server(_VISITS[1] * server_s)
            yield from self._at(self._endpoint, shard.reply.draw_s(rng))
            yield from self._at(core, (1 - _BEFORE) * cpu_s)
            yield from self._at_server(_VISITS[2] * server_s)

    def _at_server(self, takes_s: float) -> Waiting:
        with self._server.request(priority=0) as turn:
            yield turn
            yield self.env.timeout(takes_s)

    def _at(self, place: simpy.Resource, takes_s: float) -> Waiting:
        with place.request() as turn:
            yield turn
            yield self.env.timeout(takes_s)
