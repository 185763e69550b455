"""The scripted model behaves as the trained one is meant to."""

from weft.interaction_model.scripted import NOT_FOUND, Reply, ScriptedModel
from weft.interaction_model.types import ControlToken, Floor, MicroTurnInput, MicroTurnOutput, Row


def live(model: ScriptedModel, *heard: str, row: Row | None = None) -> list[MicroTurnOutput]:
    return [
        model.step(MicroTurnInput(index=index, text=text), row) for index, text in enumerate(heard)
    ]


def test_it_replies_at_the_second_silent_slot() -> None:
    model = ScriptedModel([Reply(heard="hello", says="Hi there.", control=ControlToken.DELEGATE)])
    said = live(model, "hello", "", "", "")
    assert [out.text for out in said] == ["", "", "Hi there.", ""]
    assert said[2].control is ControlToken.DELEGATE
    assert [out.floor.most_likely for out in said] == [
        Floor.USER,
        Floor.GAP,
        Floor.MODEL,
        Floor.GAP,
    ]


def test_it_waits_through_an_unfinished_turn() -> None:
    said = live(ScriptedModel([Reply(heard=".", says="Yes.")]), "I like the", *[""] * 5)
    assert {out.floor.most_likely for out in said[1:]} == {Floor.PAUSE}


def test_it_goes_on_at_a_backchannel_and_yields_to_a_barge_in() -> None:
    model = ScriptedModel()
    row = Row(text=" word")
    said = live(model, "", "mm-hm", "wait", row=row)
    assert [out.reference_followed for out in said] == [True, True, False]
    assert [out.floor.most_likely for out in said[1:]] == [Floor.MODEL, Floor.OVERLAP]


def test_it_says_in_its_own_words_that_nothing_was_found() -> None:
    model = ScriptedModel()
    (absent,) = model.absent().rows
    first = model.step(MicroTurnInput(index=0), absent)
    rest = live(model, "", "", "")
    assert first.reference_followed
    assert "".join(out.text for out in [first, *rest]) == NOT_FOUND


def test_a_restored_stream_goes_on_as_it_would_have() -> None:
    model = ScriptedModel([Reply(heard="hello", says="Hi there, how are you?")])
    live(model, "hello", "", "")
    snapshot = model.snapshot()
    straight = live(model, "", "", "oh")
    model.restore(snapshot)
    assert live(model, "", "", "oh") == straight


def test_rows_join_to_the_text() -> None:
    rows = ScriptedModel().encode("one two three").rows
    assert "".join(row.text for row in rows) == "one two three"
    assert [row.last for row in rows] == [False, True]
