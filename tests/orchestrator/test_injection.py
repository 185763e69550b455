"""Single rules of the injection scheduler; the whole of it is in test_injection_properties."""

from weft.interaction_model.scripted import ScriptedModel, sure_of
from weft.interaction_model.types import Floor, MicroTurnOutput, ReferenceRows, Row
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import AnyEvent, Dismissed, Heard, WeaveCut
from weft.orchestrator.floor import FloorState
from weft.orchestrator.injection import InjectionScheduler
from weft.orchestrator.owed import Result
from weft.orchestrator.sentences import LONGEST_WORDS


class Desk:
    """A scheduler in a world where the floor is free unless said otherwise."""

    def __init__(self, config: SessionConfig | None = None) -> None:
        model = ScriptedModel()
        self.scheduler = InjectionScheduler(config or SessionConfig(), self.encode, model.absent)
        self.index = 0
        self.events: list[AnyEvent] = []

    @staticmethod
    def encode(text: str) -> ReferenceRows:
        """One word a row, and words of more than eight letters in two."""
        rows = []
        for place, word in enumerate(text.split()):
            rows.append(f" {word[:8]}" if place else word[:8])
            rows.extend([word[8:]] if word[8:] else [])
        return ReferenceRows(
            text=text,
            rows=tuple(Row(text=r, last=i == len(rows) - 1) for i, r in enumerate(rows)),
        )

    def add(self, text: str, *, result_id: str = "r", timer: bool = False) -> None:
        result = Result(
            result_id=result_id, delegation_id="d", kind="result", text=text, timer=timer
        )
        self.events += self.scheduler.add(result, self.index)

    def live(
        self,
        floor: Floor = Floor.GAP,
        *,
        follows: bool = True,
        text: str = "",
        silent_slots: int = 0,
    ) -> str | None:
        """Live through a slot; gives the text of the row that was offered."""
        state = FloorState(
            index=self.index,
            floor=floor,
            user_active=floor is Floor.USER,
            silent_slots=silent_slots,
            free_since_index=self.index if floor is Floor.GAP else None,
        )
        row = self.scheduler.offer(state)
        followed = row is not None and follows
        said = MicroTurnOutput(
            index=self.index,
            text=row.text if row is not None and followed else text,
            floor=sure_of(floor),
            reference_followed=followed,
        )
        self.events += self.scheduler.settle(said, self.index)
        self.index += 1
        return row.text if row is not None else None


def test_a_declined_row_is_offered_again_and_is_no_cut() -> None:
    desk = Desk()
    desk.add("Paris.")
    assert [desk.live(follows=False), desk.live(follows=False), desk.live()] == ["Paris."] * 3
    assert not any(isinstance(event, WeaveCut) for event in desk.events)


def test_a_row_that_the_model_says_wrongly_twice_in_the_same_way_counts_as_said() -> None:
    desk = Desk()
    desk.add("could be.")
    offered = [desk.live(follows=False, text=" can") for _ in range(2)]
    assert offered == ["could", "could"]
    assert desk.scheduler.speaking_for == "d"
    assert desk.live() == " be."
    assert [event.text for event in desk.events if isinstance(event, Heard)] == ["could be."]


def test_talk_of_the_models_own_in_place_of_a_row_is_no_slip() -> None:
    for between in ("other words", "silence", "user"):
        desk = Desk()
        desk.add("They were.")
        desk.live(follows=False, text=" Then")
        if between == "user":
            desk.live(Floor.USER)
        else:
            desk.live(follows=False, text=" I see." if between == "other words" else "")
        assert desk.live(follows=False, text=" Then") == "They"
        assert (desk.scheduler.speaking_for == "d") is (between == "silence")


def test_a_failure_that_the_model_does_not_take_up_was_not_told_by_other_talk() -> None:
    desk = Desk()
    failure = Result(result_id="f", delegation_id="d", kind="failure", text="")
    desk.events += desk.scheduler.add(failure, 0)
    for _ in range(3):
        assert desk.live(follows=False, text="Well.") == ""
    assert [result.result_id for result in desk.scheduler.unsaid] == ["f"]


def test_rows_go_on_while_the_model_holds_the_floor_and_stop_at_an_overlap() -> None:
    desk = Desk()
    desk.add("one two three four.")
    assert [desk.live(), desk.live(Floor.MODEL), desk.live(Floor.OVERLAP)] == ["one", " two", None]
    assert [desk.live(Floor.PAUSE), desk.live(), desk.live()] == [None, "three", " four."]
    (heard,) = [event for event in desk.events if isinstance(event, Heard)]
    assert heard.text == "one two three four."


def test_a_word_that_was_cut_inside_is_said_again_from_its_beginning() -> None:
    desk = Desk()
    desk.add("near Wolverhampton now.")
    assert [desk.live(), desk.live(Floor.MODEL)] == ["near", " Wolverha"]
    assert desk.live(Floor.USER) is None
    (cut,) = [event for event in desk.events if isinstance(event, WeaveCut)]
    assert (cut.heard, cut.owed) == ("near", "Wolverhampton now.")
    assert [desk.live(), desk.live(Floor.MODEL)] == ["Wolverha", "mpton"]


