"""The transformer that both training and streaming run: pre-norm attention and ReLU² MLP blocks."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from weft.interaction_model.attention import Attention, Rotary
from weft.interaction_model.cache import LayerCache
from weft.interaction_model.config import ModelConfig


class FeedForward(nn.Module):
    """Two linear maps with a squared ReLU between (arXiv 2109.08668)."""

    def __init__(self, width: int) -> None:
        """Widen four times."""
        super().__init__()
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map [..., width] to the same shape."""
        mapped: Tensor = self.down(functional.relu(self.up(x)).square())
        return mapped


class Block(nn.Module):
    """Attention, then MLP, each on a normalised copy and added back."""

    def __init__(self, config: ModelConfig, *, sinks: int) -> None:
        """Make one block."""
        super().__init__()
        self.attention_norm = nn.RMSNorm(config.width)
        self.attention = Attention(config, sinks=sinks)
        self.mlp_norm = nn.RMSNorm(config.width)
        self.mlp = FeedForward(config.width)

    def forward(
        self,
        x: Tensor,
        rotary: Rotary,
        angles: tuple[Tensor, Tensor],
        mask: Tensor,
        cache: LayerCache | None,
    ) -> Tensor:
        """Run [B, T, width] through the block."""
        x = x + self.attention(self.attention_norm(x), rotary, angles, mask, cache)
        mapped: Tensor = self.mlp(self.mlp_norm(x))
        return x + mapped


class Transformer(nn.Module):
    """A stack of blocks over explicit positions, so that absent positions cost nothing."""

    def __init__(self, config: ModelConfig) -> None:
        """Make the stack."""
        super().__init__()
        self.window = config.window_positions
        self.sinks = config.sinks
        self.rotary = Rotary(config)
        self.blocks = nn.ModuleList(Block(config, sinks=config.sinks) for _ in range(config.layers))
        self.norm = nn.RMSNorm(config.width)

    def forward(
        self,
        x: Tensor,
        positions: Tensor,
        mask: Tensor,
        caches: list[LayerCache] | None = None,
    ) -> Tensor:
        """Hidden states [B, T, width] of inputs at positions [B, T]; mask [B, 1, T, S]."""
        angles = self.rotary.angles_of_slots(positions)
        for number, block in enumerate(self.blocks):
            x = block(x, self.rotary, angles, mask, None if caches is None else caches[number])
        normalised: Tensor = self.norm(x)
        return normalised

    def sequence_mask(self, positions: Tensor, present: Tensor) -> Tensor:
        """What each position [B, T] of a whole sequence may see: sinks, itself, and its window."""
        distance = positions[:, :, None] - positions[:, None, :]
        seen = (distance >= 0) & (distance < self.window) & present[:, None, :]
        sinks = seen.new_ones(*seen.shape[:2], self.sinks)
        return torch.cat([sinks, seen], dim=2)[:, None]

    def layer_sinks(self) -> list[tuple[Tensor, Tensor]]:
        """Each layer's learnt sink keys and values, for a stream's cache."""
        return [
            (block.attention.sink_keys.detach(), block.attention.sink_values.detach())
            for block in self.blocks
            if isinstance(block, Block)
        ]
