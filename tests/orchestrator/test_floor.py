"""The floor tracker adds plain facts to what the model's floor head believes."""

from weft.interaction_model.scripted import sure_of
from weft.interaction_model.types import Floor, MicroTurnInput, MicroTurnOutput
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.floor import FloorState, FloorTracker


def follow(*slots: tuple[str, str, Floor], then: str = "") -> FloorState:
    """Live through slots of (heard, said, head), and give the state of the next one."""
    tracker = FloorTracker(SessionConfig(lapse_slots=4))
    for index, (text, answer, floor) in enumerate(slots):
        heard = MicroTurnInput(index=index, text=text)
        tracker.update(heard)
        tracker.settle(heard, MicroTurnOutput(index=index, text=answer, floor=sure_of(floor)))
    return tracker.update(MicroTurnInput(index=len(slots), text=then))


def test_the_floor_is_free_from_the_first_quiet_slot_of_the_gap() -> None:
    state = follow(("hi", "", Floor.USER), ("", "", Floor.GAP), ("", "", Floor.GAP))
    assert state.free_since_index == 1
    assert state.silent_slots == 3


def test_a_pause_inside_a_turn_is_not_free() -> None:
    assert follow(("so", "", Floor.USER), ("", "", Floor.PAUSE)).free_since_index is None


def test_the_floor_is_not_free_while_the_user_is_heard() -> None:
    state = follow(("", "", Floor.GAP), then="well")
    assert state.free_since_index is None
    assert state.floor is Floor.USER


def test_the_model_is_between_sentences_only_when_its_sentence_has_ended() -> None:
    ended = follow(("", "Let me see.", Floor.MODEL), ("", "", Floor.MODEL))
    assert ended.free_since_index == 1
    halfway = follow(("", "Let me", Floor.MODEL), ("", "", Floor.MODEL))
    assert halfway.free_since_index is None


def test_a_slot_in_which_the_model_speaks_is_never_free() -> None:
    assert follow(("", "Done.", Floor.GAP)).free_since_index is None


def test_a_long_silence_of_both_frees_the_floor_whatever_the_head_believes() -> None:
    silence = [("", "", Floor.PAUSE)] * 3
    assert follow(*silence).free_since_index is None
    assert follow(*silence, ("", "", Floor.PAUSE)).free_since_index == 3


def test_a_backchannel_leaves_the_floor_with_the_model() -> None:
    state = follow(("", "The tower", Floor.MODEL), then="mm-hm")
    assert state.floor is Floor.MODEL
    assert not state.user_holds


def test_a_user_who_falls_silent_is_taken_to_pause() -> None:
    assert follow(("so", "", Floor.USER)).floor is Floor.PAUSE


def test_an_unsure_head_frees_nothing() -> None:
    tracker = FloorTracker(SessionConfig(gap_probability=0.99))
    heard = MicroTurnInput(index=0)
    tracker.settle(heard, MicroTurnOutput(index=0, text="", floor=sure_of(Floor.GAP)))
    assert tracker.update(MicroTurnInput(index=1)).free_since_index is None
