"""Fits the network of the parser, in torch; what it learns is computed in numpy afterwards."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrize

from weft.background_agents.request_parser.network import MARKS, Array, Sizes, marks_of
from weft.background_agents.request_parser.parser import CHANGED
from weft.background_agents.request_parser.program import FIXED, POINTERS, Program
from weft.background_agents.request_parser.sentence import Sentence
from weft.errors import InputError
from weft.meaning import WordSight
from weft.parser_training.variation import Example

_IGNORED = -100
BATCH = 64
RANK = 16
"""Of the changes of the sentence model."""
RATE = 7e-4


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """An example as numbers: what can be read at its pieces, and its program."""

    sentence: Sentence
    marks: Array
    kinds: tuple[int, ...]
    """Of each token: its number in FIXED, or behind those its kind of pointer."""
    positions: tuple[int, ...]
    """Where each token points; 0 for one that does not."""


class Change(nn.Module):
    """A product of two thin matrices, added to the weights of a layer."""

    def __init__(self, given: int, taken: int) -> None:
        super().__init__()
        self.given = nn.Parameter(torch.zeros(given, RANK))
        self.taken = nn.Parameter(torch.randn(RANK, taken) / math.sqrt(taken))

    def forward(self, weight: Tensor) -> Tensor:
        """Change weights [given, taken]."""
        return weight + self.given @ self.taken


def changeable(encoder: nn.Module) -> dict[str, Change]:
    """Make the linear layers of a transformer changeable, and all else of it fixed."""
    for weight in encoder.parameters():
        weight.requires_grad_(False)
    changes: dict[str, Change] = {}
    for name, layer in list(encoder.named_modules()):
        if isinstance(layer, nn.Linear) and name.startswith("encoder."):
            changes[name] = Change(layer.out_features, layer.in_features)
            parametrize.register_parametrization(layer, "weight", changes[name])
    return changes


class Look(nn.Module):
    """Attention, with what it is added to."""

    def __init__(self, sizes: Sizes, dropped: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(sizes.width)
        self.ask, self.key, self.value, self.give = (
            nn.Linear(sizes.width, sizes.width) for _ in range(4)
        )
        self.heads = sizes.heads
        self.drop = nn.Dropout(dropped)

    def forward(self, rows: Tensor, others: Tensor | None, hidden: Tensor) -> Tensor:
        """Let rows [batch, rows, width] look at others; `hidden` adds -inf to what they may not."""
        normal = self.norm(rows)
        looked_at = normal if others is None else others

        def split(each: Tensor) -> Tensor:
            return each.view(*each.shape[:-1], self.heads, -1).transpose(1, 2)

        found = functional.scaled_dot_product_attention(
            split(self.ask(normal)), split(self.key(looked_at)), split(self.value(looked_at)),
            attn_mask=hidden,
        )  # fmt: skip
        given: Tensor = self.drop(self.give(found.transpose(1, 2).flatten(-2)))
        return rows + given


class Think(nn.Module):
    """Two layers with a rectifier between, with what they are added to."""

    def __init__(self, sizes: Sizes, dropped: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(sizes.width)
        self.up = nn.Linear(sizes.width, sizes.hidden)
        self.down = nn.Linear(sizes.hidden, sizes.width)
        self.drop = nn.Dropout(dropped)

    def forward(self, rows: Tensor) -> Tensor:
        """Change rows [batch, rows, width]."""
        thought: Tensor = self.drop(self.down(torch.relu(self.up(self.norm(rows)))))
        return rows + thought


class ParserNetwork(nn.Module):
    """The network of `weft.background_agents.request_parser.network`, with gradients."""

    def __init__(self, sizes: Sizes, dropped: float = 0.15) -> None:
        super().__init__()
        width = sizes.width
        self.sizes = sizes
        self.take_in = nn.Linear(sizes.seen + MARKS, width)
        self.places = nn.Parameter(0.02 * torch.randn(sizes.longest, width))
        self.steps = nn.Parameter(0.02 * torch.randn(sizes.longest + 1, width))
        self.begin = nn.Parameter(0.02 * torch.randn(width))
        self.tokens = nn.Parameter(0.1 * torch.randn(len(FIXED) + len(POINTERS), width))
        self.pointed = nn.Linear(width, width)
        self.reading = nn.ModuleList(
            nn.ModuleDict({"look": Look(sizes, dropped), "think": Think(sizes, dropped)})
            for _ in range(sizes.layers)
        )
        self.read = nn.LayerNorm(width)
        self.writing = nn.ModuleList(
            nn.ModuleDict(
                {
                    "look": Look(sizes, dropped),
                    "read": Look(sizes, dropped),
                    "think": Think(sizes, dropped),
                }
            )
            for _ in range(sizes.layers)
        )
        self.written = nn.LayerNorm(width)
        self.fixed = nn.Linear(width, len(FIXED))
        self.point = nn.Linear(width, len(POINTERS) * width)
        self.drop = nn.Dropout(dropped)

    def forward(
        self, seen: Tensor, marks: Tensor, lengths: Tensor, kinds: Tensor, positions: Tensor
    ) -> Tensor:
        """Score each next token, [batch, tokens, FIXED + POINTERS × pieces].

        `seen` and `marks` are [batch, pieces, …], `kinds` and `positions` [batch, tokens] what was
        written before: -1 for the beginning.
        """
        pieces = seen.shape[1]
        at = torch.arange(pieces)
        there = at[None] < lengths[:, None]
        hidden = torch.where(there, 0.0, -math.inf)[:, None, None, :]
        rows = self.take_in(torch.cat([self.drop(seen), marks], dim=-1)) + self.places[:pieces]
        for layer in self.reading:
            rows = layer["think"](layer["look"](rows, None, hidden))  # type: ignore[index]
        memory = self.read(rows)
        given = self.tokens[kinds.clamp(min=0)]
        places = positions[..., None].expand(-1, -1, memory.shape[-1])
        given = given + torch.where(
            (kinds >= len(FIXED))[..., None], self.pointed(memory.gather(1, places)), 0.0
        )
        given = torch.where((kinds < 0)[..., None], self.begin, given)
        steps = kinds.shape[1]
        rows = given + self.steps[:steps]
        later = torch.full((steps, steps), -math.inf).triu(1)
        for layer in self.writing:
            rows = layer["look"](rows, None, later)  # type: ignore[index]
            rows = layer["read"](rows, memory, hidden)  # type: ignore[index]
            rows = layer["think"](rows)  # type: ignore[index]
        last = self.written(rows)
        queries = self.point(last).unflatten(-1, (len(POINTERS), -1))
        pointed = torch.einsum("btkd,bpd->btkp", queries, memory) / math.sqrt(self.sizes.width)
        pointed = pointed.masked_fill(~there[:, None, None, :], -math.inf)
        return torch.cat([self.fixed(last), pointed.flatten(-2)], dim=-1)


def row_of(example: Example) -> Row:
    """Write an example as numbers."""
    return Row(example.sentence, marks_of(example.sentence), *numbers_of(example.program))


def numbers_of(program: Program) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Write a program as the kinds and positions of a Row."""
    kinds = (
        FIXED.index(token.name) if token.at < 0 else len(FIXED) + POINTERS.index(token.name)
        for token in program
    )
    return tuple(kinds), tuple(max(token.at, 0) for token in program)


