"""The model's own voice: every word in its order, none before its text, the same when relived."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from weft.interaction_model.flow import FlowConfig, FlowHead
from weft.interaction_model.native_voice import NativeVoice, Piece
from weft.interaction_model.types import (
    SLOT_S,
    SLOT_SAMPLES,
    FloorProbabilities,
    MicroTurnOutput,
    Voiced,
)
from weft.orchestrator.sound_ports import Voice

CONFIG = FlowConfig(
    width=16, layers=1, heads=2, letter_width=16, letter_layers=1, trunk_width=8, euler_steps=1
)
FLOOR = FloorProbabilities(user=0, pause=0, gap=0, model=1, overlap=0)


def head(delay_slots: int = 1) -> FlowHead:
    """A head with fresh weights: noise, but at the right time."""
    torch.manual_seed(0)
    return FlowHead(CONFIG.model_copy(update={"delay_slots": delay_slots}))


def said(index: int, text: str = "") -> MicroTurnOutput:
    """What the model said in a slot."""
    return MicroTurnOutput(index=index, text=text, floor=FLOOR)


def spoken(voice: Voice, texts: list[str], most_slots: int = 400) -> list[Voiced]:
    """Say texts slot by slot, then be silent until all is sounded."""
    heard = [voice.sound(said(index, text)) for index, text in enumerate(texts)]
    while (not heard or heard[-1].sounded_index < len(heard) - 1) and len(heard) < most_slots:
        heard.append(voice.sound(said(len(heard))))
    return heard


def words(heard: list[Voiced]) -> list[str]:
    """The words in the order in which they were sounded."""
    return [word.text for voiced in heard for word in voiced.words]


def test_a_sentence_is_sounded_whole_and_then_there_is_silence() -> None:
    heard = spoken(NativeVoice(head()), [" Honey bees", " make", "", " honey."])
    assert words(heard) == ["Honey", "bees", "make", "honey."]
    assert all(voiced.samples.shape == (SLOT_SAMPLES,) for voiced in heard)
    assert heard[1].samples.any()
    assert heard[-1].waiting_s < 1.0
    silent = NativeVoice(head())
    assert not any(silent.sound(said(index)).samples.any() for index in range(3))


@settings(deadline=None, max_examples=25)
@given(
    text=st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12),
        max_size=8,
    ).map(lambda found: "".join(f" {word}" for word in found)),
    data=st.data(),
)
def test_however_text_is_cut_its_words_are_sounded_in_order(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    texts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    # A slot without text ends a word.
    texts = [piece for piece in texts if piece]
    heard = spoken(NativeVoice(head()), texts)
    assert words(heard) == text.split()
    times = [(word.start_s, word.end_s) for voiced in heard for word in voiced.words]
    assert all(start <= end for start, end in times)
    assert all(a[1] <= b[0] + 1e-6 for a, b in pairwise(times))
    for voiced in heard:
        begins_s = voiced.index * SLOT_S
        assert voiced.waiting_s >= 0
        for word in voiced.words:
            assert begins_s - 1e-6 < word.end_s <= begins_s + SLOT_S + 1e-6


@pytest.mark.parametrize("delay_slots", [0, 1, 3])
def test_text_leads_sound_by_the_delay(delay_slots: int) -> None:
    heard = spoken(NativeVoice(head(delay_slots)), ["", " One two", " three four", " five."])
    starts = {word.text: word.start_s for voiced in heard for word in voiced.words}
    assert starts["One"] >= (1 + delay_slots) * SLOT_S
    assert starts["three"] >= (2 + delay_slots) * SLOT_S
    silent = [voiced for voiced in heard if voiced.index < 1 + delay_slots]
    assert not any(voiced.samples.any() for voiced in silent)


def test_a_slot_is_sounded_when_the_last_of_its_words_is() -> None:
    heard = spoken(NativeVoice(head()), [" One two", " three", " fo", "ur five", " six."])
    slot_of = {"One": 0, "two": 0, "three": 1, "four": 2, "five": 3, "six.": 4}
    done: set[str] = set()
    for voiced in heard:
        done |= {word.text for word in voiced.words}
        waiting = [slot for text, slot in slot_of.items() if text not in done]
        assert voiced.sounded_index == min([voiced.index, *(slot - 1 for slot in waiting)])
    assert done == set(slot_of)


def test_a_conversation_lived_again_sounds_the_same() -> None:
    texts = [" Honey bees", " make", "", " honey.", " One two"]
    one, two = (spoken(NativeVoice(head(), seed=4), texts) for _ in range(2))
    other = spoken(NativeVoice(head(), seed=5), texts)
    assert len(one) == len(two) == len(other)
    assert all(a.samples.tobytes() == b.samples.tobytes() for a, b in zip(one, two, strict=True))
    assert any(a.samples.tobytes() != b.samples.tobytes() for a, b in zip(one, other, strict=True))


def test_what_is_stopped_is_not_sounded_and_what_comes_after_is() -> None:
    voice = NativeVoice(head())
    before = [voice.sound(said(0, " One two three four five")), voice.sound(said(1))]
    assert before[1].samples.any()
    voice.stop()
    after = [voice.sound(said(2)), voice.sound(said(3))]
    assert words(after) == []
    assert [voiced.sounded_index for voiced in after] == [2, 3]
    assert not after[0].samples[SLOT_SAMPLES // 10 :].any()
    assert not after[1].samples.any()
    after = [voice.sound(said(4, " Six.")), *(voice.sound(said(index)) for index in range(5, 9))]
    assert words(after) == ["Six."]


def test_a_word_carries_the_hidden_state_of_its_last_token() -> None:
    def pieces(value: float) -> list[Piece]:
        return [Piece(" hel", torch.zeros(8)), Piece("lo", torch.full((8,), value))]

    def samples(value: float) -> bytes:
        voice = NativeVoice(head(), pieces_of=lambda said: [] if said.index else pieces(value))
        heard = [voice.sound(said(index)) for index in range(5)]
        assert words(heard) == ["hello"]
        return np.concatenate([voiced.samples for voiced in heard]).tobytes()

    assert samples(0.0) != samples(3.0)
    assert samples(3.0) == samples(3.0)
