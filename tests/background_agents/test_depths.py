"""When gateways are told how many packages wait, and that they know it well enough."""

from hypothesis import given
from hypothesis import strategies as st

from weft.background_agents.queues.depths import (
    COUNT_EVERY_S,
    FEW,
    ROUGHLY,
    TELL_AGAIN_S,
    Telling,
    told_in,
)


def heard(counts: list[int]) -> list[int | None]:
    """Give what is told of counts, each half a second after the one before."""
    telling = Telling()
    return [telling.news(count, COUNT_EVERY_S * n) for n, count in enumerate(counts)]


def test_in_quiet_times_nothing_is_told() -> None:
    assert heard([0, 1, 0, 0, 3, 0, 7, 0, 0]) == [0, *8 * [None]]


def test_a_few_that_stay_are_told_to_the_piece() -> None:
    assert heard([0, 2, 2, 3, 3, 0]) == [0, None, 2, None, 3, 0]


def test_whoever_begins_to_count_tells_what_it_finds() -> None:
    assert heard([3, 3]) == [3, None]


def test_of_many_it_is_told_when_it_has_become_another_number() -> None:
    assert heard([0, 1_000, 1_040, 1_060, 1_000, 15, 15]) == [
        0,
        1_000,
        None,
        1_060,
        1_000,
        15,
        None,
    ]


def test_it_is_told_again_now_and_then_for_whoever_has_lost_it() -> None:
    telling = Telling()
    assert telling.news(0, 100.0) == 0
    assert telling.news(0, 100.0 + TELL_AGAIN_S - 0.1) is None
    assert telling.news(0, 100.0 + TELL_AGAIN_S) == 0


@given(st.lists(st.integers(0, 5 * FEW) | st.integers(0, 10_000), min_size=1, max_size=60))
def test_what_gateways_know_is_never_far_off(counts: list[int]) -> None:
    known = 0
    for before, count, told in zip([FEW, *counts], counts, heard(counts), strict=False):
        known = known if told is None else told
        least, most = (count, count) if count > FEW else (min(before, count), count)
        assert least - ROUGHLY * known <= known <= most + ROUGHLY * known


@given(st.dictionaries(st.binary(max_size=10), st.binary(max_size=30)))
def test_what_is_no_count_is_passed_over(fields: dict[bytes, bytes]) -> None:
    assert told_in(fields) is None or b"waiting" in fields
    assert told_in({**fields, b"waiting": b"12"}) == 12
    assert told_in({**fields, b"waiting": b"9" * 5_000}) is None
    assert told_in({**fields, b"waiting": b"-1"}) is None
