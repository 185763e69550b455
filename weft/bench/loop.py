"""What a micro-turn costs in real time: a live session with a simulated user, on the wall's clock.

slots, missed           micro-turns lived through, and those that ended after the next was due
step_ms                 the model's part of a micro-turn
orchestration_ms        everything else in it: floor, scheduler, dispatch, channel, record
cpu_ms_per_slot         processor time of this process for a micro-turn, everything in it: nearly
                        the same on a busy machine, where the times above are not
cost_last_over_first    mean step time in the last tenth of the slots over that in the first tenth,
                        among comparable slots (nothing heard, offered or said) and without the
                        slowest twentieth of them: it tells growth, not what else the machine did
rss_growth_mb           resident memory at the end less that after the first tenth

`--senses`: the user is heard and seen, and the model sounds what it says; see `_loop_with_senses`.
"""

import os
import random
import resource
import sys
import time
from array import array
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import anyio

from weft.background_agents.queues.memory import MemoryQueue
from weft.background_agents.worker import Worker
from weft.bench import _held_out
from weft.bench._background import SeededAgent
from weft.bench._report import Asked, Report, aside, at_most, setting
from weft.clock import Clock, WallClock
from weft.interaction_model.model_stream import load_stream
from weft.interaction_model.training.hearing import written
from weft.interaction_model.types import (
    SLOT_S,
    InteractionModel,
    MicroTurnInput,
    MicroTurnOutput,
)
from weft.loaded import spare_what_is_loaded
from weft.meaning import SentenceMeaning
from weft.orchestrator.channels.simulated import Say, SimulatedUser, Step
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import AnyEvent
from weft.orchestrator.metrics import Metrics
from weft.orchestrator.ports import Channel, Meaning
from weft.orchestrator.record import RecordedSlot
from weft.orchestrator.session import Session
from weft.progress import Tick, no_tick, progress

DEFAULT_MINUTES = 1.0
_TENTH = 10
_KEPT_SHARE = 0.95
_SHORTEST_TURN_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """What was measured."""

    slots: int
    missed: int
    cpu_ms_per_slot: float
    """How many conversations a core could hold hangs on it."""
    step_ms_p50: float
    step_ms_p99: float
    step_ms_p999: float
    orchestration_ms_p50: float
    orchestration_ms_p99: float
    cost_last_over_first: float
    rss_growth_mb: float
    delegations: int
    results: int


def report(asked: Asked) -> Report:
    """Measure; `size` is the number of micro-turns, and goes before `minutes`."""
    if asked.senses:
        from weft.bench import _loop_with_senses  # it needs the extra `sound`

        return _loop_with_senses.report(asked)
    slots = asked.size or round((asked.minutes or DEFAULT_MINUTES) * 60 / SLOT_S)
    model = load_stream(asked.weights)
    meaning = SentenceMeaning()
    meaning.load()
    with progress("micro-turns", slots) as tick:
        found = measure(model, meaning, seed=asked.seed, slots=slots, tick=tick)
    numbers = {
        "slots": found.slots,
        "missed": found.missed,
        "cpu_ms_per_slot": round(found.cpu_ms_per_slot, 3),
        "step_ms_p50": round(found.step_ms_p50, 3),
        "step_ms_p99": round(found.step_ms_p99, 3),
        "step_ms_p999": round(found.step_ms_p999, 3),
        "orchestration_ms_p50": round(found.orchestration_ms_p50, 4),
        "cost_last_over_first": round(found.cost_last_over_first, 4),
        "rss_growth_mb": round(found.rss_growth_mb, 2),
    }
    return Report(
        title="Loop: what a micro-turn costs",
        numbers=numbers,
        lines=[
            at_most("missed micro-turns", found.missed, 0, "d"),
            at_most("step p50, ms", found.step_ms_p50, 15, ".2f"),
            aside("processor time of a micro-turn, ms", f"{found.cpu_ms_per_slot:.2f}"),
            aside("step p99, ms", f"{found.step_ms_p99:.2f}"),
            at_most("step p99.9, ms", found.step_ms_p999, 100, ".2f"),
            at_most("orchestration p50, ms", found.orchestration_ms_p50, 0.2, ".3f"),
            aside("orchestration p99, ms", f"{found.orchestration_ms_p99:.3f}"),
            at_most("cost, last tenth over first", found.cost_last_over_first, 1.05),
            aside("memory growth, MB", f"{found.rss_growth_mb:.2f}"),
            aside("delegations, results on the way", f"{found.delegations}, {found.results}"),
        ],
        setting=setting(
            asked,
            sizes=f"{found.slots} micro-turns",
            clock=f"real time, {os.cpu_count()} cores",
        ),
    )


def measure(
    model: InteractionModel,
    meaning: Meaning,
    *,
    seed: int,
    slots: int,
    clock: Clock | None = None,
    tick: Tick = no_tick,
) -> Loop:
    """Hold one session of so many micro-turns; with a virtual clock it does not wait for time."""
    clock = clock or WallClock()
    rng = random.Random(seed)
    user = SimulatedUser(endless(rng, slots), clock, seed=seed, longest_tail_s=slots * SLOT_S)
    record = Gauge(user=user, slots=slots)
    session = Session(
        channel=Until(user, slots, tick),
        model=model,
        queue=(queue := MemoryQueue(clock)),
        meaning=meaning,
        clock=clock,
        session_id="bench",
        record=record,
    )
    anyio.run(partial(run_session, session, Worker(queue, [SeededAgent(clock, rng)], clock)))
    return _summed_up(session.metrics, record)


