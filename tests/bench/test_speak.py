"""The bench of speaking, with voices and ears whose errors are known."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.fakes.toy_senses import toy_weights
from weft.bench import speak
from weft.bench._continuity import border_flux_ratio
from weft.bench._report import Asked, show
from weft.bench.hear import Said
from weft.errors import WeftError
from weft.interaction_model.checkpoint import save_weights
from weft.interaction_model.flow import FlowConfig, FlowHead
from weft.interaction_model.flow_weights import save_flow
from weft.interaction_model.native_voice import load_voice
from weft.interaction_model.training.said_words import transcript_words
from weft.interaction_model.types import (
    SLOT_SAMPLES,
    MicroTurnInput,
    MicroTurnOutput,
    Senses,
    Voiced,
)
from weft.interaction_model.vocoder import LATENCY_SAMPLES
from weft.orchestrator.sound_ports import Voice

_KEYS = [
    "word_error_rate",
    "reference_voice_word_error_rate",
    "word_error_rate_over_reference_voice",
    "border_flux_ratio",
]


@dataclass
class _OneWordASlot:
    """A voice that sounds a word a slot, the slot's number, and never more than it was given."""

    ends: bool = True
    waiting: list[tuple[int, str]] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    most_waiting: int = 0

    def sound(self, said: MicroTurnOutput) -> Voiced:
        """Sound the first word that waits."""
        self.waiting += [(said.index, word) for word in said.text.split()]
        self.most_waiting = max(self.most_waiting, len(self.waiting))
        if self.waiting and self.ends:
            self.given.append(self.waiting.pop(0)[1])
        return Voiced(
            index=said.index,
            samples=np.full(SLOT_SAMPLES, said.index, np.float32),
            sounded_index=self.waiting[0][0] - 1 if self.waiting else said.index,
            waiting_s=0.4 * len(self.waiting),
        )

    def stop(self) -> None:
        """Not asked for here."""


def test_a_text_is_given_while_little_waits_and_sounded_to_its_end() -> None:
    voice = _OneWordASlot()
    samples = speak.uttered(voice, "one two three four five six", first_index=7)
    assert voice.given == ["one", "two", "three", "four", "five", "six"]
    assert voice.most_waiting <= 3
    slots = samples.reshape(-1, SLOT_SAMPLES)[:, 0]
    assert slots.tolist() == list(range(7, 7 + len(slots)))
    assert len(slots) == 7, "six words, and a slot for what comes out late"


def test_a_voice_that_never_ends_is_cut_off() -> None:
    samples = speak.uttered(_OneWordASlot(ends=False), "one two", first_index=0)
    assert len(samples) < 100 * SLOT_SAMPLES


def test_utterances_go_on_from_slot_to_slot() -> None:
    told: list[None] = []
    utterances = speak.spoken(_OneWordASlot(), ["one two", "three"], lambda: told.append(None))
    assert [one.words for one in utterances.said] == [("one", "two"), ("three",)]
    slots = utterances.samples.reshape(-1, SLOT_SAMPLES)[:, 0]
    assert slots.tolist() == list(range(len(slots)))
    assert len(told) == 2


def test_sentences_are_the_same_for_a_seed_and_have_no_digits() -> None:
    one = speak.sentences(3, 12)
    assert one == speak.sentences(3, 12) != speak.sentences(4, 12)
    assert all(transcript_words(text) for text in one)
    assert not any(sign.isdigit() for text in one for sign in text)


def test_without_weights_for_a_voice_the_reference_tells_of_the_vocoder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = speak.report(Asked(size=3, weights=tmp_path))
    show(found, as_json=True)
    numbers = json.loads(capsys.readouterr().out)
    assert list(numbers) == _KEYS
    assert 0.8 < numbers["border_flux_ratio"] < 1.1
    assert {line.name for line in found.lines} >= {"border flux ratio", "no voice in", "no ears"}


def test_slots_are_where_the_borders_are_looked_for() -> None:
    plain = speak.reference(speak.sentences(0, 4))
    remade = speak.through_the_vocoder(plain)
    assert [len(one.samples) for one in remade.said] == [len(one.samples) for one in plain.said]
    clicks = remade.samples.copy().reshape(-1, SLOT_SAMPLES)
    clicks[::2] *= -1
    assert border_flux_ratio(clicks.reshape(-1)) > 1.1 * border_flux_ratio(remade.samples)
    rough = remade.samples.copy().reshape(-1, SLOT_SAMPLES)
    rough[:, 160:LATENCY_SAMPLES] *= -1
    seen, unseen = (
        border_flux_ratio(rough.reshape(-1), join_samples=join) for join in (LATENCY_SAMPLES, 0)
    )
    assert seen > 1.1 * unseen, "between the slots' borders and the end of their frames"


