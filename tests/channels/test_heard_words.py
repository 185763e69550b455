"""Words pass as fast as anybody talks; what is more than that is not heard, and told of once."""

import logging

import numpy as np
import pytest

from tests.fakes.marks import marked_samples
from weft.interaction_model.dmel import DMelConfig, log_mel
from weft.interaction_model.types import SLOT_SAMPLES, MicroTurnInput, TranscribedWord
from weft.orchestrator.channels.heard_words import MOST_LETTERS, HeardWords

LEVELS = DMelConfig().quantise(log_mel(marked_samples(1, SLOT_SAMPLES)))


def slot(index: int, *words: str, text: str | None = None) -> MicroTurnInput:
    transcribed = tuple(
        TranscribedWord(text=word, start_s=0.0, end_s=1.0, confidence=1.0) for word in words
    )
    return MicroTurnInput(
        index=index, text=" ".join(words) if text is None else text, transcribed=transcribed
    )


@pytest.mark.parametrize(
    "written",
    [str(LEVELS.ravel().tolist()), "".join(f"{level:x}" for level in LEVELS.ravel()), "0" * 129],
    ids=["a list", "a letter each", "too long a word"],
)
@pytest.mark.parametrize("where", ["a word", "the text"])
def test_the_levels_of_sound_are_no_words(
    written: str, where: str, caplog: pytest.LogCaptureFixture
) -> None:
    words = HeardWords()
    blob = slot(9, written) if where == "a word" else slot(9, text=written)
    assert words.take(blob) == MicroTurnInput(index=9, user_active=True)
    assert words.take(slot(10, "hello")) == slot(10, "hello")
    words.take(slot(11, written))
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert written[:20] not in record.message


def test_levels_do_not_get_far_in_small_words_either() -> None:
    words = HeardWords()
    numbers = LEVELS.ravel().tolist()
    passed = [
        words.take(slot(index, *map(str, numbers[index * 20 : (index + 1) * 20])))
        for index in range(80)
    ]
    assert sum(len(each.transcribed) for each in passed) < len(numbers) / 2


def test_fast_talk_long_words_and_a_long_phrase_at_once_pass() -> None:
    words = HeardWords()
    fast = [slot(index, "uncharacteristically" if index % 2 else "") for index in range(300)]
    assert [words.take(each) for each in fast] == fast
    numbers = np.random.default_rng(3).integers(2, 12, MOST_LETTERS // 9)
    phrase = slot(1_000, *("x" * int(size) for size in numbers))
    assert words.take(phrase) == phrase
    assert words.take(slot(1_010, "Donaudampfschifffahrtsgesellschaftskapitän")).text
