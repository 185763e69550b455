"""What machines write becomes what can be said aloud."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.background_agents.spoken import (
    finished_sentences,
    neutral,
    plain,
    spoken,
    within_budget,
)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("The capital is **Paris**.", "The capital is Paris."),
        ("***`Paris`***", "Paris"),
        ("# Capitals\n\nParis.", "Capitals Paris."),
        ("- one\n- two\n* three", "one. two. three."),
        ("1. First\n2. Second!", "First. Second!"),
        ("See [the map](https://x.org/a_b) now.", "See the map now."),
        ("See https://x.org/a?b=c now.", "See now."),
        ("![a picture](data:x) Paris", "a picture Paris"),
        ("Paris.[1] Rome【3†source】.", "Paris. Rome."),
        ("Run:\n```sh\nrm -rf /\n```\nDone.", "Run: Done."),
        ("| city | people |\n|------|--------|\n| Paris | 2 |", "city , people Paris , 2"),
        ("<think>Hm, **no**.</think>Yes.", "Yes."),
        ("<think>not done yet", ""),
        ("a <|im_end|> b <tool_call> c", "a b c"),
        ("2 * 3 = 6 and snake_case_name", "2 times 3 equals 6 and snake_case_name"),
        ("> It is 3.5 km.", "It is 3.5 kilometres."),
        ("42. That is the answer.", "42. That is the answer."),
        ("3*4*5 is 60.", "3 times 4 times 5 is 60."),
        ("- 5 degrees in Oslo.", "- 5 degrees in Oslo."),
        ("- Oslo", "Oslo."),
        ("[12] people came.", "[12] people came."),
        ("Take <delegate> and say <silence>.", "Take <delegate> and say <silence>."),
        ("x <y and y> z, <b>bold</b><br/>line", "x <y and y> z, bold line"),
    ],
)
def test_markdown_becomes_plain_sentences(written: str, said: str) -> None:
    assert plain(written).replace(" ,", ",") == said.replace(" ,", ",")


def test_a_budget_keeps_whole_sentences() -> None:
    assert within_budget("One two. Three four. Five six.", 5) == "One two. Three four."
    assert within_budget("One two three four five six", 3) == "One two three."


def test_a_growing_text_gives_only_what_will_not_change() -> None:
    assert finished_sentences("It is 3.") == ()
    assert finished_sentences("It is big. It is 3.") == ("It is big.",)


@given(st.text(max_size=200), st.integers(1, 20))
def test_no_text_breaks_it_and_the_budget_holds(text: str, words: int) -> None:
    assert len(spoken(text, words).split()) <= words
    assert "<|" not in neutral("<|x|>" + text.replace("<", "").replace("|", ""))
