"""What a model marks to be said, however its text arrives."""

import itertools

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from weft.background_agents.spoken_marks import MarkedText


def read(*pieces: str) -> MarkedText:
    marked = MarkedText()
    for piece in pieces:
        marked.add(piece)
    marked.end()
    return marked


@pytest.mark.parametrize(
    ("text", "to_say", "to_show"),
    [
        ("<say>Two.</say> *Two*", "Two.", " *Two*"),
        ("Two.", "Two.", "Two."),
        ("<say>Two.</say>", "Two.", "Two."),
        ("<say>Two.", "Two.", "Two."),
        ("Look: <SAY>two.</Say>", "two.", "Look: "),
        ("<say>One.</say>a<say>Two.</say>b", "One. Two.", "ab"),
        ("<say></say>Two.", "Two.", "Two."),
        ("Two.</say>", "Two.", "Two."),
        ("<think>Hm.</think><say>Two.</say>", "Two.", "Two."),
        ("Hm, hm.</think>Two.", "Two.", "Two."),
        ("<think>never ends", "", ""),
        ("a < b and b > c <sa", "a < b and b > c <sa", "a < b and b > c <sa"),
        (
            "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>2.",
            "2.",
            "2.",
        ),
        ("", "", ""),
    ],
)
def test_marks_sort_a_text(text: str, to_say: str, to_show: str) -> None:
    marked = read(text)
    assert (marked.to_say, marked.to_show) == (to_say, to_show)


MARKS = (
    *("<say>", "</say>", "<think>", "</think>", "<thinking>", "</thinking>"),
    *("<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|return|>", "<|call|>"),
)
TEXTS = st.lists(
    st.sampled_from([*MARKS, "final"]) | st.text("<>/say|thinkK\u212a .", max_size=6)
).map("".join)


@given(TEXTS, st.data())
@example("<\u212asay>", None)
def test_however_a_text_is_cut_it_is_sorted_the_same(text: str, data: st.DataObject | None) -> None:
    places = list(range(len(text) + 1))
    if data is not None:
        places = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    pieces = [text[a:b] for a, b in itertools.pairwise([0, *places, len(text)])]
    assert read(*pieces) == read(text)


@given(TEXTS)
def test_nothing_that_was_said_or_shown_is_taken_back_but_by_the_end_of_a_thought(
    text: str,
) -> None:
    marked, said, shown = MarkedText(), "", ""
    for character in text:
        marked.add(character)
        assert marked.said.startswith(said)
        assert marked.shown.startswith(shown) or (marked.shown == "" and marked.thought)
        said, shown = marked.said, marked.shown


@given(st.text(max_size=40))
@example("a < b, c > d")
def test_a_text_without_marks_stays_as_it_is(text: str) -> None:
    assume(not any(mark in text.lower() for mark in MARKS))
    assert read(text).to_say == text
