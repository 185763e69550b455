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
from weft.interaction_model.training.batches import Batch, Sights
from weft.interaction_model.training.filming import MOVEMENTS, SIGNS
from weft.interaction_model.training.pictures import COLOURS, THINGS
from weft.interaction_model.training.shown import NAMES

_PARTS_SHARE = 3.0
"""Weight of what is in a patch, summed over all names it could have."""


class SeeingAid(nn.Module):
    """Heads on the patch embedding and on what leaves the last block of the senses."""

    def __init__(self, module: InteractionModule) -> None:
        """Look at what leaves both, from now on."""
        super().__init__()
        assert module.config.senses is not None
        width, patches = module.config.width, module.config.senses.patches.patches
        self.eye_norm, self.norm = nn.RMSNorm(width), nn.RMSNorm(width)
        self.eye_parts, self.parts = nn.Linear(width, len(NAMES)), nn.Linear(width, len(NAMES))
        for head in (self.eye_parts, self.parts):  # hardly anything is in any patch
            nn.init.constant_(head.bias, -4.0)
        self.eye_movement = nn.Linear(patches * width, MOVEMENTS)
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

    def glance(self, sights: Sights) -> tuple[Tensor, dict[str, float]] | None:
        """Loss and shares of what is right of frames that have just been embedded, if known."""
        embedded, self._embedded = self._embedded, None
        known = sights.movements >= 0
        if embedded is None or not bool(known.any()):
            return None
        seen = self.eye_norm(embedded[known])
        parts, movement = self.eye_parts(seen), self.eye_movement(seen.flatten(1))
        there, movements = _named(sights, seen.shape[1])[known], sights.movements[known]
        loss = _parts_loss(parts, there) + functional.cross_entropy(movement, movements)
        return loss, _right(parts, there) | _right_movement(movement, movements)

    def forward(self, batch: Batch) -> tuple[Tensor, dict[str, float]] | None:
        """Loss and shares of what is right in the batch that has just been run, if it has film."""
        hidden, self._hidden = self._hidden, None
        sights = batch.sights
        glanced = None if sights is None else self.glance(sights)
        if sights is None or glanced is None or hidden is None:
            return None
        row, column = sights.at.unbind(1)
        known = sights.movements >= 0
        seen = self.norm(hidden[row, column].view(len(known), -1, hidden.shape[-1])[known])
        parts, there = self.parts(seen), _named(sights, seen.shape[1])[known]
        movement, sign = self.movement(seen[:, -1]), self.sign(seen[:, -1])
        movements, signs = sights.movements[known], sights.signs[known]
        loss = (
            glanced[0]
            + _parts_loss(parts, there)
            + functional.cross_entropy(movement, movements)
            + functional.cross_entropy(sign, signs)
        )
        right = _right(parts, there) | _right_movement(movement, movements)
        return loss, right | {"sign": _share(sign.argmax(-1) == signs, signs > 0)}


def _named(sights: Sights, patches: int) -> Tensor:
    """What is in each patch [F, P, names] of a film, 0 or 1."""
    there = torch.zeros(len(sights.movements) * patches, len(NAMES), device=sights.parts.device)
    there[sights.parts[:, 0], sights.parts[:, 1]] = 1.0
    return there.view(-1, patches, len(NAMES))


def _parts_loss(parts: Tensor, there: Tensor) -> Tensor:
    summed = len(NAMES) * functional.binary_cross_entropy_with_logits(parts, there)
    return _PARTS_SHARE * summed


_KINDS = {
    "colour": slice(len(COLOURS)),
    "thing": slice(len(COLOURS), len(COLOURS) + len(THINGS)),
    "letter": slice(len(COLOURS) + len(THINGS), None),
}
"""Where in NAMES colours, things and letters are."""


@torch.no_grad()
def _right(parts: Tensor, there: Tensor) -> dict[str, float]:
    found, meant = parts > 0, there > 0
    return {name: _share(found[..., of], meant[..., of]) for name, of in _KINDS.items()}


@torch.no_grad()
def _right_movement(movement: Tensor, movements: Tensor) -> dict[str, float]:
    return {"movement": _share(movement.argmax(-1) == movements, movements > 0)}


def _share(right: Tensor, where: Tensor) -> float:
    return float(right[where].float().mean()) if bool(where.any()) else float("nan")
