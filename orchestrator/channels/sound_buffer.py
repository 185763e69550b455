"""Sound that comes in chunks of any length, given out in micro-turns. Pure.

A micro-turn is given whenever one is asked for: the clock of the conversation waits for no device.
What comes late is heard when it comes; what comes again, or has never come, is put right.
"""

import numpy as np
from numpy.typing import NDArray

from weft.interaction_model.types import SAMPLE_RATE_HZ, SLOT_SAMPLES
from weft.orchestrator.channels.sound_repairs import Repair, Repairs

_CUSHION_SAMPLES = 800
"""A device brings its chunks up to so much late before anything is missing."""
_BEHIND_SAMPLES = 2 * SLOT_SAMPLES
"""A device whose sound waits for longer than this is ahead of the clock; what is quiet is left."""
_MOST_BEHIND_SAMPLES = 10 * SAMPLE_RATE_HZ
_LONGEST_GAP_SAMPLES = 10 * SAMPLE_RATE_HZ
_QUIET = 0.01
"""Nobody speaks at a hundredth of full scale."""


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
        self._end = 0
        """Samples since the beginning of the stream, as far as it has come."""
        self._begun = False

    @property
    def waiting(self) -> int:
        """How many samples have come and were not heard yet."""
        return self._waiting

    def push(self, samples: NDArray[np.floating], *, at: int | None = None) -> None:
        """Take the next samples [n]; `at` is where in the stream they begin, if that is known."""
        mended = self._repairs.mend(samples)
        if at is not None:
            again = min(max(0, self._end - at), len(mended))
            self._repairs.note(Repair.TWICE, again)
            mended = mended[again:]
            missing = max(0, at - self._end)
            self._repairs.note(Repair.GAP, missing)
            if missing:
                self._end += missing
                # A clock that was set anew must not silence the conversation for an hour.
                self._add(np.zeros(min(missing, _LONGEST_GAP_SAMPLES), dtype=np.float32))
        self._end += len(mended)
        self._add(mended)

    def take(self) -> NDArray[np.float32]:
        """Give the next SLOT_SAMPLES samples, with silence where there are none yet."""
        if self._steady:
            if not self._begun and self._waiting < SLOT_SAMPLES + _CUSHION_SAMPLES:
                return np.zeros(SLOT_SAMPLES, dtype=np.float32)
            self._begun = True
            self._catch_up()
        slot = self._cut_off(SLOT_SAMPLES)
        missing = SLOT_SAMPLES - len(slot)
        if missing and (self._steady or len(slot)):
            self._repairs.note(Repair.LATE, missing)
        return np.pad(slot, (0, missing))

    def _add(self, samples: NDArray[np.float32]) -> None:
        if len(samples):
            self._chunks.append(samples)
            self._waiting += len(samples)

    def _catch_up(self) -> None:
        """Leave out quiet slots while more waits than should, and all that is far too much."""
        while self._waiting >= SLOT_SAMPLES + _BEHIND_SAMPLES:
            slot = self._cut_off(SLOT_SAMPLES)
            if np.abs(slot).max() < _QUIET:
                self._repairs.note(Repair.QUIET_SKIPPED, SLOT_SAMPLES)
            elif self._waiting >= _MOST_BEHIND_SAMPLES:
                self._repairs.note(Repair.LOST, SLOT_SAMPLES)
            else:
                self._chunks.insert(0, slot)
                self._waiting += SLOT_SAMPLES
                return

    def _cut_off(self, length: int) -> NDArray[np.float32]:
        whole = np.concatenate([np.zeros(0, dtype=np.float32), *self._chunks])
        self._chunks = [whole[length:]] if len(whole) > length else []
        taken = whole[:length]
        self._waiting -= len(taken)
        return taken
