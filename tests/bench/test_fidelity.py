"""The fidelity bench on models whose errors are known."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.policies import Babbler, Silent, hands_everything_over
from weft.bench import fidelity
from weft.errors import InputError
from weft.interaction_model.scripted import ScriptedModel
from weft.interaction_model.types import MicroTurnInput, MicroTurnOutput, Row

REFERENCES = [
    "The bridge is 1,248 metres long.",
    "Dr. Okonkwo, of Tromsø, arrives at 4:35 on Tuesday. She brings twelve crates of oranges.",
]


class _Misreader(ScriptedModel):
    """Says one word of the reference wrong."""

    def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        said = super().step(heard, row)
        return replace(said, text=said.text.replace("bridge", "fridge"))


def test_word_errors_are_substitutions_deletions_and_insertions() -> None:
    assert fidelity.word_errors(["a", "b", "c"], ["a", "b", "c"]) == 0
    assert fidelity.word_errors(["a", "b", "c"], ["a", "x", "c"]) == 1
    assert fidelity.word_errors(["a", "b", "c"], ["a", "c"]) == 1
    assert fidelity.word_errors(["a", "b", "c"], ["a", "b", "b", "c"]) == 1
    assert fidelity.word_errors(["a", "b", "c"], []) == 3
    assert fidelity.word_errors([], ["a", "b"]) == 2


def test_words_are_compared_without_case_and_outer_punctuation() -> None:
    assert fidelity.words_of("“Don't!” — said O'Brien, at 4:35.") == [
        "don't",
        "said",
        "o'brien",
        "at",
        "4:35",
    ]


def test_an_oracle_makes_no_error_and_needs_no_help() -> None:
    found = fidelity.measure(hands_everything_over(), REFERENCES, seed=1)
    assert found.word_error_rate == 0
    assert found.exact == 1
    assert found.forced == 0
    assert found.words == 21


def test_a_wrong_word_is_one_error() -> None:
    found = fidelity.measure(_Misreader(), REFERENCES, seed=1)
    assert found.word_error_rate == 1 / 21
    assert found.exact == 0.5
    assert found.forced == 2, "it hands nothing over by itself"


@pytest.mark.parametrize("model", [Silent(), Babbler()])
def test_a_model_that_does_not_follow_rows_says_none_of_the_words(model: Silent) -> None:
    found = fidelity.measure(model, REFERENCES[:1], seed=1)
    assert found.word_error_rate == 1
    assert found.exact == 0


def test_the_same_seed_gives_the_same_numbers() -> None:
    once = fidelity.measure(_Misreader(), REFERENCES, seed=3)
    assert once == fidelity.measure(_Misreader(), REFERENCES, seed=3)


def test_references_are_read_one_a_line(tmp_path: Path) -> None:
    file = tmp_path / "references.txt"
    file.write_text("One line.\n\n  Another, with <delegate> in it.  \n", encoding="utf-8")
    assert fidelity.read_references(file) == ["One line.", "Another, with <delegate> in it."]


def test_a_file_without_references_or_none_at_all_is_said_plainly(tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("\n \n")
    with pytest.raises(InputError, match=r"empty\.txt: holds no reference"):
        fidelity.read_references(empty)
    with pytest.raises(InputError, match=r"missing\.txt: cannot be read"):
        fidelity.read_references(tmp_path / "missing.txt")
    binary = tmp_path / "binary.txt"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        fidelity.read_references(binary)
