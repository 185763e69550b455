"""Grouped-query attention with rotary positions, learnt sinks and a sliding window.

The sinks stand where a stream begins, so that queries see them from as far as the stream is old;
unless `sinks_reach_slots` lets them follow at that distance.

Shapes: B batch, T positions of this call, S positions attended to, H heads, K key/value heads,
D head width.
"""

import math
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from weft.interaction_model.cache import LayerCache
from weft.interaction_model.config import ModelConfig


@dataclass(frozen=True, slots=True)
class Angles:
    """By what the dimensions of heads at positions are turned."""

    cos: Tensor  # [B, T, 1, D]; 1 where nothing is turned
    sin: Tensor  # with its sign; 0 where nothing is turned

    def less(self, others: Self) -> Self:
        """What is to be added to vectors turned by others, to have them turned by these."""
        return type(self)(self.cos - others.cos, self.sin - others.sin)

    def of(self, columns: Tensor) -> Self:
        """Those of columns [B, T']."""
        return type(self)(_columns(self.cos, columns, 1), _columns(self.sin, columns, 1))


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where positions are, and what they may attend to; the same for all layers of a call."""

    angles: Angles
    mask: Tensor  # [B, 1, T, S], true where they may
    to_sinks: Angles | None = None
    """What moves a query from `angles` to those by which it looks for sinks, if they are others."""
    past_sinks: Tensor | None = None  # [B, 1, T, S - sinks], with `to_sinks`: 0 or -inf

    def of(self, columns: Tensor) -> Self:
        """That of columns [B, T']."""
        return type(self)(
            self.angles.of(columns),
            _columns(self.mask, columns, 2),
            None if self.to_sinks is None else self.to_sinks.of(columns),
            None if self.past_sinks is None else _columns(self.past_sinks, columns, 2),
        )


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
        self.head_width = config.head_width
        self.turned = int(config.head_width * config.rotary_share) // 2 * 2
        exponents = torch.arange(0, self.turned, 2, dtype=torch.float64) / self.turned
        self.register_buffer("frequencies", config.rope_base**-exponents, persistent=False)
        self.frequencies: Tensor

    def outlook(self, positions: Tensor, mask: Tensor, sinks: int) -> Outlook:
        """That of numbered positions [B, T] of a slot layout, for a mask [B, 1, T, sinks + ...]."""
        slots = positions.div(self.places, rounding_mode="floor")
        angles = self._angles_in_slots(slots, positions)
        reach = self.sinks_reach_slots
        if reach is None or bool((slots <= reach).all()):
            return Outlook(angles, mask)
        followed = self._angles_in_slots(slots.clamp(max=reach), positions)
        past_sinks = torch.where(mask[..., sinks:], 0.0, -math.inf)
        return Outlook(angles, mask, followed.less(angles), past_sinks)

    def _angles_in_slots(self, slots: Tensor, positions: Tensor) -> Angles:
        return self.angles(slots * self.slot_turn + self.turning[positions % self.places])

    def angles(self, positions: Tensor) -> Angles:
        """Those of positions [B, T]."""
        angles = positions.to(torch.float64)[..., None, None] * self.frequencies
        cos, sin = angles.cos().float(), angles.sin().float()
        rest = (*cos.shape[:-1], self.head_width - self.turned)
        return Angles(
            torch.cat([cos, cos, cos.new_ones(rest)], dim=-1),
            torch.cat([-sin, sin, sin.new_zeros(rest)], dim=-1),
        )

    def turn(self, x: Tensor, angles: Angles) -> Tensor:
        """Turn [B, T, H, D] by the angles of its positions."""
        half = self.turned // 2
        first, second, rest = x.tensor_split((half, self.turned), dim=-1)
        partners = torch.cat([second, first, rest], dim=-1)
        return torch.addcmul(x * angles.cos, partners, angles.sin)


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

    def queries(self, x: Tensor) -> Tensor:
        """Normalised queries [B, T, H, D] that are not turned yet."""
        q: Tensor = self.query_norm(self.query(x).unflatten(-1, (self.heads, self.head_width)))
        return q

    def keys_values(self, x: Tensor, rotary: Rotary, angles: Angles) -> tuple[Tensor, Tensor]:
        """Normalised, turned keys and plain values, each [B, K, T, D]."""
        k = self.key(x).unflatten(-1, (self.key_value_heads, self.head_width))
        v = self.value(x).unflatten(-1, (self.key_value_heads, self.head_width))
        return rotary.turn(self.key_norm(k), angles).transpose(1, 2), v.transpose(1, 2)

    def with_sinks(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Put the learnt sinks before keys and values."""
        batch = k.shape[0]
        return (
            torch.cat([self.sink_keys.expand(batch, -1, -1, -1), k], dim=2),
            torch.cat([self.sink_values.expand(batch, -1, -1, -1), v], dim=2),
        )

    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
        """Attention output [B, T, width] of turned queries [B, T, H, D].

        `mask` [B, 1, T, S] is true where they may attend; or it is what is added to the scores
        [B, H, T, S], -inf where they may not.
        """
        y = functional.scaled_dot_product_attention(
            q.transpose(1, 2), k, v, attn_mask=mask, enable_gqa=True
        )
        attended: Tensor = self.out(y.transpose(1, 2).flatten(2))
        return attended

    def followed_by_sinks(self, moved: Tensor, past_sinks: Tensor) -> Tensor:
        """What to add to scores [B, H, T, S], for queries that `moved` [B, T, H, D] for sinks.

        Scores are computed with the queries of all other keys; those of sinks are moved to where
        they belong.
        """
        batch, count, heads, width = moved.shape
        group = heads // self.key_value_heads * count
        grouped = moved.transpose(1, 2).reshape(batch, self.key_value_heads, group, width)
        scores = grouped @ (self.sink_keys.transpose(1, 2) / math.sqrt(width))
        scores = scores.view(batch, heads, count, self.sink_keys.shape[1])
        return torch.cat([scores, past_sinks.expand(-1, heads, -1, -1)], dim=-1)

    def forward(
        self,
        x: Tensor,
        asking: Tensor,
        rotary: Rotary,
        angles: Angles,
        outlook: Outlook,
        cache: LayerCache | None,
    ) -> Tensor:
        """Attend to x [B, T, width] and, when a cache is given, to a stream's past.

        Those that attend are `asking` [B, T', width], all of x or some of its columns; the angles
        are those of x, the outlook that of the ones that ask.
        """
        k, v = self.keys_values(x, rotary, angles)
        k, v = self.with_sinks(k, v) if cache is None else cache.append(k, v)
        q = self.queries(asking)
        mask = outlook.mask
        if outlook.to_sinks is not None and outlook.past_sinks is not None:
            moved = rotary.turn(q, outlook.to_sinks)
            mask = self.followed_by_sinks(moved, outlook.past_sinks)
        return self.attend(rotary.turn(q, outlook.angles), k, v, mask)


def _columns(x: Tensor, columns: Tensor, dim: int) -> Tensor:
    """Take columns [B, T'] of dimension `dim` of [B, ...]; the same for all other dimensions."""
    shape = [1] * x.ndim
    shape[0], shape[dim] = columns.shape
    wanted = list(x.shape)
    wanted[0], wanted[dim] = columns.shape
    return x.expand(columns.shape[0], *x.shape[1:]).gather(dim, columns.view(shape).expand(wanted))
