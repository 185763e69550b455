"""espeak-ng as the voice of a session: what is heard is what was said, in its order and time."""

import numpy as np
import pytest

from weft.errors import InputError
from weft.interaction_model.adapters.espeak_voice import EspeakOptions, espeak_voice
from weft.interaction_model.types import (
    SAMPLE_RATE_HZ,
    FloorProbabilities,
    MicroTurnOutput,
    Voiced,
)

FLOOR = FloorProbabilities(user=0, pause=0, gap=1, model=0, overlap=0)
ROWS = [" The tower is three", " hundred and thir", "ty metres high,", " and made of", " iron."]


def speak(texts: list[str], options: EspeakOptions | None = None) -> list[Voiced]:
    voice = espeak_voice(options or EspeakOptions())
    voiced: list[Voiced] = []
    while len(voiced) < len(texts) or voiced[-1].waiting_s:
        index = len(voiced)
        text = texts[index] if index < len(texts) else ""
        voiced.append(voice.sound(MicroTurnOutput(index=index, text=text, floor=FLOOR)))
    return voiced


def test_a_sentence_that_came_in_pieces_is_sounded_whole_and_in_time() -> None:
    voiced = speak(ROWS)
    words = [word for each in voiced for word in each.words]
    assert [word.text for word in words] == "".join(ROWS).split()
    samples = np.concatenate([each.samples for each in voiced])
    for word in words:
        inside = samples[round(word.start_s * SAMPLE_RATE_HZ) : round(word.end_s * SAMPLE_RATE_HZ)]
        assert np.abs(inside).max() > 0.01, word
    assert voiced[-1].sounded_index == voiced[-1].index
    # Thirteen words at 170 a minute, and no pause inside the sentence.
    assert 3.0 < words[-1].end_s < 6.0


def test_it_begins_within_two_slots_and_has_no_gap_inside_a_sentence() -> None:
    voiced = speak(ROWS)
    assert voiced[1].samples.any()
    words = [word for each in voiced for word in each.words]
    samples = np.concatenate([each.samples for each in voiced])
    inside = samples[
        round(words[0].start_s * SAMPLE_RATE_HZ) : round(words[-1].end_s * SAMPLE_RATE_HZ)
    ]
    frames = np.abs(inside[: inside.size // 160 * 160].reshape(-1, 160)).max(axis=1)
    quiet = np.diff(np.flatnonzero(frames > 1e-3))
    # Stops are silent for up to a tenth of a second, and there is one comma.
    assert (quiet[quiet > 15]).size <= 1


def test_the_same_text_gives_the_same_sound() -> None:
    first, second = speak(ROWS), speak(ROWS)
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one.samples, other.samples)
        assert one.words == other.words


def test_its_options_are_heard() -> None:
    slow = speak(ROWS, EspeakOptions(voice="en-gb", rate_wpm=100, pitch=20))
    assert len(slow) > len(speak(ROWS)) * 1.3


def test_a_voice_that_is_not_there_is_told_before_it_is_needed() -> None:
    with pytest.raises(InputError, match="xx-nowhere"):
        espeak_voice(EspeakOptions(voice="xx-nowhere"))
