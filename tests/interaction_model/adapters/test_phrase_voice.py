"""Text of slots becomes sound: no gap, no click, every word in its order and its time."""

import math
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.interaction_model.adapters.phrase_voice import (
    InlineRenderer,
    PhraseVoice,
    RenderedPhrase,
)
from weft.interaction_model.types import (
    SAMPLE_RATE_HZ,
    SLOT_S,
    SLOT_SAMPLES,
    FloorProbabilities,
    MicroTurnOutput,
    Voiced,
)
from weft.orchestrator.channels.pacing import words_of_slots

FLOOR = FloorProbabilities(user=0, pause=0, gap=1, model=0, overlap=0)
WORD_S = 0.25
PAUSE_S = 0.2


class Hummer:
    """Hums each word for a quarter of a second, between silences like those of a synthesizer."""

    def __init__(self, *, knows_times: bool = True) -> None:
        self.phrases: list[str] = []
        self._knows_times = knows_times

    def speak(self, text: str) -> RenderedPhrase:
        self.phrases.append(text)
        words = text.split()
        silence = np.zeros(round(PAUSE_S * SAMPLE_RATE_HZ), np.float32)
        times_s = np.arange(round(WORD_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
        hum = (0.5 * np.sin(2 * math.pi * 200 * times_s)).astype(np.float32)
        spoken = [hum for word in words if any(sign.isalnum() for sign in word)]
        times = []
        now_s = PAUSE_S
        for word in words:
            length_s = WORD_S if any(sign.isalnum() for sign in word) else 0.0
            times.append((now_s, now_s + length_s))
            now_s += length_s
        samples = np.concatenate([silence, *spoken, silence])
        return RenderedPhrase(samples, tuple(times) if self._knows_times else ())


def said(index: int, text: str = "") -> MicroTurnOutput:
    return MicroTurnOutput(index=index, text=text, floor=FLOOR)


def hum(
    texts: list[str], *, slots: int = 0, knows_times: bool = True
) -> tuple[Hummer, list[Voiced]]:
    """Say texts, one a slot, and be silent until `slots`, or until all has been sounded."""
    hummer = Hummer(knows_times=knows_times)
    voice = PhraseVoice(InlineRenderer(hummer.speak))
    voiced = [voice.sound(said(index, text)) for index, text in enumerate(texts)]
    while len(voiced) < slots or (not slots and voiced[-1].waiting_s):
        voiced.append(voice.sound(said(len(voiced))))
    return hummer, voiced


def words(voiced: list[Voiced]) -> list[str]:
    return [word.text for each in voiced for word in each.words]


def sound(voiced: list[Voiced]) -> np.ndarray:
    return np.concatenate([each.samples for each in voiced])


def longest_silence_s(samples: np.ndarray) -> float:
    """The longest silence inside sound, 20 ms of it at a time."""
    frames = np.abs(samples[: samples.size // 320 * 320].reshape(-1, 320)).max(axis=1) > 1e-3
    loud = np.flatnonzero(frames)
    return float(np.diff(loud).max() - 1) * 0.02 if loud.size > 1 else 0.0


def test_a_word_split_over_slots_is_spoken_once() -> None:
    _, voiced = hum([" Honey", " be", "es make honey."])
    assert words(voiced) == ["Honey", "bees", "make", "honey."]


def test_it_begins_within_two_slots_and_at_once_when_a_sentence_is_whole() -> None:
    _, voiced = hum([" Let me", " check", " that for", " you."])
    assert next(each.index for each in voiced if each.samples.any()) == 1
    _, voiced = hum([" Hello! How", " are you?"])
    assert voiced[0].samples.any()


def test_phrases_follow_each_other_without_a_gap_or_a_click() -> None:
    hummer, voiced = hum([" one two", " three four", " five", " six seven", "", " eight nine"])
    assert len(hummer.phrases) > 1, "it was not rendered at once"
    assert longest_silence_s(sound(voiced)) <= 0.08
    steps = np.abs(np.diff(sound(voiced)))
    # A hum of 200 Hz at 0.5 goes up by 0.04 a sample at most.
    assert steps.max() < 0.06


def test_every_sample_and_word_has_its_place_in_media_time() -> None:
    _, voiced = hum([" one two three four."])
    placed = [word for each in voiced for word in each.words]
    samples = sound(voiced)
    for word in placed:
        inside = samples[round(word.start_s * SAMPLE_RATE_HZ) : round(word.end_s * SAMPLE_RATE_HZ)]
        assert word.end_s - word.start_s == pytest.approx(WORD_S, abs=1e-3)
        assert np.abs(inside).max() > 0.4
    for each in voiced:
        ends = [word.end_s for word in each.words]
        assert all(each.index * SLOT_S < end <= (each.index + 1) * SLOT_S + 1e-9 for end in ends)
    assert all(a.end_s <= b.start_s + 1e-9 for a, b in pairwise(placed))


def test_what_is_sounded_is_known_to_the_slot() -> None:
    _, voiced = hum([" one", " two", " three."])
    by_slot = {" one": 0, " two": 1, " three.": 2}
    for each in voiced:
        done = {word for other in voiced[: each.index + 1] for word in words([other])}
        left = [
            slot
            for text, slot in by_slot.items()
            if text.strip() not in done and slot <= each.index
        ]
        assert each.sounded_index == (min(left) - 1 if left else each.index)
    assert voiced[-1].sounded_index == voiced[-1].index
    assert voiced[-1].waiting_s == 0


def test_silence_counts_as_sounded_at_once() -> None:
    _, voiced = hum(["", "", ""], slots=3)
    assert [each.sounded_index for each in voiced] == [0, 1, 2]
    assert not sound(voiced).any()


def test_where_nobody_knows_the_times_of_words_they_share_the_phrase() -> None:
    _, voiced = hum([" a longer word."], knows_times=False)
    placed = [word for each in voiced for word in each.words]
    assert [word.text for word in placed] == ["a", "longer", "word."]
    assert placed[0].end_s - placed[0].start_s < placed[1].end_s - placed[1].start_s
    assert placed[-1].end_s - placed[0].start_s == pytest.approx(3 * WORD_S, abs=0.05)


def test_what_makes_no_sound_is_sounded_all_the_same() -> None:
    _, voiced = hum([" —", "", " well", " …"])
    assert words(voiced) == ["—", "well", "…"]
    assert voiced[-1].sounded_index == voiced[-1].index


def test_stopping_fades_within_five_milliseconds_and_drops_the_rest() -> None:
    hummer = Hummer()
    voice = PhraseVoice(InlineRenderer(hummer.speak))
    voiced = [voice.sound(said(index, " one two three four five")) for index in range(4)]
    voice.stop()
    voiced += [voice.sound(said(index)) for index in range(4, 8)]
    tail = voiced[4].samples
    assert tail[:70].any()
    assert not tail[80:].any()
    assert not sound(voiced[5:]).any()
    assert np.abs(np.diff(sound(voiced))).max() < 0.06
    assert voiced[3].sounded_index < 3
    assert voiced[4].sounded_index == 4, "nobody waits for what was stopped"
    assert voiced[4].waiting_s == 0
    assert sum(map(len, (each.words for each in voiced))) < 20
    assert not any(each.words for each in voiced[4:])


def test_after_it_was_stopped_it_speaks_again() -> None:
    voice = PhraseVoice(InlineRenderer(Hummer().speak))
    voice.sound(said(0, " one two three."))
    voice.stop()
    voiced = [voice.sound(said(1, " four."))] + [voice.sound(said(index)) for index in range(2, 6)]
    assert words(voiced) == ["four."]
    assert voiced[-1].sounded_index == 5


def test_stopping_silence_is_silent() -> None:
    voice = PhraseVoice(InlineRenderer(Hummer().speak))
    voice.sound(said(0))
    voice.stop()
    voiced = voice.sound(said(1))
    assert voiced.sounded_index == 1
    assert not voiced.samples.any()


def test_a_phrase_is_as_long_as_the_text_has_grown_by_then() -> None:
    hummer, _ = hum([" one two three", " four five six", " seven eight nine", " ten."])
    assert hummer.phrases == ["one two three four five,", "six seven eight nine ten."]


def test_a_point_after_a_digit_may_be_a_decimal_one() -> None:
    hummer, voiced = hum([" It is 3.", "5 metres."])
    assert words(voiced) == ["It", "is", "3.5", "metres."]
    assert any("3.5" in phrase for phrase in hummer.phrases)


TEXTS = st.lists(
    st.text(alphabet=st.sampled_from(list("abA3 .,!?-\n")), max_size=8), min_size=1, max_size=12
)


@given(texts=TEXTS, knows_times=st.booleans())
def test_words_are_those_of_the_transcript_in_their_order(
    texts: list[str], knows_times: bool
) -> None:
    _, voiced = hum([*texts, ""], knows_times=knows_times)
    expected = [word.text for word in words_of_slots(list(enumerate(texts)))]
    assert words(voiced) == expected
    assert all(each.samples.shape == (SLOT_SAMPLES,) for each in voiced)
    sounded = [each.sounded_index for each in voiced]
    assert sounded == sorted(sounded)
    assert sounded[-1] == voiced[-1].index
    times = [(word.start_s, word.end_s) for each in voiced for word in each.words]
    assert all(a <= b for a, b in times)
    assert all(a[1] <= b[0] + 1e-9 for a, b in pairwise(times))


@given(seed=st.integers(0, 1000))
def test_stopping_at_any_moment_never_says_a_word_twice(seed: int) -> None:
    rng = random.Random(seed)
    voice = PhraseVoice(InlineRenderer(Hummer().speak))
    numbers = iter(range(1000))
    heard: list[str] = []
    last = -1
    for index in range(40):
        if rng.random() < 0.15:
            voice.stop()
        text = f" n{next(numbers)} n{next(numbers)}" if rng.random() < 0.4 else ""
        voiced = voice.sound(said(index, text))
        heard += [word.text for word in voiced.words]
        assert last <= voiced.sounded_index <= index
        last = voiced.sounded_index
    assert len(set(heard)) == len(heard)
    assert heard == sorted(heard, key=lambda word: int(word[1:]))
