"""Remarks are few, and none is made twice."""

from hypothesis import given
from hypothesis import strategies as st

from weft.tools.remarks import EVERY_S, Remarks


def test_remarks_keep_their_distance() -> None:
    remarks = Remarks()
    assert remarks.admit("Looking.", 0.0)
    assert not remarks.admit("Reading.", EVERY_S - 0.1)
    assert remarks.admit("Reading.", EVERY_S)


def test_the_same_phrase_is_not_made_twice_whatever_its_spelling() -> None:
    remarks = Remarks()
    assert remarks.admit("I'm looking.", 0.0)
    assert not remarks.admit("  i'm LOOKING…", 100.0)
    assert not remarks.admit("...", 200.0)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", "A!"]), st.floats(0, 5)), max_size=20))
def test_no_two_remarks_are_close_or_equal(offered: list[tuple[str, float]]) -> None:
    remarks, now_s = Remarks(), 0.0
    made: list[tuple[str, float]] = []
    for text, waited_s in offered:
        now_s += waited_s
        if remarks.admit(text, now_s):
            assert all(now_s - before_s >= EVERY_S for _, before_s in made)
            assert text[0].lower() not in {before for before, _ in made}
            made.append((text[0].lower(), now_s))
    assert bool(made) == bool(offered)
