"""Slow ears and voices: slots do not wait, nothing that is late is lost, and they can hang."""

import gc
import logging
import threading

import numpy as np
import pytest

from tests.fakes.sound import ConstantVoice
from weft.interaction_model.types import (
    SLOT_S,
    SLOT_SAMPLES,
    FloorProbabilities,
    MicroTurnInput,
    MicroTurnOutput,
    Senses,
    TranscribedWord,
)
from weft.orchestrator.patient_sound import MOST_BEHIND_SLOTS, PatientEars, PatientVoice
from weft.orchestrator.sound_ports import Voiced

LONG_S = 60.0


class Slow:
    """Ears that hear a word in every slot, when they are let."""

    def __init__(self) -> None:
        self.may = threading.Semaphore(0)
        self.threads: set[threading.Thread] = set()

    def perceive(self, senses: Senses) -> MicroTurnInput:
        self.threads.add(threading.current_thread())
        self.may.acquire()  # some hang for ever: their threads are daemons
        start_s = senses.index * SLOT_S
        word = TranscribedWord(
            text=f"w{senses.index}", start_s=start_s, end_s=start_s + 0.1, confidence=1.0
        )
        return MicroTurnInput(index=senses.index, text=word.text, transcribed=(word,))


def senses(index: int) -> Senses:
    return Senses(index=index, samples=np.zeros(SLOT_SAMPLES, np.float32))


def test_what_is_heard_in_time_is_heard_in_its_slot() -> None:
    slow = Slow()
    ears = PatientEars(slow, "slow", patience_s=LONG_S)
    slow.may.release(3)
    assert [ears.perceive(senses(index)).text for index in range(3)] == ["w0", "w1", "w2"]
    assert threading.current_thread() not in slow.threads


def test_what_is_heard_late_is_heard_later_with_its_own_times() -> None:
    slow = Slow()
    ears = PatientEars(slow, "slow", patience_s=0.0)
    assert [ears.perceive(senses(index)).text for index in range(4)] == [""] * 4
    slow.may.release(5)
    ears._patience_s = LONG_S
    heard = ears.perceive(senses(4))
    assert heard.index == 4
    assert heard.text == "w0 w1 w2 w3 w4"
    assert [word.start_s for word in heard.transcribed] == pytest.approx(
        [index * SLOT_S for index in range(5)]
    )


def test_ears_that_hang_are_told_once_and_take_no_more_memory(
    caplog: pytest.LogCaptureFixture,
) -> None:
    slow = Slow()
    ears = PatientEars(slow, "slow", patience_s=0.0)
    with caplog.at_level(logging.DEBUG):
        heard = [ears.perceive(senses(index)) for index in range(3 * MOST_BEHIND_SLOTS)]
    assert {each.text for each in heard} == {""}
    assert [each.index for each in heard] == list(range(3 * MOST_BEHIND_SLOTS))
    assert [record.message for record in caplog.records] == [
        "ears slow are 10 s behind: slots are left out"
    ]
    # When they can go on, what they were given is heard, and then what comes.
    slow.may.release(MOST_BEHIND_SLOTS + 1)
    ears._patience_s = LONG_S
    assert len(ears.perceive(senses(150)).text.split()) == MOST_BEHIND_SLOTS
    assert ears.perceive(senses(151)).text == "w151"


def test_the_thread_ends_when_nobody_listens_any_more() -> None:
    slow = Slow()
    ears = PatientEars(slow, "slow", patience_s=LONG_S)
    slow.may.release()
    ears.perceive(senses(0))
    (thread,) = slow.threads
    del ears
    gc.collect()
    thread.join(LONG_S)
    assert not thread.is_alive()


FLOOR = FloorProbabilities(user=0, pause=0, gap=1, model=0, overlap=0)


class SlowVoice:
    """A voice that takes a slot for a word, when it is let."""

    def __init__(self) -> None:
        self.may = threading.Semaphore(0)
        self._voice = ConstantVoice(word_s=SLOT_S)

    def sound(self, said: MicroTurnOutput) -> Voiced:
        self.may.acquire()  # some hang for ever: their threads are daemons
        return self._voice.sound(said)

    def stop(self) -> None:
        self._voice.stop()


def said(index: int, text: str = "") -> MicroTurnOutput:
    return MicroTurnOutput(index=index, text=text, floor=FLOOR)


def words(voiced: list[Voiced]) -> list[str]:
    return [word.text for each in voiced for word in each.words]


def test_what_is_sounded_late_is_played_later_and_heard_when_it_was_played() -> None:
    slow = SlowVoice()
    voice = PatientVoice(slow, "slow", patience_s=0.0)
    voiced = [voice.sound(said(index, " a b c." if index == 0 else "")) for index in range(3)]
    assert not any(each.samples.any() for each in voiced)
    assert {each.sounded_index for each in voiced} == {-1}
    assert voiced[-1].waiting_s > 0
    slow.may.release(20)
    voice._patience_s = LONG_S
    voiced += [voice.sound(said(index)) for index in range(3, 9)]
    assert words(voiced) == ["a", "b", "c."]
    assert [each.index for each in voiced if each.words] == [3, 4, 5]
    for each in voiced:
        assert all(word.end_s == pytest.approx((each.index + 1) * SLOT_S) for word in each.words)
    assert voiced[-1].sounded_index == 8, "it has caught up where it was silent"
    assert voiced[-1].waiting_s == 0


def test_what_was_stopped_is_not_played_even_if_it_comes_later() -> None:
    slow = SlowVoice()
    voice = PatientVoice(slow, "slow", patience_s=0.0)
    voiced = [voice.sound(said(0, " a b c d."))]
    voice.stop()
    slow.may.release(20)
    voice._patience_s = LONG_S
    voiced += [voice.sound(said(index, " e f." if index == 2 else "")) for index in range(1, 8)]
    assert words(voiced) == ["e", "f."]
    assert voiced[-1].sounded_index == 7


def test_a_voice_that_hangs_is_told_once_and_claims_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    voice = PatientVoice(SlowVoice(), "slow", patience_s=0.0)
    with caplog.at_level(logging.DEBUG):
        voiced = [voice.sound(said(index, " on")) for index in range(2 * MOST_BEHIND_SLOTS)]
    assert {each.sounded_index for each in voiced} == {-1}
    assert [each.dropped for each in voiced] == [False] * MOST_BEHIND_SLOTS + [
        True
    ] * MOST_BEHIND_SLOTS
    assert [record.message for record in caplog.records] == [
        "voice slow is 10 s behind: what is said then is not heard"
    ]
