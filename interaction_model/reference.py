"""From a reference text's tokens to additive rows: one row for the tokens that one slot says.

Uncompressed keys and values, queries pooled 4 to 1 (after ARC-Encoder, arXiv 2510.20535), then one
linear projection into the interaction model's width.
"""

import torch
from torch import Tensor, nn

from weft.interaction_model.attention import Attention, Outlook, Rotary
from weft.interaction_model.config import ModelConfig
from weft.interaction_model.tokenizer import Special
from weft.interaction_model.transformer import Block, FeedForward


class ReferenceEncoder(nn.Module):
    """Bidirectional encoder of references; shares the token embedding with the transformer."""

    def __init__(self, config: ModelConfig) -> None:
        """Make the bidirectional blocks, the pooling layer and the projection."""
        super().__init__()
        self.group = config.said_text
        width = config.width
        self.place = nn.Parameter(torch.randn(self.group, width) * 0.3)
        self.rotary = Rotary(config)
        self.blocks = nn.ModuleList(Block(config, sinks=1) for _ in range(config.reference_layers))
        self.pool = nn.Linear(self.group * width, width, bias=False)
        self.norm = nn.RMSNorm(width)
        self.query_norm = nn.RMSNorm(width)
        self.attention = Attention(config, sinks=1)
        self.mlp_norm = nn.RMSNorm(width)
        self.mlp = FeedForward(width)
        self.project = nn.Linear(width, width)
        self.end = nn.Parameter(torch.randn(width) * 0.3)
        self.absent = nn.Parameter(torch.randn(width) * 0.3)

    def forward(self, embedded: Tensor, tokens: Tensor, ends: Tensor) -> Tensor:
        """Rows [R, N, width] of references, as tokens [R, 4·N] with embeddings [R, 4·N, width].

        `ends` [R, N] is true at each reference's last row.
        """
        references, length, width = embedded.shape
        rows = length // self.group
        x = embedded + self.place.repeat(rows, 1)
        present = tokens != Special.PAD
        positions = torch.arange(length, device=x.device).expand(references, -1)
        angles = self.rotary.angles(positions)
        sink = present.new_ones(references, 1)
        seen = torch.cat([sink, present], dim=1)[:, None, None, :]
        outlook = Outlook(angles, seen.expand(-1, -1, length, -1))
        for block in self.blocks:
            x = block(x, self.rotary, outlook, None)
        normalised = self.norm(x)
        pooled = self.pool(normalised.view(references, rows, self.group * width))
        middle = positions.view(references, rows, self.group)[:, :, self.group // 2]
        q = self.attention.queries(self.query_norm(pooled))
        q = self.rotary.turn(q, self.rotary.angles(middle))
        k, v = self.attention.with_sinks(
            *self.attention.keys_values(normalised, self.rotary, angles)
        )
        pooled = pooled + self.attention.attend(q, k, v, seen.expand(-1, -1, rows, -1))
        pooled = pooled + self.mlp(self.mlp_norm(pooled))
        projected: Tensor = self.project(pooled)
        return projected + ends[..., None] * self.end
