"""Live and whole are compared: a model that is one and the same, and one that is not."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.fakes.toy_senses import toy_weights
from tests.interaction_model.test_native_voice import head
from tests.interaction_model.test_sensing_stream import AGREEMENT, sensed
from weft.bench import _equality
from weft.bench._equality import WatchedBatch, largest_differences, voice_difference
from weft.interaction_model.checkpoint import Weights
from weft.interaction_model.flow import Read, Score
from weft.interaction_model.types import MicroTurnInput, Senses


@pytest.fixture(scope="module")
def weights() -> Weights:
    return toy_weights(5)


def test_live_and_whole_agree_in_every_modality(weights: Weights) -> None:
    found = largest_differences(weights, sensed(2))
    assert list(found) == ["transcript", "floor", "said", "mel"]
    assert max(found.values()) < AGREEMENT
    assert found["said"] > 0, "they are two ways of computing it"


def test_a_stream_that_sees_late_is_found_out(
    weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Late(WatchedBatch):
        def perceive(self, senses: Sequence[Senses]) -> list[MicroTurnInput]:
            [each] = senses
            frame = None if each.frame is None else np.roll(each.frame, 9, axis=0)
            return super().perceive([Senses(index=each.index, samples=each.samples, frame=frame)])

    monkeypatch.setattr(_equality, "WatchedBatch", Late)
    found = largest_differences(weights, sensed(2))
    assert max(found["floor"], found["said"]) > 100 * AGREEMENT


def test_a_voice_is_the_same_slot_by_slot_and_side_by_side() -> None:
    assert 0 < voice_difference(head()) < AGREEMENT


def test_a_voice_that_forgets_its_past_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgetful(_equality._WatchedSpeech):
        def _sounded(self, index: int, score: Score, read: Read) -> Tensor:
            made = super()._sounded(index, score, read)
            remembered = replace(score, before=torch.zeros_like(score.before))
            self.slots[-1] = (index, remembered, made)
            return made

    monkeypatch.setattr(_equality, "_WatchedSpeech", Forgetful)
    assert voice_difference(head()) > 100 * AGREEMENT
