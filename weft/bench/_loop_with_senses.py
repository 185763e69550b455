"""What a micro-turn costs that is heard, seen and sounded, in real time; for `loop --senses`.

The user speaks aloud before a film. A slot's time is from the moment at which its sound and picture
are there until all is done: the model's ears and eyes, its step, the orchestration, its voice.

slots, missed           micro-turns lived through, and those that ended after the next was due
slot_ms                 all of a micro-turn
perceive_ms, step_ms    the model's two parts in it
sound_ms                its voice (espeak-ng's, where the weights have none)
cost_last_over_first    as without senses, of the whole slot
largest_difference      between what a live stream and the whole sequence predict (see `_equality`)
"""

import os
import random
import time
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import anyio
import numpy as np
from numpy.typing import NDArray

from weft.background_agents.queues.memory import MemoryQueue
from weft.background_agents.worker import Worker
from weft.bench import _held_out
from weft.bench._aloud import Aloud, said_aloud, sound_at, voice_of
from weft.bench._background import SeededAgent
from weft.bench._equality import largest_differences, voice_difference
from weft.bench._report import Asked, Report, aside, at_most, setting
from weft.bench._users import LEAD_IN_SLOTS, last_index
from weft.bench.loop import (
    DEFAULT_MINUTES,
    Gauge,
    Until,
    cost_ratio,
    endless,
    resident_mb,
    run_session,
)
from weft.clock import Clock, WallClock
from weft.interaction_model.checkpoint import Weights, load_weights
from weft.interaction_model.flow_weights import load_flow
from weft.interaction_model.sensing_stream import load_sensing_stream
from weft.interaction_model.training.scenes import make_scene
from weft.interaction_model.training.voices import sample_voice
from weft.interaction_model.types import (
    SLOT_S,
    InteractionModel,
    MicroTurnInput,
    MicroTurnOutput,
    Senses,
    Voiced,
)
from weft.interaction_model.weights_folder import SHIPPED_SENSES, has_voice
from weft.meaning import SentenceMeaning
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import AnyEvent
from weft.orchestrator.metrics import Lateness, percentile
from weft.orchestrator.ports import Meaning
from weft.orchestrator.record import RecordedSlot
from weft.orchestrator.session import Session
from weft.orchestrator.sound_ports import Ears, Voice
from weft.progress import Tick, no_tick, progress

SLOT_GOAL_MS = 40.0
SLOWEST_GOAL_MS = 150.0
EQUALITY_GOAL = 1e-4
EQUALITY_SLOTS = 120
"""More than the model's window, so that forgetting is compared as well."""
_FILM_SLOTS = 60
_ENLARGED = 4
"""Cameras give more pixels than the model looks at."""