def test_a_timer_goes_before_an_answer_but_not_into_its_sentence() -> None:
    desk = Desk()
    desk.add("one two. Three.")
    assert desk.live() == "one"
    desk.add("Breathe.", result_id="t", timer=True)
    assert [desk.live() for _ in range(3)] == [" two.", "Breathe.", "Three."]


def test_a_sentence_in_two_parts_goes_on_while_its_first_part_still_sounds() -> None:
    """The floor is the model's own as long as its voice sounds: no pause is waited for."""
    words = [f"word{n}," for n in range(LONGEST_WORDS + 2)]
    desk = Desk()
    desk.add(" ".join(words))
    said = [desk.live() for _ in range(LONGEST_WORDS)]
    assert said[-1] == f" {words[LONGEST_WORDS - 1]}"
    desk.add("Ding.", result_id="t", timer=True)
    assert desk.live(Floor.MODEL, silent_slots=1) is None
    assert desk.live(Floor.USER, silent_slots=0) is None
    desk = Desk()
    desk.add(" ".join(words))
    for _ in range(LONGEST_WORDS):
        desk.live()
    desk.add("Ding.", result_id="t", timer=True)
    desk.live(Floor.MODEL, silent_slots=1)
    rest = [desk.live(Floor.MODEL, silent_slots=2), desk.live(Floor.MODEL)]
    assert [row.strip() for row in rest if row] == words[LONGEST_WORDS:]
    assert desk.live(Floor.MODEL, silent_slots=2) is None
    assert not any(isinstance(event, WeaveCut) for event in desk.events)


def test_a_sentence_that_has_ended_leaves_the_floor() -> None:
    """What comes next waits until the floor is free, in the same result too."""
    desk = Desk()
    desk.add("Paris. Lyon.")
    assert desk.live() == "Paris."
    assert [desk.live(Floor.MODEL, silent_slots=n) for n in (1, 2, 3)] == [None] * 3
    assert desk.live() == "Lyon."


def test_a_timer_that_is_due_again_is_said_once() -> None:
    desk = Desk()
    for beat in range(3):
        desk.add("Breathe.", result_id=f"t{beat}", timer=True)
    assert [desk.live(), desk.live()] == ["Breathe.", None]
    dismissed = [event.result_id for event in desk.events if isinstance(event, Dismissed)]
    assert dismissed == ["t0", "t1"]


def test_rows_are_paced() -> None:
    desk = Desk(SessionConfig(row_every_slots=3))
    desk.add("one two.")
    assert [desk.live(), *[desk.live(Floor.MODEL) for _ in range(3)]] == [
        "one",
        None,
        None,
        " two.",
    ]


def test_a_sentence_without_rows_is_treated_as_not_found() -> None:
    desk = Desk()
    desk.scheduler = InjectionScheduler(
        SessionConfig(), lambda text: ReferenceRows(text=text, rows=()), ScriptedModel().absent
    )
    desk.add("☃")
    assert desk.live() == ""


def test_a_model_that_never_speaks_of_a_failure_is_not_asked_for_ever() -> None:
    desk = Desk()
    desk.add("")
    for _ in range(20):
        desk.live()
    assert [event.reason for event in desk.events if isinstance(event, Dismissed)] == [
        "the model did not speak of it"
    ]


def test_a_word_whose_full_stop_was_cut_off_is_not_said_again() -> None:
    desk = Desk()
    desk.add("Paint it crimsons. Then rest.")
    said = [desk.live() for _ in range(3)]
    assert said == ["Paint", " it", " crimsons"]
    assert desk.live(Floor.OVERLAP, follows=False) is None
    assert [event.owed for event in desk.events if isinstance(event, WeaveCut)] == ["Then rest."]
    assert desk.live() == "Then"


def test_a_word_whose_comma_begins_the_next_row_is_not_said_again() -> None:
    desk = Desk()
    texts = ("Paint", " it", " crimson", ", and", " rest.")
    rows = tuple(Row(text=text, last=text == " rest.") for text in texts)
    whole = ReferenceRows(text="Paint it crimson, and rest.", rows=rows)
    desk.scheduler = InjectionScheduler(
        SessionConfig(),
        lambda text: whole if text == whole.text else Desk.encode(text),
        ScriptedModel().absent,
    )
    desk.add(whole.text)
    assert [desk.live() for _ in range(3)] == ["Paint", " it", " crimson"]
    desk.live(Floor.OVERLAP, follows=False)
    (cut,) = [event for event in desk.events if isinstance(event, WeaveCut)]
    assert (cut.heard, cut.owed) == ("Paint it crimson", "and rest.")
    assert [desk.live(), desk.live()] == ["and", " rest."]


def test_a_result_of_which_only_a_full_stop_is_missing_was_said() -> None:
    desk = Desk()
    desk.add("Paint it crimsons.")
    for _ in range(3):
        desk.live()
    desk.live(Floor.OVERLAP, follows=False)
    assert desk.live() is None
    assert [event.text for event in desk.events if isinstance(event, Heard)] == [
        "Paint it crimsons"
    ]
