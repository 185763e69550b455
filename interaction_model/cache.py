"""The preallocated memory of model streams: a ring of keys and values that never grows.

A position's place in the ring is `position mod capacity`, so absent positions (silence) simply
leave their place empty and the streams of a batch never need to agree on what is absent. The learnt
sinks stand in front of the ring and are never overwritten.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from weft.interaction_model.config import ModelConfig

ABSENT = -1
"""Stamp of a place in the ring that holds no position."""


@dataclass(slots=True)
class LayerCache:
    """One layer's view of the ring for the positions that are being appended now."""

    keys: Tensor  # [B, K, sinks + capacity, D]
    values: Tensor
    rows: Tensor  # [B, 1]
    places: Tensor  # [B, T] indices along dim 2

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Write keys and values [B, K, T, D] into their places; return the whole ring."""
        self.keys[self.rows, :, self.places] = k.transpose(1, 2)
        self.values[self.rows, :, self.places] = v.transpose(1, 2)
        return self.keys, self.values


class RingCache:
    """Keys, values and position stamps of a batch of streams; memory is flat for ever."""

    def __init__(self, config: ModelConfig, batch: int, sinks: list[tuple[Tensor, Tensor]]) -> None:
        """Allocate for `batch` streams; `sinks`: each layer's keys and values [K, sinks, D]."""
        # One slot more than the window: a slot's writes never hide a key that its first query sees.
        self.capacity = config.window_positions + config.layout.positions
        self.window = config.window_positions
        self.sinks = config.sinks
        shape = (
            config.layers,
            batch,
            config.key_value_heads,
            self.sinks + self.capacity,
            config.head_width,
        )
        self.keys, self.values = torch.zeros(shape), torch.zeros(shape)
        self.stamps = torch.full((batch, self.capacity), ABSENT, dtype=torch.int64)
        self._rows = torch.arange(batch)[:, None]
        for layer, (k, v) in enumerate(sinks):
            self.keys[layer, :, :, : self.sinks] = k
            self.values[layer, :, :, : self.sinks] = v

    def layers_for(self, positions: Tensor, present: Tensor) -> tuple[list[LayerCache], Tensor]:
        """Stamp positions [B, T]; give each layer's view and the mask [B, 1, T, sinks + capacity].

        Positions that are not `present` leave an empty place, whatever is written there.
        """
        places = positions % self.capacity
        self.stamps[self._rows, places] = torch.where(present, positions, ABSENT)
        stamps = self.stamps[:, None, :]
        query = positions[:, :, None]
        seen = (stamps != ABSENT) & (stamps <= query) & (stamps > query - self.window)
        mask = torch.cat([seen.new_ones(*seen.shape[:2], self.sinks), seen], dim=2)[:, None]
        places = places + self.sinks
        views = [
            LayerCache(k, v, self._rows, places)
            for k, v in zip(self.keys, self.values, strict=True)
        ]
        return views, mask

    def copy(self) -> tuple[Tensor, Tensor, Tensor]:
        """Copy the whole state."""
        return self.keys.clone(), self.values.clone(), self.stamps.clone()

    def load(self, state: tuple[Tensor, Tensor, Tensor]) -> None:
        """Go back to a copied state, in place."""
        for mine, copied in zip((self.keys, self.values, self.stamps), state, strict=True):
            mine.copy_(copied)
