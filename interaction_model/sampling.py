"""Which token a slot says next: greedy, or sampled with a temperature from a seed."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from weft.interaction_model.tokenizer import FIRST_TEXT_ID, Special

_CONTROLS = (Special.DELEGATE, Special.REVISE, Special.DISMISS)


@dataclass(slots=True)
class Sampler:
    """Choose said tokens; temperature 0 is greedy."""

    temperature: float = 0.0
    seed: int = 0
    _generator: torch.Generator = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Seed the generator, so that a session can be repeated."""
        self._generator = torch.Generator().manual_seed(self.seed)

    def choose(self, logits: Tensor, *, first: bool) -> Tensor:
        """Token ids [B] from logits [B, vocabulary]; control tokens only open a slot.

        Items that only ever stand on the heard side cannot be said.
        """
        logits = logits.clone()
        logits[:, Special.ACTIVE : FIRST_TEXT_ID] = -torch.inf
        if not first:
            logits[:, _CONTROLS[0] : _CONTROLS[-1] + 1] = -torch.inf
        if self.temperature == 0.0:
            return logits.argmax(dim=-1)
        probabilities = (logits / self.temperature).softmax(dim=-1)
        return torch.multinomial(probabilities, 1, generator=self._generator)[:, 0]