Film = NDArray[np.uint8]
"""[slots, height, width, 3], shown again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopWithSenses:
    """What was measured; times in ms, one for each slot."""

    slots: int
    missed: int
    cpu_ms_per_slot: float
    slot_ms: Sequence[float]
    perceive_ms: Sequence[float]
    step_ms: Sequence[float]
    sound_ms: Sequence[float]
    orchestration_ms_p50: float
    cost_last_over_first: float
    rss_growth_mb: float


def report(asked: Asked) -> Report:
    """Measure; `size` is the number of micro-turns, and goes before `minutes`."""
    slots = asked.size or round((asked.minutes or DEFAULT_MINUTES) * 60 / SLOT_S)
    folder = asked.weights or SHIPPED_SENSES
    weights = load_weights(folder)
    stream = load_sensing_stream(folder)
    film = a_film(weights, asked.seed)
    meaning = SentenceMeaning()
    meaning.load()
    with progress("micro-turns", slots) as tick:
        found = measure(
            stream, stream, voice_of(stream)(), meaning, film, seed=asked.seed, slots=slots,
            tick=tick,
        )  # fmt: skip
    senses = some_senses(film, asked.seed, EQUALITY_SLOTS)
    differences = dict(largest_differences(weights, senses))
    if has_voice(folder):
        differences["voice_mel"] = voice_difference(load_flow(folder))
    return _reported(asked, found, differences)


def _reported(asked: Asked, found: LoopWithSenses, differences: Mapping[str, float]) -> Report:
    slot_ms, most = sorted(found.slot_ms), max(differences.values())
    p50, p99, p999 = (percentile(slot_ms, percent) for percent in (50, 99, 99.9))
    parts = {
        name: percentile(sorted(values), 50)
        for name, values in (
            ("perceive_ms_p50", found.perceive_ms),
            ("step_ms_p50", found.step_ms),
            ("sound_ms_p50", found.sound_ms),
        )
    }
    return Report(
        title="Loop with senses: what a micro-turn costs that is heard, seen and sounded",
        numbers={
            "slots": found.slots,
            "missed": found.missed,
            "cpu_ms_per_slot": round(found.cpu_ms_per_slot, 3),
            "slot_ms_p50": round(p50, 3),
            "slot_ms_p99": round(p99, 3),
            "slot_ms_p999": round(p999, 3),
            **{name: round(value, 3) for name, value in parts.items()},
            "orchestration_ms_p50": round(found.orchestration_ms_p50, 4),
            "cost_last_over_first": round(found.cost_last_over_first, 4),
            "rss_growth_mb": round(found.rss_growth_mb, 2),
            "largest_difference": dict(differences),
        },
        lines=[
            at_most("missed micro-turns", found.missed, 0, "d"),
            at_most("micro-turn p50, ms", p50, SLOT_GOAL_MS, ".2f"),
            aside("micro-turn p99, ms", f"{p99:.2f}"),
            at_most("micro-turn p99.9, ms", p999, SLOWEST_GOAL_MS, ".2f"),
            *(aside(f"  {name.replace('_', ' ')}", f"{ms:.2f}") for name, ms in parts.items()),
            aside("  orchestration ms p50", f"{found.orchestration_ms_p50:.3f}"),
            aside("processor time of a micro-turn, ms", f"{found.cpu_ms_per_slot:.2f}"),
            at_most("cost, last tenth over first", found.cost_last_over_first, 1.05),
            aside("memory growth, MB", f"{found.rss_growth_mb:.2f}"),
            at_most("live and whole differ by", most, EQUALITY_GOAL, ".1e"),
            *(aside(f"  {name}", f"{value:.1e}") for name, value in differences.items()),
        ],
        setting=setting(
            asked,
            sizes=f"{found.slots} micro-turns",
            clock=f"real time, {os.cpu_count()} cores",
        ),
    )


def measure(
    model: InteractionModel,
    ears: Ears,
    voice: Voice,
    meaning: Meaning,
    film: Film,
    *,
    seed: int,
    slots: int,
    clock: Clock | None = None,
    tick: Tick = no_tick,
) -> LoopWithSenses:
    """Hold one session of so many micro-turns; with a virtual clock it does not wait for time."""
    clock = clock or WallClock()
    rng = random.Random(seed)
    timed = _Timed(ears, voice)
    aloud = Aloud(timed, lambda: timed, lambda index: film[index % len(film)])
    script = endless(rng, slots, different=_FILM_SLOTS)
    conversing = aloud.converse(script, clock, seed=seed, tail_s=3.0, longest_s=slots * SLOT_S)
    gauge = Gauge(user=conversing.user, slots=slots)
    record = _SlotGauge(gauge, timed)
    session = Session(
        channel=Until(conversing.channel, slots, tick),
        model=model,
        queue=(queue := MemoryQueue(clock)),
        meaning=meaning,
        clock=clock,
        session_id="bench",
        record=record,
        sounding=conversing.sounding,
    )
    anyio.run(partial(run_session, session, Worker(queue, [SeededAgent(clock, rng)], clock)))
    summary = session.metrics.summary()
    return LoopWithSenses(
        slots=summary.slots,
        missed=record.missed,
        cpu_ms_per_slot=1000 * (time.process_time() - gauge.began_cpu_s) / slots,
        slot_ms=record.slot_ms,
        perceive_ms=timed.perceive_ms,
        step_ms=gauge.step_ms,
        sound_ms=timed.sound_ms,
        # The voice sounds within what the session counts as orchestration.
        orchestration_ms_p50=percentile(sorted(record.orchestration_ms), 50),
        cost_last_over_first=cost_ratio(record.slot_ms, [bool(c) for c in gauge.comparable]),
        rss_growth_mb=resident_mb() - gauge.settled_mb,
    )


def a_film(weights: Weights, seed: int) -> Film:
    """Draw a held-out scene, as large as cameras give it."""
    rng = random.Random(f"film/{seed}")
    scene = make_scene(rng, weights.tokenizer, weights.module.config, "held_out", _FILM_SLOTS)
    return scene.frames.repeat(_ENLARGED, axis=1).repeat(_ENLARGED, axis=2)


def some_senses(film: Film, seed: int, slots: int) -> list[Senses]:
    """Speak held-out sentences before a film; the camera is gone in every seventh slot."""
    rng = random.Random(f"senses/{seed}")
    voice = sample_voice(rng, "held_out")
    words = [*said_aloud(voice, _held_out.question(rng).text, LEAD_IN_SLOTS * SLOT_S)]
    while last_index(words) < slots:
        words += said_aloud(voice, _held_out.statement(rng).text, (last_index(words) + 4) * SLOT_S)
    return [
        Senses(
            index=index,
            samples=sound_at(words, index),
            frame=None if index % 7 == 6 else film[index % len(film)],
        )
        for index in range(slots)
    ]


class _Timed:
    """Ears and a voice, and how long they take."""

    def __init__(self, ears: Ears, voice: Voice) -> None:
        self._ears = ears
        self._voice = voice
        self.began_s = 0.0
        """When the slot's sound and picture were there."""
        self.perceive_ms: array[float] = array("d")
        self.sound_ms: array[float] = array("d")

    def perceive(self, senses: Senses) -> MicroTurnInput:
        """Perceive; a slot begins with it."""
        self.began_s = time.perf_counter()
        heard = self._ears.perceive(senses)
        self.perceive_ms.append(1000 * (time.perf_counter() - self.began_s))
        return heard

    def sound(self, said: MicroTurnOutput) -> Voiced:
        """Sound a slot."""
        began_s = time.perf_counter()
        voiced = self._voice.sound(said)
        self.sound_ms.append(1000 * (time.perf_counter() - began_s))
        return voiced

    def stop(self) -> None:
        """Fall silent."""
        self._voice.stop()


