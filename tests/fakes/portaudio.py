"""The module sounddevice, on a machine whose devices and failures the test names."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Chosen = int | str | None


class PortAudioError(Exception):
    """Asks PortAudio when it is printed, as the real one does for an error of the host."""

    def __init__(self, portaudio: "FakePortAudio", what: str, of_host: str = "") -> None:
        super().__init__(what, -9999, (0, -1, of_host))
        self._portaudio = portaudio

    def __str__(self) -> str:
        self._portaudio.check_begun()
        return f"{self.args[0]} [{self.args[2][2]}]"


def device(
    name: str, *, microphones: int = 0, speakers: int = 0, rate_hz: int = 48_000
) -> dict[str, Any]:
    return {
        "name": name,
        "max_input_channels": microphones,
        "max_output_channels": speakers,
        "default_samplerate": float(rate_hz),
    }


@dataclass
class FakeStream:
    """The test calls for it, as the thread of PortAudio does."""

    portaudio: "FakePortAudio"
    device: tuple[Chosen, Chosen]
    samplerate: int
    channels: int
    dtype: str
    callback: Callable[[NDArray[np.float32], NDArray[np.float32], int, object, object], None]
    latency: tuple[float, float] = (0.01, 0.05)
    started: bool = False
    closed: bool = False

    def __post_init__(self) -> None:
        self.portaudio.check_begun()
        self.portaudio.streams.append(self)

    def start(self) -> None:
        if self.portaudio.fails_to_start:
            raise PortAudioError(self.portaudio, "Error starting stream")
        self.started = True

    def close(self) -> None:
        self.closed = True

    def call(
        self, heard: NDArray[np.float32], *, overflow: bool = False, underflow: bool = False
    ) -> NDArray[np.float32]:
        """Let one block pass; gives what is played."""
        wanted = np.full((len(heard), 1), np.nan, dtype=np.float32)
        flags = SimpleNamespace(
            input_overflow=overflow,
            input_underflow=False,
            output_overflow=False,
            output_underflow=underflow,
        )
        self.callback(heard[:, np.newaxis].copy(), wanted, len(heard), object(), flags)
        return wanted[:, 0]


@dataclass(eq=False)
class FakePortAudio(ModuleType):
    """Stands in `sys.modules` as sounddevice."""

    devices: list[dict[str, Any]]
    refused_hz: set[int] = field(default_factory=set)
    fails_to_begin: int = 0
    """So often PortAudio cannot begin anew."""
    fails_to_start: bool = False
    streams: list[FakeStream] = field(default_factory=list)
    times_begun: int = 1
    latency: tuple[float, float] = (0.01, 0.05)

    PortAudioError = PortAudioError

    def __post_init__(self) -> None:
        super().__init__("sounddevice")
        self.default = SimpleNamespace(device=[0, 1])
        self._has_begun = True

    def check_begun(self) -> None:
        if not self._has_begun:
            raise PortAudioError(self, "PortAudio not initialized")

    def _initialize(self) -> None:
        if self.fails_to_begin:
            self.fails_to_begin -= 1
            raise PortAudioError(self, "Error initializing PortAudio", "no server")
        self._has_begun = True
        self.times_begun += 1

    def _terminate(self) -> None:
        self.check_begun()
        self._has_begun = False

    def query_devices(self, device: Chosen = None, kind: str | None = None) -> Any:
        self.check_begun()
        return self.devices if kind is None else self._found(device, kind)

    def check_input_settings(self, *, device: Chosen, samplerate: int, **_same: object) -> None:
        self._check(device, "input", samplerate)

    def check_output_settings(self, *, device: Chosen, samplerate: int, **_same: object) -> None:
        self._check(device, "output", samplerate)

    def Stream(self, **settings: Any) -> FakeStream:  # sounddevice's own name
        return FakeStream(self, latency=self.latency, **settings)

    def _check(self, device: Chosen, kind: str, rate_hz: int) -> None:
        self.check_begun()
        self._found(device, kind)
        if rate_hz in self.refused_hz:
            raise PortAudioError(self, "Invalid sample rate")

    def _found(self, device: Chosen, kind: str) -> dict[str, Any]:
        able = [each for each in self.devices if each[f"max_{kind}_channels"]]
        if isinstance(device, int):
            able = [self.devices[device]] if device < len(self.devices) else []
        elif device is not None:
            able = [each for each in able if device.lower() in each["name"].lower()]
        if not able:
            raise ValueError(f"No {kind} device matching {device!r}")
        return able[0]
