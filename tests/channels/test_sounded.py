"""Conversations in sound on virtual time: text runs ahead, and what was not sounded is owed."""

import threading
from functools import partial
from pathlib import Path

import anyio
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.conversation import spoken
from tests.fakes.queue import Planned
from tests.fakes.sound import ConstantVoice, hold_in_sound
from weft.clock import WallClock
from weft.errors import InputError
from weft.interaction_model.scripted import Reply, ScriptedModel, sure_of
from weft.interaction_model.types import (
    SLOT_SAMPLES,
    ControlToken,
    Floor,
    MicroTurnInput,
    MicroTurnOutput,
    ReferenceRows,
    Row,
    Senses,
    TranscribedWord,
)
from weft.orchestrator.audit import audit
from weft.orchestrator.channels.given_words import GivenWords
from weft.orchestrator.channels.sound_file import FileChannel, HeardFile
from weft.orchestrator.channels.sounded import Sounded, UnsoundedText
from weft.orchestrator.events import Heard, ModelSpoke, ResultReady, SpeechCut, WeaveCut
from weft.orchestrator.record import FileRecord, read_record
from weft.orchestrator.reliving import past_slots
from weft.orchestrator.sound_ports import Voiced
from weft.orchestrator.timeline import Timeline

pytestmark = pytest.mark.anyio

TOWER = "The tower is three hundred and thirty metres high and made of iron."
QUESTION = "how high is the tower?"


def knowing_little() -> ScriptedModel:
    return ScriptedModel(
        [
            Reply(heard="hello", says="Hi there and good morning to you."),
            Reply(heard="what|how", says="Let me see.", control=ControlToken.DELEGATE),
        ]
    )


def tower(after_slots: int = 4) -> list[Planned]:
    return [Planned(request="tower", text=TOWER, after_slots=after_slots)]


async def test_an_answer_is_sounded_whole_and_then_heard() -> None:
    conversation = await hold_in_sound(
        knowing_little(), heard=spoken(QUESTION, 60), plans=tower(), lag_slots=2
    )
    assert conversation.sounded == f"Let me see. {TOWER}"
    (heard,) = conversation.all(Heard)
    last_sounded = max(v.index for v in conversation.channel.played if v.words)
    assert heard.text == TOWER
    assert heard.index >= last_sounded + 2  # two slots later it has been played
    assert conversation.all(SpeechCut) == []


class LateEars:
    """Ears that give each word two slots after it has sounded, and are not sure of it."""

    def __init__(self, slots: list[str]) -> None:
        self._heard = [MicroTurnInput(index=index, text=text) for index, text in enumerate(slots)]

    def perceive(self, senses: Senses) -> MicroTurnInput:
        sounded = self._heard[senses.index - 2] if senses.index >= 2 else self._heard[-1]
        if not sounded.text:
            return MicroTurnInput(index=senses.index)
        word = TranscribedWord(
            text=sounded.text,
            start_s=sounded.start_s + 0.03,
            end_s=sounded.start_s + 0.17,
            confidence=0.5,
        )
        return MicroTurnInput(index=senses.index, text=word.text, transcribed=(word,))


async def test_agents_are_told_when_words_sounded_and_how_sure_the_ears_were() -> None:
    heard = spoken(3, QUESTION, 60)
    conversation = await hold_in_sound(knowing_little(), heard=heard, ears=LateEars(heard))
    user, *_ = (line for line in conversation.packages[0].transcript if line.speaker == "user")
    assert (user.text, user.start_s, user.end_s) == (QUESTION, 0.63, 1.57)
    assert user.confidence == 0.5


async def test_text_never_runs_far_ahead_of_its_sound() -> None:
    conversation = await hold_in_sound(knowing_little(), heard=spoken(QUESTION, 60), plans=tower())
    waiting_s = [voiced.waiting_s for voiced in conversation.channel.played]
    # Less than the bound may wait, and one row of two words comes on top of it.
    assert max(waiting_s) < 0.6 + 2 * 0.3
    first = min(event.index for event in conversation.all(ModelSpoke) if event.delegation_id)
    woven = [v for v in conversation.channel.played if first <= v.index <= first + 10]
    assert all(voiced.samples.any() for voiced in woven)  # and it never runs dry inside a sentence


