"""Microphones and speakers; the only module that knows sounddevice (PortAudio)."""

import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from weft.errors import InputError
from weft.interaction_model.types import SAMPLE_RATE_HZ

_USUAL_RATES_HZ = (48_000, 44_100)
_LATEST_S = 0.5
"""A driver that says more is not believed: what it plays would seem never to be heard in time."""
_COMMA_BETWEEN_DEVICES = re.compile(r",(?![^()]*\))")
"""ALSA's names have commas inside parentheses: "HDA Intel PCH: ALC257 Analog (hw:0,0)"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What a device brings and asks for at one moment."""

    heard: NDArray[np.float32]
    """[n] samples from the microphone; its own only until the call returns."""
    wanted: NDArray[np.float32]
    """[n] samples for the speaker, to be written by who is called."""
    rate_hz: int
    overrun: bool = False
    """Whether samples that were heard before these have been dropped."""
    underrun: bool = False
    """Whether silence was played before these, because they came too late."""
    late_s: float = 0.0
    """How long what is `wanted` will be in the device before it is heard."""


class OpenDevice(Protocol):
    """A microphone and a speaker that are at work."""

    def close(self) -> None:
        """Let go of both; may be called when they have gone already."""
        ...


class SoundDevices(Protocol):
    """Where a microphone and a speaker come from."""

    def check(self) -> None:
        """Look for both without opening them; raises InputError when there are none."""
        ...

    def open(self, exchange: Callable[[Exchange], None]) -> OpenDevice:
        """Open both; `exchange` is called from a thread of theirs, and must return at once.

        Raises InputError when there are none.
        """
        ...


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """Which microphone and which speaker, by number or part of the name; None: the usual one."""

    microphone: int | str | None = None
    speaker: int | str | None = None


def parse_choice(text: str, names: Iterable[str] = ()) -> DeviceChoice:
    """Read `--device`: one for both, or `MICROPHONE,SPEAKER`; raises InputError.

    A text that stands in one of `names`, those of the devices there are, is one device for both;
    but two numbers are two devices.
    """
    whole = text.strip()
    parts = [part.strip() for part in _COMMA_BETWEEN_DEVICES.split(text)]
    if all(parts) and not all(part.isdecimal() for part in parts):
        parts = [whole] if any(whole.lower() in name.lower() for name in names) else parts
    if len(parts) > 2 or not all(parts):
        raise InputError(
            f"--device {text!r}: name one device, or MICROPHONE,SPEAKER; by their numbers or "
            "parts of their names, as `weft talk --devices` lists them"
        )
    chosen = [int(part) if part.isdecimal() else part for part in parts]
    return DeviceChoice(chosen[0], chosen[-1])


def device_names() -> list[str]:
    """Give the names of all devices; raises InputError without PortAudio."""
    return [str(device["name"]) for device in _queried(_library())]


def list_devices() -> list[str]:
    """Give a line for each device; raises InputError without PortAudio, or without a device."""
    sounddevice = _library()
    usual = set(sounddevice.default.device)
    lines = [
        f"{'*' if number in usual else ' '} {number:3}  {device['name']}  "
        f"({device['max_input_channels']} in, {device['max_output_channels']} out, "
        f"{device['default_samplerate']:.0f} Hz)"
        for number, device in enumerate(_queried(sounddevice))
    ]
    if not lines:
        raise InputError("this machine has no microphone and no speaker that PortAudio finds")
    return lines


class PortAudioDevices:
    """The devices of this machine."""

    def __init__(self, choice: DeviceChoice | None = None) -> None:
        """Choose; nothing is opened yet."""
        self._choice = choice or DeviceChoice()
        self._opened_before = False

    @property
    def _chosen(self) -> tuple[int | str | None, int | str | None]:
        return self._choice.microphone, self._choice.speaker

    def check(self) -> None:
        """Look for a rate that both can, and open neither; InputError says what PortAudio says."""
        sounddevice = _library()
        with _saying_why(sounddevice):
            _rate_of_both(sounddevice, self._chosen)

    def open(self, exchange: Callable[[Exchange], None]) -> OpenDevice:
        """Open both at a rate that both can; InputError says what PortAudio says."""
        sounddevice = _library()
        with _saying_why(sounddevice):
            if self._opened_before:
                _begin_anew(sounddevice)
            self._opened_before = True
            rate_hz = _rate_of_both(sounddevice, self._chosen)
            return _Stream(sounddevice, self._chosen, rate_hz, exchange)


