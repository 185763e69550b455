"""What the user shows, one picture a slot: whatever its source does, the slot clock never stops.

Channels ask here and nowhere else. What goes wrong is told by its kind and never by its words, for
nothing of a picture may come into a log.
"""

import queue
import threading
import time
import weakref

import anyio.to_thread
import numpy as np
from numpy.typing import NDArray

from weft.clock import Clock
from weft.errors import InputError
from weft.interaction_model.pictures import in_colours
from weft.orchestrator.channels.film import FrameSource
from weft.orchestrator.channels.sound_repairs import Repair, Repairs
from weft.orchestrator.patient_sound import PATIENCE_S

_Picture = NDArray[np.uint8] | None


class SlotFrames:
    """The picture of each slot, if there is any; one session each."""

    def __init__(
        self, frames: FrameSource | None, clock: Clock, *, patience_s: float = PATIENCE_S
    ) -> None:
        """Take a source of frames, or none at all."""
        self.repairs = Repairs("what is shown")
        self._inline = clock.virtual
        self._frames: GuardedFrames | PatientFrames | None = None
        if frames is not None:
            self._frames = guarded = GuardedFrames(frames, self.repairs)
            if not self._inline:
                self._frames = PatientFrames(guarded, self.repairs, patience_s=patience_s)

    async def at(self, index: int) -> _Picture:
        """Give what is seen at the end of slot `index`, RGB [height, width, 3], if anything."""
        if self._frames is None:
            return None
        if self._inline:
            return self._frames.frame_at(index)
        return await anyio.to_thread.run_sync(self._frames.frame_at, index)


class GuardedFrames:
    """A source of frames that never fails: a slot in which it does has no picture."""

    def __init__(self, frames: FrameSource, repairs: Repairs) -> None:
        """Guard `frames`."""
        self._frames = frames
        self._repairs = repairs

    def frame_at(self, index: int) -> _Picture:
        """Give the picture of a slot, made RGB; None where there is none that can be used."""
        try:
            frame = self._frames.frame_at(index)
        except (Exception, SystemExit) as error:  # whatever the author of a source wrote
            self._repairs.note(Repair.FRAMES_FAIL, why=type(error).__name__)
            return None
        try:
            return None if frame is None else in_colours(frame)
        except InputError as error:
            self._repairs.note(Repair.NO_PICTURE, why=str(error))
            return None


class PatientFrames:
    """A source of frames in a thread of its own: slots go on while it takes its time, or hangs."""

    def __init__(
        self, frames: GuardedFrames, repairs: Repairs, *, patience_s: float = PATIENCE_S
    ) -> None:
        """Take a source that never fails."""
        self._repairs = repairs
        self._patience_s = patience_s
        self._asked: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._shown: queue.SimpleQueue[_Picture] = queue.SimpleQueue()
        self._asked_index: int | None = None
        """The slot that it was asked for, and has not answered."""
        # As with ears: it ends when nobody looks any more, and keeps no program from ending.
        thread = threading.Thread(
            target=_show, args=(frames, self._asked, self._shown), name="weft-frames", daemon=True
        )
        weakref.finalize(self, self._asked.put, None)
        thread.start()

    def frame_at(self, index: int) -> _Picture:
        """Give the picture of a slot; where it does not come in time, the late one of another."""
        until_s = time.monotonic() + self._patience_s
        late: _Picture = None
        while True:
            if self._asked_index is None:
                self._asked.put(index)
                self._asked_index = index
            try:
                shown = self._shown.get(timeout=max(0.0, until_s - time.monotonic()))
            except queue.Empty:
                self._repairs.note(Repair.FRAMES_LATE)
                return late
            asked_index, self._asked_index = self._asked_index, None
            if asked_index == index:
                return shown
            late = shown


def _show(
    frames: GuardedFrames,
    asked: "queue.SimpleQueue[int | None]",
    shown: "queue.SimpleQueue[_Picture]",
) -> None:
    """Answer for one slot after the other, until there is a None."""
    while (index := asked.get()) is not None:
        shown.put(frames.frame_at(index))
