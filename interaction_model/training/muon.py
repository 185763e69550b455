"""Muon: momentum whose matrix updates are made orthogonal (Jordan et al. 2024).

torch.optim.Muon does the same but iterates in bfloat16, which takes five times as long on
processors without bfloat16 units; this one stays in single precision.
"""

from collections.abc import Callable, Iterable
from typing import overload

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from weft.interaction_model.training.team import ALONE, Team

_QUINTIC = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5


class Muon(Optimizer):
    """Optimiser for the matrices inside blocks; everything else belongs to AdamW."""

    def __init__(
        self,
        matrices: Iterable[nn.Parameter],
        *,
        lr: float,
        momentum: float,
        team: Team = ALONE,
    ) -> None:
        """Take 2-dimensional parameters only; the members of a team share the work."""
        super().__init__(matrices, {"lr": lr, "momentum": momentum})
        self._team = team

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Apply one update."""
        loss = None if closure is None else closure()
        for group in self.param_groups:
            moving = [each for each in group["params"] if each.grad is not None]
            updates = [self._update(each, group["momentum"]) for each in moving]
            for number, update in enumerate(updates):
                own = number % self._team.size == self._team.place
                update.copy_(orthogonalised(update)) if own else update.zero_()
            self._team.add_up(updates)
            for parameter, update in zip(moving, updates, strict=True):
                tall = max(1.0, parameter.shape[0] / parameter.shape[1])
                parameter.add_(update, alpha=-group["lr"] * tall**0.5)
        return loss

    def _update(self, parameter: nn.Parameter, momentum: float) -> Tensor:
        """What the matrix would move by, before it is made orthogonal (Nesterov)."""
        gradient = parameter.grad
        assert gradient is not None
        state = self.state[parameter]
        buffer: Tensor = state.setdefault("momentum", torch.zeros_like(parameter))
        buffer.lerp_(gradient, 1 - momentum)
        return gradient.lerp(buffer, momentum)


def orthogonalised(matrix: Tensor) -> Tensor:
    """Nearest semi-orthogonal matrix, approximately, by a quintic Newton–Schulz iteration."""
    a, b, c = _QUINTIC
    x: Tensor = matrix / (matrix.norm() + 1e-7)
    wide = x.shape[0] <= x.shape[1]
    x = x if wide else x.T
    for _ in range(_ITERATIONS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide else x.T
