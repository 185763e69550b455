"""What "never mind", "stop that" and "no, I meant …" are about, when several things are open."""

import pytest

from weft.orchestrator.delegation import Delegation, DelegationState
from weft.orchestrator.meant import corrected, differ, withdrawn

NOW_S = 100.0
RECENT_S = NOW_S - 10


def delegation(request: str, *, asked_s: float = NOW_S - 2, timed: bool = False) -> Delegation:
    return Delegation(
        delegation_id=request,
        revision=0,
        request=request,
        state=DelegationState.RUNNING,
        asked_s=asked_s,
        timed=timed,
    )


CAPITAL = delegation("what is the capital of France")
SHOP = delegation("find the shop that repairs shoes", asked_s=NOW_S - 8)
EGGS = delegation("set a timer for ten minutes for the eggs", asked_s=30.0, timed=True)
BREATHE = delegation("every four seconds say breathe", asked_s=20.0, timed=True)
ALL = (CAPITAL, SHOP, EGGS, BREATHE)


@pytest.mark.parametrize(
    ("turn", "meant"),
    [
        ("never mind", CAPITAL),
        ("stop looking", CAPITAL),
        ("stop looking for the shop", SHOP),
        ("stop the timer", EGGS),
        ("cancel the timer for the eggs", EGGS),
        ("stop saying that", BREATHE),
        ("you can stop breathing", BREATHE),
        ("no more reminders please", EGGS),
        ("you can stop that now", EGGS),
    ],
)
def test_a_withdrawal_hits_what_its_words_are_about(turn: str, meant: Delegation) -> None:
    assert withdrawn(turn, ALL, begun_ids=(), recent_since_s=RECENT_S) is meant


def test_a_plain_stop_is_about_what_is_being_said() -> None:
    begun = (CAPITAL.delegation_id,)
    assert withdrawn("stop", ALL, begun_ids=begun, recent_since_s=RECENT_S) is CAPITAL
    assert withdrawn("stop the timer", ALL, begun_ids=begun, recent_since_s=RECENT_S) is EGGS


def test_a_timer_survives_what_is_not_about_it() -> None:
    only_timers = (EGGS, BREATHE)
    found = withdrawn("I found it myself", only_timers, begun_ids=(), recent_since_s=RECENT_S)
    assert found is None
    assert withdrawn("never mind", (), begun_ids=(), recent_since_s=RECENT_S) is None
    assert withdrawn("stop it", only_timers, begun_ids=(), recent_since_s=RECENT_S) is EGGS


@pytest.mark.parametrize(
    ("turn", "candidates", "meant"),
    [
        ("no I meant Spain", ALL, CAPITAL),
        ("no I meant the shop", ALL, CAPITAL),
        ("make it twenty minutes", ALL, EGGS),
        ("no I meant Spain", (EGGS, CAPITAL), CAPITAL),
        ("make it slower", (BREATHE,), BREATHE),
    ],
)
def test_a_correction_is_about_the_youngest_or_the_timer_it_names(
    turn: str, candidates: tuple[Delegation, ...], meant: Delegation
) -> None:
    assert corrected(turn, candidates, recent_since_s=RECENT_S) is meant


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("set a timer for ten minutes", "set a timer for twenty minutes", True),
        ("what's the weather in Rome today", "what's the weather in Rome tomorrow", True),
        ("turn the light on", "turn the light off", True),
        ("what's the capital of France", "tell me the capital of France please", False),
        ("what is the capital of France", "what's the capital of France again", False),
        ("how high is the tower", "how high is the tower in Pisa", False),
    ],
)
def test_requests_differ_when_each_has_a_word_of_its_own(
    left: str, right: str, expected: bool
) -> None:
    assert differ(left, right) is expected
