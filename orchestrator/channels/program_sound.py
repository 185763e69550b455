"""A SoundChannel of a program: samples are handed in from code, and the voice is taken from it."""

import math
from collections import deque
from collections.abc import AsyncIterator

import anyio
import numpy as np
from numpy.typing import NDArray

from weft.clock import Clock
from weft.errors import InputError
from weft.interaction_model.resampling import StreamingResampler
from weft.interaction_model.types import SAMPLE_RATE_HZ, Senses
from weft.orchestrator.channels.crank import slots
from weft.orchestrator.channels.film import FrameSource
from weft.orchestrator.channels.slot_frames import SlotFrames
from weft.orchestrator.channels.sound_buffer import Placing, SoundBuffer
from weft.orchestrator.channels.sound_repairs import Repair, Repairs
from weft.orchestrator.sound_ports import Voiced

MOST_WAITING_S = 600.0
"""More than this at once is no conversation; a program that hands in a file has to wait for it."""

_MOST_SILENT_SLOTS = 2
"""Where more wait to be taken, silence is left out, and who is behind catches up."""


class ProgramSound:
    """Hears what `hear` is given, in natural time; a slot was played when `voice` has given it."""

    def __init__(self, clock: Clock, *, frames: FrameSource | None = None) -> None:
        """Begin in silence."""
        self.repairs = Repairs("the program's sound")
        self._clock = clock
        self._frames = SlotFrames(frames, clock)
        self._heard = SoundBuffer(self.repairs, steady=False)
        self._resampler = StreamingResampler(SAMPLE_RATE_HZ)
        self._rate_hz = SAMPLE_RATE_HZ
        self._shape: tuple[int, ...] = ()
        """Of one sample: () or (channels,)."""
        self._placing = Placing(self.repairs, SAMPLE_RATE_HZ)
        self._voiced: deque[tuple[int, NDArray[np.float32]]] = deque()
        self._more = anyio.Event()
        self._played_index = -1
        self._closed = False

    def hear(
        self,
        samples: NDArray[np.floating],
        *,
        rate_hz: int = SAMPLE_RATE_HZ,
        at_s: float | None = None,
    ) -> float:
        """Hear samples [n] or [n, channels] after those before; gives for how many seconds it will.

        `at_s` says where in the user's own stream they begin, so that what is sent twice or lost
        on the way is known. Raises InputError for what is no sound, or more than anybody says.
        """
        if self._heard.waiting > MOST_WAITING_S * SAMPLE_RATE_HZ:
            raise InputError(
                f"{MOST_WAITING_S:.0f} s of sound wait to be heard; hand in more as time goes by"
            )
        if at_s is not None and not math.isfinite(at_s * rate_hz):
            raise InputError(
                f"at_s is {at_s!r}, which is no moment; give the seconds at which these samples "
                "begin, or leave it out for samples that follow those before"
            )
        # Asked first whether it can be: what is refused changes nothing.
        StreamingResampler(rate_hz).push(samples[:0])
        if rate_hz != self._rate_hz or samples.shape[1:] != self._shape:
            self._heard.push(self._resampler.finish())
            self._resampler, self._rate_hz = StreamingResampler(rate_hz), rate_hz
            self._shape = samples.shape[1:]
            self._placing = Placing(self.repairs, rate_hz, begun_s=self._placing.end_s)
        placed = self._placing.place(self.repairs.mend(samples), at_s)
        self._heard.push(self._resampler.push(placed))
        self.repairs.note(Repair.CHANNELS_CANCEL, self._resampler.take_cancelled())
        return self._heard.waiting / SAMPLE_RATE_HZ

    def close(self) -> None:
        """End the conversation with the next slot; sound not heard yet is dropped."""
        self._closed = True

    async def senses(self) -> AsyncIterator[Senses]:
        """Yield one slot after the other until closed."""
        try:
            async for index in slots(self._clock):
                if self._closed:
                    return
                frame = await self._frames.at(index)
                yield Senses(index=index, samples=self._heard.take(), frame=frame)
        finally:
            self._closed = True
            self._more.set()

    async def play(self, voiced: Voiced) -> None:
        """Keep a slot until it is taken."""
        silent = not voiced.samples.any()
        if silent and len(self._voiced) > _MOST_SILENT_SLOTS and len(self._voiced[-1][1]) == 0:
            self._voiced.pop()
        skipped = silent and len(self._voiced) >= _MOST_SILENT_SLOTS
        self._voiced.append((voiced.index, voiced.samples[:0] if skipped else voiced.samples))
        self._more.set()

    def played_index(self) -> int:
        """Give the last slot that was taken, and after which the next one was asked for."""
        return self._played_index

    async def voice(self) -> AsyncIterator[NDArray[np.float32]]:
        """Yield the voice slot by slot, [SLOT_SAMPLES] at SAMPLE_RATE_HZ, until the session ends.

        Who asks for the next slot says by it that the one before has been heard.
        """
        while True:
            while self._voiced:
                index, samples = self._voiced.popleft()
                if len(samples):
                    yield samples
                self._played_index = index
            if self._closed:
                return
            self._more = anyio.Event()
            await self._more.wait()