@dataclass(slots=True)
class _SlotGauge:
    """A record that measures whole slots, beside what the loop without senses measures."""

    gauge: Gauge
    timed: _Timed
    slot_ms: "array[float]" = field(default_factory=lambda: array("d"))
    orchestration_ms: "array[float]" = field(default_factory=lambda: array("d"))
    missed: int = 0
    _lateness: Lateness = field(default_factory=lambda: Lateness(SLOT_S))

    def begin(self, session_id: str, config: SessionConfig, *, user_id: str | None = None) -> None:
        """Begin with nothing measured."""
        self.gauge.begin(session_id, config, user_id=user_id)

    def go_on(self, epoch: int) -> None:
        """A bench never goes on with a conversation of another process."""

    def add(self, slot: RecordedSlot) -> None:
        """Measure one micro-turn, which is over now."""
        slot_s = time.perf_counter() - self.timed.began_s
        others_ms = self.timed.perceive_ms[-1] + slot.step_ms + self.timed.sound_ms[-1]
        self.slot_ms.append(1000 * slot_s)
        self.orchestration_ms.append(max(0.0, 1000 * slot_s - others_ms))
        self.missed += self._lateness.add(slot_s) > 0
        self.gauge.add(slot)

    def end(self, events: Iterable[AnyEvent]) -> None:
        """Need nothing more."""
