"""From log-mel frames to sound without a gap: Griffin-Lim with its phase carried across slots.

The frames are dMel's own (`dmel.log_mel`), so each iteration compares the sound that is being made
with what the ear would take in of it. A band says nothing of where inside it the power is: the
first guess spreads it evenly, and phases that agree with their neighbours decide. Iterations go on
in the direction of the last (fast Griffin-Lim, Perraudin et al. 2013). No torch here.

A slot's frames are worked on together. What they share with the slot before (a window reaches 15 ms
back before its hop) is finished only now, when both are known: sound comes out `LATENCY_SAMPLES`
later than its place, and its phase goes on where it was. Slot by slot and all at once give the same
bits.
"""

import functools

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from weft.errors import InputError
from weft.interaction_model import dmel
from weft.interaction_model.dmel import BANDS, FFT_SAMPLES, HOP_SAMPLES, SLOT_FRAMES, WINDOW_SAMPLES
from weft.interaction_model.types import SLOT_SAMPLES

LATENCY_SAMPLES = WINDOW_SAMPLES - HOP_SAMPLES
"""So much later than its place (15 ms) a sample comes out."""

ITERATIONS = 20
_MOMENTUM = 0.9
_SILENT = dmel.QUIETEST + 0.7
"""A slot without a band above this (twice the least power) is silence, to the sample."""
_MOST_GAIN = 30.0
"""A bin is raised by no more than this factor in one iteration."""
_LEAST_WINDOW = 0.1
"""Where squared windows sum to less, the sum is taken for this: the slot to come adds the rest."""

