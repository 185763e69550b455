"""The auditor finds every fault that is planted, and none where there is none."""

from collections.abc import Sequence

import pytest

from weft.interaction_model.types import MicroTurnInput
from weft.orchestrator.audit import Audit, audit
from weft.orchestrator.events import (
    AnyEvent,
    Delegated,
    Dismissed,
    Heard,
    ModelSpoke,
    ResultReady,
    SlotMissed,
    Superseded,
    UserSpoke,
    WeaveCut,
    WeaveStarted,
)

OSLO = "The capital of Norway is Oslo. It lies on a fjord."


def asked(index: int = 0, delegation_id: str = "d1", revision: int = 0) -> Delegated:
    return Delegated(
        index=index, delegation_id=delegation_id, revision=revision, request="?", by="token"
    )


def ready(
    index: int, text: str = OSLO, result_id: str = "r1", delegation_id: str = "d1"
) -> ResultReady:
    return ResultReady(
        index=index, delegation_id=delegation_id, result_id=result_id, kind="result", text=text
    )


def failed(index: int) -> ResultReady:
    return ResultReady(
        index=index, delegation_id="d1", result_id="r1", kind="failure", text="service down"
    )


def says(index: int, text: str, delegation_id: str | None = "d1") -> list[AnyEvent]:
    """Say a text two words a slot."""
    words = text.split()
    pairs = [" ".join(words[i : i + 2]) for i in range(0, len(words), 2)]
    return [
        ModelSpoke(index=index + place, text=f" {pair}", delegation_id=delegation_id)
        for place, pair in enumerate(pairs)
    ]


def heard(index: int, result_id: str = "r1", delegation_id: str = "d1") -> Heard:
    return Heard(index=index, delegation_id=delegation_id, result_id=result_id, text="")


def counts(verdict: Audit) -> dict[str, int]:
    names = ("lost", "said_twice", "talked_over_user", "stale_said", "invented")
    return {name: getattr(verdict, name) for name in names if getattr(verdict, name)}


def test_a_result_said_whole_and_confirmed_is_heard() -> None:
    verdict = audit([asked(), ready(5), *says(7, OSLO), heard(12)])
    assert counts(verdict) == {}
    assert (verdict.delegations, verdict.results, verdict.heard) == (1, 1, 1)
    fate = verdict.fates[0]
    assert (fate.said_index, fate.last_said_index, fate.heard_index) == (7, 12, 12)


def test_a_result_never_said_is_lost() -> None:
    assert counts(audit([asked(), ready(5)])) == {"lost": 1}


def test_a_confirmation_does_not_save_a_result_whose_words_were_not_said() -> None:
    assert counts(audit([asked(), ready(5), heard(6)])) == {"lost": 1}
    cut_short = [asked(), ready(5), *says(7, "The capital of Norway is Oslo."), heard(10)]
    assert counts(audit(cut_short)) == {"lost": 1}


def test_words_without_a_confirmation_are_lost() -> None:
    assert counts(audit([asked(), ready(5), *says(7, OSLO)])) == {"lost": 1}


@pytest.mark.parametrize("result_id", ["r1", None])
def test_a_dismissal_needs_a_reason(result_id: str | None) -> None:
    def dismissed(reason: str) -> list[AnyEvent]:
        gone = Dismissed(index=6, delegation_id="d1", result_id=result_id, reason=reason)
        return [asked(), ready(5), gone]

    verdict = audit(dismissed("the user no longer wants it"))
    assert counts(verdict) == {}
    assert verdict.fates[0].fate == "dismissed"
    assert counts(audit(dismissed(" "))) == {"lost": 1}


def test_the_rest_of_a_cut_answer_may_be_said_later() -> None:
    verdict = audit(
        [
            asked(),
            ready(5),
            *says(7, "The capital of Norway"),
            WeaveCut(index=9, delegation_id="d1", result_id="r1", heard="", owed=""),
            *says(20, "is Oslo. It lies on a fjord."),
            heard(23),
        ]
    )
    assert counts(verdict) == {}
    assert verdict.heard == 1


def test_a_word_that_was_cut_in_the_middle_may_be_said_again() -> None:
    events = [asked(), ready(5), *says(7, "The cap"), *says(20, OSLO[4:]), heard(25)]
    assert counts(audit(events)) == {}


def test_words_said_again_after_a_cut_are_counted() -> None:
    again = [
        asked(),
        ready(5),
        *says(7, "The capital of Norway"),
        *says(20, "of Norway is Oslo. It lies on a fjord."),
        heard(24),
    ]
    assert counts(audit(again)) == {"said_twice": 2}


def test_a_whole_answer_said_again_is_counted_word_by_word() -> None:
    events = [asked(), ready(5), *says(7, OSLO), heard(12), *says(30, OSLO)]
    assert counts(audit(events)) == {"said_twice": len(OSLO.split())}


