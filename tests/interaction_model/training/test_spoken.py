"""Material for hearing: an open vocabulary, splits that share nothing, times that fit the sound."""

import random
from itertools import islice

import numpy as np

from weft.interaction_model.dmel import log_mel
from weft.interaction_model.training.acoustics import BABBLE, CLEAN
from weft.interaction_model.training.said_words import transcript_words
from weft.interaction_model.training.spoken import (
    CHUNK,
    MAX_WORDS,
    common_words,
    fit_dmel,
    make_utterances,
    sample_sentence,
)
from weft.interaction_model.training.transcribing import PHONEME_NUMBERS
from weft.interaction_model.training.voices import HELD_OUT_VOICES
from weft.interaction_model.types import SAMPLE_RATE_HZ, SLOT_SAMPLES


def test_the_vocabulary_is_open() -> None:
    """A few thousand sentences have more than 5,000 words, and there are 20,000 to draw from."""
    rng = random.Random(1)
    said = [transcript_words(sample_sentence(rng, "train")) for _ in range(4_000)]
    assert len({word for words in said for word in words}) > 5_000
    assert all(0 < len(words) <= MAX_WORDS for words in said)
    assert len(common_words()) > 20_000
    assert list(common_words()[:3]) == ["the", "of", "and"]


def test_held_out_sentences_are_never_said_in_training() -> None:
    """Longer ones share nothing; a yes or an okay may be in both."""
    rng = random.Random(2)
    train = {transcript_words(sample_sentence(rng, "train")) for _ in range(6_000)}
    held_out = [transcript_words(sample_sentence(rng, "held_out")) for _ in range(4_000)]
    long = [words for words in held_out if len(words) > 4]
    assert len(long) > 1_500
    assert sum(words in train for words in long) <= len(long) // 500
    assert len({word for words in held_out for word in words}) > 2_500


def test_held_out_sentences_have_no_invented_words() -> None:
    """Nobody could spell them by ear, so they would measure nothing."""
    rng = random.Random(3)
    known = set(common_words())
    for _ in range(500):
        for word in transcript_words(sample_sentence(rng, "held_out")):
            assert all(part in known for part in word.split("'") if len(part) > 2), word


def test_words_are_where_their_sound_is() -> None:
    """In a clean place there is sound in the words and none before the first and after the last."""
    for utterance in make_utterances(5, 2 * CHUNK, acoustics=CLEAN):
        assert [word.text for word in utterance.words] == [*transcript_words(utterance.text)]
        assert len(utterance.samples) % SLOT_SAMPLES == 0
        if not utterance.words:
            assert not utterance.samples.any()
            continue
        first = int(utterance.words[0].start_s * SAMPLE_RATE_HZ)
        last = int(utterance.words[-1].end_s * SAMPLE_RATE_HZ)
        assert np.abs(utterance.samples[: first - 200]).max() < 1e-3
        assert np.abs(utterance.samples[last + 3_200 :]).max(initial=0) < 0.02
        for word in utterance.words:
            start, end = int(word.start_s * SAMPLE_RATE_HZ), int(word.end_s * SAMPLE_RATE_HZ)
            assert np.abs(utterance.samples[start:end]).max() > 1e-3, word
        assert {phoneme.text for phoneme in utterance.phonemes}
        assert utterance.phonemes[-1].end_s <= len(utterance.samples) / SAMPLE_RATE_HZ


def test_the_same_seed_gives_the_same_utterances() -> None:
    """And fewer of them are the first of more."""
    here = list(make_utterances(6, CHUNK + 5))
    there = list(make_utterances(6, CHUNK + 2))
    assert len(here) == CHUNK + 5
    assert len(there) == CHUNK + 2
    for one, other in zip(here, there, strict=False):
        assert (one.text, one.voice, one.acoustics) == (other.text, other.voice, other.acoustics)
        assert one.words == other.words
        assert np.array_equal(one.samples, other.samples)
    elsewhere = next(make_utterances(7, 1))
    assert elsewhere.text != here[0].text


def test_a_place_can_be_asked_for() -> None:
    """All utterances are heard there, over the voices of the others."""
    clean = list(islice(make_utterances(8, 6, split="held_out", acoustics=CLEAN), 6))
    babble = list(islice(make_utterances(8, 6, split="held_out", acoustics=BABBLE), 6))
    for one, other in zip(clean, babble, strict=True):
        assert one.voice.name in HELD_OUT_VOICES
        assert other.acoustics == BABBLE
        assert not np.array_equal(
            one.samples[: 2 * SLOT_SAMPLES], other.samples[: 2 * SLOT_SAMPLES]
        )


def test_utterances_differ_in_voice_and_place() -> None:
    """Most of what training hears is not clean, and a few utterances are silence."""
    made = list(make_utterances(9, 10 * CHUNK))
    assert len({(utterance.voice.name, utterance.voice.lines) for utterance in made}) > 30
    assert sum(utterance.acoustics.noise_colour is not None for utterance in made) > 40
    assert 0 < sum(not utterance.words for utterance in made) < 20


def test_statistics_use_all_levels() -> None:
    """Training's speech fills the levels between floor and ceiling."""
    fitted = fit_dmel(1, 48)
    levels = [fitted.quantise(log_mel(each.samples)) for each in make_utterances(2, CHUNK)]
    assert (np.bincount(np.concatenate(levels).ravel(), minlength=16) > 0).all()


def test_every_phoneme_of_the_voices_has_a_name() -> None:
    """One that training does not know would be learnt as "other"."""
    for utterance in make_utterances(3, 4 * CHUNK):
        assert {phoneme.text for phoneme in utterance.phonemes} <= PHONEME_NUMBERS.keys()
