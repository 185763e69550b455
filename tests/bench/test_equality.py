"""Live and whole are compared: a model that is one and the same, and one that is not."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from tests.interaction_model.test_sensing_stream import AGREEMENT, CONFIG, TEXTS, sensed
from weft.bench import _equality
from weft.bench._equality import WatchedBatch, largest_differences
from weft.interaction_model.checkpoint import Weights
from weft.interaction_model.model import InteractionModule
from weft.interaction_model.tokenizer import WordTokenizer
from weft.interaction_model.types import MicroTurnInput, Senses
from weft.interaction_model.word_vectors import WordVectors


@pytest.fixture(scope="module")
def weights() -> Weights:
    torch.manual_seed(5)
    tokenizer = WordTokenizer.train(TEXTS, 330)
    config = CONFIG.model_copy(update={"vocabulary_size": tokenizer.vocabulary_size})
    module = InteractionModule(config).eval()
    with torch.no_grad():  # a toy that writes and speaks
        module.unembedding.weight.normal_(std=0.6)
        module.transcript.weight.normal_(std=0.6)
    return Weights(module, tokenizer, WordVectors.quantised(["what", "hello"], torch.randn(2, 6)))


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
