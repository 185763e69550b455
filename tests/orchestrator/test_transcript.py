"""Which words make the user's current turn, and what an agent reads of the conversation."""

import pytest

from weft.interaction_model.scripted import sure_of
from weft.interaction_model.types import (
    Floor,
    MicroTurnInput,
    MicroTurnOutput,
    TranscribedWord,
)
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
        transcribed: tuple[TranscribedWord, ...] = (),
    ) -> "Talk":
        for _ in range(times):
            self.transcript.add(
                MicroTurnInput(index=self.index, text=heard, transcribed=transcribed),
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


def sounded(text: str, start_s: float, end_s: float, confidence: float) -> TranscribedWord:
    return TranscribedWord(text=text, start_s=start_s, end_s=end_s, confidence=confidence)


def test_words_heard_from_sound_bring_their_times_and_the_mean_of_their_confidences() -> None:
    talk = Talk().add(times=10)
    one, two = sounded("play", 1.31, 1.5, 0.9), sounded("some", 1.5, 1.72, 0.4)
    talk.add("play some", transcribed=(one, two))
    talk.add("jazz", transcribed=(sounded("jazz", 1.8, 2.04, 0.5),))
    (line,) = talk.transcript.lines()
    assert (line.text, line.start_s, line.end_s) == ("play some jazz", 1.31, 2.04)
    assert line.confidence == pytest.approx(0.6)


def test_typed_words_and_words_of_the_model_have_the_times_of_their_slots_and_no_confidence() -> (
    None
):
    talk = Talk().add(times=5).add("play jazz").add(said="Sure.")
    assert [(line.start_s, line.end_s, line.confidence) for line in talk.transcript.lines()] == [
        (1.0, 1.2, None),
        (1.2, 1.4, None),
    ]


def test_typing_to_words_that_were_heard_changes_only_where_the_line_ends() -> None:
    talk = Talk().add(times=5).add("play", transcribed=(sounded("play", 0.6, 0.8, 0.7),))
    (line,) = talk.add("jazz").transcript.lines()
    assert (line.start_s, line.end_s, line.confidence) == (0.6, 1.4, 0.7)
