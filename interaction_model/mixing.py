"""Several channels of sound made one; the only place where that is done. No torch here."""

import math

import numpy as np
from numpy.typing import NDArray

_MEMORY_S = 0.1
"""Of so long the loudness counts, so that no single sample decides."""
_CANCELLED = 1e-3
"""Power of the mean, for that of channels that have nothing to do with each other: 30 dB down."""
_FAINT = 1e-3
"""Of what is fainter than this, of full scale at 1, nobody misses anything."""


class Mixing:
    """One stream of channels mixed by their mean, or the loudest alone where they cancel."""

    def __init__(self, rate_hz: int) -> None:
        """Begin a stream of samples at `rate_hz`."""
        self._memory_samples = max(1, round(_MEMORY_S * rate_hz))
        self._energies: NDArray[np.float64] | None = None
        """[1 + channels] of the mean and of each channel, of late."""
        self._cancelled = 0

    def mix(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mix the next samples [n, channels] to [n]; there are as many channels each time."""
        if samples.shape[1] == 1:
            return samples[:, 0]
        blocks = range(0, max(1, len(samples)), self._memory_samples)
        return np.concatenate([self._mix(samples[at : at + blocks.step]) for at in blocks])

    def take_cancelled(self) -> int:
        """Give of how many samples only the loudest channel was taken since this was asked."""
        cancelled, self._cancelled = self._cancelled, 0
        return cancelled

    def _mix(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        channels = samples.shape[1]
        mean: NDArray[np.float32] = samples.mean(axis=1)
        both = np.column_stack([mean, samples])
        energies = np.einsum("nc,nc->c", both, both, dtype=np.float64)
        if self._energies is not None:
            energies += self._energies * math.exp(-len(samples) / self._memory_samples)
        self._energies = energies
        apart = energies[1:].sum() / channels**2
        faint = _FAINT**2 * self._memory_samples
        if energies[1:].max() <= faint or energies[0] >= _CANCELLED * apart:
            return mean
        self._cancelled += len(samples)
        return samples[:, energies[1:].argmax()]
