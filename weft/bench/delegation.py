"""Whether the model hands over what it should, and nothing else.

Each utterance is spoken into a fresh stream. It counts as handed over when the model emits DELEGATE
or REVISE (with nothing to revise, a session treats it as a new request) from the slot of the first
word to 12 slots after the last. With the backstop, an utterance the token missed also counts when
the semantic check would hand it over, by the thresholds of `SessionConfig`: a higher one when the
model gave a reply of its own.

`--spoken`: the utterances are said aloud (see `_aloud`); the semantic check has the words that the
model has heard. The same in text is shown beside.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio

from weft.bench import _held_out
from weft.bench._beside_text import Rate, beside_text
from weft.bench._json_lines import objects
from weft.bench._report import Asked, Line, Report, aside, at_least, setting
from weft.bench._users import IN_TEXT, LEAD_IN_SLOTS, Medium, first_index, last_index
from weft.errors import InputError
from weft.interaction_model.model_stream import load_stream
from weft.interaction_model.types import ControlToken, InteractionModel
from weft.meaning import SentenceMeaning
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.ports import Meaning
from weft.progress import Tick, no_tick, progress

DEFAULT_SIZE = 1000
EXAMPLE = '{"text": "…", "delegate": true}'
WITHIN_SLOTS = 12
"""Slots after the last word in which a control token still counts: 2.4 s."""
_SHOWN_MISTAKES = 8
_SCORES = ("precision", "recall", "f1")
_RATES = tuple(Rate(inside + score) for inside in ("", "with_backstop.") for score in _SCORES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One utterance and whether it has to be handed over."""

    text: str
    delegate: bool
    kind: str = "given"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one utterance."""

    case: Case
    by_token: bool
    by_backstop: bool
    """Whether the semantic check would have handed it over; only asked when the token did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The three shares; each is 0 where it would be nothing by nothing."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """What was measured."""

    outcomes: tuple[Outcome, ...]

    @property
    def by_token(self) -> Scores:
        """The token alone."""
        return scores((o.case.delegate, o.by_token) for o in self.outcomes)

    @property
    def with_backstop(self) -> Scores:
        """The token, and the semantic check for what it missed."""
        return scores((o.case.delegate, o.by_token or o.by_backstop) for o in self.outcomes)


def report(asked: Asked) -> Report:
    """Measure; without a file, `size` utterances are made, half of them requests."""
    if asked.spoken:
        return beside_text(asked, _report, load_stream, _RATES)
    return _report(asked, load_stream(asked.weights), IN_TEXT)


def _report(asked: Asked, model: InteractionModel, medium: Medium) -> Report:
    if asked.utterances is not None:
        cases = read_utterances(asked.utterances)[: asked.size]
    else:
        cases = held_out_cases(random.Random(asked.seed), asked.size or DEFAULT_SIZE, medium)
    meaning = SentenceMeaning(inline=True)
    meaning.load()
    with progress("utterances", len(cases)) as tick:
        found = measure(model, meaning, cases, seed=asked.seed, medium=medium, tick=tick)
    token, both = found.by_token, found.with_backstop
    positive = sum(case.delegate for case in cases)
    return Report(
        title="Delegation: what is handed over",
        numbers={
            "precision": round(token.precision, 4),
            "recall": round(token.recall, 4),
            "f1": round(token.f1, 4),
            "with_backstop": {
                "precision": round(both.precision, 4),
                "recall": round(both.recall, 4),
                "f1": round(both.f1, 4),
            },
        },
        lines=[
            aside("precision, by the token alone", f"{token.precision:.3f}"),
            aside("recall, by the token alone", f"{token.recall:.3f}"),
            at_least("F1, by the token alone", token.f1, 0.97),
            aside("precision, with the backstop", f"{both.precision:.3f}"),
            at_least("recall, with the backstop", both.recall, 0.99),
            aside("F1, with the backstop", f"{both.f1:.3f}"),
            *_by_kind(found.outcomes),
            *_mistakes(found.outcomes),
        ],
        setting=setting(
            asked,
            sizes=f"{len(cases)} utterances, {positive} to be handed over",
        ),
    )


def measure(
    model: InteractionModel,
    meaning: Meaning,
    cases: Sequence[Case],
    *,
    seed: int,
    config: SessionConfig | None = None,
    medium: Medium = IN_TEXT,
    tick: Tick = no_tick,
) -> Delegation:
    """Speak each case into the stream as it is now, and leave it so."""
    config = config or SessionConfig()
    fresh = model.snapshot()
    outcomes = []
    for number, case in enumerate(cases):
        by_token, replied, heard = _hear(
            model, case.text, random.Random(f"{seed}/{number}"), medium
        )
        model.restore(fresh)
        by_backstop = not by_token and anyio.run(
            partial(_backstop, meaning, config, heard, replied=replied)
        )
        outcomes.append(Outcome(case=case, by_token=by_token, by_backstop=by_backstop))
        tick()
    return Delegation(outcomes=tuple(outcomes))


def held_out_cases(rng: random.Random, size: int, medium: Medium = IN_TEXT) -> list[Case]:
    """Make utterances of unseen phrasing: half of them questions and requests, half other talk."""
    kinds = [
        (_held_out.question, True, 0.25),
        (_held_out.request, True, 0.25),
        (_held_out.talk, False, 0.225),
        (_held_out.statement, False, 0.225),
        (_held_out.acknowledgement, False, 0.05),
    ]
    weights = [weight for _, _, weight in kinds]
    cases = []
    for _ in range(size):
        sample, delegate, _ = rng.choices(kinds, weights)[0]
        utterance = sample(rng)
        text = medium.wording(rng, utterance.text)
        cases.append(Case(text=text, delegate=delegate, kind=utterance.kind))
    return cases


def read_utterances(path: Path) -> list[Case]:
    """Read JSON lines with `text` and `delegate`; raises InputError naming the line."""
    return [_case(where, value) for where, value in objects(path, example=EXAMPLE)]


def scores(pairs: Iterable[tuple[bool, bool]]) -> Scores:
    """Score pairs of (has to be handed over, was handed over)."""
    counted = list(pairs)
    right = sum(wanted and done for wanted, done in counted)
    precision = right / max(1, sum(done for _, done in counted))
    recall = right / max(1, sum(wanted for wanted, _ in counted))
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return Scores(precision=precision, recall=recall, f1=f1)


def _case(where: str, value: Mapping[str, object]) -> Case:
    text, delegate = value.get("text"), value.get("delegate")
    if not isinstance(text, str) or not text.strip():
        raise InputError(f'{where}: "text" should be words, in quotation marks')
    if not isinstance(delegate, bool):
        raise InputError(f'{where}: "delegate" should be true or false')
    return Case(text=text, delegate=delegate)


def _hear(
    model: InteractionModel, text: str, rng: random.Random, medium: Medium
) -> tuple[bool, bool, str]:
    """Say a text to the model; whether it hands it over, whether it replies, what it has heard."""
    words = medium.lay_out(rng, text, LEAD_IN_SLOTS)
    begin, end = first_index(words), last_index(words)
    by_token = replied = False
    heard: list[str] = []
    for index in range(end + WITHIN_SLOTS + 1):
        heard_now = medium.hear(words, index)
        said = model.step(heard_now, None)
        heard += heard_now.text.split()
        handed_over = said.control in (ControlToken.DELEGATE, ControlToken.REVISE)
        by_token = by_token or (handed_over and index >= begin)
        replied = replied or (bool(said.text) and index > end)
    return by_token, replied, " ".join(heard)


async def _backstop(meaning: Meaning, config: SessionConfig, text: str, *, replied: bool) -> bool:
    """Decide as the session's backstop does when the user's turn is these words."""
    if len(text.split()) < config.backstop_min_words:
        return False
    wanted = config.backstop_probability_after_reply if replied else config.backstop_probability
    return await meaning.needs_delegation(text) >= wanted


def _by_kind(outcomes: Sequence[Outcome]) -> list[Line]:
    """Show the share handed over of each kind of utterance."""
    lines = []
    for kind in sorted({o.case.kind for o in outcomes}):
        of_kind = [o for o in outcomes if o.case.kind == kind]
        by_token = sum(o.by_token for o in of_kind)
        both = sum(o.by_token or o.by_backstop for o in of_kind)
        lines.append(aside(f"  {kind}: handed over", f"{by_token}, then {both} of {len(of_kind)}"))
    return lines


def _mistakes(outcomes: Sequence[Outcome]) -> list[Line]:
    """Show some utterances that the token got wrong."""
    wrong = [o.case for o in outcomes if o.by_token != o.case.delegate]
    return [
        aside(f"  {'missed' if case.delegate else 'not to be handed over'}", case.text)
        for case in wrong[:_SHOWN_MISTAKES]
    ]
