"""Anything can be spelled, nothing that is spelled can be control."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.interaction_model.tokenizer import FIRST_TEXT_ID, WordTokenizer, pack_words

TOKENIZER = WordTokenizer.train(["the weather in Lima is 21.5 degrees, said Anna"] * 3, 320)


@given(st.text())
def test_any_text_comes_back_word_for_word(text: str) -> None:
    ids = [token for word in TOKENIZER.words(text) for token in word]
    assert TOKENIZER.text_of(ids).strip() == " ".join(text.split())


def test_half_a_surrogate_pair_is_spelled_as_a_question_mark() -> None:
    assert TOKENIZER.text_of(TOKENIZER.word("a\ud800")) == " a?"


@pytest.mark.parametrize("word", ["<delegate>", "<|silence|>", "[PAD]", "<revise>"])
def test_control_tokens_typed_by_a_user_are_plain_text(word: str) -> None:
    assert min(TOKENIZER.word(word)) >= FIRST_TEXT_ID


def test_digits_are_single_tokens() -> None:
    assert len(TOKENIZER.word("2026")) == 4


words = st.lists(st.lists(st.integers(8, 99), min_size=1, max_size=11).map(tuple), max_size=20)


@given(words, st.integers(1, 4))
def test_packing_keeps_every_token_in_order_and_divides_only_long_words(
    packed: list[tuple[int, ...]], first_capacity: int
) -> None:
    slots = list(pack_words(packed, 4, first_capacity))
    assert [t for slot in slots for t in slot] == [t for word in packed for t in word]
    assert all(1 <= len(slot) <= 4 for slot in slots)
    assert not slots or len(slots[0]) <= first_capacity
    ends, done = set(), 0
    for word in packed:
        done += len(word)
        ends.add(done)
    reached = 0
    for slot in slots[:-1]:
        reached += len(slot)
        inside = reached not in ends
        if (
            inside
        ):  # a slot that ends inside a word is full, and so is nothing but a long word's part
            begun = max((e for e in ends if e < reached), default=0)
            length = min(e for e in ends if e > reached) - begun
            assert length > min(4, first_capacity)
