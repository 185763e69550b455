"""Whatever ears and voices of others do, the slots go on, and nothing is claimed that was not."""

import logging
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.fakes.conversation import spoken
from tests.fakes.queue import Planned
from tests.fakes.sound import ConstantVoice, hold_in_sound
from weft.interaction_model.scripted import Reply, ScriptedModel
from weft.interaction_model.types import (
    SLOT_SAMPLES,
    ControlToken,
    FloorProbabilities,
    MicroTurnInput,
    MicroTurnOutput,
    Senses,
    TranscribedWord,
)
from weft.orchestrator.audit import audit
from weft.orchestrator.events import Heard, SlotMissed, WeaveCut
from weft.orchestrator.guarded_sound import GuardedEars, GuardedVoice
from weft.orchestrator.sound_ports import Voiced

FLOOR = FloorProbabilities(user=0, pause=0, gap=1, model=0, overlap=0)
SECRET = "my pin is 4711"


def senses(index: int) -> Senses:
    return Senses(index=index, samples=np.zeros(SLOT_SAMPLES, np.float32))


def said(index: int, text: str = "") -> MicroTurnOutput:
    return MicroTurnOutput(index=index, text=text, floor=FLOOR)


class Deaf:
    """Ears that give, in each slot, what a function makes of it."""

    def __init__(self, give: Callable[[Senses], object]) -> None:
        self._give = give

    def perceive(self, senses: Senses) -> MicroTurnInput:
        return self._give(senses)  # type: ignore[return-value]  # as an adapter may


def heard(give: Callable[[Senses], object], slots: int = 3) -> list[MicroTurnInput]:
    ears = GuardedEars(Deaf(give), "deaf")
    return [ears.perceive(senses(index)) for index in range(slots)]


def test_ears_that_raise_hear_silence_and_are_told_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def give(slot: Senses) -> MicroTurnInput:
        if slot.index == 1:
            return MicroTurnInput(index=1, text="hello")
        raise RuntimeError(SECRET)

    with caplog.at_level(logging.DEBUG):
        assert [each.text for each in heard(give, 5)] == ["", "hello", "", "", ""]
    (record,) = caplog.records
    assert record.message == "ears deaf failed (RuntimeError): such a slot counts as silence"
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        "hello",
        MicroTurnInput(index=0, text=None),  # type: ignore[arg-type]
        MicroTurnInput(index=0, text="a", transcribed=("a",)),  # type: ignore[arg-type]
        *(
            MicroTurnInput(
                index=0,
                text="a",
                transcribed=(TranscribedWord(text="a", start_s=start, end_s=end, confidence=sure),),
            )
            for start, end, sure in (
                (2.0, 1.0, 0.5),
                (-1.0, 1.0, 0.5),
                (0.0, float("nan"), 0.5),
                (0.0, float("inf"), 0.5),
                (0.0, 1.0, 1.5),
            )
        ),
    ],
)
def test_what_ears_may_not_give_is_silence(nonsense: object) -> None:
    assert heard(lambda _: nonsense, 1) == [MicroTurnInput(index=0)]


def test_words_of_ears_are_put_between_single_spaces_and_into_their_slot() -> None:
    word = TranscribedWord(text="hello", start_s=np.float64(0.5), end_s=1, confidence=1)
    given = MicroTurnInput(index=9, text=" hello\n there ", transcribed=(word,), user_active=True)
    assert heard(lambda _: given, 1) == [
        MicroTurnInput(index=0, text="hello there", transcribed=(word,), user_active=True)
    ]
    (taken,) = heard(lambda _: given, 1)[0].transcribed
    assert [type(x) for x in (taken.start_s, taken.end_s, taken.confidence)] == [float] * 3


def test_what_cannot_be_written_is_heard_as_a_question_mark_and_told_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    word = TranscribedWord(text="there\udfff", start_s=0.5, end_s=1.0, confidence=1.0)
    given = MicroTurnInput(index=0, text="hi \ud800 \U0001f600 there\udfff", transcribed=(word,))
    with caplog.at_level(logging.DEBUG):
        taken = heard(lambda _: given, 2)
    assert [each.text for each in taken] == ["hi ? \U0001f600 there?"] * 2
    assert [each.transcribed[0].text for each in taken] == ["there?"] * 2
    (record,) = caplog.records
    assert record.message == "ears deaf: half surrogate pairs in a text become question marks"