def test_words_of_no_result_are_invented() -> None:
    wrong = OSLO.replace("Oslo", "Bergen")
    verdict = audit([asked(), ready(5), *says(7, wrong), heard(12)])
    assert counts(verdict) == {"invented": 1}
    assert verdict.heard == 1


def test_a_wrong_last_word_is_invented_and_not_lost() -> None:
    verdict = audit([asked(), ready(5), *says(7, OSLO.replace("fjord", "hill")), heard(12)])
    assert counts(verdict) == {"invented": 1}


def test_a_left_out_word_is_not_held_against_the_words_after_it() -> None:
    verdict = audit([asked(), ready(5), *says(7, OSLO.replace("is ", "")), heard(12)])
    assert counts(verdict) == {}


def test_words_for_a_delegation_without_a_result_are_invented() -> None:
    assert counts(audit([asked(), *says(7, "It is Bergen")])) == {"invented": 3}


def test_the_models_own_words_are_not_compared() -> None:
    assert counts(audit(says(3, "Let me look that up.", None))) == {}


def test_a_failure_is_told_in_own_words() -> None:
    events = [asked(), failed(5), *says(7, "Sorry, I could not find out."), heard(10)]
    assert audit(events).heard == 1
    assert counts(audit(events)) == {}
    own = [asked(), failed(5), *says(7, "Sorry, I could not.", None), heard(9)]
    assert audit(own).heard == 1
    assert counts(audit([asked(), failed(5), heard(9)])) == {"lost": 1}


def test_a_failure_that_comes_with_the_last_word_of_an_answer_does_not_take_it() -> None:
    partial = ready(2, "I have found something already.", "r0")
    last, *_ = says(6, "already.")
    words = [*says(4, "I have found something"), failed(6), last, heard(6, "r0")]
    told = [*says(8, "I could not find that out."), heard(10, "r1")]
    assert counts(audit([asked(), partial, *words, *told])) == {}


def test_a_timer_says_the_same_text_once_for_each_result() -> None:
    events: list[AnyEvent] = [asked()]
    for number in range(3):
        at = 10 + 20 * number
        events += [
            ready(at, "breathe", f"r{number}"),
            *says(at + 1, "breathe"),
            heard(at + 1, f"r{number}"),
        ]
    assert counts(audit(events)) == {}
    assert audit(events).heard == 3
    assert counts(audit([*events, *says(90, "breathe")])) == {"said_twice": 1}


def test_what_a_superseded_result_says_from_then_on_is_stale() -> None:
    begun = [asked(), ready(5), *says(7, "The capital")]
    corrected = Superseded(index=8, delegation_id="d1", revision=1)
    assert counts(audit([*begun, *says(8, "of Norway"), corrected])) == {}
    later = audit([*begun, corrected, *says(9, "of Norway")])
    assert counts(later) == {"stale_said": 1}
    assert later.fates[0].fate == "superseded"


def test_rows_of_a_dismissed_result_are_stale() -> None:
    gone = Dismissed(index=6, delegation_id="d1", result_id="r1", reason="already said")
    assert counts(audit([asked(), ready(5), gone, *says(8, OSLO)])) == {"stale_said": 6}


def test_a_result_superseded_before_the_model_speaks_is_not_what_it_says() -> None:
    """Both begin with the same word; taken for the older, the newer one would count as lost."""
    older, newer = "The crocodile eats almonds.", "The sparrow eats carrots."
    gone = Superseded(index=5, delegation_id="d1", revision=0, result_id="r0")
    record = [asked(), ready(5, older, "r0"), gone, ready(5, newer), *says(5, newer), heard(6)]
    verdict = audit(record)
    assert counts(verdict) == {}
    assert [fate.said_words for fate in verdict.fates] == [0, 4]


def test_the_new_revision_is_not_stale() -> None:
    verdict = audit(
        [
            asked(),
            ready(5, "It is noon in Tokyo."),
            Superseded(index=6, delegation_id="d1", revision=0),
            asked(6, revision=1),
            ready(8, "It is noon in Lisbon.", "r2"),
            *says(10, "It is noon in Lisbon."),
            heard(12, "r2"),
        ]
    )
    assert counts(verdict) == {}
    assert [fate.fate for fate in verdict.fates] == ["superseded", "heard"]


def test_an_answer_begun_while_the_user_speaks_talks_over_the_user() -> None:
    spoke = UserSpoke(index=7, text="and")
    assert counts(audit([asked(), ready(5), spoke, *says(7, OSLO), heard(12)])) == {
        "talked_over_user": 1
    }


def activity(active: Sequence[int], words: dict[int, str]) -> list[MicroTurnInput]:
    return [
        MicroTurnInput(index=i, text=words.get(i, ""), user_active=i in active) for i in range(40)
    ]


