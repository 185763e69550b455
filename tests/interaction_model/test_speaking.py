"""Teaching the voice: words where they are said and sounded, and a training that can go on."""

import random
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from weft.cli import app
from weft.interaction_model import dmel
from weft.interaction_model.checkpoint import Weights, load_weights
from weft.interaction_model.config import ModelConfig, SensesConfig
from weft.interaction_model.dmel import BANDS, SLOT_FRAMES
from weft.interaction_model.flow import FlowConfig, FlowHead, flow_loss
from weft.interaction_model.flow_weights import load_flow
from weft.interaction_model.inner_transcript import Written
from weft.interaction_model.model import InteractionModule
from weft.interaction_model.sensing_stream import SensingBatch
from weft.interaction_model.tokenizer import Special
from weft.interaction_model.training.said_aloud import (
    FRAMES_A_S,
    MODELS_VOICE,
    Lesson,
    _said_slots,
    batch_of,
    lesson_of,
    with_hidden,
)
from weft.interaction_model.training.speaking import (
    SpeakingPlan,
    SpeakingTrainer,
    fit_statistics,
    lessons_at,
    mel_distance,
    spoken_slots,
)
from weft.interaction_model.types import SLOT_SAMPLES, Senses
from weft.interaction_model.weights_folder import has_voice

SMALL = FlowConfig(width=32, layers=1, heads=2, letter_width=16, letter_layers=1)
TEXT = "Honey bees make honey, which they thicken."


@pytest.fixture(scope="module")
def weights() -> Weights:
    """The shipped trunk."""
    return load_weights()


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    """A sentence that begins in the middle of a slot."""
    return lesson_of(MODELS_VOICE.speak(TEXT), lead_samples=1_600)


def test_a_lesson_has_whole_slots_of_the_voices_own_frames(lesson: Lesson) -> None:
    spoken = MODELS_VOICE.speak(TEXT)
    assert lesson.frames.shape == (lesson.slots * SLOT_FRAMES, BANDS)
    sound = torch.from_numpy(dmel.log_mel(spoken.samples))
    inside = slice(5, len(sound) - 5)  # the first frames see nothing before them
    torch.testing.assert_close(lesson.frames[10:][: len(sound)][inside], sound[inside])


def test_words_and_pauses_follow_each_other_at_their_true_times(lesson: Lesson) -> None:
    spoken = MODELS_VOICE.speak(TEXT)
    letters = [unit for unit in lesson.units if not unit.unit.is_pause]
    assert [unit.unit.letters.decode() for unit in letters] == [
        "honey", "bees", "make", "honey", "which", "they", "thicken",
    ]  # fmt: skip
    for unit, word in zip(letters, spoken.words, strict=True):
        assert unit.start == pytest.approx(10 + word.start_s * FRAMES_A_S)
        assert unit.end == pytest.approx(10 + word.end_s * FRAMES_A_S)
    for one, two in pairwise(lesson.units):
        assert one.end == pytest.approx(two.start)
    comma = next(unit for unit in lesson.units if unit.unit.letters == b", ")
    assert comma.frames > 5, "a comma is a pause"


def test_hidden_states_come_from_the_words_so_far(lesson: Lesson, weights: Weights) -> None:
    def hidden(told: Lesson) -> list[torch.Tensor | None]:
        found = with_hidden([told], weights, random.Random(1), 1)[0].units
        return [unit.hidden for unit in found]

    plain = hidden(lesson)
    assert sum(state is not None for state in plain) > len(plain) / 2
    assert all(plain[n] is plain[n + 1] for n in range(0, len(plain), 2)), "a word has one"
    # As many tokens, so that all else stays where it was.
    words = (*lesson.words[:4], "this", *lesson.words[5:])
    changed = hidden(replace(lesson, words=words))
    for n, (one, two) in enumerate(zip(plain, changed, strict=True)):
        if one is not None and two is not None:
            assert torch.allclose(one, two, atol=1e-5) == (n < 8), n


def test_a_word_is_read_where_it_was_said_not_where_others_are_padded(
    lesson: Lesson, weights: Weights
) -> None:
    longer = lesson_of(MODELS_VOICE.speak(f"{TEXT} {TEXT}"))
    alone = with_hidden([lesson], weights, random.Random(2), 1)[0]
    beside = with_hidden([lesson, longer], weights, random.Random(2), 1)[0]
    for one, two in zip(alone.units, beside.units, strict=True):
        if one.hidden is None or two.hidden is None:
            assert one.hidden is two.hidden
            continue
        torch.testing.assert_close(one.hidden, two.hidden, atol=1e-4, rtol=1e-4)


class _HearsNothing(SensingBatch):
    """Streams whose untaught transcript stays empty."""

    def _write(self, logits: torch.Tensor) -> list[list[Written]]:
        return [[Written(int(Special.NOTHING), 1.0)]]


