"""What training asks of the middle of the model when it sees: what each frame shows.

Who draws a film knows what is in it. To tell at every frame what the figure does, which things are
there and which sign can be read is a task that can be learnt long before there is anything to say;
the heads are not part of the weights.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from weft.interaction_model.model import InteractionModule
from weft.interaction_model.training.batches import Batch
from weft.interaction_model.training.filming import COMBINATIONS, MOVEMENTS, SIGNS

_THINGS_SHARE = 8.0
"""Weight of the things: of all that could be there one or two are."""


class SeeingAid(nn.Module):
    """Linear heads on what leaves the last block of the senses, at the last patch of a frame."""

    def __init__(self, module: InteractionModule) -> None:
        """Look at what leaves that block, from now on."""
        super().__init__()
        width = module.config.width
        self.norm = nn.RMSNorm(width)
        self.movement = nn.Linear(width, MOVEMENTS)
        self.things = nn.Linear(width, len(COMBINATIONS))
        self.sign = nn.Linear(width, 1 + len(SIGNS))
        self._hidden: Tensor | None = None
        block = module.transformer.blocks[module.config.sensing_layers - 1]
        block.register_forward_hook(self._look)

    def _look(self, _module: nn.Module, _inputs: object, output: Tensor) -> None:
        self._hidden = output

    def forward(self, batch: Batch) -> tuple[Tensor, dict[str, float]] | None:
        """Loss and shares of what is right in the batch that has just been run, if it has film."""
        hidden, self._hidden = self._hidden, None
        sights = batch.sights
        if sights is None or hidden is None:
            return None
        known = sights.movements >= 0
        if not bool(known.any()):
            return None
        row, column = sights.at.view(len(known), -1, 2)[:, -1].unbind(1)
        seen = self.norm(hidden[row, column])
        there = seen.new_zeros(len(known), len(COMBINATIONS))
        there[sights.things[:, 0], sights.things[:, 1]] = 1.0
        movement, things, sign = self.movement(seen), self.things(seen), self.sign(seen)
        loss = (
            functional.cross_entropy(movement[known], sights.movements[known])
            + functional.cross_entropy(sign[known], sights.signs[known])
            + _THINGS_SHARE
            * functional.binary_cross_entropy_with_logits(things[known], there[known])
        )
        with torch.no_grad():
            right = {
                "movement": _share(movement.argmax(-1) == sights.movements, sights.movements > 0),
                "thing": _share(things > 0, there > 0),
                "sign": _share(sign.argmax(-1) == sights.signs, sights.signs > 0),
            }
        return loss, right


def _share(right: Tensor, where: Tensor) -> float:
    return float(right[where].float().mean()) if bool(where.any()) else float("nan")
