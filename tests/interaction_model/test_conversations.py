"""The simulated conversations keep the rules that the model is to learn from them."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft.interaction_model.config import ModelConfig
from weft.interaction_model.tokenizer import (
    CONTROL_OF_ID,
    FIRST_TEXT_ID,
    HeardToken,
    Special,
    WordTokenizer,
)
from weft.interaction_model.training.batches import make_batch
from weft.interaction_model.training.conversation import REPLY_AFTER_SLOTS, ConversationMaker
from weft.interaction_model.training.corpus import train_tokenizer
from weft.interaction_model.training.language.backchannels import may_be_backchannel
from weft.interaction_model.training.slots import Conversation, Mixture
from weft.interaction_model.types import Floor

CONFIG = ModelConfig(vocabulary_size=600)
TOKENIZER: WordTokenizer = train_tokenizer(CONFIG, seed=0, count=300)


def make(seed: int, slots: int = 120, mixture: Mixture | None = None) -> Conversation:
    return ConversationMaker(TOKENIZER, CONFIG, random.Random(seed), mixture=mixture).make(slots)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_the_oracle_never_starts_while_the_user_acts(seed: int) -> None:
    for before, slot in pairwise(make(seed).slots):
        quiet = slot.heard == (HeardToken(Special.NOTHING),)
        if slot.said and not before.said and before.floor is not Floor.MODEL:
            assert quiet


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_a_row_that_was_said_was_given_word_for_word(seed: int) -> None:
    talk = make(seed)
    for slot in talk.slots:
        if slot.given is not None and slot.given.reference is not None and slot.said:
            row = talk.references[slot.given.reference].rows[slot.given.row]
            assert slot.said == row or slot.said[0] < FIRST_TEXT_ID or slot.floor is Floor.MODEL


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_control_tokens_open_a_slot_after_two_silent_slots(seed: int) -> None:
    slots = make(seed).slots
    for index, slot in enumerate(slots):
        if slot.said and slot.said[0] in CONTROL_OF_ID:
            assert [s.heard[0].token for s in slots[index - 1 : index + 1]] == [Special.NOTHING] * 2
        assert all(token not in CONTROL_OF_ID for token in slot.said[1:])


def test_a_stop_follows_a_barge_in_at_once() -> None:
    slots = [s for seed in range(30) for s in make(seed, mixture=Mixture(barge_in=0.3)).slots]
    barged = [slot for slot in slots if slot.barge_in]
    assert len(barged) > 20
    assert all(not slot.said for slot in barged)


def first_replies(mixture: Mixture) -> list[int]:
    """How many silent slots came before each control token."""
    delays = []
    for seed in range(40):
        slots = make(seed, mixture=mixture).slots
        for index, slot in enumerate(slots):
            if slot.said and slot.said[0] in CONTROL_OF_ID:
                silent = [s.heard[0].token == Special.NOTHING for s in slots[: index + 1]]
                delays.append([*silent[::-1], False].index(False))
    return delays


def test_some_replies_come_late_so_that_a_missed_moment_is_made_up_for() -> None:
    alone = {"unasked_reference": 0.0, "barge_in": 0.0, "backchannel": 0.0}
    never, often = (first_replies(Mixture(late=late, **alone)) for late in (0.0, 0.5))
    assert min(never) == min(often) == REPLY_AFTER_SLOTS
    later = sum(delay > REPLY_AFTER_SLOTS for delay in often) / len(often)
    assert later > 0.3 > sum(delay > REPLY_AFTER_SLOTS for delay in never) / len(never)


def test_a_reply_that_is_kept_back_teaches_nothing() -> None:
    talk = make(3, mixture=Mixture(late=1.0, statements=0.0, small_talk=0.0))
    kept_back = [slot for slot in talk.slots if slot.withheld]
    assert kept_back
    assert not any(slot.said or slot.given for slot in kept_back)
    shown = replace(talk, slots=[replace(slot, withheld=False) for slot in talk.slots])
    taught, all_taught = (make_batch([each], CONFIG).weights for each in (talk, shown))
    assert int((all_taught > 0).sum() - (taught > 0).sum()) == len(kept_back)


def test_the_same_seed_makes_the_same_conversation() -> None:
    assert make(5) == make(5) != make(6)


@pytest.mark.parametrize(
    ("words", "prefix"),
    [
        ("okay", True),
        ("oh", True),
        ("oh wow", True),
        ("okay stop", False),
        ("wait", False),
        ("", False),
    ],
)
def test_a_backchannel_prefix_is_told_from_a_barge_in(words: str, prefix: bool) -> None:
    assert may_be_backchannel(words) is prefix


def test_padding_is_never_predicted_and_every_row_has_its_place() -> None:
    talks = [make(seed, slots) for seed, slots in ((1, 40), (2, 90))]
    batch = make_batch(talks, CONFIG)
    assert float(batch.weights[~batch.present].sum()) == 0.0
    layout = CONFIG.layout
    for b, column in batch.row_at.tolist():
        assert batch.positions[b, column] % layout.positions == layout.heard_text - 1
    assert len(batch.row_at) == sum(s.given is not None for talk in talks for s in talk.slots)
