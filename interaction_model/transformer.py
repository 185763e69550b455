"""The transformer that both training and streaming run: pre-norm attention and ReLU² MLP blocks."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from weft.interaction_model.attention import Attention, Outlook, Rotary
from weft.interaction_model.cache import LayerCache
from weft.interaction_model.config import ModelConfig


@dataclass(frozen=True, slots=True)
class Thinking:
    """The positions of a call that the upper blocks change; the others are only attended to."""

    columns: Tensor  # [B, T'] where they are among the T of the call
    there: Tensor  # [B, T'] false where a row has fewer of them
    outlook: Outlook

    def of(self, x: Tensor) -> Tensor:
        """Take their vectors [B, T', D] out of [B, T, D]."""
        return x.gather(1, self.columns[..., None].expand(-1, -1, x.shape[-1]))

    def back(self, x: Tensor, changed: Tensor) -> Tensor:
        """Put changed vectors [B, T', D] in their places in [B, T, D]."""
        kept = torch.where(self.there[..., None], changed, self.of(x))
        return x.scatter(1, self.columns[..., None].expand_as(kept), kept)


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
        outlook: Outlook,
        cache: LayerCache | None,
        thinking: Thinking | None = None,
    ) -> Tensor:
        """Run [B, T, width] through the block; only the positions of `thinking` are changed."""
        normalised = self.attention_norm(x)
        asking, theirs = normalised, outlook
        if thinking is not None:
            asking, theirs = thinking.of(normalised), thinking.outlook
        attended = self.attention(normalised, asking, rotary, outlook.angles, theirs, cache)
        changed = (x if thinking is None else thinking.of(x)) + attended
        changed = changed + self.mlp(self.mlp_norm(changed))
        return changed if thinking is None else thinking.back(x, changed)


class Transformer(nn.Module):
    """A stack of blocks over explicit positions, so that absent positions cost nothing."""

    def __init__(self, config: ModelConfig) -> None:
        """Make the stack."""
        super().__init__()
        self.window = config.window_positions
        self.sinks = config.sinks
        self.places = config.layout.positions
        self.first_thinking = config.layout.first_thinking
        self.sensing_layers = config.sensing_layers
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
        outlook = self.rotary.outlook(positions, mask, self.sinks)
        all_think = self.sensing_layers == len(self.blocks)
        thinking = None if all_think else self._thinking(positions, outlook)
        for number, block in enumerate(self.blocks):
            cache = None if caches is None else caches[number]
            upper = thinking if number >= self.sensing_layers else None
            x = block(x, self.rotary, outlook, cache, upper)
        normalised: Tensor = self.norm(x)
        return normalised

    def _thinking(self, positions: Tensor, outlook: Outlook) -> Thinking | None:
        """Which of the positions [B, T] go through all blocks; None: all do."""
        thinks = positions % self.places >= self.first_thinking
        if bool(thinks.all()):
            return None
        order = thinks.logical_not().to(torch.int8).argsort(dim=1, stable=True)
        columns = order[:, : int(thinks.sum(dim=1).max())]
        return Thinking(columns, thinks.gather(1, columns), outlook.of(columns))

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
