"""What waits for a yes: nothing is approved unless the user said so, after the question."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from weft.interaction_model.types import Floor
from weft.orchestrator.approval import Approvals, Assent, Proposal, Stage
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.floor import FloorState
from weft.orchestrator.transcript import UserTurn
from weft.tools.effect import Effect, effect_key

CONFIG = SessionConfig(approval_patience_slots=20, approval_silent_slots=2, turn_gap_slots=5)


def proposal(number: int = 1, *, irreversible: bool = False) -> Proposal:
    key = effect_key("send", delegation_id=f"s.{number}", revision=0, ordinal=1)
    effect = Effect(key=key, tool="send", arguments='{"to": "Ann"}', irreversible=irreversible)
    return Proposal(
        effect=effect,
        question="Shall I send it?",
        question_id=f"s.{number}.0.1.0",
        delegation_id=f"s.{number}",
        request="send it to Ann",
    )


def turn(first_index: int, last_index: int | None = None, text: str = "yes") -> UserTurn:
    last_index = first_index if last_index is None else last_index
    return UserTurn(first_index=first_index, last_index=last_index, text=text)


def floor(index: int, *, user_active: bool = False) -> FloorState:
    return FloorState(
        index=index,
        floor=Floor.USER if user_active else Floor.GAP,
        user_active=user_active,
        silent_slots=0,
        free_since_index=None,
    )


def heard(*, irreversible: bool = False) -> tuple[Approvals, str]:
    """Approvals with one question, heard to its end in slot 10, and the key of its effect."""
    approvals = Approvals(CONFIG)
    one = proposal(irreversible=irreversible)
    approvals.propose(one)
    assert approvals.next_question() is not None
    approvals.hear(10)
    return approvals, one.effect.key


def test_a_yes_after_the_question_approves_after_a_short_silence() -> None:
    approvals, key = heard()
    assert approvals.answering(turn(12), floor(13)) is None
    assert approvals.answering(turn(12), floor(14)) is not None
    decided = approvals.settle(key, Assent.YES, turn(12), turn(12), floor(15))
    assert decided is not None
    assert decided.stage is Stage.APPROVED


@pytest.mark.parametrize("first_index", [3, 10])
def test_a_yes_that_began_before_the_question_was_over_is_none(first_index: int) -> None:
    approvals, key = heard()
    early = turn(first_index, 12)
    assert approvals.answering(early, floor(20)) is None
    assert approvals.settle(key, Assent.YES, early, early, floor(20)) is None


def test_what_cannot_be_undone_waits_for_the_end_of_the_turn() -> None:
    approvals, _ = heard(irreversible=True)
    assert approvals.answering(turn(12), floor(17)) is None
    assert approvals.answering(turn(12), floor(18, user_active=True)) is None
    assert approvals.answering(turn(12), floor(18)) is not None


def test_what_cannot_be_undone_is_not_done_while_the_user_is_heard_again() -> None:
    approvals, key = heard(irreversible=True)
    assert approvals.answering(turn(12), floor(18)) is not None
    active = floor(19, user_active=True)
    assert approvals.settle(key, Assent.YES, turn(12), turn(12), active) is None
    assert approvals.answering(turn(12), floor(20)) is not None


def test_words_that_come_after_the_yes_are_looked_at_with_it() -> None:
    approvals, key = heard()
    assert approvals.answering(turn(12), floor(14)) is not None
    longer = turn(12, 14, "yes but wait")
    assert approvals.settle(key, Assent.YES, turn(12), longer, floor(15)) is None
    assert approvals.answering(longer, floor(16)) is not None
    decided = approvals.settle(key, Assent.NO, longer, longer, floor(17))
    assert decided is not None
    assert decided.stage is Stage.DECLINED


def test_a_turn_is_looked_at_once() -> None:
    approvals, _ = heard()
    assert approvals.answering(turn(12), floor(14)) is not None
    assert approvals.has_looked_at(turn(12))
    assert approvals.answering(turn(12), floor(15)) is None


def test_a_request_that_was_taken_back_is_not_approved_any_more() -> None:
    approvals, key = heard()
    approvals.withdraw("s.1")
    assert approvals.settle(key, Assent.YES, turn(12), turn(12), floor(14)) is None
    assert approvals.stage(key) is Stage.WITHDRAWN


def test_a_question_that_nobody_answers_lapses() -> None:
    approvals, key = heard()
    assert approvals.lapse(30) is None
    assert approvals.lapse(31) is not None
    assert approvals.settle(key, Assent.YES, turn(32), turn(32), floor(34)) is None


def test_questions_are_asked_one_after_the_other() -> None:
    approvals, _ = heard()
    approvals.propose(proposal(2))
    assert approvals.next_question() is None
    approvals.pass_over()
    following = approvals.next_question()
    assert following is not None
    assert following.delegation_id == "s.2"


def test_the_same_effect_is_not_asked_about_twice_unless_it_was_taken_back() -> None:
    approvals, key = heard()
    approvals.decline()
    approvals.propose(proposal())
    assert approvals.next_question() is None
    again, key = heard()
    again.withdraw("s.1")
    again.propose(proposal())
    assert again.next_question() is not None
    assert again.stage(key) is Stage.ASKED


class Asking(RuleBasedStateMachine):
    """Any order of proposals, questions, turns and withdrawals."""

    @initialize()
    def begin(self) -> None:
        self.approvals = Approvals(CONFIG)
        self.index = 0
        self.turn: UserTurn | None = None
        self.heard_index: dict[str, int] = {}
        self.withdrawn: set[str] = set()
        self.approved: list[str] = []
        self.keys: dict[str, Proposal] = {}

    @rule(number=st.integers(1, 4), irreversible=st.booleans())
    def propose(self, number: int, irreversible: bool) -> None:
        one = proposal(number, irreversible=irreversible)
        if one.effect.key in self.keys:
            one = self.keys[one.effect.key]
        self.keys[one.effect.key] = one
        if self.approvals.stage(one.effect.key) is Stage.WITHDRAWN:
            self.withdrawn.discard(one.effect.key)
        self.approvals.propose(one)

    @rule()
    def ask(self) -> None:
        self.approvals.next_question()

    @rule()
    def hear(self) -> None:
        asked = self.approvals.asked
        if asked is not None and asked.stage is Stage.ASKED:
            self.heard_index[asked.effect.key] = self.index
        self.approvals.hear(self.index)

    @rule(slots=st.integers(1, 8))
    def wait(self, slots: int) -> None:
        self.index += slots
        self.approvals.lapse(self.index)

    @rule(joins=st.booleans())
    def speak(self, joins: bool) -> None:
        self.index += 1
        first_index = self.turn.first_index if joins and self.turn else self.index
        self.turn = turn(first_index, self.index)

    @rule(number=st.integers(1, 4))
    def withdraw(self, number: int) -> None:
        for key, one in self.keys.items():
            if one.delegation_id == f"s.{number}" and key not in self.approved:
                self.withdrawn.add(key)
        self.approvals.withdraw(f"s.{number}")

    @rule(
        assent=st.sampled_from(list(Assent)),
        late_slots=st.integers(0, 3),
        goes_on=st.booleans(),
        active=st.booleans(),
    )
    def answer(self, assent: Assent, late_slots: int, goes_on: bool, active: bool) -> None:
        looked_at = self.turn
        answered = self.approvals.answering(looked_at, floor(self.index))
        if answered is None or looked_at is None:
            return
        silent_slots = self.index - looked_at.last_index
        self.index += late_slots
        if goes_on:
            self.speak(joins=True)
        now = floor(self.index, user_active=active)
        decided = self.approvals.settle(answered.effect.key, assent, looked_at, self.turn, now)
        if decided is None:
            return
        self.turn = None
        if decided.stage is Stage.APPROVED:
            key = decided.effect.key
            assert assent is Assent.YES
            assert not goes_on
            assert looked_at.first_index > self.heard_index[key]
            assert key not in self.withdrawn
            if decided.effect.irreversible:
                assert silent_slots > CONFIG.turn_gap_slots
                assert not active
            self.approved.append(key)

    @invariant()
    def nothing_is_approved_twice(self) -> None:
        if hasattr(self, "approved"):
            assert len(self.approved) == len(set(self.approved))


TestAsking = Asking.TestCase
TestAsking.settings = settings(deadline=None, max_examples=60, stateful_step_count=40)
