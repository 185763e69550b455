"""Sentences are split without losing a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.orchestrator.sentences import LONGEST_WORDS, split_sentences


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


def test_what_has_no_end_is_split_after_a_clause() -> None:
    words = [*["one"] * 40, "two,", *["three"] * 50]
    pieces = split_sentences(" ".join(words))
    assert [len(piece.split()) for piece in pieces] == [41, 50]


@given(st.lists(st.sampled_from(["a", "b,", "c"]), max_size=400))
def test_no_piece_is_too_long_and_no_word_is_lost(words: list[str]) -> None:
    pieces = split_sentences(" ".join(words))
    assert [word for piece in pieces for word in piece.split()] == words
    assert all(0 < len(piece.split()) <= LONGEST_WORDS for piece in pieces)
