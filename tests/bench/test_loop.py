"""The loop bench on virtual time: what it counts does not depend on how fast this machine is."""

import time

import numpy as np
import pytest

from tests.bench.policies import hands_everything_over
from tests.fakes.meaning import FakeMeaning
from tests.fakes.sound import ConstantVoice
from tests.fakes.spelled_sound import ReadingEars
from weft.bench import _loop_with_senses, loop
from weft.clock import VirtualClock
from weft.interaction_model.types import SLOT_S, MicroTurnInput, Senses


def test_a_session_lives_through_as_many_slots_as_it_was_given() -> None:
    found = loop.measure(
        hands_everything_over(), FakeMeaning(), seed=0, slots=300, clock=VirtualClock()
    )
    assert found.slots == 300
    assert found.missed == 0
    assert found.delegations > 0
    assert found.results > 0
    assert 0 < found.step_ms_p50 <= found.step_ms_p99 <= found.step_ms_p999
    assert found.cpu_ms_per_slot > 0


def test_in_real_time_a_slot_takes_200_ms() -> None:
    found = loop.measure(hands_everything_over(), FakeMeaning(), seed=0, slots=5)
    assert found.slots == 5


def test_cost_is_compared_among_comparable_slots() -> None:
    step_ms = [1.0, 50.0] * 10 + [1.0] * 160 + [2.0, 50.0] * 10
    quiet = [ms < 10 for ms in step_ms]
    assert loop.cost_ratio(step_ms, quiet) == pytest.approx(2)
    assert loop.cost_ratio([5.0] * 100, [True] * 100) == 1
    assert loop.cost_ratio([], []) == 1


def test_resident_memory_is_plausible() -> None:
    assert 5 < loop.resident_mb() < 20_000


def test_a_session_in_sound_with_pictures_is_measured_slot_by_slot() -> None:
    frames: list[bool] = []

    class _Watching(ReadingEars):
        def perceive(self, senses: Senses) -> MicroTurnInput:
            frames.append(senses.frame is not None and senses.frame.shape == (40, 40, 3))
            return super().perceive(senses)

    film = np.zeros((3, 40, 40, 3), dtype=np.uint8)
    found = _loop_with_senses.measure(
        hands_everything_over(),
        _Watching(),
        ConstantVoice(),
        FakeMeaning(),
        film,
        seed=0,
        slots=200,
        clock=VirtualClock(),
    )
    assert found.slots == len(found.slot_ms) == 200
    assert len(frames) >= 200
    assert all(frames)
    assert found.missed == 0
    for whole, *parts in zip(
        found.slot_ms, found.perceive_ms, found.step_ms, found.sound_ms, strict=False
    ):
        assert whole >= sum(parts) - 0.5


class _SlowEars(ReadingEars):
    """Takes longer than a slot lasts, once."""

    def perceive(self, senses: Senses) -> MicroTurnInput:
        if senses.index == 2:
            time.sleep(SLOT_S + 0.05)
        return super().perceive(senses)


def test_ears_that_take_too_long_miss_a_slot() -> None:
    film = np.zeros((1, 40, 40, 3), dtype=np.uint8)
    found = _loop_with_senses.measure(
        hands_everything_over(),
        _SlowEars(),
        ConstantVoice(),
        FakeMeaning(),
        film,
        seed=0,
        slots=6,
        clock=VirtualClock(),
    )
    assert found.missed >= 1
    assert max(found.perceive_ms) > 1000 * SLOT_S
