"""Several processes that train one model: each has a share of the lessons, and sums are shared.

They compute the same from the same sums, so that no weights travel. On processors two processes
of one thread each waste less than one process of two threads, which wait for each other in every
matrix.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import torch
import torch.distributed
from torch import Tensor, nn
from torch.multiprocessing.spawn import spawn

Item = TypeVar("Item")
Argument = TypeVar("Argument")

_PATIENCE = timedelta(days=7)
"""A machine may sleep in the middle of a step; a member that has died is noticed at once."""


@dataclass(frozen=True, slots=True)
class Team:
    """One member of a team, by its place; the one of place 0 leads."""

    place: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this one reports and writes files."""
        return self.place == 0

    def share(self, items: Sequence[Item]) -> Sequence[Item]:
        """Give what is this member's of items that all have."""
        return items[self.place :: self.size]

    def wait(self) -> None:
        """Wait until all members have come here."""
        if self.size > 1:
            torch.distributed.barrier()

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Replace tensors by their sums over all members, in place."""
        if self.size == 1 or not tensors:
            return
        together = torch.cat([tensor.flatten() for tensor in tensors])
        torch.distributed.all_reduce(together)
        parts = torch.split(together, [tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view_as(tensor))

    def average_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """Give each parameter the mean of the members' gradients; none where nobody has one."""
        if self.size == 1:
            return
        used = torch.tensor([float(each.grad is not None) for each in parameters])
        for each in parameters:
            if each.grad is None:
                each.grad = torch.zeros_like(each)
        self.add_up([each.grad for each in parameters if each.grad is not None] + [used])
        for each, users in zip(parameters, used.tolist(), strict=True):
            if each.grad is not None:
                each.grad.div_(self.size)
            if not users:
                each.grad = None


ALONE = Team()


@contextmanager
def gathered(
    size: int, follow: Callable[[Team, Argument], None], argument: Argument
) -> Iterator[Team]:
    """Begin the others, each of which calls `follow`, and give the leader's place among them.

    They end with the leader: `follow` must do the same steps. Their errors end the leader's next
    sum with a RuntimeError.
    """
    if size == 1:
        yield ALONE
        return
    with tempfile.TemporaryDirectory() as folder:
        meeting = Path(folder) / "meeting"
        others = spawn(  # type: ignore[no-untyped-call]
            _member, (size, meeting, follow, argument), size - 1, join=False, daemon=True
        )
        try:
            with _met(Team(0, size), meeting) as team:
                yield team
            others.join()
        finally:
            for process in others.processes:
                process.terminate()


def _member(
    number: int,
    size: int,
    meeting: Path,
    follow: Callable[[Team, Argument], None],
    argument: Argument,
) -> None:
    with _met(Team(number + 1, size), meeting) as team:
        follow(team, argument)


@contextmanager
def _met(team: Team, meeting: Path) -> Iterator[Team]:
    torch.distributed.init_process_group(
        "gloo",
        init_method=meeting.absolute().as_uri(),
        rank=team.place,
        world_size=team.size,
        timeout=_PATIENCE,
    )
    try:
        yield team
    finally:
        torch.distributed.destroy_process_group()
