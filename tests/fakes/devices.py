"""A microphone and a speaker; the test calls for them, as the thread of a real device does."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from weft.errors import InputError
from weft.orchestrator.channels.sound_devices import Exchange, OpenDevice


class FakeDevices:
    """Can be unplugged; keeps what it has played."""

    def __init__(self, rate_hz: int = 16_000, *, late_s: float = 0.0) -> None:
        self.rate_hz = rate_hz
        self.late_s = late_s
        self.plugged_in = True
        self.times_opened = 0
        self.times_closed = 0
        self._exchange: Callable[[Exchange], None] | None = None
        self._played: list[NDArray[np.float32]] = []

    @property
    def played(self) -> NDArray[np.float32]:
        return np.concatenate([np.zeros(0, dtype=np.float32), *self._played])

    def check(self) -> None:
        if not self.plugged_in:
            raise InputError("no such device")

    def open(self, exchange: Callable[[Exchange], None]) -> OpenDevice:
        self.check()
        self.times_opened += 1
        self._exchange = exchange
        return self

    def close(self) -> None:
        self.times_closed += 1
        self._exchange = None

    def unplug(self) -> None:
        self.plugged_in = False

    def bring(
        self, heard: NDArray[np.float32], *, overrun: bool = False, underrun: bool = False
    ) -> None:
        """Let one block pass, if the device is there."""
        if self._exchange is None or not self.plugged_in:
            return
        wanted = np.full(len(heard), np.nan, dtype=np.float32)
        lent = heard.copy()
        self._exchange(
            Exchange(
                heard=lent,
                wanted=wanted,
                rate_hz=self.rate_hz,
                overrun=overrun,
                underrun=underrun,
                late_s=self.late_s,
            )
        )
        lent[:] = np.nan  # What a device has lent is its own again.
        self._played.append(wanted)
