"""The light embedding of sound: a few dMel frames become the input vector of one audio position."""

from torch import Tensor, nn
from torch.nn import functional

from weft.interaction_model.config import SensesConfig


class EarEmbedding(nn.Module):
    """Two linear maps over the levels of one position's frames; no encoder (models without one)."""

    def __init__(self, senses: SensesConfig, width: int) -> None:
        """Make the maps."""
        super().__init__()
        self.highest = senses.dmel.levels - 1
        self.into = nn.Linear(senses.values, senses.ear_width)
        self.out = nn.Linear(senses.ear_width, width)

    def forward(self, levels: Tensor) -> Tensor:
        """Input vectors [..., width] of dMel levels [..., frames · bands], whole numbers."""
        scaled = levels.to(self.into.weight.dtype) * (2.0 / self.highest) - 1.0
        embedded: Tensor = self.out(functional.gelu(self.into(scaled)))
        return embedded


def positions_of(levels: Tensor, senses: SensesConfig) -> Tensor:
    """Levels [..., frames, bands] as positions [..., positions, frames · bands] of one vector each.

    The number of frames must be a multiple of those of one position.
    """
    frames = levels.shape[-2]
    return levels.reshape(
        *levels.shape[:-2],
        frames // senses.frames_per_position,
        senses.frames_per_position * levels.shape[-1],
    )
