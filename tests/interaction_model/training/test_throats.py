"""Other throats: frequencies move together, silence stays, and time is left alone."""

import numpy as np
import pytest

from weft.interaction_model.dmel import BANDS, QUIETEST, log_mel
from weft.interaction_model.training.throats import SHARE, coloured, sample_throat, warped
from weft.interaction_model.types import SAMPLE_RATE_HZ


def _tone(hz: float) -> np.ndarray:
    seconds = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    return log_mel((0.3 * np.sin(2 * np.pi * hz * seconds)).astype(np.float32))


@pytest.mark.parametrize("factor", [0.85, 0.93, 1.1, 1.2])
@pytest.mark.parametrize("hz", [300.0, 1_000.0, 3_000.0])
def test_a_tone_is_heard_where_a_longer_throat_has_it(factor: float, hz: float) -> None:
    moved, meant = warped(_tone(hz), factor)[50], _tone(hz * factor)[50]
    assert abs(int(moved.argmax()) - int(meant.argmax())) <= 1
    assert int(moved.argmax()) != int(_tone(hz)[50].argmax())


def test_a_throat_of_the_same_length_changes_nothing() -> None:
    frames = _tone(700.0)
    np.testing.assert_allclose(warped(frames, 1.0), frames, atol=1e-4)


def test_what_is_silent_stays_silent_and_what_sounds_is_brighter() -> None:
    frames = np.full((3, BANDS), QUIETEST, np.float32)
    frames[1] = 2.0
    louder = np.linspace(-1, 1, BANDS)
    changed = coloured(frames, louder)
    np.testing.assert_array_equal(changed[[0, 2]], frames[[0, 2]])
    np.testing.assert_allclose(changed[1], 2.0 + louder, rtol=1e-6)


def test_a_share_of_the_lessons_has_a_throat_of_its_own() -> None:
    frames = _tone(500.0)
    changed = [
        not np.array_equal(sample_throat(frames, np.random.default_rng(n)), frames)
        for n in range(300)
    ]
    assert abs(np.mean(changed) - SHARE) < 0.1
    one, same = (sample_throat(frames, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one, same)
    assert one.shape == frames.shape
    assert one.dtype == frames.dtype
