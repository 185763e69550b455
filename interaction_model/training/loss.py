"""What training minimises, and the teacher-forced accuracies it watches."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from weft.interaction_model.model import InteractionModule
from weft.interaction_model.tokenizer import FIRST_TEXT_ID, Special
from weft.interaction_model.training.batches import Batch, Sights
from weft.interaction_model.training.hearing_aid import HearingAid
from weft.interaction_model.training.seeing_aid import SeeingAid

TRANSCRIPT_SHARE = 1.0
"""Weight of the inner transcript's loss beside that of what is said."""

PHONEME_SHARE = 0.5
"""Weight of the phonemes that training listens for."""

SIGHT_SHARE = 0.5
"""Weight of what frames show."""

FLOOR_SHARE = 0.3
"""Weight of the floor head's loss beside the token loss."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The loss of a batch, and the share of right decisions of each kind."""

    loss: Tensor
    accuracy: dict[str, float]


def forward(module: InteractionModule, batch: Batch) -> Tensor:
    """Hidden states [B, T, width] of a batch: the streaming forward, over whole sequences."""
    x = module.inputs(batch.tokens, batch.positions)
    if len(batch.word_at):
        added = module.encode_words(batch.words)[batch.word_of]
        x = x.index_put((batch.word_at[:, 0], batch.word_at[:, 1]), added, accumulate=True)
    if len(batch.row_at):
        rows = module.encode_rows(batch.references, batch.ends)
        reference, row = batch.row_of.unbind(1)
        vectors = torch.where(
            (reference < 0)[:, None],
            module.reference.absent,
            rows[reference.clamp(min=0), row],
        )
        x = x.index_put((batch.row_at[:, 0], batch.row_at[:, 1]), vectors, accumulate=True)
    if batch.sounds is not None:
        at = batch.sounds.at.unbind(1)
        x = x.index_put(at, module.encode_sound(batch.sounds.levels), accumulate=True)
    if batch.sights is not None:
        at = batch.sights.at.unbind(1)
        seen = module.encode_sight(batch.sights.patches).flatten(0, 1)
        x = x.index_put(at, seen, accumulate=True)
    mask = module.transformer.sequence_mask(batch.positions, batch.present)
    hidden: Tensor = module.transformer(x, batch.positions, mask)
    return hidden


def outcome(
    module: InteractionModule,
    batch: Batch | Sights,
    *,
    measure: bool,
    aid: HearingAid | None = None,
    eye: SeeingAid | None = None,
) -> Outcome:
    """Loss of a batch; accuracies too when `measure`. `aid` listens for phonemes, `eye` looks."""
    if isinstance(batch, Sights):
        return _glanced(module, batch, eye)
    hidden = forward(module, batch)
    parts = [_said(module, hidden, batch, measure=measure)]
    parts.append(_written(module, hidden, batch, measure=measure))
    heard = None if aid is None else aid(batch)
    if heard is not None:
        parts.append(Outcome(PHONEME_SHARE * heard[0], {"phoneme": heard[1]}))
    seen = None if eye is None else eye(batch)
    if seen is not None:
        parts.append(Outcome(SIGHT_SHARE * seen[0], seen[1]))
    loss = torch.stack([part.loss for part in parts]).sum()
    return Outcome(loss, {k: v for part in parts for k, v in part.accuracy.items()})


def _glanced(module: InteractionModule, sights: Sights, eye: SeeingAid | None) -> Outcome:
    """What the patch embedding alone has seen."""
    embedded = module.encode_sight(sights.patches)
    seen = None if eye is None else eye.glance(sights)
    if seen is None:
        return Outcome(embedded.new_zeros(()), {})
    return Outcome(SIGHT_SHARE * seen[0], seen[1])


def _said(module: InteractionModule, hidden: Tensor, batch: Batch, *, measure: bool) -> Outcome:
    """What is said, and who holds the floor."""
    counted = batch.weights > 0
    if not bool(counted.any()):
        return Outcome(hidden.new_zeros(()), {})
    heads = module.heads(hidden[counted])
    targets, weights = batch.targets[counted], batch.weights[counted]
    token_loss = functional.cross_entropy(heads.token_logits, targets, reduction="none")
    decided = batch.floor_weights > 0
    floor_logits = module.floor(hidden[decided])
    floor_targets, floor_weights = batch.floors[decided], batch.floor_weights[decided]
    floor_loss = functional.cross_entropy(floor_logits, floor_targets, reduction="none")
    loss = (token_loss * weights).sum() / weights.sum() + FLOOR_SHARE * (
        (floor_loss * floor_weights).sum() / floor_weights.sum()
    )
    if not measure:
        return Outcome(loss, {})
    right = heads.token_logits.argmax(-1) == targets
    kinds = {
        "text": targets >= FIRST_TEXT_ID,
        "silence": targets == Special.SILENCE,
        "control": (targets > Special.SILENCE) & (targets < Special.ACTIVE),
    }
    accuracy = {name: _share(right, where) for name, where in kinds.items()}
    accuracy["row"] = _row_accuracy(heads.token_logits, batch, counted)
    floor_right = floor_logits.argmax(-1) == floor_targets
    accuracy["floor"] = _share(floor_right, floor_weights == 1.0)
    return Outcome(loss, accuracy)


def _written(module: InteractionModule, hidden: Tensor, batch: Batch, *, measure: bool) -> Outcome:
    """What is written down of the sound."""
    counted = batch.heard_weights > 0
    if not bool(counted.any()):
        return Outcome(hidden.new_zeros(()), {})
    logits = module.transcript_logits(hidden[counted])
    targets, weights = batch.heard_next[counted], batch.heard_weights[counted]
    losses = functional.cross_entropy(logits, targets, reduction="none")
    loss = TRANSCRIPT_SHARE * (losses * weights).sum() / weights.sum()
    if not measure:
        return Outcome(loss, {})
    words = targets >= FIRST_TEXT_ID
    right = logits.argmax(-1) == targets
    return Outcome(loss, {"word": _share(right, words), "hush": _share(right, ~words)})


def _row_accuracy(logits: Tensor, batch: Batch, counted: Tensor) -> float:
    """First tokens of slots in which a row was given (said or rightly declined)."""
    given = torch.zeros_like(batch.present)
    given[batch.row_at[:, 0], batch.row_at[:, 1]] = True
    return _share(logits.argmax(-1) == batch.targets[counted], given[counted])


def _share(right: Tensor, where: Tensor) -> float:
    return float(right[where].float().mean()) if bool(where.any()) else float("nan")