_WINDOW_HOPS = -(-WINDOW_SAMPLES // HOP_SAMPLES)
_HOPS = SLOT_FRAMES + _WINDOW_HOPS - 1

_Sound = NDArray[np.floating]
_Spectra = NDArray[np.complexfloating]


def _laid_over(frames: _Sound) -> _Sound:
    """Sum frames [SLOT_FRAMES, WINDOW_SAMPLES], each a hop after the one before, to one row."""
    hops = np.pad(frames, ((0, 0), (0, _WINDOW_HOPS * HOP_SAMPLES - WINDOW_SAMPLES)))
    hops = hops.reshape(len(frames), _WINDOW_HOPS, HOP_SAMPLES)
    whole = np.zeros((_HOPS, HOP_SAMPLES), dtype=np.float32)
    for hop in range(_WINDOW_HOPS):
        whole[hop : hop + SLOT_FRAMES] += hops[:, hop]
    return whole.reshape(-1)


@functools.cache
def _window_sums() -> tuple[_Sound, _Sound]:
    """Squared windows summed: of the slot before, where it reaches into this one; and of both."""
    squared = np.tile(dmel.window() ** 2, (SLOT_FRAMES, 1))
    own = _laid_over(squared)
    before = np.zeros_like(own)
    before[:LATENCY_SAMPLES] = own[SLOT_SAMPLES : SLOT_SAMPLES + LATENCY_SAMPLES]
    return before, own + before


@functools.cache
def _first_phases() -> NDArray[np.complex64]:
    """Phases for where nothing sounded before, the same in each slot."""
    turns = np.random.default_rng(0).random((SLOT_FRAMES, FFT_SAMPLES // 2 + 1))
    phases: NDArray[np.complex64] = np.exp(2j * np.pi * turns).astype(np.complex64)
    return phases


def _to_bins(bands: _Sound) -> _Sound:
    """Spread values of bands [frames, BANDS] over bins, each the mean of the bands it is in."""
    weights = dmel.filterbank()
    spread: _Sound = (bands @ weights.T) / np.maximum(weights.sum(axis=1), 1e-3)
    return spread


def _first_magnitudes(power: _Sound) -> _Sound:
    """Smooth magnitudes [frames, bins] whose bands have this power [frames, BANDS]."""
    weights = dmel.filterbank()
    bins = _to_bins(power / weights.sum(axis=0))
    for _ in range(4):
        bins *= _to_bins(power / np.maximum(bins @ weights, 1e-9))
    magnitudes: _Sound = np.sqrt(bins)
    return magnitudes


def _spectra(sound: _Sound) -> _Spectra:
    windows = sliding_window_view(sound, WINDOW_SAMPLES)[::HOP_SAMPLES][:SLOT_FRAMES]
    spectra: _Spectra = np.fft.rfft(windows * dmel.window(), n=FFT_SAMPLES)
    return spectra


def _waves(spectra: _Spectra) -> _Sound:
    waves = np.fft.irfft(spectra, n=FFT_SAMPLES)[..., :WINDOW_SAMPLES].astype(np.float32)
    windowed: _Sound = waves * dmel.window()
    return windowed


def _continued(magnitudes: _Sound, past: _Sound) -> _Sound:
    """A first guess: each frame with the phases of the sound that reaches into it."""
    sums = _window_sums()[0].copy()
    sound = past.copy()
    squared = dmel.window() ** 2
    for frame, magnitude in enumerate(magnitudes):
        place = slice(frame * HOP_SAMPLES, frame * HOP_SAMPLES + WINDOW_SAMPLES)
        heard = np.fft.rfft(
            sound[place] / np.maximum(sums[place], _LEAST_WINDOW) * dmel.window(), n=FFT_SAMPLES
        )
        heard += 1e-3 * magnitude * _first_phases()[frame]
        sound[place] += _waves(heard / np.maximum(np.abs(heard), 1e-9) * magnitude)
        sums[place] += squared
    return sound


def _slot(power: _Sound, past: _Sound, iterations: int) -> _Sound:
    """Windowed sound of a slot's frames with power [SLOT_FRAMES, BANDS], laid over its past."""
    sums = np.maximum(_window_sums()[1], _LEAST_WINDOW)
    weights = dmel.filterbank()
    laid = _continued(_first_magnitudes(power), past)
    last: _Spectra | None = None
    for _ in range(iterations):
        found = _spectra(laid / sums)
        spectra = found if last is None else found + _MOMENTUM * (found - last)
        last = found
        bands = (spectra.real**2 + spectra.imag**2) @ weights
        gains = np.sqrt(_to_bins(power / np.maximum(bands, 1e-8)))
        laid = past + _laid_over(_waves(spectra * np.minimum(gains, _MOST_GAIN)))
    return laid


class Vocoder:
    """Makes sound of one stream of log-mel frames, slot by slot."""

    def __init__(self, iterations: int = ITERATIONS) -> None:
        """Begin after silence."""
        self._iterations = iterations
        self._past = np.zeros(LATENCY_SAMPLES, dtype=np.float32)

    def push(self, log_mel: NDArray[np.floating]) -> NDArray[np.float32]:
        """Samples [SLOT_SAMPLES] of a slot's frames [SLOT_FRAMES, BANDS], 15 ms late.

        Frames that are not numbers are silent. Raises InputError for another shape.
        """
        if np.shape(log_mel) != (SLOT_FRAMES, BANDS):
            raise InputError(
                f"a slot of sound is made of {SLOT_FRAMES} frames of {BANDS} bands, "
                f"not {np.shape(log_mel)}"
            )
        frames = np.nan_to_num(log_mel, nan=dmel.QUIETEST).astype(np.float32)
        frames = np.clip(frames, dmel.QUIETEST, dmel.LOUDEST)
        past = np.zeros(_HOPS * HOP_SAMPLES, dtype=np.float32)
        past[:LATENCY_SAMPLES] = self._past
        silent = bool((frames <= _SILENT).all())
        laid = past if silent else _slot(np.exp(frames), past, self._iterations)
        self._past = laid[SLOT_SAMPLES : SLOT_SAMPLES + LATENCY_SAMPLES].copy()
        sums = np.maximum(_window_sums()[1][:SLOT_SAMPLES], _LEAST_WINDOW)
        samples: NDArray[np.float32] = np.clip(laid[:SLOT_SAMPLES] / sums, -1, 1)
        return samples


def sound_of(log_mel: NDArray[np.floating], iterations: int = ITERATIONS) -> NDArray[np.float32]:
    """Samples [n · HOP_SAMPLES] of frames [n, BANDS], each in its place (no latency)."""
    count = len(log_mel)
    slots = -(-count // SLOT_FRAMES) + 1  # one more, for what comes out late
    padded = np.full((slots * SLOT_FRAMES, BANDS), dmel.QUIETEST, dtype=np.float32)
    padded[:count] = log_mel
    vocoder = Vocoder(iterations)
    sound = [vocoder.push(slot) for slot in padded.reshape(slots, SLOT_FRAMES, BANDS)]
    return np.concatenate(sound)[LATENCY_SAMPLES : LATENCY_SAMPLES + count * HOP_SAMPLES]
