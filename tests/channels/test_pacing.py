"""Words become micro-turns: heard when complete, activity while under way."""

import itertools
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from weft.interaction_model.types import MicroTurnInput
from weft.orchestrator.channels.pacing import (
    TimedWord,
    heard_in_slot,
    heard_slot,
    time_slot_words,
    time_words,
    words_of_slots,
)


def word(text: str, start_s: float, end_s: float) -> TimedWord:
    return TimedWord(text=text, start_s=start_s, end_s=end_s)


def test_a_word_is_heard_in_the_slot_in_which_it_ends_and_is_activity_before() -> None:
    words = [word("harbour", 0.1, 0.7)]
    assert [heard_in_slot(words, index) for index in range(5)] == [
        MicroTurnInput(index=0, user_active=True),
        MicroTurnInput(index=1, user_active=True),
        MicroTurnInput(index=2, user_active=True),
        MicroTurnInput(index=3, text="harbour"),
        MicroTurnInput(index=4),
    ]


def test_a_word_that_ends_on_a_border_belongs_to_the_slot_that_is_over() -> None:
    assert heard_slot(word("yes", 0.2, 0.4)) == 1
    assert heard_slot(word("yes", 0.4, 0.6)) == 2
    assert heard_slot(word("oh", 0.4, 0.4)) == 2


def test_words_of_one_slot_are_heard_together() -> None:
    words = [word("oh", 0.0, 0.05), word("I", 0.06, 0.1), word("see", 0.1, 0.3)]
    assert heard_in_slot(words, 0) == MicroTurnInput(index=0, text="oh I")
    assert heard_in_slot(words, 1).text == "see"


def test_the_same_seed_gives_the_same_talk() -> None:
    text = "What is the capital of Norway?"
    assert time_words(text, 1.0, random.Random(3)) == time_words(text, 1.0, random.Random(3))
    assert time_words(text, 1.0, random.Random(3)) != time_words(text, 1.0, random.Random(4))


@settings(deadline=None)
@given(st.integers(), st.lists(st.text("abcdefgh,.", min_size=1, max_size=12), max_size=30))
def test_natural_times_never_overlap_and_lose_no_word(seed: int, words: list[str]) -> None:
    timed = time_words(" ".join(words), 0.5, random.Random(seed))
    assert [one.text for one in timed] == words
    for before, after in itertools.pairwise(timed):
        assert before.start_s < before.end_s <= after.start_s
    slots = range(heard_slot(timed[-1]) + 1) if timed else range(0)
    heard = " ".join(filter(None, (heard_in_slot(timed, index).text for index in slots)))
    assert heard.split() == words


def test_plain_talk_has_about_three_words_a_second() -> None:
    timed = time_words("this is just some plain talk " * 20, 0.0, random.Random(0))
    assert 2.5 < len(timed) / timed[-1].end_s < 3.5


def test_a_word_split_over_slots_is_one_word_again() -> None:
    words = words_of_slots([(4, " The harb"), (5, "our is"), (6, " small")])
    assert [(w.text, w.first_index, w.last_index) for w in words] == [
        ("The", 4, 4),
        ("harbour", 4, 5),
        ("is", 5, 5),
        ("small", 6, 6),
    ]


def test_a_new_sentence_without_a_space_is_not_glued_to_the_last_one() -> None:
    assert [w.text for w in words_of_slots([(1, " done."), (2, "Next")])] == ["done.", "Next"]
    assert [w.text for w in words_of_slots([(1, " 3."), (2, "5 km")])] == ["3.5", "km"]
    assert [w.text for w in words_of_slots([(1, " har"), (9, "our")])] == ["har", "our"]


def test_words_of_one_slot_share_it_evenly() -> None:
    timed = time_slot_words([(5, " one two")])
    assert [(w.start_s, w.end_s) for w in timed] == [(1.0, 1.1), (1.1, 1.2)]
