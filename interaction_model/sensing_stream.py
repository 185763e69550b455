"""Live streams of a model with senses: a slot is perceived first, and then lived through.

To perceive is to take in what was seen and heard and to write down the words; what the orchestrator
decides with them (whether a reference is offered) is known before the model decides what to say.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from weft.errors import WeightsError
from weft.interaction_model.checkpoint import load_weights
from weft.interaction_model.ear import Hearing, positions_of
from weft.interaction_model.flow import FlowHead
from weft.interaction_model.flow_weights import load_flow
from weft.interaction_model.inner_transcript import InnerTranscript, Written
from weft.interaction_model.model import InteractionModule
from weft.interaction_model.model_stream import (
    ModelStream,
    Snapshot,
    StreamBatch,
    row_vectors,
)
from weft.interaction_model.native_voice import NativeVoice, Piece, only_text
from weft.interaction_model.patches import Sight
from weft.interaction_model.pictures import in_colours
from weft.interaction_model.sampling import Sampler
from weft.interaction_model.tokenizer import FIRST_TEXT_ID, HeardToken, Special, WordTokenizer
from weft.interaction_model.types import (
    SLOT_SAMPLES,
    MicroTurnInput,
    MicroTurnOutput,
    Row,
    Senses,
    TranscribedWord,
    Voiced,
)
from weft.interaction_model.weights_folder import SHIPPED_SENSES, has_voice
from weft.interaction_model.word_vectors import WordVectors


@dataclass(slots=True)
class _Perceived:
    """What one stream has perceived in the slot that it is about to live through."""

    tokens: tuple[int, ...]
    """What was written, or that there was activity, or nothing."""
    words: tuple[TranscribedWord, ...]

    @property
    def decision(self) -> int:
        """The token of the decision position: whether the user was heard."""
        quiet = self.tokens[0] == Special.NOTHING
        return int(Special.NOTHING if quiet else Special.ACTIVE)


@dataclass(frozen=True, slots=True)
class SensingSnapshot(Snapshot):
    """A restorable copy of a batch of streams with senses."""

    senses: tuple[tuple[Hearing, Sight, InnerTranscript], ...]


class SensingBatch(StreamBatch):
    """A batch of streams that hear and see; each slot is `perceive` and then `step`."""

    def __init__(
        self,
        module: InteractionModule,
        tokenizer: WordTokenizer,
        batch: int = 1,
        sampler: Sampler | None = None,
        words: WordVectors | None = None,
    ) -> None:
        """Preallocate what the streams need. Raises WeightsError for a model without senses."""
        super().__init__(module, tokenizer, batch, sampler, words)
        if self.config.senses is None:
            raise WeightsError("these weights have no senses: they neither hear nor see")
        self._senses = self.config.senses
        self._sounds = [Hearing(self._senses) for _ in range(batch)]
        self._sights = [Sight(self._senses.patches) for _ in range(batch)]
        self._transcripts = [InnerTranscript() for _ in range(batch)]
        self._perceived: list[_Perceived] | None = None

    @torch.inference_mode()
    def perceive(self, senses: Sequence[Senses]) -> list[MicroTurnInput]:
        """Take in what the next slot brought; the words that are complete with it.

        Raises ValueError for samples that are not [SLOT_SAMPLES] and InputError for what is no
        frame, and then has taken nothing.
        """
        for each in senses:
            if each.frame is not None:
                in_colours(each.frame)
            if each.samples.shape != (SLOT_SAMPLES,):
                raise ValueError(f"a slot has {SLOT_SAMPLES} samples, not {each.samples.shape}")
        logits = self._module.transcript_logits(self._take_in_senses(senses))
        written = self._write(logits)
        self._perceived = self._read(written, senses[0].index)
        return [
            MicroTurnInput(
                index=each.index,
                text=" ".join(word.text for word in perceived.words),
                user_active=perceived.decision == Special.ACTIVE and not perceived.words,
                transcribed=perceived.words,
            )
            for each, perceived in zip(senses, self._perceived, strict=True)
        ]

    def _read(self, written: Sequence[Sequence[Written]], index: int) -> list[_Perceived]:
        """Make words of what was written in slot `index`."""
        perceived: list[_Perceived] = []
        for b, tokens in enumerate(written):
            text = [each for each in tokens if each.token >= FIRST_TEXT_ID]
            self._transcripts[b], words = self._transcripts[b].take(
                text, index, self._tokenizer, self._senses
            )
            perceived.append(_Perceived(tuple(each.token for each in tokens), words))
        return perceived

    def _take_in_senses(self, senses: Sequence[Senses]) -> Tensor:
        """Append what the last slot left, what was seen and what sounds; last hidden state."""
        layout = self.config.layout
        base = self.index * layout.positions
        batch = len(senses)
        columns: list[tuple[int, list[int | None]]] = []
        if any(token is not None for token in self._pending):
            columns.append((base - 1, list(self._pending)))
        looked = [s.look(each.frame) for s, each in zip(self._sights, senses, strict=True)]
        pad = int(Special.PAD)
        added: list[tuple[tuple[int, int], Tensor]] = []
        if any(patches is not None for patches in looked):
            seeing = [pad if patches is not None else None for patches in looked]
            first = len(columns)
            columns += [(base + place, list(seeing)) for place in range(layout.video)]
            for b, patches in enumerate(looked):
                if patches is not None:
                    seen = self._module.encode_sight(torch.from_numpy(patches)[None])[0]
                    added += [((b, first + n), vector) for n, vector in enumerate(seen)]
        first = len(columns)
        places = range(layout.first_audio, layout.first_transcript)
        columns += [(base + place, [pad] * batch) for place in places]
        levels = torch.stack(
            [
                torch.from_numpy(sound.listen(each.samples))
                for sound, each in zip(self._sounds, senses, strict=True)
            ]
        )
        vectors = self._module.encode_sound(positions_of(levels, self._senses))
        added += [((b, first + n), v) for b in range(batch) for n, v in enumerate(vectors[b])]
        self._pending = [None] * batch
        return self._forward(columns, added)

    def _write(self, logits: Tensor) -> list[list[Written]]:
        """Decode the inner transcript of this slot: at least one token a stream."""
        layout = self.config.layout
        base = self.index * layout.positions + layout.first_transcript
        batch = logits.shape[0]
        written: list[list[Written]] = [[] for _ in range(batch)]
        writing = [True] * batch
        for place in range(layout.transcript):
            probabilities = logits.softmax(dim=-1)
            likeliest = probabilities.max(dim=-1)
            column: list[int | None] = []
            for b in range(batch):
                token = int(likeliest.indices[b])
                text = token >= FIRST_TEXT_ID
                if writing[b] and (text or place == 0):
                    written[b].append(Written(token, float(likeliest.values[b])))
                writing[b] = writing[b] and text
                column.append(token if writing[b] else None)
            if not any(writing):
                break
            hidden = self._forward([(base + place, column)])
            logits = self._module.transcript_logits(hidden)
        return written

    def _hear(self, heard: Sequence[MicroTurnInput]) -> list[list[HeardToken]]:
        """What was perceived in this slot, or else the words that were typed in it."""
        if self._perceived is None:
            return super()._hear(heard)
        return [[HeardToken(token) for token in each.tokens] for each in self._perceived]

    def _take_in(self, taken: list[list[HeardToken]], rows: Sequence[Row | None]) -> Tensor:
        """Append the decision position, after typed words when nothing was perceived."""
        layout = self.config.layout
        base = self.index * layout.positions
        columns: list[tuple[int, list[int | None]]] = []
        perceived, self._perceived = self._perceived, None
        if perceived is None:
            written = [[Written(heard.token, 1.0) for heard in tokens] for tokens in taken]
            perceived = self._read(written, self.index)
            columns = [(base - 1, list(self._pending))]
            columns += [
                (
                    base + layout.first_transcript + place,
                    [_text_at(place, each.tokens) for each in perceived],
                )
                for place in range(layout.transcript)
            ]
            columns = [c for c in columns if any(token is not None for token in c[1])]
        columns.append((base + layout.decision, [each.decision for each in perceived]))
        words = (((b, -1), w.text) for b, each in enumerate(perceived) for w in each.words)
        return self._forward(columns, self._vectors_of(words) + row_vectors(rows))

    def spelled(self, tokens: Sequence[int]) -> list[str]:
        """The text of each token."""
        return [self._tokenizer.text_of([token]) for token in tokens]

    def snapshot(self) -> SensingSnapshot:
        """Copy the streams' whole state."""
        text = super().snapshot()
        senses = zip(self._sounds, self._sights, self._transcripts, strict=True)
        return SensingSnapshot(
            **{f.name: getattr(text, f.name) for f in fields(text)},
            senses=copy.deepcopy(tuple(senses)),
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot, in place."""
        super().restore(snapshot)
        self._perceived = None
        if isinstance(snapshot, SensingSnapshot):
            for b, (sound, sight, transcript) in enumerate(copy.deepcopy(snapshot.senses)):
                self._sounds[b], self._sights[b] = sound, sight
                self._transcripts[b] = transcript


def _text_at(place: int, tokens: Sequence[int]) -> int | None:
    return tokens[place] if place < len(tokens) and tokens[place] >= FIRST_TEXT_ID else None


class SensingStream(ModelStream):
    """One session's stream of a model with senses: its ears, and the model that decides."""

    def __init__(self, streams: SensingBatch) -> None:
        """Wrap a batch of one."""
        super().__init__(streams)
        self._sensing = streams

    def perceive(self, senses: Senses) -> MicroTurnInput:
        """Take in what the next slot brought; the words that are complete with it."""
        return self._sensing.perceive([senses])[0]


class SpeakingStream(SensingStream):
    """One session's stream of a model that hears, sees, and has a voice of its own."""

    def __init__(self, streams: SensingBatch, head: FlowHead, seed: int) -> None:
        """Speak with a flow head that carries what the stream meant by its words."""
        super().__init__(streams)
        self._voice = NativeVoice(head, seed, self._pieces_of)

    def sound(self, said: MicroTurnOutput) -> Voiced:
        """Take the text of the slot that was just lived through, and give its samples."""
        return self._voice.sound(said)

    def stop(self) -> None:
        """Drop what has not been sounded."""
        self._voice.stop()

    def _pieces_of(self, said: MicroTurnOutput) -> Sequence[Piece]:
        """The tokens of a slot, each with its hidden state where there is one."""
        states: list[Tensor | None] = [*self._sensing.said_states[0]]
        tokens = [token for token in said.token_ids if token >= FIRST_TEXT_ID]
        states = states[len(said.token_ids) - len(tokens) :]  # a control token is not sounded
        states += [None] * (len(tokens) - len(states))
        spelled = self._sensing.spelled(tokens)
        if "".join(spelled) != said.text:  # a letter that is divided over slots
            return only_text(said)
        return [Piece(text, state) for text, state in zip(spelled, states, strict=True)]


def load_sensing_stream(
    weights: Path | None = None, *, temperature: float = 0.0, seed: int = 0, voice: bool = True
) -> SensingStream:
    """Load weights with senses, verify them, and open a stream.

    It has a voice if they have one and `voice` is wanted. Sets torch to one thread: a slot's
    matrices are too small to share. Raises WeightsError.
    """
    torch.set_num_threads(1)
    folder = weights or SHIPPED_SENSES
    loaded = load_weights(folder)
    sampler = Sampler(temperature, seed)
    streams = SensingBatch(loaded.module, loaded.tokenizer, sampler=sampler, words=loaded.words)
    stream = SensingStream(streams)
    if voice and has_voice(folder):
        stream = SpeakingStream(streams, load_flow(folder), seed)
    before = streams.snapshot()
    for index in range(3):  # so that the first micro-turn is as quick as the thousandth
        silence = np.zeros(SLOT_SAMPLES, dtype=np.float32)
        stream.step(stream.perceive(Senses(index=index, samples=silence)), None)
    streams.restore(before)
    return stream