@pytest.mark.parametrize("pause_slots", range(8, 26))
async def test_a_barge_in_is_owed_to_the_word(pause_slots: int) -> None:
    heard = spoken(QUESTION, pause_slots, "no wait please", 80)
    conversation = await hold_in_sound(knowing_little(), heard=heard, plans=tower())
    cuts, woven_cuts = conversation.all(SpeechCut), conversation.all(WeaveCut)
    assert [event.text for event in conversation.all(Heard)] == [TOWER]
    # Whatever was cut, what the user has heard in the end is the answer, each word once.
    assert conversation.sounded == f"Let me see. {TOWER}"
    assert conversation.said == f"Let me see. {TOWER}"
    assert all(f"{cut.heard} {cut.owed}".strip() == TOWER for cut in woven_cuts)
    assert len(woven_cuts) <= 1
    if woven_cuts:
        before = [v for v in conversation.channel.played if v.index <= woven_cuts[0].index]
        sounded = " ".join(word.text for voiced in before for word in voiced.words)
        assert sounded == f"Let me see. {woven_cuts[0].heard}".strip()
    found = audit(conversation.events, asides=())
    assert (found.lost, found.said_twice, found.invented) == (0, 0, 0)
    assert len(cuts) <= 1


async def test_words_that_were_only_text_were_never_said() -> None:
    heard = spoken(QUESTION, 26, "no wait please", 80)
    conversation = await hold_in_sound(
        knowing_little(), heard=heard, plans=tower(), voice=ConstantVoice(word_s=0.5)
    )
    (cut,) = conversation.all(SpeechCut)
    assert cut.unsounded
    spoke = {event.index: event.text for event in conversation.all(ModelSpoke)}
    assert spoke[cut.said_index][cut.character :].split()[0] == cut.unsounded.split()[0]
    assert conversation.said.count(cut.unsounded.split()[0]) == TOWER.count(
        cut.unsounded.split()[0]
    )


async def test_an_answer_whose_text_is_all_out_is_owed_again_where_its_sound_was_cut() -> None:
    plans = [Planned(request="tower", text="It is very high.", after_slots=4)]
    slow = ConstantVoice(word_s=1.0)
    heard = spoken(QUESTION, 18, "no wait please", 80)
    conversation = await hold_in_sound(knowing_little(), heard=heard, plans=plans, voice=slow)
    (cut,) = conversation.all(WeaveCut)
    assert f"{cut.heard} {cut.owed}".strip() == "It is very high."
    assert cut.owed.endswith("high.")
    assert conversation.sounded.endswith("It is very high.")
    assert len(conversation.all(Heard)) == 1


async def test_two_sentences_are_cut_in_the_second() -> None:
    text = "It is high. It is made of iron and of air and of rust."
    plans = [Planned(request="tower", text=text, after_slots=4)]
    for pause_slots in range(10, 30):
        heard = spoken(QUESTION, pause_slots, "no wait please", 80)
        conversation = await hold_in_sound(knowing_little(), heard=heard, plans=plans)
        assert conversation.sounded == f"Let me see. {text}"
        assert [event.text for event in conversation.all(Heard)] == [text]


class HalfWords(ScriptedModel):
    """A model whose rows hold so little that long words are broken in two."""

    def encode(self, text: str) -> ReferenceRows:
        rows = []
        for place, word in enumerate(text.split()):
            half = len(word) // 2 if len(word) > 8 else len(word)
            rows += [Row(text=" " * (place > 0) + word[:half])]
            rows += [Row(text=word[half:])] if word[half:] else []
        rows[-1] = Row(text=rows[-1].text, last=True)
        return ReferenceRows(text=text, rows=tuple(rows))


@pytest.mark.parametrize("pause_slots", range(10, 30))
async def test_a_word_that_was_begun_is_not_kept_waiting_for_its_end(pause_slots: int) -> None:
    text = "An encyclopedia of extraordinary transportation is what he has."
    plans = [Planned(request="tower", text=text, after_slots=4)]
    asks = [Reply(heard="what|how", says="Let me see.", control=ControlToken.DELEGATE)]
    heard = spoken(QUESTION, pause_slots, "no wait please", 80)
    conversation = await hold_in_sound(HalfWords(asks), heard=heard, plans=plans)
    assert conversation.sounded == f"Let me see. {text}"
    assert [event.text for event in conversation.all(Heard)] == [text]


