"""What is on its way to a device that plays: filled by the conversation, emptied by the device.

The device asks for samples from a thread of its own, and gets silence when there are none. A slot
has been played when its last sample was handed over, and as many after it as the device plays late.
"""

import threading
from collections import deque

import numpy as np
from numpy.typing import NDArray

from weft.orchestrator.channels.sound_repairs import Repair, Repairs

_MOST_SLOTS = 2
"""When more wait, the device is behind, and what is silent is left out."""


class PlayQueue:
    """Slots of samples in the order in which they are to be played."""

    def __init__(self, repairs: Repairs, *, lead_samples: int = 0) -> None:
        """After it has run dry, `lead_samples` of silence go before what comes next.

        Without them, a slot that is ready a little later than the one before would be a gap.
        """
        self._repairs = repairs
        self._lead_samples = lead_samples
        self._slots: deque[tuple[int, NDArray[np.float32]]] = deque()
        self._lead_left = 0
        self._dry = True
        self._sounded_last = False
        self._played_index = -1
        self._filled_samples = 0
        """So many have been handed over, silence among them."""
        self._on_the_way: deque[tuple[int, int]] = deque()
        """(slot, samples handed over when its last one was), until that one is heard"""
        self._late_samples = 0
        self._lock = threading.Lock()

    def add(self, index: int, samples: NDArray[np.float32]) -> None:
        """Add the samples of slot `index`, as many as the device takes for it."""
        with self._lock:
            if self._dry:
                self._lead_left, self._dry = self._lead_samples, False
            silent = not samples.any()
            if silent and len(self._slots) >= _MOST_SLOTS:
                samples = samples[:0]
                if len(self._slots[-1][1]) == 0:
                    self._slots.pop()
            self._slots.append((index, samples))

    def fill(self, wanted: NDArray[np.float32], *, late_samples: int = 0) -> None:
        """Write the next samples into `wanted` [n]; called by the device.

        `late_samples` is for how many samples they will be in the device before they are heard.
        """
        with self._lock:
            self._late_samples = late_samples
            filled = min(self._lead_left, len(wanted))
            self._lead_left -= filled
            wanted[:filled] = 0.0
            while filled < len(wanted) and self._slots:
                index, samples = self._slots.popleft()
                now = samples[: len(wanted) - filled]
                wanted[filled : filled + len(now)] = now
                filled += len(now)
                if len(now) < len(samples):
                    self._slots.appendleft((index, samples[len(now) :]))
                else:
                    self._on_the_way.append((index, self._filled_samples + filled))
                    self._sounded_last = bool(len(now)) and bool(now[-1] != 0.0)
            if filled < len(wanted):
                wanted[filled:] = 0.0
                self._dry = True
                if self._sounded_last:
                    self._repairs.note(Repair.UNDERRUN, len(wanted) - filled)
                    self._sounded_last = False
            self._filled_samples += len(wanted)

    def played_index(self) -> int:
        """Give the last slot that was played to its last sample; -1 before the first."""
        with self._lock:
            while self._slots and len(self._slots[0][1]) == 0:
                # Nothing of it is to be played, so nothing of it is missing.
                self._on_the_way.append((self._slots.popleft()[0], self._filled_samples))
            heard_samples = self._filled_samples - self._late_samples
            while self._on_the_way and self._on_the_way[0][1] <= heard_samples:
                self._played_index = self._on_the_way.popleft()[0]
            return self._played_index
