"""Grouped-query attention with rotary positions, learnt sinks and a sliding window.

Shapes: B batch, T positions of this call, S positions attended to, H heads, K key/value heads,
D head width.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from weft.interaction_model.cache import LayerCache
from weft.interaction_model.config import ModelConfig


class Rotary(nn.Module):
    """Rotary position embedding over the first part of each head (RoPE, arXiv 2104.09864).

    Angles are computed in double precision, so that a conversation of days turns as exactly as its
    first minute.
    """

    def __init__(self, config: ModelConfig) -> None:
        """Lay out the frequencies."""
        super().__init__()
        self.slot_turn, self.places = config.slot_turn, len(config.turning)
        turning = torch.tensor(config.turning, dtype=torch.float64)
        self.register_buffer("turning", turning, persistent=False)
        self.turning: Tensor
        self.turned = int(config.head_width * config.rotary_share) // 2 * 2
        exponents = torch.arange(0, self.turned, 2, dtype=torch.float64) / self.turned
        self.register_buffer("frequencies", config.rope_base**-exponents, persistent=False)
        self.frequencies: Tensor

    def angles_of_slots(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Cosine and sine for numbered positions [B, T] of a slot layout."""
        slots = positions.div(self.places, rounding_mode="floor")
        return self.angles(slots * self.slot_turn + self.turning[positions % self.places])

    def angles(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Cosine and sine for positions [B, T], each [B, 1, T, turned/2]."""
        angles = positions.to(torch.float64)[:, None, :, None] * self.frequencies
        return angles.cos().float(), angles.sin().float()

    def turn(self, x: Tensor, angles: tuple[Tensor, Tensor]) -> Tensor:
        """Turn [B, H, T, D] by the angles of its positions."""
        cos, sin = angles
        first, second, rest = (
            x[..., : self.turned // 2],
            x[..., self.turned // 2 : self.turned],
            x[..., self.turned :],
        )
        return torch.cat([first * cos - second * sin, second * cos + first * sin, rest], dim=-1)


class Attention(nn.Module):
    """One attention layer, with one forward for whole sequences and a stream's next positions."""

    def __init__(self, config: ModelConfig, *, sinks: int) -> None:
        """Make the projections; `sinks` learnt pairs come before every position."""
        super().__init__()
        self.heads, self.key_value_heads = config.heads, config.key_value_heads
        self.head_width = config.head_width
        key_value_width = self.key_value_heads * self.head_width
        self.query = nn.Linear(config.width, config.width, bias=False)
        self.key = nn.Linear(config.width, key_value_width, bias=False)
        self.value = nn.Linear(config.width, key_value_width, bias=False)
        self.out = nn.Linear(config.width, config.width, bias=False)
        self.query_norm = nn.RMSNorm(self.head_width)
        self.key_norm = nn.RMSNorm(self.head_width)
        self.sink_keys = nn.Parameter(torch.randn(self.key_value_heads, sinks, self.head_width))
        self.sink_values = nn.Parameter(torch.zeros(self.key_value_heads, sinks, self.head_width))

    def queries(self, x: Tensor, rotary: Rotary, angles: tuple[Tensor, Tensor]) -> Tensor:
        """Normalised, turned queries [B, H, T, D]."""
        q = self.query(x).unflatten(-1, (self.heads, self.head_width)).transpose(1, 2)
        return rotary.turn(self.query_norm(q), angles)

    def keys_values(
        self, x: Tensor, rotary: Rotary, angles: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Normalised, turned keys and plain values, each [B, K, T, D]."""
        k = self.key(x).unflatten(-1, (self.key_value_heads, self.head_width)).transpose(1, 2)
        v = self.value(x).unflatten(-1, (self.key_value_heads, self.head_width)).transpose(1, 2)
        return rotary.turn(self.key_norm(k), angles), v

    def with_sinks(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Put the learnt sinks before keys and values."""
        batch = k.shape[0]
        return (
            torch.cat([self.sink_keys.expand(batch, -1, -1, -1), k], dim=2),
            torch.cat([self.sink_values.expand(batch, -1, -1, -1), v], dim=2),
        )

    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
        """Attention output [B, T, width]; `mask` [B, 1, T, S] is true where it may attend."""
        y = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True)
        attended: Tensor = self.out(y.transpose(1, 2).flatten(2))
        return attended

    def forward(
        self,
        x: Tensor,
        rotary: Rotary,
        angles: tuple[Tensor, Tensor],
        mask: Tensor,
        cache: LayerCache | None,
        asked: Tensor | None = None,
    ) -> Tensor:
        """Attend from [B, T, width] to itself and, when a cache is given, to a stream's past.

        With `asked` [B, T'] only those columns attend, to all.
        """
        k, v = self.keys_values(x, rotary, angles)
        if asked is not None:
            x, mask = _columns(x, asked, 1), _columns(mask, asked, 2)
            cos, sin = angles
            angles = _columns(cos, asked, 2), _columns(sin, asked, 2)
        q = self.queries(x, rotary, angles)
        k, v = self.with_sinks(k, v) if cache is None else cache.append(k, v)
        return self.attend(q, k, v, mask)


def _columns(x: Tensor, columns: Tensor, dim: int) -> Tensor:
    """Take columns [B, T'] of dimension `dim` of [B, ...]; the same for all other dimensions."""
    shape = [1] * x.ndim
    shape[0], shape[dim] = columns.shape
    wanted = list(x.shape)
    wanted[0], wanted[dim] = columns.shape
    return x.expand(columns.shape[0], *x.shape[1:]).gather(dim, columns.view(shape).expand(wanted))
