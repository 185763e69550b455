"""Sound of any rate and any number of channels, made 16 kHz mono by soxr; the only module with it.

Channels are mixed (`mixing.py`); samples that are not numbers are taken for silence, as a filter
would spread them over their neighbours. What is already at the rate passes to the bit. No torch
here.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from weft.errors import InputError
from weft.interaction_model.mixing import Mixing
from weft.interaction_model.types import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    import soxr

LOWEST_HZ, HIGHEST_HZ = 1_000, 768_000


def resampled_length(samples: int, rate_hz: int, to_hz: int = SAMPLE_RATE_HZ) -> int:
    """How many samples at `to_hz` stand for `samples` at `rate_hz`."""
    return round(samples * to_hz / rate_hz)


def resample(
    samples: NDArray[np.floating], rate_hz: int, to_hz: int = SAMPLE_RATE_HZ
) -> NDArray[np.float32]:
    """Samples [n] or [n, channels] at `rate_hz` as mono [resampled_length(n)] at `to_hz`.

    Raises InputError as StreamingResampler does.
    """
    whole = StreamingResampler(rate_hz, to_hz)
    return np.concatenate([whole.push(samples), whole.finish()])


class StreamingResampler:
    """Resamples one stream in chunks of any size; what comes out trails by a few milliseconds."""

    def __init__(self, rate_hz: int, to_hz: int = SAMPLE_RATE_HZ) -> None:
        """Begin a stream; raises InputError for a rate that no sound has, or without soxr."""
        for rate in (rate_hz, to_hz):
            if not LOWEST_HZ <= rate <= HIGHEST_HZ:
                raise InputError(
                    f"a sample rate of {rate!r} Hz; it must be {LOWEST_HZ} to {HIGHEST_HZ}"
                )
        self._rate_hz, self._to_hz = rate_hz, to_hz
        self._stream = None if rate_hz == to_hz else _soxr_stream(rate_hz, to_hz)
        self._mixing = Mixing(rate_hz)
        self._channels: int | None = None
        self._taken = self._given = 0
        self._finished = False

    def push(self, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        """Take the next samples [n] or [n, channels]; give what is ready [m], perhaps nothing.

        Raises InputError for another shape, for whole numbers, when the number of channels
        changes, and after `finish`; nothing is taken then.
        """
        if self._finished:
            raise InputError("this stream of sound is finished; begin another StreamingResampler")
        mono = self._mono(samples)
        self._taken += len(mono)
        ready = mono if self._stream is None else self._stream.resample_chunk(mono)
        self._given += len(ready)
        return ready

    def finish(self) -> NDArray[np.float32]:
        """Give the rest [m]; together it is exactly as long as what was taken."""
        self._finished = True
        if self._stream is None:
            return np.zeros(0, dtype=np.float32)
        missing = resampled_length(self._taken, self._rate_hz, self._to_hz) - self._given
        # With a stream this short soxr may give a sample less than the time that has passed.
        rest = self._stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True)[:missing]
        return np.pad(rest, (0, missing - len(rest)))

    def take_cancelled(self) -> int:
        """Give of how many samples taken since this was asked the channels cancelled each other.

        Of these the loudest channel was taken alone.
        """
        return self._mixing.take_cancelled()

    def _mono(self, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        shape = getattr(samples, "shape", None)
        if shape is None or len(shape) not in (1, 2) or (len(shape) == 2 and not shape[1]):
            raise InputError(f"sound must be [samples] or [samples, channels], not {shape}")
        if not np.issubdtype(samples.dtype, np.floating):
            raise InputError(f"samples must be floating-point from -1 to 1, not {samples.dtype}")
        channels = 1 if samples.ndim == 1 else samples.shape[1]
        if self._channels not in (None, channels):
            raise InputError(f"sound of {self._channels} channels goes on with {channels}")
        self._channels = channels
        repaired: NDArray[np.float32] = np.nan_to_num(
            samples.astype(np.float32, copy=False), nan=0.0, posinf=0.0, neginf=0.0
        )
        return repaired if samples.ndim == 1 else self._mixing.mix(repaired)


def _soxr_stream(rate_hz: int, to_hz: int) -> "soxr.ResampleStream":
    try:
        import soxr
    except ImportError as error:
        raise InputError(
            f"sound of {rate_hz} Hz must be resampled, and soxr is not installed: "
            "pip install 'weft[sound]'"
        ) from error
    return soxr.ResampleStream(rate_hz, to_hz, 1, dtype="float32")
