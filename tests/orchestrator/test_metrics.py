"""The numbers of a session, and which slots count as missed."""

import pytest

from tests.fakes.held import objects_held
from weft.orchestrator.events import (
    Dismissed,
    Heard,
    ResultReady,
    SlotMissed,
    Superseded,
    WeaveStarted,
)
from weft.orchestrator.metrics import Lateness, Metrics, percentile


def test_the_waiting_time_of_a_result_begins_when_it_could_have_been_said() -> None:
    metrics = Metrics()
    for result_id, ready, pause, begun in [("a", 3, 8, 9), ("b", 20, 8, 22)]:
        metrics.add_events(
            [
                ResultReady(
                    index=ready, delegation_id="d", result_id=result_id, kind="result", text=""
                ),
                WeaveStarted(
                    index=begun, delegation_id="d", result_id=result_id, pause_began_index=pause
                ),
                Heard(index=begun, delegation_id="d", result_id=result_id, text=""),
            ]
        )
    metrics.add_events([SlotMissed(index=1, late_ms=3.0)])
    metrics.add_slot(step_ms=4.0, orchestration_ms=0.1)
    summary = metrics.summary()
    assert (summary.weave_latency_slots_p50, summary.weave_latency_slots_p99) == (1.0, 2.0)
    assert (summary.results, summary.heard, summary.missed, summary.slots) == (2, 2, 1, 1)
    assert list(metrics.step_ms) == [4.0]


def test_an_empty_session_has_a_summary() -> None:
    assert Metrics().summary().step_ms_p999 == 0.0


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (50, 2), (75, 3), (99.9, 4), (100, 4)])
def test_percentiles_are_by_nearest_rank(percent: float, expected: float) -> None:
    assert percentile([1, 2, 3, 4], percent) == expected


def test_lateness_is_carried_on_until_it_is_caught_up() -> None:
    lateness = Lateness(slot_s=0.2)
    late_s = [lateness.add(took_s) for took_s in (0.1, 0.5, 0.1, 0.1, 0.1, 0.1)]
    assert late_s == pytest.approx([0.0, 0.3, 0.2, 0.1, 0.0, 0.0])


def test_results_that_are_never_said_are_not_kept() -> None:
    metrics = Metrics()
    before = objects_held(metrics)
    for n in range(100):
        ready = ResultReady(
            index=n, delegation_id="d", result_id=f"r{n}", kind="commentary", text=""
        )
        unsaid = (
            Dismissed(index=n, delegation_id="d", result_id=f"r{n}", reason="no longer news")
            if n % 2
            else Superseded(index=n, delegation_id="d", revision=0, result_id=f"r{n}")
        )
        metrics.add_events([ready, unsaid])
    assert objects_held(metrics) <= before + 5
