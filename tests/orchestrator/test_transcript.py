"""Which words make the user's current turn, and what an agent reads of the conversation."""

from weft.interaction_model.scripted import sure_of
from weft.interaction_model.types import Floor, MicroTurnInput, MicroTurnOutput
from weft.orchestrator.transcript import Transcript, UserTurn


class Talk:
    """A transcript that is fed slot by slot."""

    def __init__(self) -> None:
        self.transcript = Transcript(turn_gap_slots=5)
        self.index = 0

    def add(
        self,
        heard: str = "",
        said: str = "",
        floor: Floor = Floor.GAP,
        *,
        times: int = 1,
        woven: bool = False,
    ) -> "Talk":
        for _ in range(times):
            self.transcript.add(
                MicroTurnInput(index=self.index, text=heard),
                MicroTurnOutput(index=self.index, text=said, floor=sure_of(floor)),
                unverified=not woven,
            )
            self.index += 1
        return self

    @property
    def turn(self) -> UserTurn:
        turn = self.transcript.user_turn
        assert turn is not None
        return turn

    def lines(self) -> list[str]:
        return [f"{line.speaker}: {line.text}" for line in self.transcript.lines()]


def test_a_pause_does_not_end_a_turn_however_long() -> None:
    talk = Talk().add("the capital", floor=Floor.USER).add(floor=Floor.PAUSE, times=9)
    assert talk.add("of France").turn.text == "the capital of France"


def test_a_flicker_of_the_head_does_not_tear_a_request_apart() -> None:
    talk = Talk().add("the capital").add(floor=Floor.GAP, times=3)
    assert talk.add("of France").turn.text == "the capital of France"


def test_words_after_a_gap_are_a_new_turn() -> None:
    talk = Talk().add("hello").add(times=6).add("what's the time")
    assert talk.turn == UserTurn(first_index=7, last_index=7, text="what's the time")


def test_words_after_a_handing_over_are_a_new_turn() -> None:
    talk = Talk().add("the time in Paris")
    talk.transcript.hand_over()
    assert talk.turn.handed_over
    assert talk.add("and in London").turn.text == "and in London"


def test_only_own_words_of_the_model_are_a_reply() -> None:
    talk = Talk().add("the time").add(said="It is", woven=True)
    assert not talk.turn.replied
    assert talk.add(said="I see.").turn.replied


def test_sentences_join_with_a_space_and_split_words_without() -> None:
    talk = Talk().add(said="It is Birm", woven=True).add(said="ingham.", woven=True)
    talk.add(said="Right?", woven=True)
    assert talk.lines() == ["model: It is Birmingham. Right?"]


def test_each_speaker_keeps_one_line_through_an_overlap() -> None:
    talk = Talk().add(said="The tower").add("mm-hm", " is high").add(said=" indeed.")
    assert talk.lines() == ["model: The tower is high indeed.", "user: mm-hm"]


def test_own_words_and_woven_words_are_separate_lines() -> None:
    talk = Talk().add(said="Let me see.").add(said="Paris.", woven=True)
    assert [line.unverified for line in talk.transcript.lines()] == [True, False]
    assert [line.end_s for line in talk.transcript.lines()] == [0.2, 0.4]


def test_a_long_silence_begins_a_new_line() -> None:
    assert Talk().add("one").add(times=5).add("two").lines() == ["user: one", "user: two"]


def test_packages_share_the_lines_that_no_longer_grow() -> None:
    talk = Talk().add("hello").add(times=20).add("what")
    first = talk.transcript.lines()
    talk.add("now")
    second = talk.transcript.lines()
    assert second[0] is first[0]
    assert (first[1].text, second[1].text) == ("what", "what now")
