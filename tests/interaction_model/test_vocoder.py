"""Sound made of log-mel frames: the same slot by slot, without clicks, heard as it was meant."""

import numpy as np
import pytest
from numpy.typing import NDArray

from weft.bench._continuity import border_flux_ratio
from weft.errors import InputError
from weft.interaction_model import dmel, vocoder
from weft.interaction_model.dmel import BANDS, SLOT_FRAMES
from weft.interaction_model.espeak import EspeakVoice
from weft.interaction_model.types import SAMPLE_RATE_HZ, SLOT_SAMPLES
from weft.interaction_model.vocoder import LATENCY_SAMPLES, Vocoder

TEXTS = [
    "Honey bees make honey from nectar, which they thicken in the hive by fanning their wings.",
    "I could not find that out. It is 8:36 in the evening in Lisbon, and all the shops are shut.",
    "One bee makes about a twelfth of a teaspoon in its life. The tickets cost forty euros.",
]


@pytest.fixture(scope="module", params=["en-us", "en-us+f3"])
def speech(request: pytest.FixtureRequest) -> NDArray[np.float32]:
    """Whole slots of a voice."""
    spoken = EspeakVoice(request.param).speak_all(TEXTS)
    samples = np.concatenate([utterance.samples for utterance in spoken])
    return samples[: len(samples) // SLOT_SAMPLES * SLOT_SAMPLES]


def slots_of(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Frames cut into slots."""
    return frames.reshape(-1, SLOT_FRAMES, BANDS)


def test_slot_by_slot_and_all_at_once_are_the_same_bits(speech: NDArray[np.float32]) -> None:
    frames = dmel.log_mel(speech[: 10 * SLOT_SAMPLES])
    stream = Vocoder()
    streamed = np.concatenate([stream.push(slot) for slot in slots_of(frames)])
    whole = vocoder.sound_of(frames)
    assert len(streamed) == len(whole) == 10 * SLOT_SAMPLES
    assert streamed[LATENCY_SAMPLES:].tobytes() == whole[:-LATENCY_SAMPLES].tobytes()


def test_it_is_heard_as_what_it_was_made_of(speech: NDArray[np.float32]) -> None:
    meant = dmel.log_mel(speech)
    heard = dmel.log_mel(vocoder.sound_of(meant))
    sounding = meant.max(axis=1) > -6
    distance = np.sqrt(((meant - heard)[sounding] ** 2).mean())
    assert distance < 0.5, "nepers; chance is above 2"
    chance = np.sqrt(((meant - np.roll(heard, 50, axis=0))[sounding] ** 2).mean())
    assert chance > 2.0


def test_iterations_bring_it_closer(speech: NDArray[np.float32]) -> None:
    meant = dmel.log_mel(speech[: 20 * SLOT_SAMPLES])
    away = [
        float(((meant - dmel.log_mel(vocoder.sound_of(meant, iterations))) ** 2).mean())
        for iterations in (0, 4, 20)
    ]
    assert away[0] > away[1] > away[2]


def test_slots_meet_without_clicks(speech: NDArray[np.float32]) -> None:
    frames = dmel.log_mel(speech)
    seam = SLOT_SAMPLES - LATENCY_SAMPLES
    assert 0.8 < border_flux_ratio(speech) < 1.2
    assert 0.8 < border_flux_ratio(vocoder.sound_of(frames), seam) < 1.2


def test_slots_made_alone_are_found_out(speech: NDArray[np.float32]) -> None:
    alone = [vocoder.sound_of(slot) for slot in slots_of(dmel.log_mel(speech))]
    assert border_flux_ratio(np.concatenate(alone)) > 2
    flipped = speech.reshape(-1, SLOT_SAMPLES).copy()
    flipped[::2] *= -1
    assert border_flux_ratio(flipped.reshape(-1)) > 1.1


def test_what_is_in_every_hop_is_no_seam() -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, 40 * SLOT_SAMPLES)
    # Loudest where each hop begins, as slots do, too.
    pulses = noise * (0.2 + np.exp(-(np.arange(len(noise)) % 160) / 30))
    assert border_flux_ratio(pulses.astype(np.float32)) == pytest.approx(1.0, abs=0.05)
    pulses[SLOT_SAMPLES::SLOT_SAMPLES] += 0.3
    assert border_flux_ratio(pulses.astype(np.float32)) > 1.1


def test_of_silence_no_ratio_can_be_told() -> None:
    assert np.isnan(border_flux_ratio(np.zeros(32_000, np.float32)))


@pytest.mark.parametrize("hz", [200.0, 700.0, 2_000.0])
def test_a_tone_keeps_its_pitch_through_all_slots(hz: float) -> None:
    tone = 0.3 * np.sin(2 * np.pi * hz * np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ)
    made = vocoder.sound_of(dmel.log_mel(tone))[2_000:-2_000]
    spectrum = np.abs(np.fft.rfft(made * np.hanning(len(made))))
    found_hz = spectrum.argmax() * SAMPLE_RATE_HZ / len(made)
    # A band is some 74 Hz wide at least, and tells no more of where a tone is.
    assert abs(found_hz - hz) < max(40, 0.05 * hz)


def test_silence_is_silent_to_the_sample_and_sound_ends() -> None:
    stream = Vocoder()
    silence = np.full((SLOT_FRAMES, BANDS), dmel.QUIETEST, np.float32)
    assert not stream.push(silence).any()
    tone = np.sin(np.arange(SLOT_SAMPLES) / 5).astype(np.float32)
    assert stream.push(dmel.log_mel(tone)).any()
    tail = stream.push(silence)
    assert tail[:LATENCY_SAMPLES].any()
    assert not tail[LATENCY_SAMPLES:].any()
    assert not stream.push(silence).any()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_whatever_the_frames_are_samples_are_samples(value: float) -> None:
    frames = dmel.log_mel(np.sin(np.arange(SLOT_SAMPLES) / 5).astype(np.float32))
    frames[3:6, 10:20] = value
    stream = Vocoder()
    for _ in range(3):
        samples = stream.push(frames)
        assert samples.shape == (SLOT_SAMPLES,)
        assert samples.dtype == np.float32
        assert (np.abs(samples) <= 1).all()


@pytest.mark.parametrize("shape", [(19, 80), (20, 79), (20,), (1, 20, 80)])
def test_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="made of 20 frames of 80 bands"):
        Vocoder().push(np.zeros(shape, np.float32))


@pytest.mark.parametrize("frames", [0, 1, 20, 33])
def test_frames_in_any_number_give_a_hop_each(frames: int) -> None:
    assert vocoder.sound_of(np.zeros((frames, BANDS), np.float32)).shape == (160 * frames,)
