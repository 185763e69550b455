"""Live and whole are compared: a model that is one and the same, and one that is not."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.fakes.toy_senses import toy_weights
from tests.interaction_model.test_sensing_stream import AGREEMENT, sensed
from weft.bench import _equality
from weft.bench._equality import WatchedBatch, largest_differences
from weft.interaction_model.checkpoint import Weights
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