def test_the_stream_recites_what_it_is_given_and_knows_what_it_means(tmp_path: Path) -> None:
    weights = toy_weights(1)
    save_weights(tmp_path, weights)
    torch.manual_seed(0)
    width = weights.module.config.width
    config = FlowConfig(
        width=16, layers=1, heads=2, letter_width=16, letter_layers=1, trunk_width=width
    )
    save_flow(tmp_path, FlowHead(config))
    text = "hello what is said is said"

    def recited(voice: Voice) -> tuple[list[str], list[np.ndarray]]:
        sounded: list[Voiced] = []

        class Listening:
            def sound(self, said: MicroTurnOutput) -> Voiced:
                sounded.append(voice.sound(said))
                return sounded[-1]

            def stop(self) -> None:
                voice.stop()

        speak.uttered(Listening(), text, first_index=0)
        words = [word.text for voiced in sounded for word in voiced.words]
        return words, [voiced.samples for voiced in sounded]

    words, meant = recited(speak.own_voice(tmp_path, 0))
    assert words == text.split()
    _, unmeant = recited(load_voice(tmp_path, seed=0))
    begins = [next(n for n, slot in enumerate(said) if slot.any()) for said in (meant, unmeant)]
    assert not np.array_equal(meant[begins[0]], unmeant[begins[1]]), "hidden states are heard"


@dataclass
class _HearsTheFirst:
    """Ears that get all of the first set of utterances right, and nothing of the others."""

    utterances: list[Said]
    said: int = 0

    def perceive(self, senses: Senses) -> MicroTurnInput:
        """Give an utterance's words in its first slot."""
        words = ""
        for one in self.utterances:
            if senses.samples[:200].any() and np.array_equal(
                senses.samples, one.samples[:SLOT_SAMPLES]
            ):
                words = " ".join(one.words)
        return MicroTurnInput(index=senses.index, text=words)


def test_the_voice_is_compared_with_the_one_it_was_learnt_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    config = FlowConfig(width=16, layers=1, heads=2, letter_width=16, letter_layers=1)
    save_flow(tmp_path, FlowHead(config))
    known = speak.reference(speak.sentences(0, 2))

    ears = {"known": _HearsTheFirst(list(known.said)), None: _HearsTheFirst([])}
    monkeypatch.setattr(speak, "has_senses", lambda folder: True)
    monkeypatch.setattr(speak, "own_voice", lambda folder, seed: load_voice(folder, seed=seed))
    monkeypatch.setattr(speak, "ears_asked_for", lambda asked: lambda: ears[asked.ears])
    found = speak.report(Asked(size=2, weights=tmp_path, ears="known"))
    numbers = found.numbers
    assert list(numbers) == [
        "word_error_rate",
        "reference_voice_word_error_rate",
        "word_error_rate_over_reference_voice",
        "independent_word_error_rate",
        "independent_reference_voice_word_error_rate",
        "independent_word_error_rate_over_reference_voice",
        "border_flux_ratio",
        "letters_alone_word_error_rate",
    ]
    assert numbers["word_error_rate"] == numbers["reference_voice_word_error_rate"] == 1
    assert numbers["word_error_rate_over_reference_voice"] == 0
    assert numbers["letters_alone_word_error_rate"] == 1
    assert numbers["independent_reference_voice_word_error_rate"] == 0
    assert numbers["independent_word_error_rate"] == 1
    assert numbers["independent_word_error_rate_over_reference_voice"] == 1
    met = {line.name: line.met for line in found.lines}
    assert met["word error rate over the reference voice's, its own ears"] is True
    assert met["word error rate over the reference voice's, ears known"] is False
    assert "ears known" in found.setting


@pytest.mark.parametrize(("ears", "told"), [("words", "no ears"), ("nobody", "nobody")])
def test_ears_that_were_asked_for_and_are_not_there_are_an_error(
    ears: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speak, "reference", lambda texts: pytest.fail("speech was made for them"))
    with pytest.raises(WeftError, match=told):
        speak.report(Asked(size=1, ears=ears))
