"""Lessons in hearing: sentences one after the other, in many voices, and what to write of them."""

import functools
import itertools
import random
from collections.abc import Iterable, Iterator
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from weft.interaction_model.config import ModelConfig, SensesConfig
from weft.interaction_model.dmel import HOP_SAMPLES, log_mel
from weft.interaction_model.espeak import Spoken, Timed
from weft.interaction_model.tokenizer import WordTokenizer
from weft.interaction_model.training.acoustics import applied, sample_acoustics
from weft.interaction_model.training.said_words import as_said, transcript_words
from weft.interaction_model.training.slots import Conversation, Slot, Sound
from weft.interaction_model.training.spoken import sample_sentence
from weft.interaction_model.training.throats import sample_throat
from weft.interaction_model.training.transcribing import (
    in_slots,
    phoneme_numbers,
    transcribed,
)
from weft.interaction_model.training.voices import sample_voice
from weft.interaction_model.types import SAMPLE_RATE_HZ, SLOT_S, SLOT_SAMPLES, Floor

OTHERS = 32
"""So many recordings of other people may be heard in the background."""


def hearing_lesson(
    rng: random.Random, tokenizer: WordTokenizer, config: ModelConfig, slots: int
) -> Conversation:
    """Sentences of one voice over `slots` micro-turns; nothing is said, all is written down."""
    assert config.senses is not None
    track = Track(slots)
    voice = sample_voice(rng, "train")
    end_s = rng.uniform(0.0, 0.6)
    sentences = (as_said(sample_sentence(rng, "train")) for _ in itertools.count())
    with closing(voice.speak_each(sentences)) as spoken:
        while end_s < slots * SLOT_S - 0.3:
            end_s = track.add(next(spoken), end_s)
            end_s += rng.choice((0.1, 0.3, 0.6, 1.2))
    return Conversation(track.slots(rng, tokenizer, config.senses))


def stream_lesson(
    rng: random.Random, tokenizer: WordTokenizer, config: ModelConfig, slots: int
) -> Conversation:
    """The same in the middle of a long stream: who spoke before may have been somebody else.

    Pauses are as long as those in which somebody listens to an answer.
    """
    assert config.senses is not None
    track = Track(slots)
    voice = sample_voice(rng, "train")
    changes = rng.choice((0.0, 0.5))
    end_s = rng.uniform(0.0, 3.0)
    while end_s < slots * SLOT_S - 0.3:
        if rng.random() < changes:
            voice = sample_voice(rng, "train")
        end_s = track.add(voice.speak(as_said(sample_sentence(rng, "train"))), end_s)
        end_s += rng.choice((0.3, 0.6, 1.2, 2.4, 4.8))
    return Conversation(track.slots(rng, tokenizer, config.senses))


def as_written(words: Iterable[Timed]) -> Iterator[Timed]:
    """Words as the transcript has them; one that is several there shares its time among them."""
    for word in words:
        written = transcript_words(word.text)
        share_s = (word.end_s - word.start_s) / max(1, len(written))
        for n, each in enumerate(written):
            start_s = word.start_s + n * share_s
            yield Timed(each, start_s, start_s + share_s)


class Track:
    """The user's side of a conversation as sound: what sounds when, and what it means."""

    def __init__(self, slots: int) -> None:
        """Begin with silence."""
        self.samples = np.zeros(slots * SLOT_SAMPLES, dtype=np.float32)
        self.words: list[Timed] = []
        self.phonemes: list[Timed] = []

    def add(self, spoken: Spoken, start_s: float) -> float:
        """Let something sound from a moment on, and give its end; what is beyond is not heard."""
        first = round(start_s * SAMPLE_RATE_HZ)
        fits = max(0, min(len(spoken.samples), len(self.samples) - first))
        self.samples[first : first + fits] += spoken.samples[:fits]
        self.words += [_moved(word, start_s) for word in as_written(spoken.words)]
        self.phonemes += [_moved(phoneme, start_s) for phoneme in spoken.phonemes]
        return start_s + len(spoken.samples) / SAMPLE_RATE_HZ

    def sounds(self, rng: random.Random, senses: SensesConfig) -> list[Sound]:
        """What each slot sounds like in some room, with what sounds there by number."""
        generator = np.random.default_rng(rng.getrandbits(63))
        acoustics = sample_acoustics(generator)
        others = rng.sample(_others(), acoustics.others)
        heard = applied(self.samples, acoustics, generator, others)
        levels = senses.dmel.quantise(sample_throat(log_mel(heard), generator))
        slots = len(heard) // SLOT_SAMPLES
        per_slot = senses.audio_positions
        position_s = senses.frames_per_position * HOP_SAMPLES / SAMPLE_RATE_HZ
        numbers = phoneme_numbers(self.phonemes, slots * per_slot, position_s)
        return [
            Sound(each, tuple(numbers[n * per_slot : (n + 1) * per_slot]))
            for n, each in enumerate(in_slots(levels, slots))
        ]

    def slots(
        self, rng: random.Random, tokenizer: WordTokenizer, senses: SensesConfig
    ) -> list[Slot]:
        """Slots in which nothing is said, and of which only the hearing is learnt."""
        sounds = self.sounds(rng, senses)
        written = transcribed(self.words, len(sounds), tokenizer, senses)
        return [
            Slot(heard, (), Floor.USER, sound=sound, hearing_only=True)
            for heard, sound in zip(written, sounds, strict=True)
        ]


def _moved(timed: Timed, by_s: float) -> Timed:
    return Timed(timed.text, timed.start_s + by_s, timed.end_s + by_s)


@functools.cache
def _others() -> tuple[NDArray[np.float32], ...]:
    """Other people who may be heard in the background."""
    rng = random.Random("others")
    return tuple(
        sample_voice(rng, "train").speak(as_said(sample_sentence(rng, "train"))).samples
        for _ in range(OTHERS)
    )
