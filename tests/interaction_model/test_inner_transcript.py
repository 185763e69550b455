"""Which times the words of the inner transcript get."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.interaction_model.config import SensesConfig
from weft.interaction_model.espeak import EspeakVoice, Timed
from weft.interaction_model.inner_transcript import InnerTranscript, Written, spoken_s
from weft.interaction_model.tokenizer import FIRST_TEXT_ID, WordTokenizer
from weft.interaction_model.training.said_words import as_said
from weft.interaction_model.training.transcribing import transcribed
from weft.interaction_model.types import SLOT_S, TranscribedWord

WHOLE_WORDS = ("what", "is", "the", "weather", "in")
TOKENIZER = WordTokenizer.train(["what is the weather in lima"], 300).hearing_whole(WHOLE_WORDS)
VOCABULARY = TOKENIZER.vocabulary_size + len(WHOLE_WORDS)
SENSES = SensesConfig()


def read(
    slots: Iterable[Sequence[int]], senses: SensesConfig = SENSES
) -> list[tuple[int, TranscribedWord]]:
    """The words of slots of tokens, each with the slot in which it is complete."""
    transcript, found = InnerTranscript(), []
    for index, tokens in enumerate(slots):
        written = [Written(token, 0.9) for token in tokens if token >= FIRST_TEXT_ID]
        transcript, words = transcript.take(written, index, TOKENIZER, senses)
        found += [(index, word) for word in words]
    return found


@st.composite
def layouts(draw: st.DrawFn) -> tuple[SensesConfig, list[list[int]]]:
    """Some layout, and slots that a model without any sense may write in it."""
    tokens = draw(st.integers(1, 4))
    senses = SensesConfig(transcript_tokens=tokens, transcript_delay_slots=draw(st.integers(0, 3)))
    slot = st.lists(st.integers(FIRST_TEXT_ID, VOCABULARY - 1), max_size=tokens)
    return senses, draw(st.lists(slot, max_size=20))


@given(layouts())
def test_words_have_a_length_and_do_not_overlap_whatever_is_written(
    layout: tuple[SensesConfig, list[list[int]]],
) -> None:
    senses, slots = layout
    before_s = 0.0
    for index, word in read(slots, senses):
        assert before_s <= word.start_s < word.end_s <= (index + 1) * SLOT_S
        before_s = word.end_s


@given(
    st.lists(st.tuples(st.floats(0.0, 3.0), st.sampled_from([*WHOLE_WORDS, "lima"])), max_size=9),
    st.integers(0, 3),
)
def test_of_a_perfect_ear_an_end_is_within_half_a_slot(
    said: list[tuple[float, str]], delay_slots: int
) -> None:
    senses = SensesConfig(transcript_delay_slots=delay_slots)
    timed, now_s = [], 0.0
    for gap_s, text in said:  # apart, so that no word waits for room
        timed.append(Timed(text, now_s + gap_s, now_s + gap_s + 0.3))
        now_s = timed[-1].end_s + 5 * SLOT_S
    slots = transcribed(timed, int(now_s / SLOT_S) + 10, TOKENIZER, senses)
    words = [word for _, word in read([[h.token for h in slot] for slot in slots], senses)]
    assert [word.text for word in words] == [word.text for word in timed]
    assert [word.end_s for word in words] == pytest.approx(
        [word.end_s for word in timed], abs=SLOT_S / 2 + 1e-6
    )


def test_words_of_one_slot_share_its_time() -> None:
    what, the = (TOKENIZER.heard(word) for word in ("what", "the"))
    slot = [heard.token for heard in (*what, *the)]
    words = [word for _, word in read([[], [], [], slot, []])]
    assert [word.text for word in words] == ["what", "the"]
    assert [word.end_s for word in words] == pytest.approx([0.45, 0.55])
    assert words[1].start_s == words[0].end_s


def test_a_word_that_goes_on_in_later_slots_ended_before_the_first_of_them() -> None:
    plums = [heard.token for heard in TOKENIZER.heard("plums")]
    assert len(plums) > 2
    slots = [[], [], *(plums[n : n + 2] for n in range(0, len(plums), 2)), []]
    ((_, word),) = read(slots)
    assert word.text == "plums"
    assert word.end_s == pytest.approx(0.3)


@pytest.mark.parametrize(
    "word", ["house", "wednesday", "extraordinary", "7", "15", "14.592", "86,600", "8:28", "2024"]
)
def test_a_word_or_number_takes_about_as_long_as_a_voice_takes_for_it(word: str) -> None:
    said = EspeakVoice("en-us", rate_wpm=175, pitch=45).speak(as_said(word)).words
    assert spoken_s(word) == pytest.approx(said[-1].end_s - said[0].start_s, rel=0.35)
