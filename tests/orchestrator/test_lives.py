"""What a picture shows of each delegation, from the events alone."""

from weft.orchestrator.events import (
    AnyEvent,
    Delegated,
    Dismissed,
    Heard,
    ResultReady,
    SessionEnded,
    Superseded,
    WeaveCut,
)
from weft.orchestrator.lives import Happening, Life, Mark, lives


def asked(index: int, request: str = "What?", revision: int = 0) -> Delegated:
    return Delegated(
        index=index, delegation_id="d1", revision=revision, request=request, by="token"
    )


def ready(index: int, result_id: str = "r1", failed: bool = False) -> ResultReady:
    return ResultReady(
        index=index,
        delegation_id="d1",
        result_id=result_id,
        kind="failure" if failed else "result",
        text="x",
    )


def heard(index: int, result_id: str = "r1") -> Heard:
    return Heard(index=index, delegation_id="d1", result_id=result_id, text="x")


def life_of(*events: AnyEvent) -> Life:
    (life,) = lives(events)
    return life


def test_an_answer_is_owed_until_it_is_heard_whatever_cuts_it() -> None:
    cut = WeaveCut(index=14, delegation_id="d1", result_id="r1", heard="x", owed="y")
    life = life_of(asked(5), ready(9), cut, heard(20), SessionEnded(index=30, reason=""))
    assert [mark.happening for mark in life.marks] == ["asked", "ready", "barge-in", "heard"]
    assert life.waits == ((9, 20),)
    assert (life.first_index, life.last_index) == (5, 20)


def test_a_correction_is_asked_again_and_not_an_end() -> None:
    superseded = Superseded(index=8, delegation_id="d1", revision=0)
    for events in ((superseded, asked(8, "No, that.", 1)), (asked(8, "No, that.", 1), superseded)):
        life = life_of(asked(5), *events, ready(12, failed=True))
        assert life.request == "What? → No, that."
        assert life.marks == (
            Mark(5, Happening.ASKED),
            Mark(8, Happening.ASKED),
            Mark(12, Happening.FAILED),
        )


def test_what_is_not_over_goes_on_to_the_end() -> None:
    assert life_of(asked(5), SessionEnded(index=30, reason="")).last_index == 30
    assert life_of(asked(5), ready(9), SessionEnded(index=30, reason="")).waits == ((9, 30),)


def test_what_is_dismissed_is_owed_no_more() -> None:
    dismissed = Dismissed(index=12, delegation_id="d1", result_id=None, reason="asked to")
    life = life_of(
        asked(5), ready(9), ready(10, "r2"), dismissed, SessionEnded(index=30, reason="")
    )
    assert life.waits == ((9, 12), (10, 12))
    assert life.last_index == 12
    assert life.marks[-1] == Mark(12, Happening.ENDED)


def test_nothing_asked_is_nothing_drawn() -> None:
    assert lives([ready(3), heard(4)]) == ()
