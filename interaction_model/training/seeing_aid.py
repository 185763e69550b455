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
from weft.interaction_model.training.shown import LETTERS, NAMES

_LETTERS = 9
"""So many letters of a sign are asked for."""
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
        self.told_norm = nn.RMSNorm(width)
        self.told = nn.Linear(width, 2 * len(NAMES))
        self.told_sign = nn.Linear(width, 1 + len(SIGNS))
        self.told_letters = nn.Linear(width, _LETTERS * (1 + len(LETTERS)))
        self._embedded: Tensor | None = None
        self._hidden: Tensor | None = None
        self._thought: Tensor | None = None
        module.eye.register_forward_hook(self._embed)
        block = module.transformer.blocks[module.config.sensing_layers - 1]
        block.register_forward_hook(self._look)
        halfway = (module.config.sensing_layers + module.config.layers) // 2
        module.transformer.blocks[halfway - 1].register_forward_hook(self._think)

    def _embed(self, _module: nn.Module, _inputs: object, output: Tensor) -> None:
        self._embedded = output

    def _look(self, _module: nn.Module, _inputs: object, output: Tensor) -> None:
        self._hidden = output

    def _think(self, _module: nn.Module, _inputs: object, output: Tensor) -> None:
        self._thought = output

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
        thought, self._thought = self._thought, None
        sights = batch.sights
        glanced = None if sights is None else self.glance(sights)
        if sights is None or glanced is None or hidden is None or thought is None:
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
        right |= {"sign": _share(sign.argmax(-1) == signs, signs > 0)}
        told = self._tell(thought, sights)
        return (loss, right) if told is None else (loss + told[0], right | told[1])

    def _tell(self, thought: Tensor, sights: Sights) -> tuple[Tensor, dict[str, float]] | None:
        """What has come and what can be read, where it is decided what to say of it."""
        decides = (sights.deciding >= 0) & (sights.movements >= 0)
        if not bool(decides.any()):
            return None
        rows = sights.at[:, 0].view(len(decides), -1)[decides, 0]
        x = self.told_norm(thought[rows, sights.deciding[decides]])
        latest, signs = sights.latest[decides], sights.signs[decides]
        named = self.told(x).view(-1, 2, len(NAMES)).transpose(1, 2)
        sign = self.told_sign(x)
        letters = self.told_letters(x).view(len(x), _LETTERS, -1).transpose(1, 2)
        spelt = _SPELT.to(signs.device)[signs]
        loss = functional.cross_entropy(sign, signs) + functional.cross_entropy(letters, spelt)
        if bool((latest >= 0).any()):
            loss = loss + functional.cross_entropy(named, latest, ignore_index=-1)
        return loss, {
            "told": _share(named.argmax(1) == latest, latest >= 0),
            "told sign": _share(sign.argmax(-1) == signs, signs > 0),
            "told letter": _share(letters.argmax(1) == spelt, spelt > 0),
        }


def _spelt() -> Tensor:
    """The letters of every sign [1 + signs, _LETTERS] by number; 0 where there is none."""
    written = ("", *(sign.replace(" ", "") for sign in SIGNS))
    numbers = [[1 + LETTERS.index(each) for each in sign[:_LETTERS]] for sign in written]
    return torch.tensor([each + [0] * (_LETTERS - len(each)) for each in numbers])


_SPELT = _spelt()


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