def cost_ratio(step_ms: Sequence[float], comparable: Sequence[bool]) -> float:
    """Mean of the comparable step times in the last tenth over those in the first; 1 of none."""
    tenth = max(1, len(step_ms) // _TENTH)
    first = _mean_of(step_ms[:tenth], comparable[:tenth])
    last = _mean_of(step_ms[-tenth:], comparable[-tenth:])
    return last / first if first and last else 1.0


def resident_mb() -> float:
    """Memory of this process that is in RAM, in MB."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        # No /proc on macOS; the peak is what there is, in bytes there and in kilobytes elsewhere.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1e6 if sys.platform == "darwin" else 1e3)
    return pages * resource.getpagesize() / 1e6


@dataclass(slots=True, kw_only=True)
class Gauge:
    """A record that keeps numbers only: memory is one of the things measured."""

    user: SimulatedUser
    slots: int
    step_ms: "array[float]" = field(default_factory=lambda: array("d"))
    comparable: "array[int]" = field(default_factory=lambda: array("b"))
    settled_mb: float = 0.0
    """Resident memory after the first tenth, when all that is loaded late is loaded."""
    began_cpu_s: float = 0.0
    """Processor time that this process had taken when the session began."""

    def begin(self, session_id: str, config: SessionConfig, *, user_id: str | None = None) -> None:
        """Begin with nothing measured."""
        self.settled_mb = resident_mb()
        self.began_cpu_s = time.process_time()

    def go_on(self, epoch: int) -> None:
        """A bench never goes on with a conversation of another process."""

    def add(self, slot: RecordedSlot) -> None:
        """Measure one micro-turn, and let the user see what happened in it."""
        heard, said = slot.heard, slot.said
        quiet = not (heard.text or heard.user_active or slot.row or said.text or said.control)
        self.step_ms.append(slot.step_ms)
        self.comparable.append(quiet)
        if len(self.step_ms) == self.slots // _TENTH:
            self.settled_mb = resident_mb()
        for event in slot.events:
            self.user.saw(event)

    def end(self, events: Iterable[AnyEvent]) -> None:
        """Need nothing more."""


class Until:
    """Another channel that ends after so many micro-turns."""

    def __init__(self, channel: Channel, slots: int, tick: Tick) -> None:
        self._channel = channel
        self._slots = slots
        self._tick = tick

    async def micro_turns(self) -> AsyncIterator[MicroTurnInput]:
        """Yield the other channel's inputs until it is time."""
        async for heard in self._channel.micro_turns():
            if heard.index >= self._slots:
                return
            yield heard
            # Here, between two micro-turns: drawing a bar is not what orchestration costs.
            self._tick()

    async def send(self, said: MicroTurnOutput) -> None:
        """Send through the other channel."""
        await self._channel.send(said)

    def heard_index(self) -> int:
        """Give the other channel's playback position."""
        return self._channel.heard_index()


async def run_session(session: Session, worker: Worker) -> None:
    """Hold a session to its end, with a worker beside it."""
    await worker.start()
    spare_what_is_loaded()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(worker.run)
        await session.run()
        tasks.cancel_scope.cancel()


def endless(rng: random.Random, slots: int, different: int | None = None) -> list[Step]:
    """Write a script that is not over before the time is, of so many `different` sentences."""
    samples = (_held_out.question, _held_out.request, _held_out.talk, _held_out.statement)
    turns = round(slots * SLOT_S / _SHORTEST_TURN_S) + 1
    texts = [
        written(rng, rng.choice(samples)(rng).text) for _ in range(min(turns, different or turns))
    ]
    return [
        Say(text=texts[number % len(texts)], after="free", patience_s=8.0)
        for number in range(turns)
    ]


def _summed_up(metrics: Metrics, gauge: Gauge) -> Loop:
    summary = metrics.summary()
    return Loop(
        slots=summary.slots,
        missed=summary.missed,
        cpu_ms_per_slot=1000 * (time.process_time() - gauge.began_cpu_s) / gauge.slots,
        step_ms_p50=summary.step_ms_p50,
        step_ms_p99=summary.step_ms_p99,
        step_ms_p999=summary.step_ms_p999,
        orchestration_ms_p50=summary.orchestration_ms_p50,
        orchestration_ms_p99=summary.orchestration_ms_p99,
        cost_last_over_first=cost_ratio(gauge.step_ms, [bool(c) for c in gauge.comparable]),
        rss_growth_mb=resident_mb() - gauge.settled_mb,
        delegations=summary.delegations,
        results=summary.results,
    )


def _mean_of(step_ms: Sequence[float], comparable: Sequence[bool]) -> float:
    """Give the mean of the comparable times without the slowest; 0 of none."""
    kept = sorted(ms for ms, alike in zip(step_ms, comparable, strict=True) if alike)
    kept = kept[: max(1, round(_KEPT_SHARE * len(kept)))]
    return sum(kept) / len(kept) if kept else 0.0
