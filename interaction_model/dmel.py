"""Sound as the model takes it in: discrete levels of log-mel bands (dMel, arXiv 2407.15835).

16 kHz mono in; 80 bands on Slaney's mel scale from 0 to 8 kHz, a Hann window of 25 ms, a frame
every 10 ms. Frame f sees the samples from 160·f − 240 to 160·f + 160, with silence before the
first: a frame ends where its hop ends, so nothing waits for sound that is still to come, and a slot
of 3,200 samples is exactly 20 frames. No torch here.

Streaming and offline give the same bits for chunks of any size: each frame is transformed on its
own, and bands are summed element by element in a fixed order (a matrix product would round
differently with the number of rows).

Repaired: samples that are not numbers are taken for silence, and what is beyond ±1 is clipped.
Refused with InputError: anything but one row of floating-point samples.
"""

import functools
from collections.abc import Iterable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from weft.errors import InputError
from weft.interaction_model.types import SAMPLE_RATE_HZ, SLOT_SAMPLES

BANDS = 80
HOP_SAMPLES = 160
WINDOW_SAMPLES = 400
FFT_SAMPLES = 512
SLOT_FRAMES = SLOT_SAMPLES // HOP_SAMPLES

QUIETEST = float(np.log(1e-6))
"""Natural logarithm of the least power of a band that is told from silence."""
LOUDEST = float(np.log(1e5))
"""More than a band holds when a sine of full scale is heard."""

_PAST_SAMPLES = WINDOW_SAMPLES - HOP_SAMPLES
_BLOCK_FRAMES = 2_000
"""So many frames are worked on at once, which bounds memory for long recordings."""
_STEPS_A_NEPER = 50
"""Resolution of the histogram from which statistics are read."""