def test_a_stream_with_senses_has_the_same_hidden_states(lesson: Lesson, weights: Weights) -> None:
    torch.manual_seed(3)
    config = ModelConfig(
        width=32, layers=2, heads=4, key_value_heads=2, heard_text=1, senses=SensesConfig()
    )
    trunk = Weights(InteractionModule(config).eval(), weights.tokenizer)
    told = with_hidden([lesson], trunk, random.Random(5), 1)[0]
    talk, last_tokens = _said_slots(lesson, trunk, random.Random(5), 1)
    streams = _HearsNothing(trunk.module, trunk.tokenizer)
    live: dict[int, torch.Tensor] = {}
    for index, slot in enumerate(talk.slots):
        silence = np.zeros(SLOT_SAMPLES, dtype=np.float32)
        heard = streams.perceive([Senses(index=index, samples=silence)])
        streams.step(heard, [None], [slot.said])
        first = index * config.layout.positions + config.layout.first_said
        live |= {first + place: state for place, state in enumerate(streams.said_states[0])}
    compared = 0
    for unit, position in zip(told.units[::2], last_tokens, strict=True):
        if position is None:
            assert unit.hidden is None
        else:
            assert unit.hidden is not None
            torch.testing.assert_close(unit.hidden, live[position], atol=1e-4, rtol=1e-4)
            compared += 1
    assert compared > 3


def test_a_step_has_the_same_lessons_whenever_it_is_made(weights: Weights, tmp_path: Path) -> None:
    plan = SpeakingPlan(out=tmp_path, steps=1, lessons=3, hidden_share=0.7)
    one, two = (lessons_at(plan, weights, 7, 1) for _ in range(2))
    other = lessons_at(plan, weights, 8, 1)
    assert all(torch.equal(a.frames, b.frames) for a, b in zip(one, two, strict=True))
    assert [lesson.words for lesson in one] != [lesson.words for lesson in other]
    carried = [any(unit.hidden is not None for unit in lesson.units) for lesson in one]
    assert carried == [True, True, False]


def test_slots_of_a_batch_are_slots_of_the_lesson(lesson: Lesson) -> None:
    batch = batch_of([lesson], SMALL, random.Random(0), 99)
    assert len(batch.frames) == lesson.slots
    slots = lesson.frames.view(-1, SLOT_FRAMES, BANDS)
    for b, frames in enumerate(batch.frames):
        number = next(n for n, slot in enumerate(slots) if torch.equal(slot, frames))
        before = batch.score.before[b]
        assert torch.equal(before, slots[number - 1]) if number else (before == -8).all()


def test_the_voice_learns_one_sentence(lesson: Lesson) -> None:
    torch.manual_seed(0)
    head = FlowHead(fit_statistics([lesson], SMALL))
    optimiser = torch.optim.AdamW(head.parameters(), lr=4e-3)
    batch = batch_of([lesson], SMALL, random.Random(0), 99)
    frames = head.normalised(batch.frames)
    score = replace(batch.score, before=head.normalised(batch.score.before))
    untaught = mel_distance(spoken_slots(head, lesson), lesson.frames)
    for step in range(150):
        generator = torch.Generator().manual_seed(step)
        noise = torch.randn(frames.shape, generator=generator)
        t = torch.rand(len(frames), generator=generator) * 0.9
        loss = flow_loss(head, score, frames, batch.weights, batch.unit_weights, noise, t)
        torch.autograd.backward(loss.flow + loss.duration)
        optimiser.step()
        optimiser.zero_grad()
    taught = mel_distance(spoken_slots(head, lesson), lesson.frames)
    assert taught < 0.6 * untaught
    assert loss.duration < 0.2


def test_a_training_that_is_interrupted_goes_on_as_if_it_had_not_been(
    weights: Weights, tmp_path: Path
) -> None:
    def plan(out: str) -> SpeakingPlan:
        return SpeakingPlan(
            out=tmp_path / out, steps=4, lessons=2, slots_each=2, measure_every=1,
            checkpoint_every=2,
        )  # fmt: skip

    reports: list[dict[str, float]] = []
    straight = SpeakingTrainer(plan("straight"), weights, SMALL)
    straight.run(reports.append)
    assert [report["step"] for report in reports] == [1, 2, 3, 4]

    def interrupt(figures: dict[str, float]) -> None:
        if figures["step"] == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SpeakingTrainer(plan("again"), weights, SMALL).run(interrupt)
    again = SpeakingTrainer(plan("again"), weights)
    assert again.step == 2
    again.run(reports.append)
    assert again.history == straight.history
    for one, two in zip(straight.head.parameters(), again.head.parameters(), strict=True):
        assert torch.equal(one, two)
    assert load_flow(tmp_path / "again").config == straight.head.config


def test_a_voice_is_trained_from_the_command_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["train", "--voice", "--steps", "1", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert has_voice(tmp_path)
    assert load_flow(tmp_path).config.mean != FlowConfig().mean
