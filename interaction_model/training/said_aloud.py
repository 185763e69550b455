"""What the voice is taught with: espeak-ng saying what the model says, laid over slots.

The sound of one fixed voice becomes mel frames, its words become units with their true times, and
each word carries the hidden state that the transformer has where it says the word: its tokens are
laid over slots so that text leads sound, as in a conversation.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from weft.interaction_model import dmel
from weft.interaction_model.checkpoint import Weights
from weft.interaction_model.config import ModelConfig
from weft.interaction_model.dmel import BANDS, HOP_SAMPLES, SLOT_FRAMES
from weft.interaction_model.espeak import EspeakVoice, Spoken
from weft.interaction_model.flow import LEAST_LOG_POWER, FlowConfig, Score
from weft.interaction_model.score import TimedUnit, around, score_of
from weft.interaction_model.spoken_units import units_of
from weft.interaction_model.tokenizer import HeardToken, Special
from weft.interaction_model.training.batches import make_batch
from weft.interaction_model.training.corpus import texts
from weft.interaction_model.training.language import references
from weft.interaction_model.training.language.utterance import Split
from weft.interaction_model.training.loss import forward
from weft.interaction_model.training.slots import Conversation, Slot, Sound
from weft.interaction_model.types import SAMPLE_RATE_HZ, SLOT_SAMPLES, Floor

MODELS_VOICE = EspeakVoice("en-us", rate_wpm=175, pitch=45)
"""Whom the model's voice is learnt from."""

FRAMES_A_S = SAMPLE_RATE_HZ / HOP_SAMPLES
_LONGEST_WORDS = 28


@dataclass(frozen=True, slots=True)
class Lesson:
    """An utterance to learn from: its frames in whole slots, and its units in time."""

    frames: Tensor  # [S·SLOT_FRAMES, BANDS] log-mel
    words: tuple[str, ...]
    units: tuple[TimedUnit, ...]
    speech: range
    """The frames in which there is speech; the others are silence around it."""

    @property
    def slots(self) -> int:
        """How many slots it takes."""
        return len(self.frames) // SLOT_FRAMES


@dataclass(frozen=True, slots=True)
class SpokenBatch:
    """Slots of several lessons."""

    score: Score
    frames: Tensor  # [B, F, BANDS] log-mel
    weights: Tensor  # [B, F]
    unit_weights: Tensor  # [B, U]

    def to(self, device: torch.device) -> "SpokenBatch":
        """Move every tensor."""
        return SpokenBatch(
            score=self.score.to(device),
            frames=self.frames.to(device),
            weights=self.weights.to(device),
            unit_weights=self.unit_weights.to(device),
        )


def said_texts(rng: random.Random, split: Split) -> Iterator[str]:
    """What the model says: references that it weaves in, and its own replies."""
    while True:
        if split == "held_out" or rng.random() < 0.75:
            text = references.sample_reference(rng, split)
        else:
            _, text, _ = texts(rng.getrandbits(32), 1)
        words = text.split()
        if words:
            first = rng.randrange(max(1, len(words) - _LONGEST_WORDS + 1))
            yield " ".join(words[first : first + _LONGEST_WORDS])


