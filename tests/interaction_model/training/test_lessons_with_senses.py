"""What a model with senses learns from: sound, words written of it, replies, and scenes."""

import random
from dataclasses import fields, replace
from itertools import groupby, islice, pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from weft.interaction_model.checkpoint import load_weights
from weft.interaction_model.config import ModelConfig, SensesConfig
from weft.interaction_model.espeak import EspeakVoice, Timed
from weft.interaction_model.model import InteractionModule
from weft.interaction_model.model_stream import StreamBatch
from weft.interaction_model.tokenizer import FIRST_TEXT_ID, Special, WordTokenizer
from weft.interaction_model.training import hearing_lessons
from weft.interaction_model.training.batches import Batch, Sights, make_batch
from weft.interaction_model.training.hearing_lessons import hearing_lesson, stream_lesson
from weft.interaction_model.training.language.utterance import Split
from weft.interaction_model.training.loss import forward, outcome
from weft.interaction_model.training.seeing_aid import SeeingAid
from weft.interaction_model.training.seeing_lessons import (
    looking_lesson,
    naming_lesson,
    seeing_lesson,
)
from weft.interaction_model.training.sense_batches import (
    SENSE_STAGES,
    sense_batches,
    sense_stage_at,
)
from weft.interaction_model.training.slots import Conversation
from weft.interaction_model.training.spoken import frequent_words
from weft.interaction_model.training.spoken_conversation import (
    SpokenConversationMaker,
    voiced_rows,
)
from weft.interaction_model.training.team import ALONE, Team
from weft.interaction_model.training.transcribing import audible, transcribed, written_slot
from weft.interaction_model.training.voices import sample_voice
from weft.interaction_model.types import SLOT_S, Floor

SENSES = SensesConfig()
TIMED = st.lists(
    st.tuples(st.floats(0.0, 0.5), st.floats(0.05, 0.8), st.sampled_from(["a", "lima", "pears"])),
    max_size=12,
)


@pytest.fixture(scope="module")
def tokenizer() -> WordTokenizer:
    return load_weights().tokenizer


@pytest.fixture(scope="module")
def config(tokenizer: WordTokenizer) -> ModelConfig:
    return ModelConfig(vocabulary_size=tokenizer.vocabulary_size, heard_text=1, senses=SENSES)


def written_words(talk: Conversation, tokenizer: WordTokenizer) -> list[str]:
    tokens = [h.token for slot in talk.slots for h in slot.heard if h.token >= FIRST_TEXT_ID]
    return tokenizer.text_of(tokens).split()


def one_after_the_other(timed: list[tuple[float, float, str]]) -> list[Timed]:
    words, now_s = [], 0.0
    for gap_s, length_s, text in timed:
        words.append(Timed(text, now_s + gap_s, now_s + gap_s + length_s))
        now_s = words[-1].end_s
    return words


@given(timed=TIMED)
def test_words_are_written_in_order_and_never_before_their_end(
    tokenizer: WordTokenizer, timed: list[tuple[float, float, str]]
) -> None:
    words = one_after_the_other(timed)
    slots = int((words[-1].end_s if words else 0.0) / SLOT_S) + 40
    written = list(transcribed(words, slots, tokenizer, SENSES))
    tokens = [(n, h) for n, slot in enumerate(written) for h in slot if h.token >= FIRST_TEXT_ID]
    assert tokenizer.text_of(h.token for _, h in tokens).split() == [w.text for w in words]
    assert all(1 <= len(slot) <= SENSES.transcript_tokens for slot in written)
    ends = [n for n, h in tokens if h.word]
    for n, word in zip(ends, words, strict=True):
        assert n >= written_slot(word.end_s, SENSES)
        assert n * SLOT_S >= word.end_s - 1e-5
    for n, slot in enumerate(written):
        if slot[0].token < FIRST_TEXT_ID:
            assert (slot[0].token == Special.ACTIVE) == audible(words, n)


def test_a_hearing_lesson_is_as_long_as_asked_and_has_nothing_to_say(
    tokenizer: WordTokenizer, config: ModelConfig
) -> None:
    talk = hearing_lesson(random.Random(1), tokenizer, config, 24)
    assert len(talk.slots) == 24
    assert len(written_words(talk, tokenizer)) > 3
    sounds = [slot.sound for slot in talk.slots if slot.sound is not None]
    assert len(sounds) == 24
    assert all(s.levels.shape == (SENSES.frames, 80) and s.levels.max() < 16 for s in sounds)
    phonemes = [p for s in sounds for p in s.phonemes]
    assert len(phonemes) == 24 * SENSES.audio_positions
    assert 0.2 < np.mean([p > 0 for p in phonemes]) < 1.0
    assert all(slot.hearing_only and not slot.said for slot in talk.slots)


