"""The delegation bench on models whose score is known."""

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.policies import Babbler, Silent
from tests.fakes.meaning import FakeMeaning
from weft.bench import delegation
from weft.bench.delegation import Case
from weft.errors import InputError
from weft.interaction_model.scripted import Reply, ScriptedModel
from weft.interaction_model.types import ControlToken, MicroTurnInput, MicroTurnOutput, Row

CASES = [
    Case(text="What is the tallest tower in Oslo?", delegate=True),
    Case(text="find me a plumber", delegate=True),
    Case(text="switch the lamp off", delegate=True),
    Case(text="I had soup for lunch.", delegate=False),
]


class _KnowsNoRequest(FakeMeaning):
    """Takes nothing for a request."""

    async def needs_delegation(self, request: str) -> float:
        return 0.0


def test_a_silent_model_scores_nothing() -> None:
    found = delegation.measure(Silent(), _KnowsNoRequest(), CASES, seed=0)
    assert (found.by_token.precision, found.by_token.recall, found.by_token.f1) == (0, 0, 0)
    assert found.with_backstop == found.by_token


def test_a_model_that_always_hands_over_has_full_recall_and_the_base_rate_as_precision() -> None:
    found = delegation.measure(Babbler(), FakeMeaning(), CASES, seed=0)
    assert (found.by_token.precision, found.by_token.recall) == (0.75, 1)
    assert found.by_token.f1 == pytest.approx(6 / 7)


class _Oracle(Silent):
    """Knows the utterances, and hands each over with its last word."""

    def __init__(self, requests: Iterable[str]) -> None:
        self._requests = {tuple(request.split()) for request in requests}
        self._heard: tuple[str, ...] = ()

    def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        self._heard += tuple(heard.text.split())
        control = ControlToken.DELEGATE if self._heard in self._requests else None
        return replace(super().step(heard, row), control=control)

    def restore(self, snapshot: object) -> None:
        self._heard = ()


def test_an_oracle_scores_one() -> None:
    cases = delegation.held_out_cases(random.Random(5), 40)
    model = _Oracle(case.text for case in cases if case.delegate)
    assert delegation.measure(model, _KnowsNoRequest(), cases, seed=0).by_token.f1 == 1


def test_the_backstop_adds_what_the_token_missed() -> None:
    found = delegation.measure(Silent(), FakeMeaning(), CASES, seed=0)
    assert found.by_token.recall == 0
    assert found.with_backstop.recall == pytest.approx(2 / 3), "its words ask in two of three"
    assert found.with_backstop.precision == 1


def test_the_backstop_leaves_short_turns_alone_and_is_surer_after_a_reply() -> None:
    short = [Case(text="what now", delegate=True)]
    assert delegation.measure(Silent(), FakeMeaning(), short, seed=0).with_backstop.recall == 0

    class Doubtful(FakeMeaning):
        async def needs_delegation(self, request: str) -> float:
            return 0.7

    asked = CASES[:1]
    silent = delegation.measure(Silent(), Doubtful(), asked, seed=0)
    replying = ScriptedModel([Reply(heard=".", says="Is it?")])
    replied = delegation.measure(replying, Doubtful(), asked, seed=0)
    assert silent.with_backstop.recall == 1
    assert replied.with_backstop.recall == 0


def test_a_revision_of_nothing_is_a_new_request() -> None:
    model = ScriptedModel([Reply(heard=".", control=ControlToken.REVISE)])
    assert delegation.measure(model, FakeMeaning(), CASES, seed=0).by_token.recall == 1


def test_half_of_the_held_out_cases_are_to_be_handed_over() -> None:
    cases = delegation.held_out_cases(random.Random(0), 400)
    assert 160 < sum(case.delegate for case in cases) < 240
    assert {"question", "request", "memory", "backchannel"} <= {case.kind for case in cases}


def test_utterances_are_read_as_json_lines(tmp_path: Path) -> None:
    file = tmp_path / "utterances.jsonl"
    file.write_text('{"text": "hello", "delegate": false}\n\n{"text": "why?", "delegate": true}\n')
    assert delegation.read_utterances(file) == [
        Case(text="hello", delegate=False),
        Case(text="why?", delegate=True),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"text": "hello"', "is not JSON"),
        ('["hello", true]', "is not an object"),
        ('{"text": " ", "delegate": true}', '"text" should be words'),
        ('{"text": "hello", "delegate": "yes"}', '"delegate" should be true or false'),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    file = tmp_path / "utterances.jsonl"
    file.write_text(f'{{"text": "hello", "delegate": false}}\n{line}\n')
    with pytest.raises(InputError, match=rf"utterances\.jsonl:2: {reason}"):
        delegation.read_utterances(file)


def test_a_file_that_is_missing_or_empty_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        delegation.read_utterances(tmp_path / "missing.jsonl")
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    with pytest.raises(InputError, match="holds nothing"):
        delegation.read_utterances(empty)
