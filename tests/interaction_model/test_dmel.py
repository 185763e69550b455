"""dMel: the same bits in chunks of any size, exact hops, levels that stand for their sound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from weft.errors import InputError
from weft.interaction_model import dmel
from weft.interaction_model.dmel import BANDS, DMelConfig, StreamingDMel, StreamingLogMel
from weft.interaction_model.types import SAMPLE_RATE_HZ, SLOT_SAMPLES

CONFIG = DMelConfig()


def noise(samples: int, seed: int = 0) -> NDArray[np.float32]:
    """Noise whose loudness wanders over six orders of magnitude."""
    rng = np.random.default_rng(seed)
    knots = np.arange(0, samples + 900, 900)
    loudness = np.exp(np.interp(np.arange(samples), knots, rng.uniform(-14, 0, len(knots))))
    return np.clip(rng.standard_normal(samples) * loudness, -1, 1).astype(np.float32)


def plain_log_mel(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Frame by frame in double precision, with the filterbank as a matrix."""
    padded = np.concatenate([np.zeros(240), samples.astype(np.float64)])
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    found = []
    for f in range(len(samples) // 160):
        power = np.abs(np.fft.rfft(padded[160 * f : 160 * f + 400] * window, n=512)) ** 2
        found.append(np.log(np.maximum(power @ dmel.filterbank(), 1e-6)))
    return np.array(found).reshape(-1, BANDS)


@given(
    sizes=st.lists(st.integers(0, 2_000), max_size=12),
    seed=st.integers(0, 2**32 - 1),
)
def test_chunks_of_any_size_give_the_same_bits(sizes: list[int], seed: int) -> None:
    samples = noise(sum(sizes), seed)
    log_mel, levels = StreamingLogMel(), StreamingDMel(CONFIG)
    edges = np.cumsum(sizes)[:-1]
    chunks = np.split(samples, edges) if sizes else []
    frames = [log_mel.push(chunk) for chunk in chunks]
    quantised = [levels.push(chunk) for chunk in chunks]
    whole = dmel.log_mel(samples)
    assert np.concatenate([whole[:0], *frames]).tobytes() == whole.tobytes()
    streamed = np.concatenate([np.zeros((0, BANDS), np.uint8), *quantised])
    assert streamed.tobytes() == CONFIG.quantise(whole).tobytes()


def test_a_long_recording_is_worked_on_in_blocks_and_nobody_can_tell() -> None:
    samples = noise(dmel.HOP_SAMPLES * 4_321 + 77)
    stream = StreamingLogMel()
    slots = [
        stream.push(samples[n : n + SLOT_SAMPLES]) for n in range(0, len(samples), SLOT_SAMPLES)
    ]
    assert np.concatenate(slots).tobytes() == dmel.log_mel(samples).tobytes()


def test_frames_are_those_of_the_plain_way() -> None:
    samples = noise(16_000)
    np.testing.assert_allclose(dmel.log_mel(samples), plain_log_mel(samples), atol=2e-3)


def test_after_each_slot_its_frames_are_there() -> None:
    stream = StreamingDMel(CONFIG)
    for slot in range(5):
        frames = stream.push(noise(SLOT_SAMPLES, slot))
        assert frames.shape == (20, BANDS)
        assert frames.dtype == np.uint8


@pytest.mark.parametrize("frame", [0, 1, 7])
def test_a_frame_sees_the_25_ms_that_end_with_its_hop(frame: int) -> None:
    ends = 160 * (frame + 1)
    silence = dmel.log_mel(np.zeros(3_200, np.float32))
    # The window's outermost weights are too small for a click of full scale to be told.
    for at, heard in ((ends - 20, True), (ends, False), (ends - 380, True), (ends - 401, False)):
        if at < 0:
            continue
        click = np.zeros(3_200, np.float32)
        click[at] = 1.0
        assert (dmel.log_mel(click)[frame] != silence[frame]).any() == heard, at


@pytest.mark.parametrize("hz", [120.0, 440.0, 1_000.0, 2_500.0, 7_000.0])
def test_a_tone_is_loudest_in_its_band(hz: float) -> None:
    tone = np.sin(2 * np.pi * hz * np.arange(8_000) / SAMPLE_RATE_HZ).astype(np.float32)
    frame = dmel.log_mel(tone)[30]
    nearest_bin = round(hz * dmel.FFT_SAMPLES / SAMPLE_RATE_HZ)
    assert dmel.filterbank()[nearest_bin, frame.argmax()] >= 0.3
    assert frame.max() < dmel.LOUDEST


def test_every_band_hears_and_filters_sum_to_one() -> None:
    bank = dmel.filterbank()
    assert (bank.max(axis=0) > 0.3).all()
    centres = bank.argmax(axis=0)
    np.testing.assert_allclose(bank[centres[0] + 1 : centres[-1]].sum(axis=1), 1, atol=1e-5)


@given(levels=st.integers(2, 256), seed=st.integers(0, 2**32 - 1))
def test_a_level_stands_for_what_is_within_half_a_step(levels: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    floor = rng.uniform(-13, 0, BANDS)
    ceiling = floor + rng.uniform(1, 12, BANDS)
    config = DMelConfig(levels=levels, floor=tuple(floor), ceiling=tuple(ceiling))
    inside = (floor + rng.uniform(0, 1, (9, BANDS)) * (ceiling - floor)).astype(np.float32)
    kept = config.dequantise(config.quantise(inside))
    half = (ceiling - floor) / (levels - 1) / 2
    assert (np.abs(kept - inside) <= half + 1e-4).all()
    assert np.array_equal(config.quantise(kept), config.quantise(inside))


def test_what_is_beyond_the_bounds_has_the_outermost_level() -> None:
    config = DMelConfig(floor=(-3.0,) * BANDS, ceiling=(4.0,) * BANDS)
    low, high = np.full((1, BANDS), -50, np.float32), np.full((1, BANDS), 50, np.float32)
    assert (config.quantise(low) == 0).all()
    assert (config.quantise(high) == 15).all()
    assert (config.dequantise(config.quantise(high)) == 4.0).all()


def test_statistics_come_back_from_json() -> None:
    config = dmel.fit([noise(32_000)], levels=12)
    assert DMelConfig.model_validate_json(config.model_dump_json()) == config


def test_fitted_bounds_hold_nearly_all_frames() -> None:
    samples = noise(SAMPLE_RATE_HZ * 20)
    config = dmel.fit([samples[:160_000], np.zeros(160_000, np.float32), samples[160_000:]])
    frames = dmel.log_mel(samples)
    below = (frames < np.array(config.floor, np.float32)).mean(axis=0)
    above = (frames > np.array(config.ceiling, np.float32)).mean(axis=0)
    assert (below < 0.05).all()
    assert (above < 0.005).all()
    assert np.unique(config.quantise(frames)).tolist() == list(range(16))


def test_a_band_that_never_sounds_still_has_levels() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 300 * np.arange(32_000) / SAMPLE_RATE_HZ)
    config = dmel.fit([tone * np.hanning(32_000)])
    assert all(low < high for low, high in zip(config.floor, config.ceiling, strict=True))


def test_silence_alone_cannot_be_fitted() -> None:
    with pytest.raises(InputError, match="every frame is silent"):
        dmel.fit([np.zeros(16_000, np.float32)])


def test_what_is_not_a_number_is_silence_and_what_is_too_loud_is_clipped() -> None:
    broken = noise(3_200)
    broken[100], broken[200], broken[300], broken[400] = np.nan, np.inf, -np.inf, 1e30
    mended = broken.copy()
    mended[100] = mended[200] = mended[300] = 0.0
    mended[400] = 1.0
    assert dmel.log_mel(broken).tobytes() == dmel.log_mel(mended).tobytes()
    assert np.isnan(broken[100]), "the caller's samples stay as they are"


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros((2, 3_200), np.float32), r"one row of samples, not \(2, 3200\): mix"),
        (np.zeros(3_200, np.int16), "not int16: divide"),
        (np.float32(0.5), "one row of samples"),
    ],
)
def test_another_shape_or_kind_is_refused_and_nothing_is_taken(
    samples: NDArray[np.float32], reason: str
) -> None:
    stream = StreamingDMel(CONFIG)
    before = stream.push(noise(1_000))
    with pytest.raises(InputError, match=reason):
        stream.push(samples)
    after = stream.push(noise(1_000, 1))
    whole = StreamingDMel(CONFIG).push(np.concatenate([noise(1_000), noise(1_000, 1)]))
    assert np.array_equal(np.concatenate([before, after]), whole)


@pytest.mark.parametrize(
    "values",
    [
        {"levels": 1},
        {"levels": 257},
        {"floor": (0.0,) * 79},
        {"floor": (5.0,) * BANDS, "ceiling": (5.0,) * BANDS},
        {"floor": (float("nan"),) * BANDS},
        {"bands": 80},
    ],
)
def test_statistics_that_do_not_fit_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        DMelConfig.model_validate(values)
