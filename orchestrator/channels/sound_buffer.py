"""Sound that comes in chunks of any length, given out in micro-turns. Pure.

A micro-turn is given whenever one is asked for: the clock of the conversation waits for no device.
What comes late is heard when it comes; what comes again, or has never come, is put right.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from weft.interaction_model.types import SAMPLE_RATE_HZ, SLOT_SAMPLES
from weft.orchestrator.channels.sound_repairs import Repair, Repairs

_CUSHION_SAMPLES = 800
"""A device brings its chunks up to so much late before anything is missing."""
_BEHIND_SAMPLES = 2 * SLOT_SAMPLES
"""A device whose sound waits for longer than this is ahead of the clock; what is quiet is left."""
_MOST_BEHIND_SAMPLES = 10 * SAMPLE_RATE_HZ
_LONGEST_GAP_S = 10.0
"""A clock that was set anew must not silence the conversation for an hour."""
_QUIET = 0.01
"""Nobody speaks at a hundredth of full scale."""
_LOUDEST_NOISE = 0.03
"""What is louder than this may be a user far from the microphone, however steady it is."""
_OVER_NOISE = 2.0
"""So many times the lowest peak of late do the peaks of steady noise not reach."""
_NOISE_SLOTS = 50
"""Within ten seconds everybody who speaks is silent for a slot."""
_FEWEST_NOISE_SLOTS = 10
"""After fewer than these nothing is known of the noise."""


class SoundBuffer:
    """One stream of mono samples at SAMPLE_RATE_HZ, on its way to the ears."""

    def __init__(self, repairs: Repairs, *, steady: bool) -> None:
        """`steady` sound comes as fast as time passes, as a device brings it.

        Other sound is heard in natural time however fast it comes, and is silence where none comes.
        """
        self._repairs = repairs
        self._steady = steady
        self._chunks: list[NDArray[np.float32]] = []
        self._waiting = 0
        self._asked = False
        self._begun = False
        self._peaks: deque[float] = deque(maxlen=_NOISE_SLOTS)
        """How loud each of the last slots was in which there was any sound."""

    @property
    def waiting(self) -> int:
        """How many samples have come and were not heard yet."""
        return self._waiting

    def push(self, samples: NDArray[np.floating]) -> None:
        """Take the next samples [n]."""
        mended = self._repairs.mend(samples)
        if len(mended):
            self._chunks.append(mended)
            self._waiting += len(mended)

    def take(self) -> NDArray[np.float32]:
        """Give the next SLOT_SAMPLES samples, with silence where there are none yet.

        The first time, steady sound from before this slot is left out: nobody listened to it yet.
        """
        if self._steady:
            if not self._asked:
                self._asked = True
                before = max(0, self._waiting - SLOT_SAMPLES - _CUSHION_SAMPLES)
                self._repairs.note(Repair.BEFORE, len(self._cut_off(before)))
            if not self._begun and self._waiting < SLOT_SAMPLES + _CUSHION_SAMPLES:
                return np.zeros(SLOT_SAMPLES, dtype=np.float32)
            self._begun = True
            self._catch_up()
        slot = self._cut_off(SLOT_SAMPLES)
        missing = SLOT_SAMPLES - len(slot)
        if self._steady:
            self._repairs.note(Repair.LATE, missing)
            self._measure(slot)
        return np.pad(slot, (0, missing))

    def _catch_up(self) -> None:
        """Leave out quiet slots while more waits than should, and all that is far too much."""
        while self._waiting >= SLOT_SAMPLES + _BEHIND_SAMPLES:
            slot = self._cut_off(SLOT_SAMPLES)
            if _peak(slot) < self._quiet():
                self._measure(slot)
                self._repairs.note(Repair.QUIET_SKIPPED, SLOT_SAMPLES)
            elif self._waiting >= _MOST_BEHIND_SAMPLES:
                self._repairs.note(Repair.LOST, SLOT_SAMPLES)
            else:
                self._chunks.insert(0, slot)
                self._waiting += SLOT_SAMPLES
                return

    def _quiet(self) -> float:
        """Give the peak below which nobody speaks in a slot, as far as the last ones tell."""
        if len(self._peaks) < _FEWEST_NOISE_SLOTS:
            return _QUIET
        return max(_QUIET, min(_OVER_NOISE * min(self._peaks), _LOUDEST_NOISE))

    def _measure(self, slot: NDArray[np.float32]) -> None:
        peak = _peak(slot)
        if peak > 0.0:  # Where nothing came, nothing is known of the noise.
            self._peaks.append(peak)

    def _cut_off(self, length: int) -> NDArray[np.float32]:
        whole = np.concatenate([np.zeros(0, dtype=np.float32), *self._chunks])
        self._chunks = [whole[length:]] if len(whole) > length else []
        taken = whole[:length]
        self._waiting -= len(taken)
        return taken


def _peak(samples: NDArray[np.float32]) -> float:
    return float(np.abs(samples).max(initial=0.0))


class Placing:
    """Puts chunks that say where they belong into one stream: each sample once, none misplaced."""

    def __init__(self, repairs: Repairs, rate_hz: int, *, begun_s: float = 0.0) -> None:
        """Begin at `begun_s` of a stream of `rate_hz`."""
        self._repairs = repairs
        self._rate_hz = rate_hz
        self._end = round(begun_s * rate_hz)

    @property
    def end_s(self) -> float:
        """How far the stream has come."""
        return self._end / self._rate_hz

    def place(self, samples: NDArray[np.float32], at_s: float | None) -> NDArray[np.float32]:
        """Give what goes on with the stream: without what has come before, with silence in gaps."""
        at = self._end if at_s is None else round(at_s * self._rate_hz)
        again = min(max(0, self._end - at), len(samples))
        self._repairs.note(Repair.TWICE, again)
        missing = max(0, at - self._end)
        self._repairs.note(Repair.GAP, missing)
        self._end = max(self._end, at + len(samples))
        gap = min(missing, round(_LONGEST_GAP_S * self._rate_hz))
        silence = np.zeros((gap, *samples.shape[1:]), dtype=np.float32)
        return np.concatenate([silence, samples[again:]])