class Fitting:
    """A network and the changes of a sentence model, while they are fitted."""

    def __init__(
        self, sight: WordSight, sizes: Sizes, *, steps: int, seed: int, rate: float = RATE
    ) -> None:
        """Begin with what `seed` gives; `steps` is how many there are to be."""
        torch.manual_seed(seed)
        self.step = 0
        self._steps, self._seed = steps, seed
        self._sight = sight
        self._network = ParserNetwork(sizes)
        self._changes = changeable(sight.encoder)
        self._optimizer = torch.optim.AdamW(self._learning(), lr=rate, weight_decay=0.02)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimizer, rate, total_steps=steps, pct_start=0.1
        )

    def learn(self, draw: Callable[[], Sequence[Row]]) -> Iterator[float]:
        """Do the steps that are left, and give the loss of each.

        `draw` gives the rows of one epoch, others each time, and the same in each process: what
        was learnt before a checkpoint is drawn again, and passed over.
        """
        self._network.train()
        batches = _endless(draw, random.Random(self._seed))
        for rows in islice(batches, self.step, self._steps):
            scores, wanted = scores_of(self._network, self._sight, rows)
            loss = functional.cross_entropy(
                scores.flatten(0, 1), wanted.flatten(), ignore_index=_IGNORED
            )
            self._optimizer.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(self._learning(), 1.0)
            self._optimizer.step()
            self._schedule.step()
            self.step += 1
            yield float(loss.detach())

    def tensors(self) -> dict[str, Tensor]:
        """Give what was fitted, by name."""
        tensors = dict(self._network.state_dict())
        for name, change in self._changes.items():
            tensors[f"{CHANGED}{name}.given"] = change.given.detach()
            tensors[f"{CHANGED}{name}.taken"] = change.taken.detach()
        return tensors

    def save(self, file: Path) -> None:
        """Write a checkpoint, never half of one."""
        state = {
            "begun": self._begun(),
            "step": self.step,
            "network": self._network.state_dict(),
            "changes": self._changes_module().state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "dice": torch.get_rng_state(),
        }
        fresh = file.with_suffix(".new")
        torch.save(state, fresh)
        fresh.replace(file)

    def load(self, file: Path) -> None:
        """Go on from a checkpoint; raises InputError when it was begun in another way."""
        state = torch.load(file, map_location="cpu", weights_only=True)
        if state["begun"] != self._begun():
            begun = ", ".join(f"{name} {value}" for name, value in state["begun"].items())
            raise InputError(
                f"{str(file)!r} was begun with {begun}: remove it, or go on with what it was "
                "begun with"
            )
        self.step = state["step"]
        self._network.load_state_dict(state["network"])
        self._changes_module().load_state_dict(state["changes"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])
        torch.set_rng_state(state["dice"])

    def _learning(self) -> list[nn.Parameter]:
        return [*self._network.parameters(), *self._changes_module().parameters()]

    def _changes_module(self) -> nn.ModuleList:
        # A list, since the names of layers have dots in them.
        return nn.ModuleList(self._changes.values())

    def _begun(self) -> dict[str, int]:
        return {"seed": self._seed, "steps": self._steps}


