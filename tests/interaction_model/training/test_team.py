"""Two processes train one model as one process would, with the mean of their gradients."""

from pathlib import Path

import torch
from torch import nn

from weft.interaction_model.training.muon import Muon
from weft.interaction_model.training.team import ALONE, Team, gathered

STEPS = 4


def lessons(step: int) -> torch.Tensor:
    """Two lessons of a step, [2, 6]."""
    return torch.randn(2, 6, generator=torch.Generator().manual_seed(step))


def parts() -> nn.ModuleDict:
    return nn.ModuleDict({n: nn.Linear(6, 6, bias=False) for n in ("all", "second", "nobody")})


def train(team: Team, where: Path) -> None:
    """Train a tiny model, of which one part is used by one member only and one by nobody."""
    torch.manual_seed(0)
    model = parts()
    parameters = [*model.parameters()]
    muon = Muon(parameters, lr=0.1, momentum=0.9, team=team)
    for step in range(STEPS):
        numbers = team.share(range(2))
        losses = []
        for number in numbers:
            made = model["all"](lessons(step)[number])
            made = model["second"](made) if number == 1 else made
            losses.append(made.square().sum())
        torch.autograd.backward(torch.stack(losses).mean())
        team.average_gradients(parameters)
        muon.step()
        muon.zero_grad(set_to_none=True)
    torch.save(model.state_dict(), where / f"{team.size}-{team.place}.pt")


def test_a_team_of_two_ends_where_one_alone_does(tmp_path: Path) -> None:
    train(ALONE, tmp_path)
    with gathered(2, train, tmp_path) as team:
        train(team, tmp_path)
    alone = torch.load(tmp_path / "1-0.pt", weights_only=True)
    for place in range(2):
        shared = torch.load(tmp_path / f"2-{place}.pt", weights_only=True)
        for name, weight in alone.items():
            assert torch.allclose(weight, shared[name], atol=1e-5), (place, name)
    torch.manual_seed(0)
    begun = parts().state_dict()
    assert torch.equal(alone["nobody.weight"], begun["nobody.weight"])
    assert not torch.allclose(alone["second.weight"], begun["second.weight"], atol=0.01)


def test_nobody_else_is_asked_for_one_alone() -> None:
    with gathered(1, train, Path()) as team:
        assert team is ALONE
