"""Whether a live stream and the whole sequence are one and the same model, in every modality.

A stream lives through slots with sound, pictures and rows. What it took in is then put together
once more, as training does it: sound and pictures from the whole recording, and one forward over
the whole sequence. What both predict at the same positions is compared.

transcript, floor, said   logits of the words just heard, of who holds the floor, of what is said
mel                       log-mel frames of the sound, slot by slot and of the whole recording
voice_mel                 frames that the voice makes, slot by slot and all slots side by side (of
                          weights that have a voice)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from weft.interaction_model.checkpoint import Weights
from weft.interaction_model.dmel import StreamingLogMel, log_mel
from weft.interaction_model.ear import positions_of, silent_frames
from weft.interaction_model.flow import FlowHead, Read, Score, slot_noise
from weft.interaction_model.model import InteractionModule
from weft.interaction_model.patches import Sight
from weft.interaction_model.sensing_stream import SensingBatch
from weft.interaction_model.speech_stream import SaidWord, SpeechStream
from weft.interaction_model.types import Row, Senses

REFERENCE = "The bridge is 1,248 metres long, and nobody has ever walked over it in the rain."

_SLOTS_A_WORD = 3


@dataclass(slots=True)
class Lived:
    """What a stream has taken in, column by column, and its hidden states."""

    positions: list[int] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    added: list[tuple[int, Tensor]] = field(default_factory=list)
    """(column, vector) of words and rows; sound and pictures are made anew."""
    hidden: list[tuple[int, Tensor]] = field(default_factory=list)
    """(column, [width]) at the end of each forward."""


class WatchedBatch(SensingBatch):
    """A stream that keeps what it takes in."""

    def __init__(self, weights: Weights) -> None:
        """Open one stream."""
        super().__init__(weights.module, weights.tokenizer, words=weights.words)
        self.lived = Lived()

    def _forward(
        self,
        columns: list[tuple[int, list[int | None]]],
        added: Sequence[tuple[tuple[int, int], Tensor]] = (),
    ) -> Tensor:
        hidden = super()._forward(columns, added)
        lived, layout = self.lived, self.config.layout
        first = len(lived.positions)
        for position, tokens in columns:
            lived.positions.append(position)
            lived.tokens.append(tokens[0] or 0)
        for (_, column), vector in added:
            at = first + column % len(columns)
            if lived.positions[at] % layout.positions >= layout.first_transcript:
                lived.added.append((at, vector))
        lived.hidden.append((len(lived.positions) - 1, hidden[0]))
        return hidden


@torch.inference_mode()
def largest_differences(weights: Weights, senses: Sequence[Senses]) -> Mapping[str, float]:
    """Live through slots and compare; see the module. Rows are offered in half of the slots."""
    streams = WatchedBatch(weights)
    rows: list[Row | None] = []
    for each in senses:
        rows = rows or [*streams.encode(REFERENCE).rows]
        heard = streams.perceive([each])
        streams.step(heard, [rows.pop(0) if each.index % 2 else None])
    lived = streams.lived
    whole = _whole(weights.module, lived, senses)
    module = weights.module
    found = {"transcript": 0.0, "floor": 0.0, "said": 0.0}
    layout = module.config.layout
    for column, hidden in lived.hidden:
        place = lived.positions[column] % layout.positions
        if place < layout.decision:
            pairs = {
                "transcript": (
                    module.transcript_logits(hidden),
                    module.transcript_logits(whole[column]),
                )
            }
        else:
            live, offline = module.heads(hidden), module.heads(whole[column])
            pairs = {
                "floor": (live.floor_logits, offline.floor_logits),
                "said": (live.token_logits, offline.token_logits),
            }
        for name, (live_logits, offline_logits) in pairs.items():
            found[name] = max(found[name], float((live_logits - offline_logits).abs().max()))
    return found | {"mel": _of_sound(senses)}


class _WatchedSpeech(SpeechStream):
    """Speech whose slots are kept."""

    def __init__(self, head: FlowHead) -> None:
        super().__init__(head)
        self.slots: list[tuple[int, Score, Tensor]] = []

    def _sounded(self, index: int, score: Score, read: Read) -> Tensor:
        made = super()._sounded(index, score, read)
        self.slots.append((index, score, made))
        return made


@torch.inference_mode()
def voice_difference(head: FlowHead, text: str = REFERENCE) -> float:
    """Say a text slot by slot, and all its slots side by side after the same past; compare."""
    speech = _WatchedSpeech(head)
    words = text.split()
    for index in range(_SLOTS_A_WORD * len(words)):
        speech.say([SaidWord(word, index) for word in words[index : index + 1]])
        speech.next_slot(index)
    score = _side_by_side([score for _, score, _ in speech.slots])
    noise = torch.stack([slot_noise(0, index) for index, _, _ in speech.slots])
    made = head.sample(head.remember(score, head.reader(score)), noise)
    live = torch.cat([made for _, _, made in speech.slots])
    return float((made - live).abs().max())


def _side_by_side(scores: Sequence[Score]) -> Score:
    """Scores of one slot each as one of many; shorter ones are filled up with nothing."""

    def together(name: str) -> Tensor:
        parts: list[Tensor] = [getattr(score, name)[0] for score in scores]
        return pad_sequence(parts, batch_first=True)

    return Score(**{each.name: together(each.name) for each in fields(Score)})


def _whole(module: InteractionModule, lived: Lived, senses: Sequence[Senses]) -> Tensor:
    """Hidden states [T, width] of one forward over all that was taken in."""
    config = module.config
    assert config.senses is not None
    layout = config.layout
    positions = torch.tensor([lived.positions])
    x = module.inputs(torch.tensor([lived.tokens]), positions)
    at = {position: column for column, position in enumerate(lived.positions)}
    for column, vector in lived.added:
        x[0, column] += vector
    samples = np.concatenate([each.samples for each in senses])
    levels = config.senses.dmel.quantise(log_mel(samples))
    levels = np.concatenate([silent_frames(config.senses), levels])
    sounds = module.encode_sound(positions_of(torch.from_numpy(levels), config.senses))
    sight = Sight(config.senses.patches)
    for slot, each in enumerate(senses):
        base = slot * layout.positions
        for n in range(layout.audio):
            x[0, at[base + layout.first_audio + n]] += sounds[slot * layout.audio + n]
        patches = sight.look(each.frame)
        if patches is not None:
            for n, vector in enumerate(module.encode_sight(torch.from_numpy(patches)[None])[0]):
                x[0, at[base + n]] += vector
    present = torch.ones_like(positions, dtype=torch.bool)
    mask = module.transformer.sequence_mask(positions, present)
    hidden: Tensor = module.transformer(x, positions, mask)
    return hidden[0]


def _of_sound(senses: Sequence[Senses]) -> float:
    frames = log_mel(np.concatenate([each.samples for each in senses]))
    hearing = StreamingLogMel()
    heard = np.concatenate([hearing.push(each.samples) for each in senses])
    return float(np.abs(heard - frames).max())
