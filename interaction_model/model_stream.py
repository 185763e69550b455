"""Live streams of the interaction model: what one micro-turn takes in, adds, and says.

The forward is the one that training runs; only the positions that exist in a slot are computed. In
a silent slot that is one position, in a slot that speaks one more for each token.
"""

import codecs
import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from weft.errors import WeightsError
from weft.interaction_model.cache import CacheState, WindowCache
from weft.interaction_model.checkpoint import load_weights
from weft.interaction_model.config import ModelConfig
from weft.interaction_model.heard_text import heard_word
from weft.interaction_model.model import InteractionModule
from weft.interaction_model.sampling import Sampler
from weft.interaction_model.tokenizer import (
    CONTROL_OF_ID,
    FIRST_TEXT_ID,
    HeardToken,
    Special,
    WordTokenizer,
    pack_words,
)
from weft.interaction_model.types import (
    Floor,
    FloorProbabilities,
    LivedSlot,
    MicroTurnInput,
    MicroTurnOutput,
    ReferenceRows,
    Row,
)
from weft.interaction_model.word_vectors import WordVectors


@dataclass(frozen=True, slots=True)
class RowVector:
    """The opaque part of a row: its vector [width] and the tokens it stands for."""

    vector: Tensor
    tokens: tuple[int, ...]


_Added = tuple[tuple[int, int], Tensor]
"""A vector [width] that is added to a stream's input: (row of the batch, column), vector."""


