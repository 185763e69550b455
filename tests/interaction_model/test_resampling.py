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


@pytest.mark.parametrize("rate_hz", [16_000, 48_000])
@pytest.mark.parametrize("chunk_s", [0.01, 0.2, 4.0])
def test_channels_that_cancel_give_way_to_the_loudest(rate_hz: int, chunk_s: float) -> None:
    sound = tone(rate_hz, 2.0)
    inverted = np.stack([0.98 * sound, -sound], axis=1)
    stream = StreamingResampler(rate_hz)
    chunk = round(chunk_s * rate_hz)
    pieces = [stream.push(inverted[at : at + chunk]) for at in range(0, len(sound), chunk)]
    found = np.concatenate([*pieces, stream.finish()])
    np.testing.assert_allclose(found, -resample(sound, rate_hz), atol=1e-5)
    assert stream.take_cancelled() == len(sound)
    assert stream.take_cancelled() == 0, "they are told of once"


@pytest.mark.parametrize("chunk_s", [0.01, 0.2, 4.0])
def test_channels_that_begin_to_cancel_are_heard_soon_and_those_that_end_at_once(
    chunk_s: float,
) -> None:
    sound = tone(SAMPLE_RATE_HZ)
    right = np.concatenate([sound, -sound, -sound, sound])
    stereo = np.stack([np.tile(sound, 4), right], axis=1)
    stream = StreamingResampler(SAMPLE_RATE_HZ)
    chunk = round(chunk_s * SAMPLE_RATE_HZ)
    found = np.concatenate(
        [stream.push(stereo[at : at + chunk]) for at in range(0, len(stereo), chunk)]
    )
    np.testing.assert_array_equal(found[:16_000], sound)
    np.testing.assert_array_equal(np.abs(found[32_000:48_000]), np.abs(sound))
    np.testing.assert_allclose(found[48_000 + 3_200 :], sound[3_200:], atol=1e-6)


def test_only_channels_that_cancel_count_as_such() -> None:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (16_000, 2)).astype(np.float32)
    one_of_many = np.zeros((16_000, 64), np.float32)
    one_of_many[:, 5] = noise[:, 0]
    apart = np.concatenate([noise[:8_000] * (1, 0), noise[8_000:] * (0, 1)]).astype(np.float32)
    faint = (noise[:, :1] * (1e-4, -1e-4)).astype(np.float32)
    silent = np.zeros((16_000, 2), np.float32)
    for samples in (noise, one_of_many, apart, faint, silent):
        stream = StreamingResampler(SAMPLE_RATE_HZ)
        np.testing.assert_allclose(stream.push(samples), samples.mean(axis=1), atol=1e-7)
        assert stream.take_cancelled() == 0