class _Stream:
    """A stream of PortAudio in both directions."""

    def __init__(
        self,
        sounddevice: Any,
        chosen: tuple[int | str | None, int | str | None],
        rate_hz: int,
        exchange: Callable[[Exchange], None],
    ) -> None:
        self._sounddevice = sounddevice
        self._late_s = 0.0

        def called(heard: Any, wanted: Any, frames: int, time: object, flags: Any) -> None:
            exchange(
                Exchange(
                    heard=heard[:, 0],
                    wanted=wanted[:, 0],
                    rate_hz=rate_hz,
                    overrun=bool(flags.input_overflow),
                    underrun=bool(flags.output_underflow),
                    late_s=self._late_s,
                )
            )

        self._stream = sounddevice.Stream(
            device=chosen, samplerate=rate_hz, channels=1, dtype="float32", callback=called
        )
        try:
            self._late_s = _late_s(self._stream.latency[1])
            self._stream.start()
        except sounddevice.PortAudioError:
            self.close()
            raise

    def close(self) -> None:
        try:
            self._stream.close()
        except self._sounddevice.PortAudioError:
            return  # It has gone already.


@contextmanager
def _saying_why(sounddevice: Any) -> Iterator[None]:
    """Make of what PortAudio raises an InputError."""
    try:
        yield
    except (sounddevice.PortAudioError, ValueError, OSError) as error:
        raise InputError(
            f"microphone and speaker cannot be opened: {_reason(error)}; "
            "`weft talk --devices` lists what there is"
        ) from error


def _begin_anew(sounddevice: Any) -> None:
    """Let PortAudio look for devices again, which it does once: one that has come back is found."""
    with suppress(sounddevice.PortAudioError):
        # It has ended already when it could not begin the last time.
        sounddevice._terminate()
    sounddevice._initialize()


def _queried(sounddevice: Any) -> list[Any]:
    try:
        return list(sounddevice.query_devices())
    except sounddevice.PortAudioError as error:
        raise InputError(f"PortAudio finds no devices: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """Say what failed without PortAudio: its errors ask it for a name when they are printed."""
    match error.args:
        case (str(what), _, (_, _, str(of_host))) if of_host:
            return f"{what} ({of_host})"
        case (str(what), *_):
            return what
        case _:
            return str(error)


def _late_s(latency_s: float) -> float:
    """Believe what a driver says of its latency as far as it can be."""
    return min(max(0.0, latency_s), _LATEST_S) if math.isfinite(latency_s) else 0.0


def _rate_of_both(sounddevice: Any, chosen: tuple[int | str | None, int | str | None]) -> int:
    """Find a rate for both: the model's own, or one from which is resampled."""
    usual_hz: list[int] = [
        round(sounddevice.query_devices(device, kind)["default_samplerate"])
        for device, kind in zip(chosen, ("input", "output"), strict=True)
    ]
    rates_hz: tuple[int, ...] = (SAMPLE_RATE_HZ, *usual_hz, *_USUAL_RATES_HZ)
    refused: Exception = ValueError("there is none to try")
    for rate_hz in rates_hz:
        settings = {"samplerate": rate_hz, "channels": 1, "dtype": "float32"}
        try:
            sounddevice.check_input_settings(device=chosen[0], **settings)
            sounddevice.check_output_settings(device=chosen[1], **settings)
        except sounddevice.PortAudioError as error:
            refused = error
        else:
            return rate_hz
    raise ValueError(f"no rate suits both of them ({_reason(refused)})")


def _library() -> Any:
    try:
        import sounddevice
    except ImportError as error:
        raise InputError(
            "microphones need sounddevice, which is not installed: pip install 'weft[sound]'"
        ) from error
    except OSError as error:
        raise InputError(
            f"microphones need PortAudio, which is not installed here ({error}): "
            "apt install libportaudio2, or brew install portaudio"
        ) from error
    except Exception as error:
        # PortAudio begins with the import; the class of its error has no name before that is over.
        raise InputError(
            f"PortAudio cannot begin: {_reason(error)}; is the sound of this machine at work "
            "(its driver, PipeWire, PulseAudio)?"
        ) from error
    return sounddevice