def test_sound_without_a_word_counts_when_the_slots_are_given() -> None:
    events = [asked(), ready(5), *says(7, OSLO), heard(12)]
    assert counts(audit(events, heard=activity([7], {}))) == {"talked_over_user": 1}
    assert counts(audit(events, heard=activity([5], {}))) == {}


def test_an_answer_may_go_on_for_two_slots_into_a_barge_in_and_not_for_three() -> None:
    words = {9: "wait", 10: "hold", 11: "on", 12: "now"}
    user = activity([8], words)
    two = [asked(), ready(5), *says(7, "The capital of Norway is Oslo. It lies")]
    assert counts(audit(two, heard=user)) == {"lost": 1}
    three = [asked(), ready(5), *says(7, OSLO), heard(12)]
    assert counts(audit(three, heard=user)) == {"talked_over_user": 1}


def test_a_barge_in_begins_with_the_word_that_tells_it_from_a_backchannel() -> None:
    woven = [asked(), ready(1), *says(3, OSLO), heard(8)]
    words = {4: "all", 5: "right", 6: "stop", 7: "now", 8: "please"}
    record = [*woven, *(UserSpoke(index=index, text=text) for index, text in words.items())]
    cut = [event for event in record if not (isinstance(event, ModelSpoke) and event.index > 7)]

    def all_right(said: str) -> bool:
        return "all right".startswith(said)

    assert audit(cut).talked_over_user == 1
    assert audit(cut, may_be_backchannel=all_right).talked_over_user == 0
    assert audit(record, may_be_backchannel=all_right).talked_over_user == 1


def test_words_that_nobody_could_tell_from_a_backchannel_take_no_floor() -> None:
    woven = [asked(), ready(1), *says(3, OSLO), heard(8)]
    record = [*woven, UserSpoke(index=4, text="Absolutely.")]
    assert audit(record).talked_over_user == 1
    assert audit(record, may_be_backchannel="absolutely".startswith).talked_over_user == 0


def test_an_answer_that_goes_on_after_a_short_barge_in_talks_over_the_user() -> None:
    events = [asked(), ready(5), *says(7, OSLO), heard(12)]
    assert counts(audit(events, heard=activity([], {8: "stop"}))) == {"talked_over_user": 1}


def test_a_backchannel_is_no_barge_in() -> None:
    events = [asked(), ready(5), *says(7, OSLO), heard(12)]
    assert counts(audit(events, heard=activity([8], {9: "mm-hm", 10: "right"}))) == {}
    told = activity([], {8: "lovely", 9: "place"})
    assert counts(audit(events, heard=told)) == {"talked_over_user": 1}
    assert counts(audit(events, heard=told, backchannel_slots=[8, 9])) == {}


def test_an_answer_resumed_while_the_user_speaks_talks_over_the_user() -> None:
    events = [asked(), ready(5), *says(7, "The capital"), *says(20, OSLO[12:]), heard(25)]
    user = activity([], {19: "so", 20: "anyway"})
    assert counts(audit(events, heard=user)) == {"talked_over_user": 1}


def test_a_request_for_the_floor_is_neither_invented_nor_an_answer() -> None:
    aside = "I have an answer for you."
    events = [
        asked(),
        ready(5, "I have found it."),
        *says(7, aside),
        *says(14, "I have found it."),
        heard(15),
    ]
    assert counts(audit(events, asides=[aside])) == {}
    assert counts(audit(events)) != {}


def test_a_request_for_the_floor_is_one_at_the_pace_of_a_voice_too() -> None:
    aside, answer = "I have an answer for you.", "You could visit Oslo."
    events = [
        asked(),
        ready(5, answer),
        *says(7, "I have"),
        *says(10, "an answer"),
        *says(13, "for you."),
        *says(14, "You could"),
        *says(17, "visit Oslo."),
        heard(20),
    ]
    assert counts(audit(events, asides=[aside])) == {}
    cut = [*events[:4], *says(20, "You could"), *says(23, "visit Oslo."), heard(25)]
    assert counts(audit(cut, asides=[aside])) == {}


def test_latency_counts_from_when_the_result_was_ready_and_the_floor_free() -> None:
    def started(pause_began_index: int) -> WeaveStarted:
        return WeaveStarted(
            index=12, delegation_id="d1", result_id="r1", pause_began_index=pause_began_index
        )

    late = audit([asked(), ready(5), started(11), *says(12, OSLO)])
    assert late.latencies_slots == (1,)
    assert audit([asked(), ready(10), started(2), *says(12, OSLO)]).latencies_slots == (2,)


def test_missed_slots_are_counted() -> None:
    assert audit([SlotMissed(index=3, late_ms=20.0)]).missed_slots == 1
