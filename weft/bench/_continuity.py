"""Whether sound that was made slot by slot can be told to have been: clicks where slots meet.

Spectral flux (how much louder a spectrum's bins have become since the frame before, as a share of
what is there) in windows of 4 ms. A seam that clicks has more of it than the inside of slots.

Sound made of frames, as a vocoder makes it, has three times as much flux at some places of every
hop of 10 ms than at others, and slots always meet at the same one. So a seam is compared with the
same place in the hops inside.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from weft.interaction_model.dmel import HOP_SAMPLES
from weft.interaction_model.types import SLOT_SAMPLES

_WINDOW, _HOP = 64, 32
_QUIET = 1e-3
"""Frames whose magnitudes sum to less are silence, in which nothing can be told."""


def border_flux_ratio(
    samples: NDArray[np.float32], first_border: int = SLOT_SAMPLES, join_samples: int = 0
) -> float:
    """Mean flux in frames that see a border of slots, over that of all others there in their hop.

    `samples` [n] are speech of at least some seconds; borders are at `first_border` and each
    SLOT_SAMPLES on, and go on for `join_samples`, in which both slots sound. About 1 without
    clicks; nan for silence, and where no other frame is.
    """
    windows = sliding_window_view(samples.astype(np.float64), _WINDOW)[::_HOP] * np.hanning(_WINDOW)
    magnitudes = np.abs(np.fft.rfft(windows, axis=1))
    loudness = magnitudes.sum(axis=1)
    rising = np.maximum(magnitudes[1:] - magnitudes[:-1], 0).sum(axis=1)
    both = loudness[1:] + loudness[:-1]
    sounding = both > _QUIET
    flux = rising[sounding] / both[sounding]
    begins = np.arange(1, len(magnitudes))[sounding] * _HOP
    since_border = (begins - first_border) % SLOT_SAMPLES
    # A frame sees a border that is inside it or inside the one that it is compared with.
    at_border = since_border > SLOT_SAMPLES - _WINDOW
    at_border |= since_border < join_samples + _HOP
    place = since_border % HOP_SAMPLES // _HOP
    inside = [flux[~at_border & (place == n)] for n in range(HOP_SAMPLES // _HOP)]
    if not at_border.any() or not all(len(others) for others in inside):
        return float("nan")
    expected = np.array([others.mean() for others in inside])[place[at_border]]
    return float(flux[at_border].mean() / expected.mean())
