"""A SoundChannel of a microphone and a speaker, in real time.

The clock of the conversation turns the crank, not the device: when the device is gone, silence is
heard and what is said waits, until it can be opened again.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TypeVar

import anyio
import anyio.to_thread
import numpy as np
from anyio.abc import TaskStatus
from numpy.typing import NDArray

from weft.clock import Clock, sleep_s
from weft.errors import InputError
from weft.interaction_model.resampling import StreamingResampler
from weft.interaction_model.types import SAMPLE_RATE_HZ, Senses
from weft.orchestrator.channels.crank import slots
from weft.orchestrator.channels.film import FrameSource
from weft.orchestrator.channels.play_queue import PlayQueue
from weft.orchestrator.channels.slot_frames import SlotFrames
from weft.orchestrator.channels.sound_buffer import SoundBuffer
from weft.orchestrator.channels.sound_devices import Exchange, OpenDevice, SoundDevices
from weft.orchestrator.channels.sound_repairs import Repair, Repairs
from weft.orchestrator.sound_ports import Voiced

_GONE_AFTER_S = 1.0
"""A device that has not called for so long is gone."""
_LOOK_EVERY_S = 0.25
_TRY_EVERY_S = 2.0
_BLOCK_SAMPLES = 80
"""For a moment so short the speaker is given samples ahead."""
_LEAD_S = 0.06
"""So much later than the slot before may a slot be ready without a gap in the voice."""

_T = TypeVar("_T")


class DeviceChannel:
    """Hears a microphone and plays to a speaker; `keep_open` has to run meanwhile."""

    def __init__(
        self, devices: SoundDevices, clock: Clock, *, frames: FrameSource | None = None
    ) -> None:
        """Open nothing yet."""
        self.repairs = Repairs("microphone and speaker")
        self._devices = devices
        self._clock = clock
        self._frames = SlotFrames(frames, clock)
        self._heard = SoundBuffer(self.repairs, steady=True)
        self._queue = PlayQueue(self.repairs, lead_samples=round(_LEAD_S * SAMPLE_RATE_HZ))
        self._chunks: deque[NDArray[np.float32]] = deque()
        """What the thread of the device has brought."""
        self._rates: _Rates | None = None
        """Of the device at work; only its thread has to do with them."""
        self._called_s = 0.0
        self._closed = False

    def close(self) -> None:
        """End the conversation with the next slot."""
        self._closed = True

    async def keep_open(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Open the device, and again whenever it has gone; runs until it is cancelled.

        Raises InputError when it cannot be opened the first time.
        """
        device: OpenDevice | None = await self._open()
        task_status.started()
        try:
            while True:
                await sleep_s(self._clock, _LOOK_EVERY_S)
                if self._clock.now_s() - self._called_s < _GONE_AFTER_S:
                    continue
                self.repairs.note(Repair.DEVICE_GONE)
                if device is not None:
                    await self._beside(device.close)
                device = await self._open_again()
        finally:
            with anyio.CancelScope(shield=True):
                if device is not None:
                    await self._beside(device.close)

    async def senses(self) -> AsyncIterator[Senses]:
        """Yield what was heard since the slot before, at the pace of the clock."""
        async for index in slots(self._clock):
            if self._closed:
                return
            while self._chunks:
                self._heard.push(self._chunks.popleft())
            frame = await self._frames.at(index)
            yield Senses(index=index, samples=self._heard.take(), frame=frame)

    async def play(self, voiced: Voiced) -> None:
        """Queue a slot for the speaker."""
        self._queue.add(voiced.index, self.repairs.mend(voiced.samples))

    def played_index(self) -> int:
        """Give the last slot all of whose samples the device has played, as far as it says."""
        return self._queue.played_index()

    async def _open(self) -> OpenDevice:
        device = await self._beside(partial(self._devices.open, self._exchange))
        self._called_s = self._clock.now_s()
        return device

    async def _open_again(self) -> OpenDevice | None:
        try:
            return await self._open()
        except InputError:
            await sleep_s(self._clock, _TRY_EVERY_S)
            return None

    async def _beside(self, work: Callable[[], _T]) -> _T:
        """Do what may take long; in real time beside the event loop, not on it."""
        return work() if self._clock.virtual else await anyio.to_thread.run_sync(work)

    def _exchange(self, exchange: Exchange) -> None:
        """Take from the device what it has heard, and give it what to play; in its own thread."""
        self._called_s = self._clock.now_s()
        if self._rates is None or self._rates.rate_hz != exchange.rate_hz:
            self._rates = _Rates(exchange.rate_hz, self._queue)
        self.repairs.note(Repair.OVERRUN, exchange.overrun)
        self.repairs.note(Repair.UNDERRUN, exchange.underrun)
        self._chunks.append(self._rates.heard(self.repairs.mend(exchange.heard)))
        self._rates.fill(exchange.wanted, late_s=exchange.late_s)


class _Rates:
    """Between the rate of a device and the model's."""

    def __init__(self, rate_hz: int, queue: PlayQueue) -> None:
        self.rate_hz = rate_hz
        self._queue = queue
        self._down = StreamingResampler(rate_hz)
        self._up = StreamingResampler(SAMPLE_RATE_HZ, rate_hz)
        self._ready = np.zeros(0, dtype=np.float32)

    def heard(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give what has been heard at SAMPLE_RATE_HZ, with memory of its own."""
        return self._down.push(samples).copy()

    def fill(self, wanted: NDArray[np.float32], *, late_s: float) -> None:
        """Write what is to be played next into `wanted`, which is heard `late_s` later."""
        late_samples = round(late_s * SAMPLE_RATE_HZ)
        while len(self._ready) < len(wanted):
            block = np.empty(_BLOCK_SAMPLES, dtype=np.float32)
            self._queue.fill(block, late_samples=late_samples)
            self._ready = np.concatenate([self._ready, self._up.push(block)])
        wanted[:] = self._ready[: len(wanted)]
        self._ready = self._ready[len(wanted) :]
