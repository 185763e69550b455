"""What is heard of a text: numbers in words, no marks, and a word for each word that is said."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.interaction_model.training.said_words import as_said, transcript_words

_TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="0123456789.,:$€%- stndhamp'", max_size=30),
    st.lists(st.sampled_from(("Dr.", "e.g.", "—", "don't", "1,234.5", "R2D2", "é", "3rd"))).map(
        " ".join
    ),
)


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("What is 15% of 80?", "what is fifteen percent of eighty"),
        ("It's $3.50, £1.00 or €3,407!", "it's three dollars fifty one pound or three thousand "
         "four hundred and seven euros"),
        ("At 12:38 am, 7:05 p.m. or 10:00", "at twelve thirty eight a m seven oh five p m or ten "
         "o'clock"),
        ("the 1st, 22nd and 30th", "the first twenty second and thirtieth"),
        ("in 1962, 1900, 2005 and 2026", "in nineteen sixty two nineteen hundred two thousand and "
         "five and twenty twenty six"),
        ("the 1980s and 90s", "the nineteen eighties and nineties"),
        ("88,000,002 and 2.05", "eighty eight million two and two point zero five"),
        ("R2D2, 007", "r two d two zero zero seven"),
        ("-5° & +3", "minus five degrees and plus three"),
        ("Dr. O'Brien's well-known café, e.g. 'Blue'", "doctor o'brien's well known cafe for "
         "example blue"),
        ("OK, so it's ok.", "okay so it's okay"),
        ("Hmm — no… 😀 日本", "hmm no"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_text_is_heard_as(text: str, heard: str) -> None:
    """Numbers, money, times and years as one says them."""
    assert " ".join(transcript_words(text)) == heard


def test_the_voice_is_given_capitals_accents_and_marks() -> None:
    """They decide how a voice says a sentence, and are not heard as words."""
    assert as_said("Is Zoé in — at 5?") == "Is Zoé in, at five?"


@given(_TEXTS)
def test_the_voice_says_one_word_for_each_that_is_transcribed(text: str) -> None:
    """Otherwise the times of the words would belong to others."""
    said = as_said(text).split()
    heard = transcript_words(text)
    assert len(said) == len(heard)
    assert [transcript_words(word) for word in said] == [(word,) for word in heard]


@given(_TEXTS)
def test_a_transcript_is_its_own_transcript(text: str) -> None:
    """So what an ear wrote is compared in the same form; it has letters and apostrophes only."""
    heard = transcript_words(text)
    assert transcript_words(" ".join(heard)) == heard
    assert all(re.fullmatch("[a-z]+(?:'[a-z]+)*", word) for word in heard)
