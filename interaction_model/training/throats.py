"""Voices that espeak-ng does not have: the same speech from another throat, by another microphone.

Vocal tract length perturbation (Jaitly and Hinton, ICML 2013 workshop on deep learning for audio,
speech and language): all frequencies move by the same factor, as in a longer or shorter throat. And
high bands are louder or softer than low ones, as voices and microphones differ in brightness. No
torch.
"""

import numpy as np
from numpy.typing import NDArray

from weft.interaction_model.dmel import BANDS, QUIETEST, centres_hz

SHARE = 0.3
"""So many lessons have a throat of their own."""
_FACTORS = (0.84, 1.2)
_MOST_TILT = 1.3
"""Natural logarithm of power, from the middle band to the last."""
_MOST_BUMP = 0.6


def sample_throat(frames: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Give log mel frames [T, BANDS] as they would be of somebody else, or as they are."""
    if rng.random() >= SHARE:
        return frames
    tilt, bump, phase = rng.uniform(-1, 1), rng.uniform(0, 1), rng.uniform(0, 2 * np.pi)
    band = np.linspace(-1, 1, BANDS)
    louder = _MOST_TILT * tilt * band + _MOST_BUMP * bump * np.sin(2 * np.pi * band + phase)
    return coloured(warped(frames, float(rng.uniform(*_FACTORS))), louder)


def warped(frames: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """Move all frequencies of log mel frames [T, BANDS] up by a factor; 1 changes nothing."""
    centres = centres_hz()
    at = np.interp(centres / factor, centres, np.arange(BANDS))
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, BANDS - 1)
    share = (at - low).astype(np.float32)
    moved: NDArray[np.float32] = frames[:, low] * (1 - share) + frames[:, high] * share
    return moved


def coloured(frames: NDArray[np.float32], louder: NDArray[np.floating]) -> NDArray[np.float32]:
    """Add to each band's log power [BANDS]; what is silent stays silent."""
    sounding = frames > QUIETEST + 0.5
    changed = np.where(sounding, np.maximum(frames + louder, QUIETEST), frames)
    return changed.astype(np.float32)
