"""Sentences of plain text: most are found without the library, and all as it finds them."""

import pysbd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from weft.sentences import sentences

LIBRARY = pysbd.Segmenter(language="en", clean=False)


def library_sentences(text: str) -> tuple[str, ...]:
    return tuple(s.strip() for s in LIBRARY.segment(text.strip()) if s.strip())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Li ran 3.5 km. She won.", ("Dr. Li ran 3.5 km.", "She won.")),
        ("It is open. Is it far? No!", ("It is open.", "Is it far?", "No!")),
        ("It's in Paris. That's 3.5 km away.", ("It's in Paris.", "That's 3.5 km away.")),
        ("no end", ("no end",)),
        (" \n ", ()),
        ("", ()),
    ],
)
def test_a_text_is_split_where_its_sentences_end(text: str, expected: tuple[str, ...]) -> None:
    assert sentences(text) == expected


WORDS = st.sampled_from(
    [
        *("drawer", "the", "is", "It", "Paris", "McDonald", "café", "well-known", "don't", "I"),
        *("Dr", "etc", "e.g", "no", "No", "Main St", "U.S", "p.m", "may", "Mass", "fig", "mASS"),
        *("3", "3.5", "1990", "20", "1", "2", "a", "b", "A", "ii", "x.org", "www.weft.org", ".5"),
        *("Yahoo", "Yum", "20°", "5%", "…", "–", "--", "-1", "file .pdf", "v.5", "Co", "KG"),
    ]
)
MARKS = st.sampled_from(
    [
        *(" ", " ", " ", ". ", ". ", ". ", "! ", "? ", ", ", ": ", ".", "... ", "?! ", "!! "),
        *(".. ", ". . . ", ", ", "'s ", "' ", ' "', '." ', " (", ") ", "  ", "\n", ".\n", "...."),
    ]
)
TEXTS = st.lists(st.tuples(WORDS, MARKS), max_size=14).map(
    lambda pairs: "".join(word + mark for word, mark in pairs)
)


@given(TEXTS)
@example("One may. Two is etc. I three. Four three... Five six?! Seven.")
@example("The end. The end. The end is the end. The end.")
def test_sentences_are_those_of_the_library(text: str) -> None:
    assert sentences(text) == library_sentences(text)