def lesson_of(spoken: Spoken, lead_samples: int = 0) -> Lesson:
    """Lay an utterance over slots, after `lead_samples` of silence and before a slot of it."""
    length = lead_samples + len(spoken.samples)
    padded = np.zeros((-(-length // SLOT_SAMPLES) + 1) * SLOT_SAMPLES, dtype=np.float32)
    padded[lead_samples:length] = spoken.samples
    lead = lead_samples / HOP_SAMPLES
    units: list[TimedUnit] = []
    for n, word in enumerate(spoken.words):
        start, end = lead + word.start_s * FRAMES_A_S, lead + word.end_s * FRAMES_A_S
        following = (
            lead + spoken.words[n + 1].start_s * FRAMES_A_S
            if n + 1 < len(spoken.words)
            else length / HOP_SAMPLES
        )
        *core, pause = units_of(word.text)
        units += [TimedUnit(unit, start, end - start) for unit in core]
        begins = end if core else start
        units.append(TimedUnit(pause, begins, max(0.0, following - begins)))
    last = max((unit.end for unit in units if not unit.unit.is_pause), default=0.0)
    return Lesson(
        frames=torch.from_numpy(dmel.log_mel(padded)),
        words=tuple(word.text for word in spoken.words),
        units=tuple(units),
        speech=range(int(lead), int(last) + 2),
    )


def with_hidden(
    lessons: Sequence[Lesson], weights: Weights, rng: random.Random, delay_slots: int
) -> list[Lesson]:
    """Give each word the hidden state of the transformer where it says the word's last token.

    A word is said `delay_slots` before the slot in which it begins to sound, give or take a slot;
    in half of the lessons text comes as fast as slots have room for it.
    """
    laid = [_said_slots(lesson, weights, rng, delay_slots) for lesson in lessons]
    batch = make_batch([talk for talk, _ in laid], weights.module.config)
    with torch.no_grad():
        hidden = forward(weights.module, batch)
    found: list[Lesson] = []
    for b, (lesson, (_, last_tokens)) in enumerate(zip(lessons, laid, strict=True)):
        column_of = {int(position): t for t, position in enumerate(batch.positions[b])}
        state = [None if at is None else hidden[b, column_of[at]] for at in last_tokens]
        number = -1
        units = []
        for unit, begins_word in zip(lesson.units, _word_begins(lesson.units), strict=True):
            number += begins_word
            units.append(replace(unit, hidden=state[number]))
        found.append(replace(lesson, units=tuple(units)))
    return found


def _word_begins(units: Sequence[TimedUnit]) -> list[bool]:
    """Which units begin a written word: all but the pauses behind letters."""
    return [
        not unit.unit.is_pause or n == 0 or units[n - 1].unit.is_pause
        for n, unit in enumerate(units)
    ]


def _said_slots(
    lesson: Lesson, weights: Weights, rng: random.Random, delay_slots: int
) -> tuple[Conversation, list[int | None]]:
    """Slots in which the lesson's words are said, and the position of each word's last token.

    None for a token that fills its slot: a stream runs it only with the next one.
    """
    layout = weights.module.config.layout
    hurried = rng.random() < 0.5
    said: list[list[int]] = []
    last_tokens: list[int | None] = []
    begins = _word_begins(lesson.units)
    starts = [unit.start for unit, first in zip(lesson.units, begins, strict=True) if first]
    for word, start in zip(lesson.words, starts, strict=True):
        sounds_in = int(start // SLOT_FRAMES) + rng.choice((-1, 0, 0, 1))
        at = 0 if hurried else max(0, sounds_in - delay_slots)
        at = max(at, len(said) - 1)
        for token in weights.tokenizer.word(word):
            while len(said) <= at or len(said[at]) == layout.said_text:
                if len(said) > at:
                    at += 1
                said += [[] for _ in range(at + 1 - len(said))]
            said[at].append(token)
        full = len(said[at]) == layout.said_text
        place = layout.first_said + len(said[at]) - 1
        last_tokens.append(None if full else at * layout.positions + place)
    heard = (HeardToken(int(Special.NOTHING)),)
    sound = _silence(weights.module.config)
    slots = [Slot(heard, tuple(tokens), Floor.MODEL, sound=sound) for tokens in said]
    return Conversation(slots), last_tokens


def _silence(config: ModelConfig) -> Sound | None:
    """What a model that hears takes in while nobody else speaks."""
    if config.senses is None:
        return None
    frames = dmel.log_mel(np.zeros(SLOT_SAMPLES, dtype=np.float32))
    return Sound(levels=config.senses.dmel.quantise(frames))


def batch_of(
    lessons: Sequence[Lesson], config: FlowConfig, rng: random.Random, slots_each: int
) -> SpokenBatch:
    """Pick slots of each lesson at random; what is said further ahead may not be known yet."""
    scores, befores, frames, weights, unit_weights = [], [], [], [], []
    silence = torch.full((SLOT_FRAMES, BANDS), LEAST_LOG_POWER)
    for lesson in lessons:
        for slot in rng.sample(range(lesson.slots), min(slots_each, lesson.slots)):
            first = slot * SLOT_FRAMES
            near = around(lesson.units, first, config)
            if rng.random() < 0.5:
                near = _cut_ahead(near, rng)
            scores.append(near)
            here = range(first, first + SLOT_FRAMES)
            frames.append(lesson.frames[first : first + SLOT_FRAMES])
            befores.append(lesson.frames[first - SLOT_FRAMES : first] if slot else silence)
            weights.append([1.0 if frame in lesson.speech else 0.3 for frame in here])
            # How long the last pause is says nothing: the utterance ends there.
            unit_weights.append([float(n + 1 < len(near)) for n in range(len(near))])
    score = score_of(scores, torch.stack(befores), config)
    counts = torch.zeros(score.start.shape)
    for b, row in enumerate(unit_weights):
        counts[b, : len(row)] = torch.tensor(row)
    return SpokenBatch(score, torch.stack(frames), torch.tensor(weights), counts)


def _cut_ahead(near: list[TimedUnit], rng: random.Random) -> list[TimedUnit]:
    """Leave out what begins after the slot, from some word on."""
    ahead = [n for n, unit in enumerate(near) if unit.start > SLOT_FRAMES]
    return near[: rng.choice(ahead)] if ahead else near