async def test_a_failure_that_was_cut_is_told_again() -> None:
    from weft.background_agents.types import UpdateKind
    from weft.interaction_model.scripted import NOT_FOUND

    plans = [Planned(request="tower", text="offline", kind=UpdateKind.FAILURE, after_slots=4)]
    heard = spoken(QUESTION, 12, "no wait please", 80)
    conversation = await hold_in_sound(
        knowing_little(), heard=heard, plans=plans, voice=ConstantVoice(word_s=0.5)
    )
    assert conversation.sounded.endswith(NOT_FOUND)
    assert len(conversation.all(Heard)) == 1


async def test_ones_own_words_that_were_cut_are_not_in_the_transcript() -> None:
    heard = spoken("hello", 5, "no wait please", 10)
    conversation = await hold_in_sound(knowing_little(), heard=heard)
    (cut,) = conversation.all(SpeechCut)
    assert conversation.said == conversation.sounded
    assert f"{conversation.said} {cut.unsounded}".startswith("Hi there and good")


async def test_a_record_in_sound_can_be_drawn_and_not_gone_on_from(tmp_path: Path) -> None:
    file = tmp_path / "record"
    heard = spoken(QUESTION, 16, "no wait please", 60)
    conversation = await hold_in_sound(
        knowing_little(), heard=heard, plans=tower(), record=FileRecord(file)
    )
    past = read_record(file)
    assert past.events == conversation.events
    cuts = [slot.playback.cut for slot in past.slots if slot.playback and slot.playback.cut]
    assert [cut.index for cut in cuts] == [e.said_index for e in conversation.all(SpeechCut)]
    assert not all(slot.playback.has_room for slot in past.slots if slot.playback)
    with pytest.raises(InputError, match="in sound, which cannot be gone on from"):
        list(past_slots(past))


async def test_a_device_that_is_far_behind_gets_nothing_more_to_say() -> None:
    conversation = await hold_in_sound(
        knowing_little(), heard=spoken(QUESTION, 60), plans=tower(), lag_slots=7
    )
    assert conversation.sounded == "Let me see."
    assert [event.text for event in conversation.all(ResultReady)] == [TOWER]


async def test_the_timeline_shows_what_was_sounded() -> None:
    heard = spoken("hello", 5, "no wait please", 10)
    conversation = await hold_in_sound(knowing_little(), heard=heard)
    (cut,) = conversation.all(SpeechCut)
    timeline = Timeline()
    for event in conversation.events:
        timeline.add_event(event)
    drawn = " ".join(" ".join(str(strip) for strip in timeline.strips(100)).split())
    assert conversation.sounded in drawn
    assert cut.unsounded.split()[0] not in drawn


ACTS = st.lists(
    st.one_of(
        st.just(["~"]),
        st.sampled_from([["wait"], ["no", "wait"], ["mm-hm"], QUESTION.split()]),
        st.integers(min_value=1, max_value=15).map(lambda slots: [""] * slots),
    ),
    max_size=12,
)


@settings(max_examples=15, deadline=None)
@given(acts=ACTS, word_s=st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.9]), lag_slots=st.integers(0, 5))
def test_whatever_the_user_does_each_word_is_sounded_once(
    acts: list[list[str]], word_s: float, lag_slots: int
) -> None:
    text = "It is high. It is made of iron, and of air and rust."
    plans = [Planned(request="tower", text=text, after_slots=4)]
    # Silence for as long as the slowest voice takes for two answers, and time to spare.
    heard = [*spoken(QUESTION, 8), *(slot for act in acts for slot in act), *[""] * 300]
    conversation = anyio.run(
        partial(
            hold_in_sound,
            knowing_little(),
            heard=heard,
            plans=plans,
            voice=ConstantVoice(word_s),
            lag_slots=lag_slots,
        )
    )
    # The transcript, which agents are given, says what was heard and nothing else.
    assert conversation.said.split() == conversation.sounded.split()
    found = audit(conversation.events)
    assert (found.lost, found.said_twice, found.invented, found.stale_said) == (0, 0, 0, 0)
    assert {event.text for event in conversation.all(Heard)} == {text}