@dataclass(slots=True)
class _Ear:
    """What one stream has heard and not yet taken in: a slot has room for a few tokens only."""

    backlog: deque[HeardToken] = field(default_factory=deque)

    def take(self, tokens: list[HeardToken], room: int, *, active: bool) -> list[HeardToken]:
        """Add this slot's tokens and take what fits; silence and activity are one token."""
        self.backlog.extend(tokens)
        taken = [self.backlog.popleft() for _ in range(min(room, len(self.backlog)))]
        return taken or [HeardToken(Special.ACTIVE if active else Special.NOTHING)]

    def behind_slots(self, room: int) -> int:
        """In how many slots the tokens that wait will be taken."""
        return math.ceil(len(self.backlog) / room)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A restorable copy of a batch of streams."""

    cache: CacheState
    pending: tuple[int | None, ...]
    backlogs: tuple[tuple[HeardToken, ...], ...]
    half_said: tuple[tuple[bytes, int], ...]
    index: int


class StreamBatch:
    """A batch of streams that live through the same micro-turns together."""

    def __init__(
        self,
        module: InteractionModule,
        tokenizer: WordTokenizer,
        batch: int = 1,
        sampler: Sampler | None = None,
        words: WordVectors | None = None,
    ) -> None:
        """Preallocate everything the streams will ever need.

        `words` is the table of a model with `word_dims`; such a model hears without it too, worse.
        """
        self.config: ModelConfig = module.config
        self._module = module.eval()
        self._tokenizer = tokenizer
        self._sampler = sampler or Sampler()
        self._words = words if self.config.word_dims else None
        self._cache = WindowCache(self.config, batch, module.transformer.layer_sinks())
        self._ears = [_Ear() for _ in range(batch)]
        self._pending: list[int | None] = [None] * batch
        self.said_states: list[list[Tensor]] = [[] for _ in range(batch)]
        """Hidden states [width] where the tokens of the last slot were said; a slot's last token,
        when the slot is full, has none yet."""
        self._decoders = [codecs.getincrementaldecoder("utf-8")("replace") for _ in range(batch)]
        self.index = 0

    @torch.inference_mode()
    def step(
        self,
        heard: Sequence[MicroTurnInput],
        rows: Sequence[Row | None],
        decided: Sequence[tuple[int, ...]] | None = None,
    ) -> list[MicroTurnOutput]:
        """Live through one micro-turn with every stream of the batch.

        `decided` are the tokens that the streams say, when that was decided before.
        """
        taken = self._hear(heard)
        hidden = self._take_in(taken, rows)
        heads = self._module.heads(hidden)
        floors = heads.floor_logits.softmax(dim=-1).tolist()
        said = self._speak(heads.token_logits, decided)
        self.index += 1
        return [
            self._output(b, heard[b], taken[b], rows[b], said[b], floors[b])
            for b in range(len(heard))
        ]

    def let_pass(self, heard: Sequence[MicroTurnInput]) -> None:
        """Pass over a micro-turn; words for which it had no room are still heard afterwards."""
        self._hear(heard)

    def _hear(self, heard: Sequence[MicroTurnInput]) -> list[list[HeardToken]]:
        return [
            ear.take(self._tokens_of(h.text), self.config.written_tokens, active=h.user_active)
            for ear, h in zip(self._ears, heard, strict=True)
        ]

    def _tokens_of(self, text: str) -> list[HeardToken]:
        heard = (word for written in text.split() for word in heard_word(written).split())
        return [token for word in heard for token in self._tokenizer.heard(word)]

    def _take_in(self, taken: list[list[HeardToken]], rows: Sequence[Row | None]) -> Tensor:
        """Append what the last slot left and what was heard; hidden state of the last position."""
        layout = self.config.layout
        base = self.index * layout.positions
        columns: list[tuple[int, list[int | None]]] = [(base - 1, list(self._pending))]
        for place in range(layout.heard_text):
            # Heard tokens are right-aligned: the last heard position always exists.
            skipped = [layout.heard_text - len(tokens) for tokens in taken]
            column = [
                tokens[place - skip].token if place >= skip else None
                for tokens, skip in zip(taken, skipped, strict=True)
            ]
            columns.append((base + place, column))
        columns = [c for c in columns if any(token is not None for token in c[1])]
        # Both are counted from the last column on: nothing that is heard comes after it.
        return self._forward(columns, self._word_vectors(taken) + row_vectors(rows))

    def _word_vectors(self, taken: list[list[HeardToken]]) -> list[_Added]:
        """What the words add that are complete in this slot, each at its last token."""
        return self._vectors_of(
            ((b, place - len(tokens)), heard.word)
            for b, tokens in enumerate(taken)
            for place, heard in enumerate(tokens)
            if heard.word
        )

    def _vectors_of(self, words: Iterable[tuple[tuple[int, int], str]]) -> list[_Added]:
        """What words add, each where it is said to."""
        if self._words is None:
            return []
        found = [
            (where, vector) for where, word in words if (vector := self._words.of(word)) is not None
        ]
        if not found:
            return []
        vectors = self._module.encode_words(torch.stack([vector for _, vector in found]))
        return [(where, vector) for (where, _), vector in zip(found, vectors, strict=True)]

    def _forward(
        self, columns: list[tuple[int, list[int | None]]], added: Sequence[_Added] = ()
    ) -> Tensor:
        """Run columns of (position, a token or None per stream); last hidden state [B, width]."""
        batch = len(columns[0][1])
        tokens = torch.tensor(
            [[column[b] for _, column in columns] for b in range(batch)]
            if all(token is not None for _, column in columns for token in column)
            else [[column[b] or 0 for _, column in columns] for b in range(batch)]
        )
        present = torch.tensor(
            [[column[b] is not None for _, column in columns] for b in range(batch)]
        )
        positions = torch.tensor([position for position, _ in columns]).expand(batch, -1)
        x = self._module.inputs(tokens, positions)
        for (b, column), vector in added:
            x[b, column] += vector
        caches, mask = self._cache.layers_for(positions, present)
        hidden: Tensor = self._module.transformer(x, positions, mask, caches)
        return hidden[:, -1]

    def _speak(self, logits: Tensor, decided: Sequence[tuple[int, ...]] | None) -> list[list[int]]:
        """Decode the said positions of this slot; silence ends a stream's slot."""
        layout = self.config.layout
        first_place = self.index * layout.positions + layout.first_said
        batch = logits.shape[0]
        said: list[list[int]] = [[] for _ in range(batch)]
        self.said_states = [[] for _ in range(batch)]
        speaking = [True] * batch
        for place in range(layout.said_text):
            if decided is None:
                chosen = self._sampler.choose(logits, first=place == 0).tolist()
            else:
                chosen = [_token_at(place, tokens) for tokens in decided]
            for b in range(batch):
                speaking[b] = speaking[b] and chosen[b] != Special.SILENCE
                if speaking[b]:
                    said[b].append(chosen[b])
            if not any(speaking) or place == layout.said_text - 1:
                break
            column = [chosen[b] if speaking[b] else None for b in range(batch)]
            hidden = self._forward([(first_place + place, column)])
            for b in range(batch):
                if speaking[b]:
                    self.said_states[b].append(hidden[b])
            logits = self._module.heads(hidden).token_logits
        # The last place predicts nothing in its own slot; its token joins the next slot's forward.
        self._pending = [s[-1] if len(s) == layout.said_text else None for s in said]
        return said

    def _output(
        self,
        b: int,
        heard: MicroTurnInput,
        taken: list[HeardToken],
        row: Row | None,
        said: list[int],
        floor: list[float],
    ) -> MicroTurnOutput:
        control = CONTROL_OF_ID.get(said[0]) if said else None
        text_ids = [token for token in said if token >= FIRST_TEXT_ID]
        text = self._decoders[b].decode(self._tokenizer.bytes_of(text_ids), final=not text_ids)
        return MicroTurnOutput(
            index=heard.index,
            text=text,
            floor=FloorProbabilities(**dict(zip((f.value for f in Floor), floor, strict=True))),
            control=control,
            inner_transcript=self._tokenizer.text_of(t.token for t in taken).strip(),
            behind_slots=self._ears[b].behind_slots(self.config.written_tokens),
            token_ids=tuple(said),
            reference_followed=followed(row, said),
        )

    def snapshot(self) -> Snapshot:
        """Copy the streams' whole state."""
        return Snapshot(
            cache=self._cache.copy(),
            pending=tuple(self._pending),
            backlogs=tuple(tuple(ear.backlog) for ear in self._ears),
            half_said=tuple(decoder.getstate() for decoder in self._decoders),
            index=self.index,
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot, in place."""
        self._cache.load(snapshot.cache)
        self._pending = list(snapshot.pending)
        self._ears = [_Ear(deque(backlog)) for backlog in snapshot.backlogs]
        for decoder, state in zip(self._decoders, snapshot.half_said, strict=True):
            decoder.setstate(state)
        self.index = snapshot.index

    @torch.inference_mode()
    def encode(self, text: str) -> ReferenceRows:
        """Turn a text into rows of whole words; the last row carries the end bit."""
        config = self.config
        packed = list(pack_words(self._tokenizer.words(text), config.said_text))
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        rows: list[Row] = []
        for start in range(0, len(packed), config.reference_rows_max):
            part = packed[start : start + config.reference_rows_max]
            tokens, ends = reference_tensors(
                [part], config.said_text, ended=[start + len(part) == len(packed)]
            )
            vectors = self._module.encode_rows(tokens, ends)[0]
            for n, ids in enumerate(part):
                last = start + n == len(packed) - 1
                spelled = decoder.decode(self._tokenizer.bytes_of(ids), final=last)
                rows.append(Row(text=spelled, vector=RowVector(vectors[n], ids), last=last))
        return ReferenceRows(text=text, rows=tuple(rows))

    def absent(self) -> ReferenceRows:
        """The learnt row of a reference that failed, is empty or came too late."""
        vector = self._module.reference.absent.detach()
        row = Row(text="", vector=RowVector(vector, ()), last=True, absent=True)
        return ReferenceRows(text="", rows=(row,))


def row_vectors(rows: Sequence[Row | None]) -> list[_Added]:
    """What the offered rows add, each at the last position."""
    return [
        ((b, -1), row.vector.vector)
        for b, row in enumerate(rows)
        if row is not None and isinstance(row.vector, RowVector)
    ]


def _token_at(place: int, tokens: Sequence[int]) -> int:
    return tokens[place] if place < len(tokens) else Special.SILENCE


def reference_tensors(
    references: Sequence[Sequence[tuple[int, ...]]], group: int, ended: Sequence[bool]
) -> tuple[Tensor, Tensor]:
    """Pad packed references to tokens [R, group·N] and end bits [R, N]."""
    longest = max(len(rows) for rows in references)
    tokens = torch.full((len(references), longest, group), int(Special.PAD))
    ends = torch.zeros(len(references), longest)
    for r, rows in enumerate(references):
        for n, ids in enumerate(rows):
            tokens[r, n, : len(ids)] = torch.tensor(ids)
        ends[r, len(rows) - 1] = float(ended[r])
    return tokens.flatten(1), ends


def followed(row: Row | None, said: Sequence[int]) -> bool:
    """Whether the model took an offered row up: said most of its tokens, each in its place.

    One wrong token in three is a slip. Half of them may be chance: "They" and a "Then" of the
    model's own begin alike, and so do "The" and "Then let".
    """
    if row is None or not said or said[0] in CONTROL_OF_ID:
        return False
    if row.absent or not isinstance(row.vector, RowVector):
        return True
    tokens = row.vector.tokens
    same = sum(a == b for a, b in zip(tokens, said, strict=False))
    return 2 * same > max(len(tokens), len(said))


class ModelStream:
    """One session's stream: the InteractionModel that the orchestrator talks to."""

    def __init__(self, streams: StreamBatch) -> None:
        """Wrap a batch of one."""
        self._streams = streams

    def encode(self, text: str) -> ReferenceRows:
        """Turn a reference text into rows."""
        return self._streams.encode(text)

    def absent(self) -> ReferenceRows:
        """Give the row that stands for a reference that never came."""
        return self._streams.absent()

    def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        """Live through one micro-turn."""
        return self._streams.step([heard], [row])[0]

    def relive(self, lived: Sequence[LivedSlot]) -> None:
        """Become what a stream is that has lived through these micro-turns.

        Each layer sees as far back as the window, so that nothing before the windows of all layers
        is left in what the last one knows now.
        """
        config = self._streams.config
        passed_over = max(0, len(lived) - config.layers * config.window_slots)
        for slot in lived[:passed_over]:
            self._streams.let_pass([slot.heard])
        for slot in lived[passed_over:]:
            self._streams.index = slot.heard.index
            self._streams.step([slot.heard], [slot.row], [slot.said.token_ids])

    def snapshot(self) -> object:
        """Copy the stream's state."""
        return self._streams.snapshot()

    def restore(self, snapshot: object) -> None:
        """Go back to a snapshot of this stream; raises TypeError for anything else."""
        if not isinstance(snapshot, Snapshot):
            raise TypeError(f"not a snapshot of a model stream: {type(snapshot).__name__}")
        self._streams.restore(snapshot)


def load_stream(
    weights: Path | None = None, *, temperature: float = 0.0, seed: int = 0
) -> ModelStream:
    """Load weights (the shipped ones by default), verify them, and open a stream.

    Sets torch to one thread: a slot's matrices are too small to share. Raises WeightsError, also
    for weights with senses, whose slots are laid out in another way.
    """
    torch.set_num_threads(1)
    loaded = load_weights(weights)
    if loaded.module.config.senses is not None:
        raise WeightsError(
            f"{weights} holds a model with senses, and this is for text alone: a conversation "
            "takes it with `ears: native`, a bench with --spoken or --senses"
        )
    sampler = Sampler(temperature, seed)
    streams = StreamBatch(loaded.module, loaded.tokenizer, sampler=sampler, words=loaded.words)
    stream = ModelStream(streams)
    _warm_up(stream)
    return stream


def _warm_up(stream: ModelStream) -> None:
    """Run each path once, so that the first micro-turn is as quick as the thousandth."""
    before = stream.snapshot()
    row = stream.encode("Warm up.").rows[0]
    for index in range(3):
        stream.step(MicroTurnInput(index=index, text="hello there"), row)
    stream.restore(before)