class DMelConfig(BaseModel):
    """How many levels a band has and between which bounds; stored with the weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    levels: int = Field(default=16, ge=2, le=256)
    floor: tuple[float, ...] = (QUIETEST,) * BANDS
    """Log power of each band's lowest level; what is lower has the same level."""
    ceiling: tuple[float, ...] = (LOUDEST,) * BANDS
    """Log power of each band's highest level."""

    @model_validator(mode="after")
    def _bounds_fit(self) -> "DMelConfig":
        if len(self.floor) != BANDS or len(self.ceiling) != BANDS:
            raise ValueError(f"floor and ceiling need {BANDS} values each, one for each band")
        if not np.isfinite([self.floor, self.ceiling]).all():
            raise ValueError("floor and ceiling must be finite")
        if any(low >= high for low, high in zip(self.floor, self.ceiling, strict=True)):
            raise ValueError("each floor must be below its ceiling")
        return self

    @functools.cached_property
    def _bounds(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Floors and the height of a level, each [BANDS]."""
        floor = np.array(self.floor)
        step = (np.array(self.ceiling) - floor) / (self.levels - 1)
        return floor.astype(np.float32), step.astype(np.float32)

    def quantise(self, log_mel: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Nearest level of each band, uint8 of the same shape [frames, BANDS]."""
        floor, step = self._bounds
        steps = np.rint((log_mel - floor) / step)
        levels: NDArray[np.uint8] = np.clip(steps, 0, self.levels - 1).astype(np.uint8)
        return levels

    def dequantise(self, levels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Log power that the levels [frames, BANDS] stand for, float32 of the same shape."""
        floor, step = self._bounds
        return floor + step * levels.astype(np.float32)


def checked(samples: NDArray[np.floating]) -> NDArray[np.float32]:
    """Samples [n] as the model takes them, repaired; raises InputError for another shape or kind.

    What needs no repair comes back as it is.
    """
    if not isinstance(samples, np.ndarray) or samples.ndim != 1:
        shape = getattr(samples, "shape", type(samples).__name__)
        raise InputError(f"sound must be one row of samples, not {shape}: mix channels into one")
    if not np.issubdtype(samples.dtype, np.floating):
        raise InputError(
            f"samples must be floating-point from -1 to 1, not {samples.dtype}: "
            "divide whole numbers by their largest value"
        )
    if bool((np.abs(samples) <= 1).all()):  # false where one is not a number
        return samples.astype(np.float32, copy=False)
    finite = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    clipped: NDArray[np.float32] = np.clip(finite, -1.0, 1.0).astype(np.float32)
    return clipped


@functools.cache
def filterbank() -> NDArray[np.float32]:
    """Weights [bins, BANDS] of triangular filters whose sum is one at every bin between centres."""
    edges_hz = _hz(np.linspace(_mel(0.0), _mel(SAMPLE_RATE_HZ / 2), BANDS + 2))
    bins_hz = np.fft.rfftfreq(FFT_SAMPLES, 1 / SAMPLE_RATE_HZ)[:, None]
    left, centre, right = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    rising = (bins_hz - left) / (centre - left)
    falling = (right - bins_hz) / (right - centre)
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


@functools.cache
def centres_hz() -> NDArray[np.float64]:
    """The frequency in the middle of each band [BANDS]."""
    return _hz(np.linspace(_mel(0.0), _mel(SAMPLE_RATE_HZ / 2), BANDS + 2))[1:-1]


def _mel(hz: float) -> float:
    """Slaney's scale: linear to 1 kHz, then logarithmic."""
    return hz * 3 / 200 if hz < 1_000 else 15 + 27 * float(np.log(hz / 1_000)) / float(np.log(6.4))


def _hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    hz: NDArray[np.float64] = np.where(
        mel < 15, mel * 200 / 3, 1_000 * np.exp((mel - 15) * np.log(6.4) / 27)
    )
    return hz


@functools.cache
def window() -> NDArray[np.float32]:
    """Periodic Hann window [WINDOW_SAMPLES]."""
    phase = 2 * np.pi * np.arange(WINDOW_SAMPLES) / WINDOW_SAMPLES
    return (0.5 - 0.5 * np.cos(phase)).astype(np.float32)


@functools.cache
def _taps() -> tuple[tuple[NDArray[np.intp], NDArray[np.float32]], ...]:
    """The filterbank as terms: the n-th bin of each band [BANDS], and its weight [BANDS]."""
    weights = filterbank()
    first = (weights > 0).argmax(axis=0)
    longest = int((weights > 0).sum(axis=0).max())
    terms = []
    for n in range(longest):
        bins = np.minimum(first + n, len(weights) - 1)
        # A band shorter than the longest ends before; its further terms weigh nothing.
        weight = np.where(first + n < len(weights), weights[bins, np.arange(BANDS)], 0.0)
        terms.append((bins, weight.astype(np.float32)))
    return tuple(terms)


def _frames(padded: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log power [frames, BANDS] of samples that begin with the past of the first frame."""
    windows = sliding_window_view(padded, WINDOW_SAMPLES)[::HOP_SAMPLES]
    spectrum = np.fft.rfft(windows * window(), n=FFT_SAMPLES)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    bands = np.zeros((len(power), BANDS), dtype=np.float32)
    for bins, weight in _taps():
        bands += power[:, bins] * weight
    logarithm: NDArray[np.float32] = np.log(np.maximum(bands, np.float32(np.exp(QUIETEST))))
    return logarithm


def log_mel(samples: NDArray[np.floating]) -> NDArray[np.float32]:
    """Log power [n // 160, 80] of samples [n], natural logarithm; see the module for repairs."""
    return StreamingLogMel().push(samples)


class StreamingLogMel:
    """Log-mel frames of one stream of sound, in chunks of any size."""

    def __init__(self) -> None:
        """Begin after silence."""
        self._held = np.zeros(_PAST_SAMPLES, dtype=np.float32)

    def push(self, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        """Take the next samples [n]; give the frames [m, 80] that are complete now, perhaps none.

        Raises InputError as `checked` does, and then has taken nothing.
        """
        held = np.concatenate([self._held, checked(samples)])
        count = (len(held) - _PAST_SAMPLES) // HOP_SAMPLES
        found = [np.zeros((0, BANDS), dtype=np.float32)]
        for first in range(0, count, _BLOCK_FRAMES):
            last = min(first + _BLOCK_FRAMES, count)
            found.append(_frames(held[first * HOP_SAMPLES : last * HOP_SAMPLES + _PAST_SAMPLES]))
        self._held = held[count * HOP_SAMPLES :].copy()
        return np.concatenate(found)


class StreamingDMel:
    """Levels of one stream of sound, in chunks of any size."""

    def __init__(self, config: DMelConfig) -> None:
        """Begin after silence."""
        self._config = config
        self._log_mel = StreamingLogMel()

    def push(self, samples: NDArray[np.floating]) -> NDArray[np.uint8]:
        """Take the next samples [n]; give the levels [m, 80] that are complete now, perhaps none.

        Raises InputError as `checked` does, and then has taken nothing.
        """
        return self._config.quantise(self._log_mel.push(samples))


def fit(
    recordings: Iterable[NDArray[np.floating]],
    *,
    levels: int = 16,
    below: float = 0.02,
    above: float = 0.001,
) -> DMelConfig:
    """Statistics of each band over recordings, each [n]: quantiles, so that no outlier decides.

    The floor leaves the share `below` of the frames that are not silent under it, the ceiling the
    share `above` over it. Raises InputError when there is nothing but silence.
    """
    edges = np.arange(QUIETEST, LOUDEST, 1 / _STEPS_A_NEPER)
    counts = np.zeros((BANDS, len(edges) + 1), dtype=np.int64)
    for samples in recordings:
        frames = log_mel(samples)
        sounding = frames[frames.max(axis=1, initial=QUIETEST) > QUIETEST + 1e-3]
        cells = np.searchsorted(edges, sounding, side="right")
        for band in range(BANDS):
            counts[band] += np.bincount(cells[:, band], minlength=len(edges) + 1)
    total = int(counts[0].sum())
    if not total:
        raise InputError("there is no sound to fit dMel's statistics to: every frame is silent")
    reached = counts.cumsum(axis=1) / total
    last = len(edges) - 1
    floor = edges[np.minimum((reached > below).argmax(axis=1), last)]
    ceiling = edges[np.minimum((reached >= 1 - above).argmax(axis=1), last)]
    ceiling = np.maximum(ceiling, floor + 1.0)  # a band that never sounds still has levels
    return DMelConfig(
        levels=levels,
        floor=tuple(round(float(value), 3) for value in floor),
        ceiling=tuple(round(float(value), 3) for value in ceiling),
    )
