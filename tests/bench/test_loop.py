"""The loop bench on virtual time: what it counts does not depend on how fast this machine is."""

import pytest

from tests.bench.policies import hands_everything_over
from tests.fakes.meaning import FakeMeaning
from weft.bench import loop
from weft.clock import VirtualClock


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