class Failing:
    """A voice that speaks like another, and fails in the slots that it is told to."""

    def __init__(self, fails: Callable[[int], bool], *, word_s: float = 0.3) -> None:
        self._voice = ConstantVoice(word_s=word_s)
        self._fails = fails
        self.asked: list[int] = []
        self.stops = 0

    def sound(self, said: MicroTurnOutput) -> Voiced:
        self.asked.append(said.index)
        if self._fails(said.index):
            raise RuntimeError(SECRET)
        return self._voice.sound(said)

    def stop(self) -> None:
        self.stops += 1
        self._voice.stop()


def test_a_voice_that_fails_is_silent_for_a_slot_and_gives_up_what_it_owed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    voice = GuardedVoice(Failing(lambda index: index in (1, 6)), "failing")
    texts = [" one two three", " four", "", " five", "", "", "", ""]
    with caplog.at_level(logging.DEBUG):
        voiced = [voice.sound(said(index, text)) for index, text in enumerate(texts)]
    assert not voiced[1].samples.any()
    assert [each.dropped for each in voiced] == [False, True, *[False] * 6]
    assert "five" in [word.text for each in voiced for word in each.words]
    assert [each.sounded_index for each in voiced] == sorted(v.sounded_index for v in voiced)
    (record,) = caplog.records
    assert record.message == (
        "voice failing failed (RuntimeError): what it had to say was not heard"
    )


def test_a_voice_that_does_nothing_but_fail_is_not_asked_any_more() -> None:
    failing = Failing(lambda _: True)
    voice = GuardedVoice(failing, "failing")
    voiced = [voice.sound(said(index, " word")) for index in range(9)]
    assert failing.asked == [0, 1, 2]
    assert {each.sounded_index for each in voiced} == {-1}, "nothing of it was heard"
    assert [each.dropped for each in voiced] == [True, True, *[False] * 7]


def test_a_voice_that_cannot_even_be_stopped_is_borne() -> None:
    class Stubborn(Failing):
        def stop(self) -> None:
            raise RuntimeError(SECRET)

    voice = GuardedVoice(Stubborn(lambda _: False), "stubborn")
    voice.stop()
    assert voice.sound(said(0, " on")).index == 0


class Leaving:
    """Ears and a voice that would end the program."""

    def perceive(self, senses: Senses) -> MicroTurnInput:
        raise SystemExit(3)

    def sound(self, said: MicroTurnOutput) -> Voiced:
        raise SystemExit(3)

    def stop(self) -> None:
        raise SystemExit(3)


def test_who_would_end_the_program_fails_like_others(caplog: pytest.LogCaptureFixture) -> None:
    ears, voice = GuardedEars(Leaving(), "leaving"), GuardedVoice(Leaving(), "leaving")
    with caplog.at_level(logging.DEBUG):
        assert ears.perceive(senses(0)) == MicroTurnInput(index=0)
        assert voice.sound(said(0, " word")).dropped
        voice.stop()
    assert [record.message for record in caplog.records] == [
        "ears leaving failed (SystemExit): such a slot counts as silence",
        "voice leaving failed (SystemExit): what it had to say was not heard",
    ]


def silent(**changed: object) -> Voiced:
    plain = Voiced(
        index=0, samples=np.zeros(SLOT_SAMPLES, np.float32), sounded_index=0, waiting_s=0.0
    )
    return replace(plain, **changed)  # type: ignore[arg-type]  # as an adapter may


