"""Conversations as tensors: positions that exist, what each should predict, how much it counts."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from weft.interaction_model.config import ModelConfig, PatchConfig
from weft.interaction_model.ear import positions_of, silent_frames
from weft.interaction_model.model_stream import reference_tensors
from weft.interaction_model.tokenizer import WordTokenizer
from weft.interaction_model.training.columns import Columns, lay_out
from weft.interaction_model.training.conversation import ConversationMaker
from weft.interaction_model.training.shown import NAMES, Shown, named_patches
from weft.interaction_model.training.slots import Conversation, Mixture, PackedReference, Sound
from weft.interaction_model.word_vectors import WordVectors


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
    heard_next: Tensor  # [B, T] next token of the inner transcript
    heard_weights: Tensor  # [B, T] 0 where none is predicted
    sounds: "Sounds | None" = None
    sights: "Sights | None" = None

    def to(self, device: torch.device) -> "Batch":
        """Move every tensor."""
        present = {f.name: getattr(self, f.name) for f in fields(self)}
        return Batch(**{k: v.to(device) for k, v in present.items() if v is not None})


@dataclass(frozen=True, slots=True)
class Sounds:
    """What sounds at the audio positions of a batch."""

    levels: Tensor  # [A, frames · bands] dMel levels
    at: Tensor  # [A, 2] batch row and column
    phonemes: Tensor  # [A] what sounds there, by number; -1 where nobody knows

    def to(self, device: torch.device) -> "Sounds":
        """Move every tensor."""
        return Sounds(*(getattr(self, f.name).to(device) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Sights:
    """What is seen at the video positions of a batch, a frame at a time."""

    patches: Tensor  # [F, P, 40, 40, channels]
    at: Tensor  # [F · P, 2] batch row and column; none of frames without a conversation
    movements: Tensor  # [F] what a figure does, by number; -1 where nobody knows what is seen
    parts: Tensor  # [N, 2] patch of the F · P, and the number of what can be seen in it
    signs: Tensor  # [F] which sign can be read, by number
    latest: Tensor  # [F, 2] colour and thing of what has just come, in NAMES; -1 where nothing has
    deciding: Tensor  # [F] the column in which that slot's reply is decided; -1 where none is

    def to(self, device: torch.device) -> "Sights":
        """Move every tensor."""
        return Sights(*(getattr(self, f.name).to(device) for f in fields(self)))


def make_batch(
    talks: Sequence[Conversation], config: ModelConfig, words: WordVectors | None = None
) -> Batch:
    """Lay conversations out as padded tensors; `words` is the table of a model that has one."""
    columns, row_at, row_of = [], [], []
    packed: list[PackedReference] = []
    for b, talk in enumerate(talks):
        laid = lay_out(talk, config)
        columns.append(laid)
        place: dict[int, int] = {}  # references that were never offered need no encoding
        for column, reference, row in laid.rows:
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
        heard_next=padded("heard_next", torch.int64),
        heard_weights=padded("heard_weights", torch.float32),
        sounds=_sounds(columns, config),
        sights=_sights(columns, config),
    )


def _sounds(columns: Sequence[Columns], config: ModelConfig) -> Sounds | None:
    """What sounds in all conversations, at the audio positions of each slot that has sound."""
    senses = config.senses
    every = [(b, first, sound) for b, c in enumerate(columns) for first, sound in c.sounds]
    if senses is None or not every:
        return None
    at = [(b, first + n) for b, first, _ in every for n in range(senses.audio_positions)]
    unknown = (-1,) * senses.audio_positions
    before = silent_frames(senses)
    levels = [each for c in columns for each in _with_frames_before(c.sounds, before)]
    return Sounds(
        levels=positions_of(torch.from_numpy(np.stack(levels)), senses).flatten(0, 1),
        at=torch.tensor(at, dtype=torch.int64),
        phonemes=torch.tensor([p for _, _, s in every for p in s.phonemes or unknown]),
    )


def _with_frames_before(
    sounds: Sequence[tuple[int, Sound]], before: NDArray[np.uint8]
) -> Iterator[NDArray[np.uint8]]:
    """Levels of each slot of a conversation, behind the frames that came before it."""
    for _, sound in sounds:
        levels = np.concatenate([before, sound.levels])
        yield levels
        before = levels[len(levels) - len(before) :]


def _sights(columns: Sequence[Columns], config: ModelConfig) -> Sights | None:
    """What is seen in all conversations, at the video positions of each slot that has a frame."""
    senses = config.senses
    every = [(b, *frame) for b, c in enumerate(columns) for frame in c.frames]
    if senses is None or not every:
        return None
    at = [(b, first + n) for b, first, _, _ in every for n in range(senses.patches.patches)]
    sights = sights_of([(seen, shown) for *_, seen, shown in every], senses.patches)
    deciding = torch.tensor([column for c in columns for column in c.deciding])
    return replace(sights, at=torch.tensor(at, dtype=torch.int64), deciding=deciding)


def sights_of(
    film: Sequence[tuple[NDArray[np.uint8], Shown | None]], patches: PatchConfig
) -> Sights:
    """Frames, as patches [P, 40, 40, channels], that are at no position of a conversation."""
    shown = [each for _, each in film]
    parts = [
        (n * patches.patches + patch, name)
        for n, each in enumerate(shown)
        if each is not None
        for patch, name in named_patches(each, patches)
    ]
    return Sights(
        patches=torch.from_numpy(np.stack([seen for seen, _ in film])),
        at=torch.empty(0, 2, dtype=torch.int64),
        movements=torch.tensor([-1 if each is None else each.movement for each in shown]),
        parts=torch.tensor(parts, dtype=torch.int64).view(-1, 2),
        signs=torch.tensor([0 if each is None else each.sign for each in shown]),
        latest=torch.tensor([_latest(each) for each in shown]),
        deciding=torch.full((len(shown),), -1),
    )


def _latest(shown: Shown | None) -> tuple[int, int]:
    if shown is None or not shown.latest:
        return -1, -1
    *colour, thing = shown.latest
    return NAMES.index(colour[0]) if colour else -1, NAMES.index(thing)


def _word_tensors(
    words_of: Sequence[Sequence[tuple[str, ...]]],
    config: ModelConfig,
    words: WordVectors | None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Vectors of the words that occur, each once; where each is added; which of them it is."""
    vectors: list[Tensor] = []
    places: dict[str, int | None] = {}
    word_at, word_of = [], []
    for b, columns in enumerate(words_of if words is not None and config.word_dims else ()):
        every = ((column, word) for column, several in enumerate(columns) for word in several)
        for column, word in every:
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