def test_a_lesson_in_a_long_stream_has_pauses_and_now_and_then_another_voice(
    tokenizer: WordTokenizer, config: ModelConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    voices: list[EspeakVoice] = []

    def noted(rng: random.Random, split: Split) -> EspeakVoice:
        voices.append(sample_voice(rng, split))
        return voices[-1]

    monkeypatch.setattr(hearing_lessons, "sample_voice", noted)
    counts = []
    for seed in range(6):
        voices.clear()
        talk = stream_lesson(random.Random(seed), tokenizer, config, config.window_slots + 20)
        counts.append(len(voices))
        assert len(talk.slots) == config.window_slots + 20
        assert len(written_words(talk, tokenizer)) > 10
        assert all(slot.hearing_only and not slot.said for slot in talk.slots)
        silent = [slot.heard[0].token == Special.NOTHING for slot in talk.slots]
        longest = max(len(list(run)) for quiet, run in groupby(silent) if quiet)
        assert longest >= 5, "a second at least"
    assert min(counts) == 1
    assert max(counts) > 2


def test_a_spoken_conversation_sounds_writes_and_answers(
    tokenizer: WordTokenizer, config: ModelConfig
) -> None:
    replies = 0
    for seed in range(6):
        talk = SpokenConversationMaker(tokenizer, config, random.Random(seed)).make(80)
        assert all(slot.sound is not None for slot in talk.slots)
        words = written_words(talk, tokenizer)
        assert words == [w for w in words if w == w.lower()]
        for before, slot in zip(talk.slots, talk.slots[1:], strict=False):
            if slot.said and not before.said and before.floor is not Floor.MODEL:
                replies += 1
                assert slot.heard[0].token in (Special.NOTHING, Special.ACTIVE)
    assert replies > 5


def test_what_is_voiced_is_as_slow_as_a_voice(tokenizer: WordTokenizer) -> None:
    text = "Honey bees make honey from nectar, which they thicken in the hive."
    rows = voiced_rows(text, tokenizer=tokenizer, room=4, first_room=3)
    assert tokenizer.text_of(token for row in rows for token in row).strip() == text
    assert all(len(row) <= 4 for row in rows)
    assert len(rows[0]) <= 3
    assert 2.5 < len(rows) * SLOT_S < 6.0


def test_a_scene_is_seen_in_every_slot_and_heard_unless_it_was_typed(
    tokenizer: WordTokenizer, config: ModelConfig
) -> None:
    heard: list[bool] = []
    for seed in range(6):
        talk = seeing_lesson(random.Random(seed), tokenizer, config, 60)
        assert all(s.patches is not None and s.patches.shape[0] == 12 for s in talk.slots)
        sounds = {slot.sound is not None for slot in talk.slots}
        assert len(sounds) == 1
        heard += sounds
    assert set(heard) == {True, False}


def test_a_lesson_in_naming_is_short_and_has_something_to_be_named(
    tokenizer: WordTokenizer, config: ModelConfig
) -> None:
    said = []
    for seed in range(12):
        talk = naming_lesson(random.Random(seed), tokenizer, config, 44)
        assert len(talk.slots) == 44
        assert all(slot.patches is not None and not slot.sound for slot in talk.slots)
        tokens = [token for slot in talk.slots for token in slot.said]
        said.append(tokenizer.text_of(tokens).strip())
    answers = [text for text in said if text]
    assert len(answers) >= 8, "in some nobody asked"
    assert all(text.startswith("Okay, I will ") and text.endswith(".") for text in answers)
    assert {text.split(". ")[1].split()[0] for text in answers} == {"Now,", "It"}


def test_a_lesson_in_looking_has_film_in_which_something_is_shown_and_no_word(
    config: ModelConfig,
) -> None:
    shown = []
    for seed in range(6):
        talk = looking_lesson(random.Random(seed), config, 24)
        assert len(talk.slots) == 24
        assert all(slot.withheld and not slot.said and not slot.sound for slot in talk.slots)
        assert all(s.patches is not None and s.patches.shape[0] == 12 for s in talk.slots)
        shown += [slot.shown for slot in talk.slots if slot.shown is not None]
    assert len(shown) == 6 * 24
    assert any(s.movement for s in shown)
    assert any(s.parts for s in shown)


def test_what_is_shown_can_be_learnt_and_unknown_film_teaches_nothing(config: ModelConfig) -> None:
    torch.manual_seed(0)
    module = InteractionModule(config.model_copy(update={"layers": 2, "width": 96}))
    eye = SeeingAid(module)
    talks = [looking_lesson(random.Random(seed), config, 12) for seed in range(4)]
    batch = make_batch(talks, module.config)
    parameters = [*module.parameters(), *eye.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=3e-3)
    losses = []
    for _ in range(12):
        optimiser.zero_grad()
        forward(module, batch)
        loss, right = eye(batch) or pytest.fail("there is film")
        torch.autograd.backward(loss)
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.6 * losses[0]
    of_patches = ["colour", "thing", "letter", "movement", "sign"]
    assert list(right) == [*of_patches, "told", "told sign", "told letter"]
    unknown = [Conversation([replace(s, shown=None) for s in talk.slots]) for talk in talks]
    batch = make_batch(unknown, module.config)
    forward(module, batch)
    assert eye(batch) is None


def test_the_same_seed_and_step_give_the_same_batch(
    tokenizer: WordTokenizer, config: ModelConfig
) -> None:
    def made(first: int) -> list[Batch | Sights]:
        return list(islice(sense_batches(tokenizer, config, 5, first, 50), 2))

    for first in (0, 30):
        (_, again), (there, _) = made(first), made(first + 1)
        assert type(again) is type(there)
        for field in fields(again):
            one, other = getattr(again, field.name), getattr(there, field.name)
            if isinstance(one, torch.Tensor):
                assert torch.equal(one, other)


def test_training_begins_with_glances_for_the_eye_alone(
    tokenizer: WordTokenizer, config: ModelConfig
) -> None:
    glances = next(sense_batches(tokenizer, config, 5, 0, 50))
    assert isinstance(glances, Sights)
    torch.manual_seed(0)
    module = InteractionModule(config)
    eye = SeeingAid(module)
    result = outcome(module, glances, measure=True, eye=eye)
    torch.autograd.backward(result.loss)
    learnt = {name for name, each in module.named_parameters() if each.grad is not None}
    assert learnt == {f"eye.{name}" for name, _ in module.eye.named_parameters()}
    assert result.accuracy.keys() == {"colour", "thing", "letter", "movement"}


def test_a_stream_without_senses_takes_nothing_of_all_this(tokenizer: WordTokenizer) -> None:
    text = load_weights().module.config
    assert text.senses is None
    assert text.layout.first_heard == 0
    assert StreamBatch(load_weights().module, tokenizer).config.written_tokens == text.heard_text


def test_every_moment_of_training_has_a_stage_that_is_made_of_something() -> None:
    assert [stage.end for stage in SENSE_STAGES] == sorted(stage.end for stage in SENSE_STAGES)
    assert sense_stage_at(0.0) is SENSE_STAGES[0]
    for stage, following in pairwise(SENSE_STAGES):
        assert sense_stage_at(stage.end) is following
    assert sense_stage_at(1.0) is SENSE_STAGES[-1]
    for stage in SENSE_STAGES:
        assert sum(stage.shares.values()) == pytest.approx(1.0)


def test_a_team_shares_the_lessons_of_a_step(tokenizer: WordTokenizer, config: ModelConfig) -> None:
    def first(team: Team) -> Batch:
        made = next(sense_batches(tokenizer, config, 5, 10, 50, team=team))
        assert isinstance(made, Batch)
        return made

    whole, parts = first(ALONE), [first(Team(place, 2)) for place in range(2)]
    assert sum(len(part.tokens) for part in parts) == len(whole.tokens)
    for place, part in enumerate(parts):
        for n, row in enumerate(part.tokens):
            own = row[part.present[n]]
            theirs = whole.tokens[2 * n + place][whole.present[2 * n + place]]
            assert torch.equal(own, theirs)


def test_words_heard_whole_are_one_token_and_come_back_as_words(
    tokenizer: WordTokenizer,
) -> None:
    whole = tokenizer.hearing_whole(("encyclopedia", "weather"))
    [token] = whole.heard("encyclopedia")
    assert token.token == tokenizer.vocabulary_size
    assert token.word == "encyclopedia"
    assert whole.text_of([token.token]) == " encyclopedia"
    assert [*whole.heard("encyclopedias")] == [*tokenizer.heard("encyclopedias")]
    assert whole.word("weather") == tokenizer.word("weather")
    [written, *_] = list(transcribed([Timed("weather", 0.0, 0.15)], 3, whole, SENSES))[1:]
    assert [heard.token for heard in written] == [tokenizer.vocabulary_size + 1]


def test_the_words_heard_whole_are_frequent_and_of_several_pieces(
    tokenizer: WordTokenizer,
) -> None:
    words = frequent_words(0, tokenizer, 50)
    assert len(set(words)) == 50
    assert all(len(tokenizer.word(word)) > 1 for word in words)
    assert words == frequent_words(0, tokenizer, 50)
