"""Fits the network of the parser, in torch; what it learns is computed in numpy afterwards."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from weft.background_agents.request_parser.network import MARKS, Array, Sizes, marks_of
from weft.background_agents.request_parser.program import FIXED, POINTERS, Program
from weft.parser_training.variation import Example

See = Callable[[Sequence[str], Sequence[Sequence[tuple[int, int]]]], list[Array]]
_IGNORED = -100
CHUNK = 256
"""Texts that the sentence model reads in one go."""
BATCH = 128


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """An example as numbers: what is seen of its pieces, and its program."""

    seen: Array
    marks: Array
    kinds: tuple[int, ...]
    """Of each token: its number in FIXED, or behind those its kind of pointer."""
    positions: tuple[int, ...]
    """Where each token points; 0 for one that does not."""


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
            return each.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        found = functional.scaled_dot_product_attention(
            split(self.ask(normal)), split(self.key(looked_at)), split(self.value(looked_at)),
            attn_mask=hidden,
        )  # fmt: skip
        return rows + self.drop(self.give(found.transpose(1, 2).flatten(-2)))


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
        return rows + self.drop(self.down(torch.relu(self.up(self.norm(rows)))))


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


def rows_of(examples: Sequence[Example], see: See, tick: Callable[[], None]) -> list[Row]:
    """Let the sentence model see examples, and write their programs as numbers."""
    rows: list[Row] = []
    for begin in range(0, len(examples), CHUNK):
        chunk = examples[begin : begin + CHUNK]
        spans = [[(p.start, p.end) for p in each.sentence.pieces] for each in chunk]
        seen = see([each.sentence.text for each in chunk], spans)
        for each, states in zip(chunk, seen, strict=True):
            rows.append(
                Row(states.astype(np.float16), marks_of(each.sentence), *numbers_of(each.program))
            )
        tick()
    return rows


def numbers_of(program: Program) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Write a program as the kinds and positions of a Row."""
    kinds = (
        FIXED.index(token.name) if token.at < 0 else len(FIXED) + POINTERS.index(token.name)
        for token in program
    )
    return tuple(kinds), tuple(max(token.at, 0) for token in program)


def fit(
    rows: Sequence[Row],
    sizes: Sizes,
    *,
    epochs: int,
    seed: int,
    tick: Callable[[float], None],
    rate: float = 1e-3,
) -> ParserNetwork:
    """Fit a network to rows; `tick` is told the loss of each batch."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    network = ParserNetwork(sizes)
    batches = batches_of(rows)
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=epochs * len(batches), pct_start=0.1
    )
    network.train()
    for _ in range(epochs):
        rng.shuffle(batches)
        for chosen in batches:
            scores, wanted = scores_of(network, [rows[n] for n in chosen])
            loss = functional.cross_entropy(
                scores.flatten(0, 1), wanted.flatten(), ignore_index=_IGNORED
            )
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            tick(float(loss.detach()))
    return network.eval()


def batches_of(rows: Sequence[Row], size: int = BATCH) -> list[list[int]]:
    """Put rows of about the same length together."""
    order = sorted(range(len(rows)), key=lambda n: (len(rows[n].seen), len(rows[n].kinds)))
    return [order[at : at + size] for at in range(0, len(order), size)]


def scores_of(network: ParserNetwork, rows: Sequence[Row]) -> tuple[Tensor, Tensor]:
    """Score each next token of each row, and give which is wanted, [rows, tokens]."""
    pieces = max(len(row.seen) for row in rows)
    tokens = max(len(row.kinds) for row in rows)
    seen = torch.zeros(len(rows), pieces, network.sizes.seen)
    marks = torch.zeros(len(rows), pieces, MARKS)
    kinds = torch.full((len(rows), tokens), -1)
    positions = torch.zeros(len(rows), tokens, dtype=torch.long)
    wanted = torch.full((len(rows), tokens), _IGNORED)
    for n, row in enumerate(rows):
        seen[n, : len(row.seen)] = torch.from_numpy(row.seen.astype(np.float32))
        marks[n, : len(row.marks)] = torch.from_numpy(row.marks)
        kind = torch.tensor(row.kinds)
        position = torch.tensor(row.positions)
        points = kind >= len(FIXED)
        wanted[n, : len(kind)] = torch.where(
            points, len(FIXED) + (kind - len(FIXED)) * pieces + position, kind
        )
        kinds[n, 1 : len(kind)] = kind[:-1]
        positions[n, 1 : len(kind)] = position[:-1]
    lengths = torch.tensor([len(row.seen) for row in rows])
    return network(seen, marks, lengths, kinds, positions), wanted
