"""What a user writes becomes what the model was trained to hear, and no word is changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.interaction_model.heard_text import heard_word


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("there!", "there."),
        ("there!!!", "there."),
        ("what?!", "what?"),
        ("well...", "well"),
        ("well…", "well"),
        ("isn’t", "isn't"),
        ("“really”", "really"),
        ("(maybe)", "maybe"),
        ("first;", "first,"),
        ("3.14", "3.14"),
        ("U.S.", "U.S."),
        ("mm-hm", "mm-hm"),
        ("why", "why"),
        ("—", "—"),
        ("🙂", "🙂"),
        ("!", "!"),
    ],
)
def test_marks_are_heard_as_those_of_training(written: str, heard: str) -> None:
    assert heard_word(written) == heard


@given(st.text(min_size=1, max_size=20))
def test_letters_and_digits_stay_and_hearing_twice_changes_nothing(word: str) -> None:
    heard = heard_word(word)
    assert [char for char in heard if char.isalnum()] == [char for char in word if char.isalnum()]
    assert heard_word(heard) == heard