async def test_in_real_time_ears_and_voice_work_beside_the_loop(tmp_path: Path) -> None:
    threads: set[int] = set()

    class Listening(GivenWords):
        def perceive(self, senses: Senses) -> MicroTurnInput:
            threads.add(threading.get_ident())
            return super().perceive(senses)

    file = tmp_path / "user.wav"
    soundfile.write(file, np.zeros(5 * SLOT_SAMPLES), 16_000)
    clock = WallClock()
    channel = FileChannel(HeardFile(file), clock)
    sounded = Sounded(channel, Listening(), ConstantVoice(), clock)
    async for heard in sounded.micro_turns():
        await sounded.send(said(heard.index, "Hello" if heard.index == 1 else ""))
    assert clock.now_s() >= 1.0
    assert [word.text for word in channel.words()] == ["Hello"]
    assert sounded.heard_index() == 3
    assert threads
    assert threading.get_ident() not in threads


async def test_the_same_conversation_comes_out_the_same() -> None:
    heard = spoken(QUESTION, 16, "no wait please", 60)
    first = await hold_in_sound(knowing_little(), heard=heard, plans=tower())
    second = await hold_in_sound(knowing_little(), heard=heard, plans=tower())
    assert first.events == second.events


def said(index: int, text: str) -> MicroTurnOutput:
    return MicroTurnOutput(index=index, text=text, floor=sure_of(Floor.MODEL))


def voiced(index: int, sounded_index: int, words: list[str]) -> Voiced:
    return Voiced(
        index=index,
        samples=np.zeros(SLOT_SAMPLES, dtype=np.float32),
        sounded_index=sounded_index,
        waiting_s=0.0,
        words=tuple(
            TranscribedWord(text=word, start_s=0.0, end_s=0.0, confidence=1.0) for word in words
        ),
    )


def test_a_word_that_is_said_in_two_slots_is_cut_from_its_beginning() -> None:
    text = UnsoundedText()
    text.add(said(3, "It is extra"))
    text.add(said(4, "ordinary and long"))
    text.sounded(voiced(4, 2, ["It", "is"]))
    cut = text.drop()
    assert cut is not None
    assert (cut.index, cut.character) == (3, len("It is "))


def test_the_rest_of_a_word_is_no_word_of_its_own() -> None:
    text = UnsoundedText()
    text.add(said(3, " extra"))
    text.add(said(4, "ordinary and long and"))
    text.sounded(voiced(4, 2, ["extraordinary", "and", "long"]))
    cut = text.drop()
    assert cut is not None
    assert (cut.index, cut.character) == (4, len("ordinary and long "))


def test_a_voice_that_tells_no_words_is_cut_at_its_slots() -> None:
    text = UnsoundedText()
    text.add(said(3, " one two"))
    text.add(said(4, " three four"))
    text.sounded(voiced(5, 3, []))
    cut = text.drop()
    assert cut is not None
    assert (cut.index, cut.character) == (4, 1)


def test_what_was_sounded_whole_is_not_cut() -> None:
    text = UnsoundedText()
    assert text.drop() is None
    text.add(said(3, " one two"))
    text.sounded(voiced(4, 4, ["one", "two"]))
    assert text.drop() is None


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(["a", "bb", "ccc"]), max_size=3), min_size=1, max_size=6),
    st.integers(min_value=0, max_value=18),
)
def test_what_is_before_a_cut_was_sounded_and_what_is_behind_it_was_not(
    rows: list[list[str]], sounded_words: int
) -> None:
    text = UnsoundedText()
    slots = {index: "".join(f" {word}" for word in row) for index, row in enumerate(rows)}
    words = [word for row in rows for word in row]
    sounded_words = min(sounded_words, len(words))
    for index, part in slots.items():
        text.add(said(index, part))
    last = max((i for i, part in slots.items() if part), default=-1)
    done = last if sounded_words == len(words) else -1
    text.sounded(voiced(len(rows), done, words[:sounded_words]))
    cut = text.drop()
    if sounded_words == len(words):
        assert cut is None
        return
    assert cut is not None
    before = "".join(part for index, part in slots.items() if index < cut.index)
    assert (before + slots[cut.index][: cut.character]).split() == words[:sounded_words]
