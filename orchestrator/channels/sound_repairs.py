"""What was put right in sound and pictures that came as they should not.

Each repair is counted, and each kind told once.
"""

import logging
import threading
from collections import Counter
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

_logger = logging.getLogger(__name__)


class Repair(StrEnum):
    """Each kind of repair, with the words that tell of it."""

    NOT_NUMBERS = "samples that are no numbers are taken for silence"
    TOO_LOUD = "samples beyond full scale are cut off there; words may be misheard"
    HALF_PAIRS = "half surrogate pairs in a text become question marks"
    CHANNELS_CANCEL = (
        "its channels cancel each other, and where they do only the loudest is heard; look whether "
        "one of them is inverted"
    )
    NO_WORDS = "what is longer than anybody can have said by now is not heard"
    ENDS_EARLY = "less sound can be read than was promised; what is heard ends with it"
    BEFORE = "what came before the conversation began is not heard"
    LATE = "sound comes late; silence stands in its place, and it is heard when it comes"
    GAP = "a stretch of sound is missing; silence stands in its place"
    TWICE = "sound that has come before is left out"
    QUIET_SKIPPED = "sound comes faster than time passes; quiet stretches are left out"
    LOST = "sound comes far faster than time passes; the oldest that nobody heard is dropped"
    UNDERRUN = "the device got no sound in time, and played silence instead"
    OVERRUN = "the device brought more sound than was taken, and dropped some of it"
    FRAMES_FAIL = (
        "its `frame_at` fails; slots in which it does have no picture, and the talk goes on; mend "
        "it, or let it give None where nothing is seen"
    )
    FRAMES_LATE = (
        "its `frame_at` takes more than a quarter of a slot; slots have no picture, or an earlier "
        "one, until it answers; let it give what is there at once"
    )
    NO_PICTURE = "what it gives for a picture is none and is left out"
    DEVICE_GONE = "the device is gone; silence is heard until it is back, what is said waits for it"


class Repairs:
    """Mends one stream of sound or pictures; `where` names it in what is told."""

    def __init__(self, where: str) -> None:
        """Begin with nothing to repair."""
        self._where = where
        self._lock = threading.Lock()  # A device has a thread of its own.
        self.counts: Counter[Repair] = Counter()

    def note(self, repair: Repair, count: int = 1, *, why: str = "") -> None:
        """Count a repair, and tell of it and `why` if it is the first of its kind."""
        if count <= 0:
            return
        with self._lock:
            first = repair not in self.counts
            self.counts[repair] += count
        if first:
            _logger.warning("%s: %s%s", self._where, repair.value, f" ({why})" if why else "")

    def mend(self, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        """Give samples of any shape with only numbers from -1 to 1 in them."""
        mended = np.asarray(samples, dtype=np.float32)
        # Looked for by sums first: nearly always there is nothing to mend.
        if not np.isfinite(mended.sum(dtype=np.float64)):
            usable = np.isfinite(mended)
            self.note(Repair.NOT_NUMBERS, int(usable.size - usable.sum()))
            mended = np.where(usable, mended, np.float32(0.0))
        too_loud = int((np.abs(mended) > 1.0).sum())
        if too_loud:
            self.note(Repair.TOO_LOUD, too_loud)
            mended = np.clip(mended, -1.0, 1.0)
        return mended
