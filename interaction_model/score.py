"""From units with their times to the tensors of a score; in training as in a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from weft.interaction_model.dmel import SLOT_FRAMES
from weft.interaction_model.flow import FlowConfig, Score
from weft.interaction_model.spoken_units import Unit

FRAMES_BEHIND, FRAMES_AHEAD = 30, 60
"""Units that sound within so many frames around a slot are read with it."""


@dataclass(frozen=True, slots=True)
class TimedUnit:
    """A unit and when it sounds, in frames."""

    unit: Unit
    start: float
    frames: float
    hidden: Tensor | None = None
    """[trunk_width]; what the transformer had at the position that said the unit's word."""

    @property
    def end(self) -> float:
        """The frame at which it is over."""
        return self.start + self.frames


def around(units: Sequence[TimedUnit], slot_start: int, config: FlowConfig) -> list[TimedUnit]:
    """The units near the slot that begins at frame `slot_start`, with times counted from it.

    At most `letters_max` letters: what lies furthest ahead is left out, then what has passed.
    """
    last = slot_start + SLOT_FRAMES + FRAMES_AHEAD
    near = [
        replace(unit, start=unit.start - slot_start)
        for unit in units
        if unit.end > slot_start - FRAMES_BEHIND and unit.start < last
    ]
    while len(near) > 1 and sum(len(unit.unit.letters) for unit in near) > config.letters_max:
        near.pop(-1 if near[-1].start >= SLOT_FRAMES else 0)
    return near


def score_of(slots: Sequence[Sequence[TimedUnit]], before: Tensor, config: FlowConfig) -> Score:
    """Score of slots whose units begin at frames counted from each slot; `before` [B, F, BANDS]."""
    letters = max([1, *(sum(len(u.unit.letters) for u in units) for units in slots)])
    most = max([1, *(len(units) for units in slots)])
    score = Score(
        letters=torch.zeros(len(slots), letters, dtype=torch.int64),
        unit=torch.zeros(len(slots), letters, dtype=torch.int64),
        start=torch.zeros(len(slots), most),
        frames=torch.zeros(len(slots), most),
        hidden=torch.zeros(len(slots), most, config.trunk_width),
        has_hidden=torch.zeros(len(slots), most, dtype=torch.bool),
        before=before,
    )
    for b, units in enumerate(slots):
        spelled = b"".join(u.unit.letters for u in units)
        numbers = [n for n, u in enumerate(units) for _ in u.unit.letters]
        score.letters[b, : len(spelled)] = torch.tensor(list(spelled), dtype=torch.int64)
        score.unit[b, : len(spelled)] = torch.tensor(numbers, dtype=torch.int64)
        score.start[b, : len(units)] = torch.tensor([u.start for u in units])
        score.frames[b, : len(units)] = torch.tensor([u.frames for u in units])
        for n, u in enumerate(units):
            if u.hidden is not None:
                score.hidden[b, n] = u.hidden
                score.has_hidden[b, n] = True
    return score
