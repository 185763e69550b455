"""Sentences are split without losing a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.orchestrator.sentences import split_sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is 3.5 metres. Dr. Smith agrees!", ("It is 3.5 metres.", "Dr. Smith agrees!")),
        ("  no end ", ("no end",)),
        ("", ()),
        (" \n ", ()),
    ],
)
def test_sentences_are_split_where_they_end(text: str, expected: tuple[str, ...]) -> None:
    assert split_sentences(text) == expected


@given(st.lists(st.sampled_from(["Hi.", "a", "B?", "e.g.", "1.", "(x)", '"No."', "..."])))
def test_no_word_is_lost(words: list[str]) -> None:
    assert [w for s in split_sentences(" ".join(words)) for w in s.split()] == words
