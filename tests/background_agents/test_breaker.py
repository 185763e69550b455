"""An endpoint that fails is left alone, and found again when it is back."""

import math

from hypothesis import given
from hypothesis import strategies as st

from weft.background_agents.providers.breaker import (
    FAILURES_TO_OPEN,
    FIRST_RECOVERY_S,
    LONGEST_RECOVERY_S,
    Breaker,
)


def failed(times: int, now_s: float = 0.0) -> Breaker:
    breaker = Breaker()
    for _ in range(times):
        breaker = breaker.asked().failed(now_s)
    return breaker


def test_one_failure_is_chance_and_several_are_not() -> None:
    assert failed(FAILURES_TO_OPEN - 1).recovery_s(0.0) == 0
    assert failed(FAILURES_TO_OPEN).recovery_s(0.0) == FIRST_RECOVERY_S


def test_one_probe_at_a_time() -> None:
    recovering = failed(FAILURES_TO_OPEN)
    assert recovering.recovery_s(FIRST_RECOVERY_S) == 0
    probing = recovering.asked()
    assert probing.recovery_s(FIRST_RECOVERY_S) == math.inf
    assert probing.succeeded() == Breaker(recovers_until_s=FIRST_RECOVERY_S)
    assert probing.failed(FIRST_RECOVERY_S).recovery_s(FIRST_RECOVERY_S) == 2 * FIRST_RECOVERY_S


def test_a_probe_that_was_given_up_makes_room_for_the_next() -> None:
    assert failed(FAILURES_TO_OPEN).asked().abandoned().recovery_s(FIRST_RECOVERY_S) == 0


def test_many_requests_that_break_at_once_are_one_failure() -> None:
    breaker = Breaker()
    for _ in range(16):
        breaker = breaker.asked()
    for _ in range(16):
        breaker = breaker.failed(0.0)
    assert breaker.recovery_s(0.0) == FIRST_RECOVERY_S


def test_while_it_works_many_may_ask() -> None:
    assert Breaker().asked().asked().recovery_s(0.0) == 0


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["succeeded", "failed", "abandoned", "recovering"]), st.integers(0, 100)
    ),
    max_size=40,
)


@given(EVENTS)
def test_whatever_happens_it_is_asked_again_within_the_longest_recovery(
    events: list[tuple[str, int]],
) -> None:
    breaker, now_s = Breaker(), 0
    for event, waited_s in events:
        now_s += waited_s
        match event:
            case "succeeded":
                breaker = breaker.asked().succeeded()
            case "failed":
                breaker = breaker.asked().failed(now_s)
            case "abandoned":
                breaker = breaker.asked().abandoned()
            case _:
                breaker = breaker.recovering(now_s, 1e9)
    assert breaker.recovery_s(now_s) <= LONGEST_RECOVERY_S
    assert breaker.recovery_s(now_s + LONGEST_RECOVERY_S) == 0
