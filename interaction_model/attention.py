"""Grouped-query attention with rotary positions, learnt sinks and a sliding window.

The sinks stand where a stream begins, so that queries see them from as far as the stream is old;
unless `sinks_reach_slots` lets them follow at that distance.

Shapes: B batch, T positions of this call, S positions attended to, H heads, K key/value heads,
D head width.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from weft.interaction_model.cache import LayerCache
from weft.interaction_model.config import ModelConfig

Angles = tuple[Tensor, Tensor]
"""Cosine and sine, each [B, 1, T, turned/2]."""


class Rotary(nn.Module):
    """Rotary position embedding over the first part of each head (RoPE, arXiv 2104.09864).

    Angles are computed in double precision, so that a conversation of days turns as exactly as its
    first minute.
    """

    def __init__(self, config: ModelConfig) -> None:
        """Lay out the frequencies."""
        super().__init__()
        self.slot_turn, self.places = config.slot_turn, len(config.turning)
        self.sinks_reach_slots = config.sinks_reach_slots
        turning = torch.tensor(config.turning, dtype=torch.float64)
        self.register_buffer("turning", turning, persistent=False)
        self.turning: Tensor
        self.turned = int(config.head_width * config.rotary_share) // 2 * 2
        exponents = torch.arange(0, self.turned, 2, dtype=torch.float64) / self.turned
        self.register_buffer("frequencies", config.rope_base**-exponents, persistent=False)
        self.frequencies: Tensor

    def angles_of_slots(self, positions: Tensor) -> Angles:
        """Cosine and sine for numbered positions [B, T] of a slot layout."""
        return self._angles_in_slots(self._slots(positions), positions)

    def angles_to_sinks(self, positions: Tensor) -> Angles | None:
        """Those by which queries at these positions are turned for sinks, if they are others."""
        reach = self.sinks_reach_slots
        if reach is None:
            return None
        slots = self._slots(positions)
        if bool((slots <= reach).all()):
            return None
        return self._angles_in_slots(slots.clamp(max=reach), positions)

    def _slots(self, positions: Tensor) -> Tensor:
        return positions.div(self.places, rounding_mode="floor")

    def _angles_in_slots(self, slots: Tensor, positions: Tensor) -> Angles:
        return self.angles(slots * self.slot_turn + self.turning[positions % self.places])

    def angles(self, positions: Tensor) -> Angles:
        """Cosine and sine for positions [B, T], each [B, 1, T, turned/2]."""
        angles = positions.to(torch.float64)[:, None, :, None] * self.frequencies
        return angles.cos().float(), angles.sin().float()

    def turn(self, x: Tensor, angles: Angles) -> Tensor:
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

    def queries(self, x: Tensor, rotary: Rotary, angles: Angles) -> Tensor:
        """Normalised, turned queries [B, H, T, D]."""
        q = self.query(x).unflatten(-1, (self.heads, self.head_width)).transpose(1, 2)
        return rotary.turn(self.query_norm(q), angles)

    def keys_values(self, x: Tensor, rotary: Rotary, angles: Angles) -> tuple[Tensor, Tensor]:
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
        """Attention output [B, T, width]; `mask` [B, 1, T, S] is true where it may attend.

        Or what is added to the scores [B, H, T, S], -inf where it may not.
        """
        y = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True)
        attended: Tensor = self.out(y.transpose(1, 2).flatten(2))
        return attended

    def attend_apart(
        self, q: Tensor, to_sinks: Tensor, k: Tensor, v: Tensor, mask: Tensor
    ) -> Tensor:
        """The same with queries [B, H, T, D] of their own for the sinks, the first of `k`."""
        sinks = self.sink_keys.shape[1]
        sink_keys = k[:, :, :sinks].repeat_interleave(self.heads // self.key_value_heads, dim=1)
        # Scores are computed with `q` throughout; those of sinks are moved to where they belong.
        moved = (to_sinks - q) @ sink_keys.transpose(2, 3) / math.sqrt(self.head_width)
        others = torch.where(mask[..., sinks:], 0.0, -math.inf).expand(-1, self.heads, -1, -1)
        return self.attend(q, k, v, torch.cat([moved, others], dim=-1))

    def forward(
        self,
        x: Tensor,
        rotary: Rotary,
        angles: Angles,
        mask: Tensor,
        cache: LayerCache | None,
        asked: Tensor | None = None,
        to_sinks: Angles | None = None,
    ) -> Tensor:
        """Attend from [B, T, width] to itself and, when a cache is given, to a stream's past.

        With `asked` [B, T'] only those columns attend, to all. With `to_sinks` queries are turned
        by these angles for sinks.
        """
        k, v = self.keys_values(x, rotary, angles)
        if asked is not None:
            x, mask = _columns(x, asked, 1), _columns(mask, asked, 2)
            angles = _angles_of(angles, asked)
            to_sinks = None if to_sinks is None else _angles_of(to_sinks, asked)
        q = self.queries(x, rotary, angles)
        k, v = self.with_sinks(k, v) if cache is None else cache.append(k, v)
        if to_sinks is None:
            return self.attend(q, k, v, mask)
        return self.attend_apart(q, self.queries(x, rotary, to_sinks), k, v, mask)


def _angles_of(angles: Angles, columns: Tensor) -> Angles:
    cos, sin = angles
    return _columns(cos, columns, 2), _columns(sin, columns, 2)


def _columns(x: Tensor, columns: Tensor, dim: int) -> Tensor:
    """Take columns [B, T'] of dimension `dim` of [B, ...]; the same for all other dimensions."""
    shape = [1] * x.ndim
    shape[0], shape[dim] = columns.shape
    wanted = list(x.shape)
    wanted[0], wanted[dim] = columns.shape
    return x.expand(columns.shape[0], *x.shape[1:]).gather(dim, columns.view(shape).expand(wanted))
