"""What training asks of the eyes and of the middle of the model: what each frame shows.

Who draws a film knows what is in it. To tell of every patch which colours, things and letters are
in it, and of every frame what the figure does and which sign can be read, are tasks that can be
learnt long before there is anything to say; the heads are not part of the weights. What is in a
patch is asked right behind the patch embedding as well, so that eyes learn without a detour.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from weft.interaction_model.model import InteractionModule
from weft.interaction_model.training.batches import Batch
from weft.interaction_model.training.filming import MOVEMENTS, SIGNS
from weft.interaction_model.training.pictures import COLOURS, THINGS
from weft.interaction_model.training.shown import NAMES

_PARTS_SHARE = 3.0
"""Weight of what is in a patch, summed over all names it could have."""


class SeeingAid(nn.Module):
    """Linear heads on the patch embedding and on what leaves the last block of the senses."""

    def __init__(self, module: InteractionModule) -> None:
        """Look at what leaves both, from now on."""
        super().__init__()
        width = module.config.width
        self.eye_norm, self.norm = nn.RMSNorm(width), nn.RMSNorm(width)
        self.eye_parts, self.parts = nn.Linear(width, len(NAMES)), nn.Linear(width, len(NAMES))
        self.movement = nn.Linear(width, MOVEMENTS)
        self.sign = nn.Linear(width, 1 + len(SIGNS))
        self._embedded: Tensor | None = None
        self._hidden: Tensor | None = None
        module.eye.register_forward_hook(self._embed)
        block = module.transformer.blocks[module.config.sensing_layers - 1]
        block.register_forward_hook(self._look)

    def _embed(self, _module: nn.Module, _inputs: object, output: Tensor) -> None:
        self._embedded = output

    def _look(self, _module: nn.Module, _inputs: object, output: Tensor) -> None:
        self._hidden = output

    def forward(self, batch: Batch) -> tuple[Tensor, dict[str, float]] | None:
        """Loss and shares of what is right in the batch that has just been run, if it has film."""
        embedded, self._embedded = self._embedded, None
        hidden, self._hidden = self._hidden, None
        sights = batch.sights
        if sights is None or hidden is None or embedded is None:
            return None
        known = sights.movements >= 0
        if not bool(known.any()):
            return None
        row, column = sights.at.unbind(1)
        seen = self.norm(hidden[row, column]).view(len(known), -1, hidden.shape[-1])
        there = seen.new_zeros(seen.shape[0] * seen.shape[1], len(NAMES))
        there[sights.parts[:, 0], sights.parts[:, 1]] = 1.0
        there = there.view(*seen.shape[:2], -1)[known]
        at_once = self.eye_parts(self.eye_norm(embedded.view_as(seen)[known]))
        parts = self.parts(seen[known])
        last = seen[known, -1]
        movement, sign = self.movement(last), self.sign(last)
        movements, signs = sights.movements[known], sights.signs[known]
        loss = (
            functional.cross_entropy(movement, movements)
            + functional.cross_entropy(sign, signs)
            + _PARTS_SHARE * len(NAMES) * functional.binary_cross_entropy_with_logits(parts, there)
            + _PARTS_SHARE
            * len(NAMES)
            * functional.binary_cross_entropy_with_logits(at_once, there)
        )
        with torch.no_grad():
            colour, thing, letter = (
                _share((parts > 0)[..., names], there[..., names] > 0) for names in _KINDS
            )
            right = {
                "movement": _share(movement.argmax(-1) == movements, movements > 0),
                "colour": colour,
                "thing": thing,
                "letter": letter,
                "sign": _share(sign.argmax(-1) == signs, signs > 0),
            }
        return loss, right


_KINDS = (
    slice(len(COLOURS)),
    slice(len(COLOURS), len(COLOURS) + len(THINGS)),
    slice(len(COLOURS) + len(THINGS), None),
)
"""Where in NAMES colours, things and letters are."""


def _share(right: Tensor, where: Tensor) -> float:
    return float(right[where].float().mean()) if bool(where.any()) else float("nan")