class Giving:
    """A voice that gives one thing."""

    def __init__(self, given: object) -> None:
        self._given = given

    def sound(self, said: MicroTurnOutput) -> Voiced:
        return self._given  # type: ignore[return-value]  # as an adapter may

    def stop(self) -> None: ...


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        silent(samples=np.zeros(SLOT_SAMPLES - 1, np.float32)),
        silent(samples=np.zeros((SLOT_SAMPLES, 2), np.float32)),
        silent(samples=np.zeros(SLOT_SAMPLES, np.int16)),
        silent(waiting_s=float("nan")),
        silent(words=("word",)),
        silent(sounded_index="far"),
    ],
)
def test_what_a_voice_may_not_give_is_silence(nonsense: object) -> None:
    voiced = GuardedVoice(Giving(nonsense), "giving").sound(said(0, " word"))
    assert voiced.dropped
    assert not voiced.samples.any()


def test_samples_are_repaired_and_no_voice_is_ahead_of_its_text() -> None:
    samples = np.zeros(SLOT_SAMPLES, np.float64)
    samples[:3] = [np.nan, 7.0, -np.inf]
    given = silent(samples=samples, index=5, sounded_index=99, waiting_s=-1.0)
    voiced = GuardedVoice(Giving(given), "giving").sound(said(3))
    assert voiced.samples.dtype == np.float32
    assert voiced.samples[:3].tolist() == [0.0, 1.0, 0.0]
    assert (voiced.index, voiced.sounded_index, voiced.waiting_s) == (3, 3, 0.0)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_silence_and_told_of_once(
    number: float, caplog: pytest.LogCaptureFixture
) -> None:
    voice = GuardedVoice(Giving(silent(samples=np.full(SLOT_SAMPLES, number))), "giving")
    with caplog.at_level(logging.DEBUG):
        assert not any(voice.sound(said(index)).samples.any() for index in range(2))
    (record,) = caplog.records
    assert record.message == "voice giving: samples that are no numbers are taken for silence"


def test_samples_too_loud_for_single_precision_are_cut_off_like_others() -> None:
    voice = GuardedVoice(Giving(silent(samples=np.full(SLOT_SAMPLES, -1e300))), "giving")
    assert set(voice.sound(said(0)).samples) == {np.float32(-1.0)}


@pytest.mark.parametrize(("level", "becomes"), [(1e-4, 0.0), (9e-4, 0.0), (2e-3, 2e-3)])
def test_a_slot_that_nobody_hears_is_silence(level: float, becomes: float) -> None:
    samples = np.full(SLOT_SAMPLES, level, np.float32)
    samples[::2] = -samples[::2]
    voiced = GuardedVoice(Giving(silent(samples=samples)), "giving").sound(said(0))
    assert set(np.abs(voiced.samples)) == {np.float32(becomes)}


TOWER = "The tower is three hundred and thirty metres high and made of iron."


@pytest.mark.anyio
@pytest.mark.parametrize("failing_slot", range(12, 24, 2))
async def test_in_a_conversation_an_answer_is_said_again_from_where_the_voice_failed(
    failing_slot: int,
) -> None:
    model = ScriptedModel([Reply(heard="how", says="Let me see.", control=ControlToken.DELEGATE)])
    conversation = await hold_in_sound(
        model,
        heard=spoken("how high is the tower?", 80),
        plans=[Planned(request="tower", text=TOWER, after_slots=4)],
        voice=GuardedVoice(Failing(lambda index: index == failing_slot), "failing"),
    )
    assert [event.text for event in conversation.all(Heard)] == [TOWER]
    assert conversation.sounded.endswith(TOWER)
    assert conversation.all(SlotMissed) == []
    assert audit(conversation.events, asides=()).lost == 0
    assert len(conversation.all(WeaveCut)) <= 1


@pytest.mark.anyio
async def test_in_a_conversation_a_voice_that_is_gone_claims_nothing() -> None:
    model = ScriptedModel([Reply(heard="how", says="Let me see.", control=ControlToken.DELEGATE)])
    conversation = await hold_in_sound(
        model,
        heard=spoken("how high is the tower?", 80),
        plans=[Planned(request="tower", text=TOWER, after_slots=4)],
        voice=GuardedVoice(Failing(lambda index: index > 8), "failing"),
    )
    assert conversation.all(Heard) == []
    assert len(conversation.all(WeaveCut)) <= 3, "it is not said again for ever"
