"""Any rate and any number of channels becomes 16 kHz mono, as long as it was."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from weft.errors import InputError
from weft.interaction_model.resampling import StreamingResampler, resample, resampled_length
from weft.interaction_model.types import SAMPLE_RATE_HZ

RATES_HZ = (8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000)


def tone(rate_hz: int, seconds: float = 1.0, hz: float = 440.0) -> NDArray[np.float32]:
    """A tone at a rate."""
    return np.sin(2 * np.pi * hz * np.arange(round(rate_hz * seconds)) / rate_hz).astype(np.float32)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_tone_stays_itself(rate_hz: int) -> None:
    found = resample(tone(rate_hz), rate_hz)
    expected = tone(SAMPLE_RATE_HZ)
    assert found.dtype == np.float32
    assert found.shape == expected.shape
    inside = slice(400, -400)  # a filter has no past at the beginning and no future at the end
    np.testing.assert_allclose(found[inside], expected[inside], atol=2e-3)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_it_goes_the_other_way_too(rate_hz: int) -> None:
    found = resample(tone(SAMPLE_RATE_HZ), SAMPLE_RATE_HZ, rate_hz)
    assert found.shape == (rate_hz,)


@given(
    rate_hz=st.sampled_from(RATES_HZ),
    sizes=st.lists(st.integers(0, 5_000), max_size=8),
)
def test_chunks_of_any_size_are_as_long_together(rate_hz: int, sizes: list[int]) -> None:
    samples = np.random.default_rng(0).uniform(-1, 1, sum(sizes)).astype(np.float32)
    stream = StreamingResampler(rate_hz)
    pieces = [stream.push(piece) for piece in np.split(samples, np.cumsum(sizes)[:-1])]
    found = np.concatenate([*pieces, stream.finish()])
    assert len(found) == resampled_length(len(samples), rate_hz)
    np.testing.assert_allclose(found, resample(samples, rate_hz), atol=1e-5)


@given(rate_hz=st.integers(4_000, 200_000), samples=st.integers(0, 30_000))
def test_every_rate_keeps_the_length(rate_hz: int, samples: int) -> None:
    found = resample(np.zeros(samples, np.float32), rate_hz)
    assert len(found) == round(samples * SAMPLE_RATE_HZ / rate_hz)


def test_what_comes_out_trails_by_little() -> None:
    stream = StreamingResampler(48_000)
    given_samples = 0
    for slot in range(1, 6):
        given_samples += len(stream.push(np.zeros(9_600, np.float32)))
        assert 3_200 * slot - given_samples < SAMPLE_RATE_HZ * 0.05


@pytest.mark.parametrize("rate_hz", [16_000, 48_000])
def test_channels_are_mixed_by_their_mean(rate_hz: int) -> None:
    left = tone(rate_hz)
    stereo = np.stack([left, np.zeros_like(left)], axis=1)
    np.testing.assert_allclose(resample(stereo, rate_hz), resample(left, rate_hz) / 2, atol=1e-6)


def test_what_has_the_rate_passes_to_the_bit() -> None:
    samples = tone(SAMPLE_RATE_HZ)
    assert resample(samples, SAMPLE_RATE_HZ).tobytes() == samples.tobytes()


def test_what_is_not_a_number_is_silence() -> None:
    broken = tone(48_000)
    broken[5_000] = np.nan
    mended = tone(48_000)
    mended[5_000] = 0.0
    assert resample(broken, 48_000).tobytes() == resample(mended, 48_000).tobytes()


@pytest.mark.parametrize("rate_hz", [0, -16_000, 999, 10_000_000])
def test_a_rate_that_no_sound_has_is_refused(rate_hz: int) -> None:
    with pytest.raises(InputError, match=f"sample rate of {rate_hz} Hz"):
        resample(tone(16_000), rate_hz)


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros((10, 2, 2), np.float32), r"not \(10, 2, 2\)"),
        (np.zeros((10, 0), np.float32), r"not \(10, 0\)"),
        (np.zeros(10, np.int16), "not int16"),
    ],
)
def test_another_shape_or_kind_is_refused(samples: NDArray[np.float32], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        resample(samples, 48_000)


def test_channels_that_change_are_refused() -> None:
    stream = StreamingResampler(48_000)
    stream.push(np.zeros((480, 2), np.float32))
    with pytest.raises(InputError, match="2 channels goes on with 1"):
        stream.push(np.zeros(480, np.float32))


def test_a_finished_stream_takes_nothing_more() -> None:
    stream = StreamingResampler(48_000)
    stream.finish()
    with pytest.raises(InputError, match="finished"):
        stream.push(np.zeros(480, np.float32))


def test_without_soxr_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "soxr", None)
    assert len(resample(tone(16_000), 16_000)) == 16_000
    with pytest.raises(InputError, match=r"pip install 'weft\[sound\]'"):
        resample(tone(48_000), 48_000)
