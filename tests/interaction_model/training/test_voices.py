"""Who speaks: held-out voices stay apart, and drawn ones speak as clearly as they may differ."""

import random

import numpy as np
import pytest

from weft.interaction_model.espeak import EspeakVoice
from weft.interaction_model.training.voices import (
    DRAWN_SHARE,
    HELD_OUT_VOICES,
    TRAINING_VOICES,
    sample_voice,
)
from weft.interaction_model.types import SAMPLE_RATE_HZ


def _variant(name: str) -> str:
    return name.partition("+")[2]


def test_held_out_voices_are_not_among_those_of_training() -> None:
    """Neither the voice's variant nor its rate nor its pitch; and none of them is drawn."""
    heard = {_variant(name) for name in TRAINING_VOICES}
    assert not heard & {_variant(name) for name in HELD_OUT_VOICES}
    rng = random.Random(4)
    train = [sample_voice(rng, "train") for _ in range(4000)]
    held_out = [sample_voice(rng, "held_out") for _ in range(500)]
    assert {voice.name for voice in train if not voice.lines} == set(TRAINING_VOICES)
    assert {voice.name for voice in held_out} == set(HELD_OUT_VOICES)
    assert not any(voice.lines for voice in held_out)
    assert not {voice.rate_wpm for voice in train} & {voice.rate_wpm for voice in held_out}
    assert not {voice.pitch for voice in train} & {voice.pitch for voice in held_out}


def test_a_share_of_trainings_voices_is_drawn_and_no_two_are_the_same() -> None:
    rng = random.Random(8)
    voices = [sample_voice(rng, "train") for _ in range(1000)]
    drawn = [voice for voice in voices if voice.lines]
    assert len(drawn) / 1000 == pytest.approx(DRAWN_SHARE, abs=0.05)
    assert len({voice.lines for voice in drawn}) == len(drawn)
    again = random.Random(8)
    assert [sample_voice(again, "train") for _ in range(1000)] == voices


@pytest.mark.parametrize("name", [*TRAINING_VOICES, *HELD_OUT_VOICES])
def test_each_voice_is_there_and_speaks(name: str) -> None:
    """A voice that the library has not would stop a training."""
    _speaks(EspeakVoice(name))


@pytest.mark.parametrize("seed", range(40))
def test_a_drawn_voice_speaks(seed: int) -> None:
    rng = random.Random(seed)
    _speaks(next(voice for voice in iter(lambda: sample_voice(rng, "train"), None) if voice.lines))


def _speaks(voice: EspeakVoice) -> None:
    samples = voice.speak("How do bees make honey?").samples
    assert 1 < len(samples) / SAMPLE_RATE_HZ < 4
    assert float(np.sqrt(np.mean(samples**2))) > 0.01
