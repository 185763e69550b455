"""What training asks of the middle of the model besides words: which phoneme sounds.

espeak-ng says when each phoneme sounds. To predict it at every audio position is a task that can be
learnt in minutes, and the words are then read off it; the head is not part of the weights.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from weft.interaction_model.model import InteractionModule
from weft.interaction_model.training.batches import Batch
from weft.interaction_model.training.transcribing import PHONEMES


class HearingAid(nn.Module):
    """A linear head on what leaves the last block that audio positions go through."""

    def __init__(self, module: InteractionModule) -> None:
        """Listen to what leaves that block, from now on."""
        super().__init__()
        self.norm = nn.RMSNorm(module.config.width)
        self.phoneme = nn.Linear(module.config.width, len(PHONEMES))
        self._hidden: Tensor | None = None
        block = module.transformer.blocks[module.config.sensing_layers - 1]
        block.register_forward_hook(self._listen)

    def _listen(self, _module: nn.Module, _inputs: object, output: Tensor) -> None:
        self._hidden = output

    def forward(self, batch: Batch) -> tuple[Tensor, float] | None:
        """Loss and share of right phonemes in the batch that has just been run, if it has any."""
        hidden, self._hidden = self._hidden, None
        if batch.sounds is None or hidden is None:
            return None
        known = batch.sounds.phonemes >= 0
        if not bool(known.any()):
            return None
        row, column = batch.sounds.at[known].unbind(1)
        logits = self.phoneme(self.norm(hidden[row, column]))
        targets = batch.sounds.phonemes[known]
        with torch.no_grad():
            sounding = targets > 0
            right = float((logits.argmax(-1) == targets)[sounding].float().mean())
        return functional.cross_entropy(logits, targets), right
