"""Where a request is cut, and where it stays whole."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.background_agents.several_requests import split_requests


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "what time is it in tokyo and how do bees make honey",
            ("what time is it in tokyo", "how do bees make honey"),
        ),
        (
            "Is ethanol dangerous, by the way, what is the tallest mountain?",
            ("Is ethanol dangerous", "what is the tallest mountain?"),
        ),
        (
            "how far is the moon? Oh and also set a timer for tea, and then tell me the time",
            ("how far is the moon?", "set a timer for tea", "tell me the time"),
        ),
        (
            "set a timer for ten seconds and tell me what time it is in Tokyo",
            ("set a timer for ten seconds", "tell me what time it is in Tokyo"),
        ),
        (
            "remind me to call Ann in ten minutes and also what is two times seven",
            ("remind me to call Ann in ten minutes", "what is two times seven"),
        ),
        (
            "Remind me to call Ann in ten minutes. What is two times seven?",
            ("Remind me to call Ann in ten minutes.", "What is two times seven?"),
        ),
    ],
)
def test_another_question_or_order_is_a_part_of_its_own(text: str, parts: tuple[str, ...]) -> None:
    assert split_requests(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "how many people live in Portugal and what is its capital",
        "who wrote Faust and how old was he then",
        "multiply six by seven and then add ten to it",
        "remind me to call my mother and ask how she is",
        "what are salt and pepper made of",
        "tell me when to turn the pancakes",
        "remind me in ten minutes to ask the doctor is the milk fresh and how much sugar to take",
        "and how is that",
        "",
    ],
)
def test_what_needs_its_beginning_stays_whole(text: str) -> None:
    assert split_requests(text) == (text,)


WORDS = [
    "and",
    "then",
    "what",
    "is",
    "how",
    ".",
    "? ",
    ",",
    "it",
    "set",
    "tell me",
    "honey",
    "by the way",
]


@given(text=st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_no_word_is_lost_but_the_joints(text: str) -> None:
    parts = split_requests(text)
    joints = text
    for part in filter(None, parts):
        before, found, joints_after = joints.partition(part)
        assert found
        assert set(re.findall(r"\w+", before)) <= {"and", "then", "by", "the", "way"}
        joints = joints_after
    assert not joints.strip(" ,;")
