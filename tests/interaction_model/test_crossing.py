"""Crossed templates: more ways of saying things in training, and none of them held out."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from weft.interaction_model.training.language import questions, requests, small_talk, statements
from weft.interaction_model.training.language.utterance import (
    choose_crossed,
    crossed,
    is_held_out,
)

FAMILIES = (
    questions.TEMPLATES,
    questions.FRAMES,
    requests.ASKS,
    *statements.TEMPLATES.values(),
    *small_talk.PHRASINGS.values(),
)


def test_two_templates_cross_where_they_share_two_words() -> None:
    templates = ("could you tell me the way?", "would you tell me {clause}?")
    made = {crossed(random.Random(seed), templates[0], templates) for seed in range(20)}
    assert made == {"could you tell me {clause}?"}


def test_templates_with_another_mark_do_not_cross() -> None:
    templates = ("could you tell me the way?", "please do tell me {clause}.")
    assert crossed(random.Random(0), templates[0], templates) == templates[0]


def test_a_choice_in_parentheses_stays_whole() -> None:
    templates = ("I see my (old friend/cousin) here", "we have my (old friend/cousin) at home")
    made = {crossed(random.Random(seed), templates[0], templates) for seed in range(20)}
    assert all(each.count("(") == each.count(")") for each in made)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(FAMILIES))
def test_training_never_meets_a_held_out_template(seed: int, family: tuple[str, ...]) -> None:
    held_out = {template for template in family if is_held_out(template)}
    chosen = choose_crossed(random.Random(seed), family, "train")
    assert len(held_out) == len(family) or chosen not in held_out


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(FAMILIES))
def test_evaluation_meets_templates_as_they_were_written(
    seed: int, family: tuple[str, ...]
) -> None:
    assert choose_crossed(random.Random(seed), family, "held_out") in family
