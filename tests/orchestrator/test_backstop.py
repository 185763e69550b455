"""The backstop looks once at each turn; what has happened since has the last word."""

from dataclasses import replace

from weft.interaction_model.types import Floor
from weft.orchestrator.backstop import Backstop
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.floor import FloorState
from weft.orchestrator.transcript import UserTurn

TURN = UserTurn(first_index=0, last_index=4, text="what is the time")


def at(index: int, *, user_active: bool = False) -> FloorState:
    return FloorState(
        index=index,
        floor=Floor.GAP,
        user_active=user_active,
        silent_slots=0,
        free_since_index=None,
    )


def test_a_turn_is_due_once_after_two_and_a_half_seconds() -> None:
    backstop = Backstop(SessionConfig())
    assert backstop.due(TURN, at(16)) is None
    assert backstop.due(TURN, at(17)) == TURN
    assert backstop.due(TURN, at(18)) is None


def test_nothing_is_due_while_the_user_is_heard_or_when_it_is_off() -> None:
    backstop = Backstop(SessionConfig())
    assert backstop.due(TURN, at(17, user_active=True)) is None
    assert backstop.due(None, at(17)) is None
    assert Backstop(SessionConfig(backstop="off")).due(TURN, at(17)) is None


def test_what_was_handed_over_or_is_too_short_is_left_alone() -> None:
    backstop = Backstop(SessionConfig())
    assert backstop.due(replace(TURN, handed_over=True), at(17)) is None
    assert backstop.due(replace(TURN, text="hm yes"), at(17)) is None


def test_a_reply_of_the_model_asks_for_more_certainty() -> None:
    backstop = Backstop(SessionConfig())
    assert backstop.decide(TURN, TURN, 0.65)
    assert not backstop.decide(TURN, replace(TURN, replied=True), 0.65)
    assert backstop.decide(TURN, replace(TURN, replied=True), 0.8)


def test_a_late_token_or_further_words_make_the_check_void() -> None:
    backstop = Backstop(SessionConfig())
    assert not backstop.decide(TURN, replace(TURN, handed_over=True), 1.0)
    assert not backstop.decide(TURN, replace(TURN, last_index=9), 1.0)
