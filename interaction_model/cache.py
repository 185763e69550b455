"""The preallocated memory of model streams: keys and values that never grow.

What is appended takes the next place, in the order of positions, and the oldest places are left
behind when the window has passed them. So only the positions that exist take room: silence costs
nothing, however many positions a slot could have. The streams of a batch share the places; one in
which a position is absent leaves its own empty. Where the end of the memory is reached, what the
window still sees moves to its beginning. The learnt sinks stand right before the oldest place.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from weft.interaction_model.config import ModelConfig

ABSENT = -1
"""Stamp of a place that holds no position of a stream."""

_SPARE_SLOTS = 8
"""Room for so many slots more than the window, even if every position of them exists."""


@dataclass(slots=True)
class LayerCache:
    """One layer's memory, for the positions that are being appended now."""

    keys: Tensor  # [B, K, places, D]
    values: Tensor
    first: int  # of the sinks, which the oldest place follows
    place: int  # where the next position is written

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Write keys and values [B, K, T, D]; return the sinks, the window and these."""
        end = self.place + k.shape[2]
        self.keys[:, :, self.place : end] = k
        self.values[:, :, self.place : end] = v
        return self.keys[:, :, self.first : end], self.values[:, :, self.first : end]


class CacheState(NamedTuple):
    """A copy of a whole memory; always of the same size."""

    keys: Tensor
    values: Tensor
    stamps: Tensor
    positions: Tensor  # [places], ABSENT where the window sees none


class WindowCache:
    """Keys, values and position stamps of a batch of streams; memory is flat for ever."""

    def __init__(self, config: ModelConfig, batch: int, sinks: list[tuple[Tensor, Tensor]]) -> None:
        """Allocate for `batch` streams; `sinks`: each layer's keys and values [K, sinks, D]."""
        self.window = config.window_positions
        self.sinks = config.sinks
        self.places = self.sinks + self.window + _SPARE_SLOTS * config.layout.positions
        shape = (config.layers, batch, config.key_value_heads, self.places, config.head_width)
        self.keys, self.values = torch.zeros(shape), torch.zeros(shape)
        self.stamps = torch.full((batch, self.places), ABSENT, dtype=torch.int64)
        self._sink_keys = torch.stack([k for k, _ in sinks])[:, None]
        self._sink_values = torch.stack([v for _, v in sinks])[:, None]
        self._positions: list[int] = []
        """Of the places from `_oldest` on."""
        self._oldest = self.sinks
        self._put_sinks()

    @property
    def _next(self) -> int:
        return self._oldest + len(self._positions)

    @property
    def _held(self) -> slice:
        """The places that the window sees."""
        return slice(self._oldest, self._next)

    def layers_for(self, positions: Tensor, present: Tensor) -> tuple[list[LayerCache], Tensor]:
        """Stamp positions [B, T]; give each layer's view and the mask [B, 1, T, sinks + places].

        The positions are the same for all streams and come after all that were appended before.
        Those that are not `present` leave an empty place, whatever is written there.
        """
        appended = positions[0].tolist()
        self._leave_behind(appended[0] - self.window)
        if self._next + len(appended) > self.places:
            self._move_to_the_beginning()
        place = self._next
        end = place + len(appended)
        self._positions += appended
        self.stamps[:, place:end] = torch.where(present, positions, ABSENT)
        stamps = self.stamps[:, None, self._oldest : end]
        query = positions[:, :, None]
        seen = (stamps != ABSENT) & (stamps <= query) & (stamps > query - self.window)
        mask = torch.cat([seen.new_ones(*seen.shape[:2], self.sinks), seen], dim=2)[:, None]
        first = self._oldest - self.sinks
        views = [
            LayerCache(k, v, first, place) for k, v in zip(self.keys, self.values, strict=True)
        ]
        return views, mask

    def copy(self) -> CacheState:
        """Copy the whole state."""
        positions = torch.full((self.places,), ABSENT)
        positions[self._held] = torch.tensor(self._positions, dtype=torch.int64)
        return CacheState(self.keys.clone(), self.values.clone(), self.stamps.clone(), positions)

    def load(self, state: CacheState) -> None:
        """Go back to a copied state, in place."""
        self.keys.copy_(state.keys)
        self.values.copy_(state.values)
        self.stamps.copy_(state.stamps)
        there = (state.positions != ABSENT).nonzero()[:, 0].tolist()
        self._positions = state.positions[there].tolist()
        self._oldest = there[0] if there else self.sinks
        self._put_sinks()

    def _move_to_the_beginning(self) -> None:
        """Make room behind what the window sees."""
        held = self._held
        self._oldest = self.sinks
        for memory in (self.keys, self.values):
            memory[:, :, :, self._held] = memory[:, :, :, held].clone()
        self.stamps[:, self._held] = self.stamps[:, held].clone()
        self._put_sinks()

    def _leave_behind(self, last: int) -> None:
        """Forget the positions up to `last`."""
        count = 0
        while count < len(self._positions) and self._positions[count] <= last:
            count += 1
        if count:
            self._oldest += count
            del self._positions[:count]
            self._put_sinks()

    def _put_sinks(self) -> None:
        places = slice(self._oldest - self.sinks, self._oldest)
        self.keys[:, :, :, places] = self._sink_keys
        self.values[:, :, :, places] = self._sink_values
