"""How a session fared: step times, waiting times of results, missed slots. Memory stays flat."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from weft.orchestrator.events import (
    AnyEvent,
    Delegated,
    Dismissed,
    Heard,
    ResultReady,
    SlotMissed,
    Superseded,
    WeaveCut,
    WeaveStarted,
)

_KEPT = 36_000
"""Slots whose times are kept: two hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSummary:
    """The numbers of one session; times of an empty session are zero."""

    slots: int
    missed: int
    step_ms_p50: float
    step_ms_p99: float
    step_ms_p999: float
    orchestration_ms_p50: float
    orchestration_ms_p99: float
    delegations: int
    results: int
    heard: int
    cuts: int
    weave_latency_slots_p50: float
    weave_latency_slots_p99: float


class Metrics:
    """Collects the numbers of one session; only the loop writes to it."""

    def __init__(self) -> None:
        """Begin with nothing measured."""
        self._step_ms = _Recent(_KEPT)
        self._orchestration_ms = _Recent(_KEPT)
        self._weave_latency_slots = _Recent(_KEPT)
        self._ready_index: dict[str, int] = {}
        self._slots = self._missed = 0
        self._delegations = self._results = self._heard = self._cuts = 0

    @property
    def step_ms(self) -> Sequence[float]:
        """Model step times of the latest two hours, oldest first."""
        return self._step_ms.values()

    def add_slot(self, *, step_ms: float, orchestration_ms: float) -> None:
        """Count one micro-turn: the model's time and everything around it."""
        self._slots += 1
        self._step_ms.add(step_ms)
        self._orchestration_ms.add(orchestration_ms)

    def add_events(self, events: Iterable[AnyEvent]) -> None:
        """Count what happened."""
        for event in events:
            match event:
                case ResultReady():
                    self._results += 1
                    self._ready_index[event.result_id] = event.index
                case WeaveStarted():
                    since = self._ready_index.pop(event.result_id, event.index)
                    latency = event.index - max(since, event.pause_began_index)
                    self._weave_latency_slots.add(latency)
                case Dismissed() | Superseded() if event.result_id is not None:
                    self._ready_index.pop(event.result_id, None)
                case Delegated():
                    self._delegations += 1
                case Heard():
                    self._heard += 1
                case WeaveCut():
                    self._cuts += 1
                case SlotMissed():
                    self._missed += 1
                case _:
                    pass

    def summary(self) -> MetricsSummary:
        """Give the numbers so far."""
        step_ms = sorted(self._step_ms.values())
        orchestration_ms = sorted(self._orchestration_ms.values())
        weave_slots = sorted(self._weave_latency_slots.values())
        return MetricsSummary(
            slots=self._slots,
            missed=self._missed,
            step_ms_p50=percentile(step_ms, 50),
            step_ms_p99=percentile(step_ms, 99),
            step_ms_p999=percentile(step_ms, 99.9),
            orchestration_ms_p50=percentile(orchestration_ms, 50),
            orchestration_ms_p99=percentile(orchestration_ms, 99),
            delegations=self._delegations,
            results=self._results,
            heard=self._heard,
            cuts=self._cuts,
            weave_latency_slots_p50=percentile(weave_slots, 50),
            weave_latency_slots_p99=percentile(weave_slots, 99),
        )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Give the nearest-rank percentile of ascending values; 0.0 of none."""
    if not ordered:
        return 0.0
    rank = -(-len(ordered) * percent // 100)
    return ordered[min(len(ordered), max(1, int(rank))) - 1]


class Lateness:
    """Notices slots that end after the next one was due.

    After a late slot the channel hands over the next one late as well, so lateness is carried on;
    measured from slot to slot, a device whose clock drifts is never late by that alone.
    """

    def __init__(self, slot_s: float) -> None:
        """Begin in time."""
        self._slot_s = slot_s
        self._late_s = 0.0

    def add(self, took_s: float) -> float:
        """Take in how long a slot took; gives the seconds by which it ended too late, or 0.0."""
        self._late_s = max(0.0, self._late_s + took_s - self._slot_s)
        return self._late_s


class _Recent:
    """The latest numbers, in a ring that is never larger than `size`."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._ring = array("d")
        self._next = 0

    def add(self, value: float) -> None:
        if len(self._ring) < self._size:
            self._ring.append(value)
        else:
            self._ring[self._next] = value
            self._next = (self._next + 1) % self._size

    def values(self) -> Sequence[float]:
        return self._ring[self._next :] + self._ring[: self._next]