def _endless(draw: Callable[[], Sequence[Row]], rng: random.Random) -> Iterator[list[Row]]:
    """Give batches of rows of about the same length, epoch after epoch."""
    while True:
        rows = sorted(draw(), key=lambda row: (len(row.marks), len(row.kinds)))
        batches = [rows[at : at + BATCH] for at in range(0, len(rows), BATCH)]
        rng.shuffle(batches)
        yield from batches


def scores_of(
    network: ParserNetwork, sight: WordSight, rows: Sequence[Row]
) -> tuple[Tensor, Tensor]:
    """Score each next token of each row, and give which is wanted, [rows, tokens]."""
    spans = [[(piece.start, piece.end) for piece in row.sentence.pieces] for row in rows]
    seen = sight.rows([row.sentence.text for row in rows], spans)
    pieces, tokens = seen.shape[1], max(len(row.kinds) for row in rows)
    marks = torch.zeros(len(rows), pieces, MARKS)
    kinds = torch.full((len(rows), tokens), -1)
    positions = torch.zeros(len(rows), tokens, dtype=torch.long)
    wanted = torch.full((len(rows), tokens), _IGNORED)
    for n, row in enumerate(rows):
        marks[n, : len(row.marks)] = torch.from_numpy(row.marks)
        kind = torch.tensor(row.kinds)
        position = torch.tensor(row.positions)
        points = kind >= len(FIXED)
        wanted[n, : len(kind)] = torch.where(
            points, len(FIXED) + (kind - len(FIXED)) * pieces + position, kind
        )
        kinds[n, 1 : len(kind)] = kind[:-1]
        positions[n, 1 : len(kind)] = position[:-1]
    lengths = torch.tensor([len(row.marks) for row in rows])
    return network(seen, marks, lengths, kinds, positions), wanted
