"""Conversations as tensors: positions that exist, what each should predict, how much it counts."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from weft.interaction_model.config import ModelConfig
from weft.interaction_model.model_stream import reference_tensors
from weft.interaction_model.tokenizer import FIRST_TEXT_ID, Special, WordTokenizer
from weft.interaction_model.training.conversation import ConversationMaker
from weft.interaction_model.training.slots import Conversation, Mixture, PackedReference, Slot
from weft.interaction_model.types import Floor
from weft.interaction_model.word_vectors import WordVectors

_FLOOR_INDEX = {floor: n for n, floor in enumerate(Floor)}


@dataclass(frozen=True, slots=True)
class Batch:
    """B conversations padded to T positions, with R references padded to N rows."""

    tokens: Tensor  # [B, T]
    positions: Tensor  # [B, T]
    present: Tensor  # [B, T]
    targets: Tensor  # [B, T] next said token
    weights: Tensor  # [B, T] 0 where nothing is predicted
    floors: Tensor  # [B, T] index of the floor state
    floor_weights: Tensor  # [B, T]
    words: Tensor  # [U, word_dims] the vectors of the words that occur, each once
    word_at: Tensor  # [W, 2] batch row and column where a word's vector is added
    word_of: Tensor  # [W] which of them
    row_at: Tensor  # [M, 2] batch row and column where a reference row is added
    row_of: Tensor  # [M, 2] reference and its row; reference -1 is the absent row
    references: Tensor  # [R, 4·N]
    ends: Tensor  # [R, N]

    def to(self, device: torch.device) -> "Batch":
        """Move every tensor."""
        return Batch(**{f.name: getattr(self, f.name).to(device) for f in fields(self)})


@dataclass(slots=True)
class _Columns:
    """One conversation as columns, before padding."""

    tokens: list[int]
    positions: list[int]
    targets: list[int]
    weights: list[float]
    floors: list[int]
    floor_weights: list[float]
    words: list[str]

    def add(
        self,
        token: int,
        position: int,
        target: int = 0,
        weight: float = 0.0,
        floor: int = 0,
        floor_weight: float = 0.0,
        word: str = "",
    ) -> None:
        """Append one position."""
        self.tokens.append(token)
        self.positions.append(position)
        self.targets.append(target)
        self.weights.append(weight)
        self.floors.append(floor)
        self.floor_weights.append(floor_weight)
        self.words.append(word)


def make_batch(
    talks: Sequence[Conversation], config: ModelConfig, words: WordVectors | None = None
) -> Batch:
    """Lay conversations out as padded tensors; `words` is the table of a model that has one."""
    columns, row_at, row_of = [], [], []
    packed: list[PackedReference] = []
    for b, talk in enumerate(talks):
        laid, rows = _lay_out(talk, config)
        columns.append(laid)
        place: dict[int, int] = {}  # references that were never offered need no encoding
        for column, reference, row in rows:
            row_at.append((b, column))
            if reference is not None and reference not in place:
                place[reference] = len(packed)
                packed.append(talk.references[reference])
            row_of.append((-1 if reference is None else place[reference], row))
    longest = max(len(c.tokens) for c in columns)

    def padded(name: str, dtype: torch.dtype) -> Tensor:
        rows = [getattr(c, name) for c in columns]
        return torch.tensor([r + [0] * (longest - len(r)) for r in rows], dtype=dtype)

    present = torch.tensor([[n < len(c.tokens) for n in range(longest)] for c in columns])
    references, ends = reference_tensors(
        [p.rows for p in packed] or [[()]], config.said_text, [p.ended for p in packed] or [True]
    )
    vectors, word_at, word_of = _word_tensors([c.words for c in columns], config, words)
    return Batch(
        tokens=padded("tokens", torch.int64),
        positions=padded("positions", torch.int64),
        present=present,
        targets=padded("targets", torch.int64),
        weights=padded("weights", torch.float32),
        floors=padded("floors", torch.int64),
        floor_weights=padded("floor_weights", torch.float32),
        words=vectors,
        word_at=word_at,
        word_of=word_of,
        row_at=torch.tensor(row_at, dtype=torch.int64).view(-1, 2),
        row_of=torch.tensor(row_of, dtype=torch.int64).view(-1, 2),
        references=references,
        ends=ends,
    )


def _lay_out(
    talk: Conversation, config: ModelConfig
) -> tuple[_Columns, list[tuple[int, int | None, int]]]:
    """Columns of one conversation, and (column, reference, row) of each row given."""
    columns = _Columns([], [], [], [], [], [], [])
    rows: list[tuple[int, int | None, int]] = []
    layout = config.layout
    since_heard = 100
    previous: Slot | None = None
    for index, slot in enumerate(talk.slots):
        base = index * layout.positions
        heard_words = slot.heard[0].token >= FIRST_TEXT_ID
        since_heard = 0 if heard_words else since_heard + 1
        *earlier, last = slot.heard
        for place, heard in enumerate(earlier, start=layout.heard_text - len(slot.heard)):
            columns.add(heard.token, base + place, word=heard.word)
        if slot.given is not None:
            rows.append((len(columns.tokens), slot.given.reference, slot.given.row))
        weight = _first_weight(slot, previous, since_heard)
        target = slot.said[0] if slot.said else int(Special.SILENCE)
        idle = slot.floor is Floor.GAP and since_heard > 4 and not slot.said
        columns.add(
            last.token,
            base + layout.heard_text - 1,
            target,
            weight,
            _FLOOR_INDEX[slot.floor],
            0.1 if idle else 1.0,
            last.word,
        )
        for k, token in enumerate(slot.said):
            place = base + layout.heard_text + k
            if k == layout.said_text - 1:  # full: nothing more is predicted in this slot
                columns.add(token, place)
            else:
                following = slot.said[k + 1] if k + 1 < len(slot.said) else int(Special.SILENCE)
                columns.add(token, place, following, 1.0)
        previous = slot
    return columns, rows


def _word_tensors(
    words_of: Sequence[Sequence[str]], config: ModelConfig, words: WordVectors | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Vectors of the words that occur, each once; where each is added; which of them it is."""
    vectors: list[Tensor] = []
    places: dict[str, int | None] = {"": None}
    word_at, word_of = [], []
    for b, columns in enumerate(words_of if words is not None and config.word_dims else ()):
        for column, word in enumerate(columns):
            if word not in places:
                vector = None if words is None else words.of(word)
                places[word] = None if vector is None else len(vectors)
                vectors += [] if vector is None else [vector]
            if (place := places[word]) is not None:
                word_at.append((b, column))
                word_of.append(place)
    return (
        torch.stack(vectors) if vectors else torch.zeros(0, config.word_dims),
        torch.tensor(word_at, dtype=torch.int64).view(-1, 2),
        torch.tensor(word_of, dtype=torch.int64),
    )


