"""The light embedding of sound: a few dMel frames become the input vector of one audio position."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from weft.interaction_model.config import SensesConfig
from weft.interaction_model.dmel import BANDS, StreamingDMel


class EarEmbedding(nn.Module):
    """Two linear maps over the levels of one position's frames; no encoder (models without one)."""

    def __init__(self, senses: SensesConfig, width: int) -> None:
        """Make the maps."""
        super().__init__()
        self.highest = senses.dmel.levels - 1
        self.into = nn.Linear(senses.values + 1, senses.ear_width)
        self.out = nn.Linear(senses.ear_width, width)

    def forward(self, levels: Tensor) -> Tensor:
        """Input vectors [..., width] of dMel levels [..., values], whole numbers."""
        scaled = levels.to(self.into.weight.dtype) * (2.0 / self.highest) - 1.0
        # How loud it is stands apart, so that the same sound looks alike from near and far.
        loudness = scaled.mean(dim=-1, keepdim=True)
        heard = torch.cat([scaled - loudness, loudness], dim=-1)
        embedded: Tensor = self.out(functional.gelu(self.into(heard)))
        return embedded


class Hearing:
    """What one stream hears: the levels of each slot, with the frames before it."""

    def __init__(self, senses: SensesConfig) -> None:
        """Begin after silence."""
        self._sound = StreamingDMel(senses.dmel)
        self._before = silent_frames(senses)

    def listen(self, samples: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Levels [frames_before + frames, bands] of one slot's samples."""
        levels = np.concatenate([self._before, self._sound.push(samples)])
        self._before = levels[len(levels) - len(self._before) :]
        return levels


def silent_frames(senses: SensesConfig) -> NDArray[np.uint8]:
    """What was heard before the first slot [frames_before, bands]."""
    return np.zeros((senses.frames_before, BANDS), np.uint8)


def positions_of(levels: Tensor, senses: SensesConfig) -> Tensor:
    """Levels [..., frames_before + frames, bands] as positions [..., positions, values].

    The number of frames must be a multiple of those of one position.
    """
    frames = (senses.positions_before + 1) * senses.frames_per_position
    windows = levels.unfold(-2, frames, senses.frames_per_position)
    return torch.movedim(windows, -1, -2).flatten(-2)