def _first_weight(slot: Slot, previous: Slot | None, since_heard: int) -> float:
    """How much the decision of a slot counts: turning points most, idle silence least."""
    spoke = previous is not None and bool(previous.said)
    if slot.withheld:
        return 0.0
    if slot.said:
        if slot.said[0] < FIRST_TEXT_ID:
            return 3.0
        return 1.0 if spoke else 2.0
    if slot.barge_in:
        return 3.0
    if spoke or slot.given is not None:
        return 1.5
    if slot.floor in (Floor.PAUSE, Floor.USER):
        return 0.7
    return 0.7 if since_heard < 6 else 0.1


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of training: how long its conversations are, and of what."""

    until: float
    """Share of the training at which this stage ends."""
    slots: int
    batch: int
    mixture: Mixture


CURRICULUM = (
    Stage(0.10, 40, 64, Mixture(unasked_reference=0.9)),
    Stage(0.40, 80, 36, Mixture(unasked_reference=0.45)),
    Stage(1.01, 160, 18, Mixture()),
)


def stage_at(progress: float) -> Stage:
    """The stage of the curriculum at a share of the training."""
    return next(stage for stage in CURRICULUM if progress < stage.until)


def batches(
    tokenizer: WordTokenizer,
    config: ModelConfig,
    seed: int,
    first_step: int,
    steps: int,
    words: WordVectors | None = None,
) -> Iterator[Batch]:
    """Batches from `first_step` on; each step's data depends on the seed and its number alone."""
    for step in range(first_step, steps):
        stage = stage_at(step / steps)
        rng = random.Random(f"{seed}:{step}")
        talks = [
            ConversationMaker(tokenizer, config, rng, mixture=stage.mixture).make(stage.slots)
            for _ in range(stage.batch)
        ]
        yield make_batch(talks, config, words)
