"""Noise, rooms and other people: as loud as asked, at the same time, the same for the same seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from weft.interaction_model.training.acoustics import (
    BABBLE,
    NOISE_COLOURS,
    NOISY,
    Acoustics,
    applied,
    noise,
    reverberated,
    sample_acoustics,
    speech_level,
)
from weft.interaction_model.types import SAMPLE_RATE_HZ


def _speech(length: int = SAMPLE_RATE_HZ, seed: int = 0) -> NDArray[np.float32]:
    """A tone that swells and dies, with silence around it."""
    seconds = np.arange(length) / SAMPLE_RATE_HZ
    tone = 0.3 * np.sin(2 * np.pi * (200 + 30 * seed) * seconds)
    tone[: length // 4] = tone[-length // 4 :] = 0
    return tone.astype(np.float32)


def _db(ratio: float) -> float:
    return 20 * float(np.log10(ratio))


def test_clean_is_what_was_said() -> None:
    """Nothing is done, and the input is not written to."""
    speech = _speech()
    before = speech.copy()
    assert np.array_equal(applied(speech, Acoustics(), np.random.default_rng(1)), before)
    applied(speech, NOISY, np.random.default_rng(1))
    assert np.array_equal(speech, before)


@pytest.mark.parametrize("colour", sorted(NOISE_COLOURS))
def test_noise_is_as_loud_as_asked(colour: str) -> None:
    """Ten decibels below the speech, wherever the speech has silence around it."""
    speech = _speech(4 * SAMPLE_RATE_HZ)
    place = Acoustics(noise_colour=colour, noise_snr_db=10.0)
    added = applied(speech, place, np.random.default_rng(1)) - speech
    ratio = speech_level(speech) / float(np.sqrt(np.mean(added**2)))
    assert _db(ratio) == pytest.approx(10, abs=0.5)


def test_colours_differ_in_where_their_power_is() -> None:
    """Brown noise is low, blue noise is high."""

    def share_above_1_khz(colour: str) -> float:
        power = np.abs(np.fft.rfft(noise(colour, 1 << 16, np.random.default_rng(2)))) ** 2
        return float(power[len(power) // 8 :].sum() / power.sum())

    shares = [share_above_1_khz(colour) for colour in ("brown", "pink", "white", "blue")]
    assert shares == sorted(shares)
    assert shares[0] < 0.1
    assert shares[-1] > 0.95


def test_a_room_rings_on_but_delays_nothing() -> None:
    """The direct sound is first, at its place, and the echo falls by about 60 dB in time."""
    click = np.zeros(SAMPLE_RATE_HZ, np.float32)
    click[100] = 1
    heard = reverberated(click, 0.5, np.random.default_rng(3))
    assert np.abs(heard[:100]).max() < 1e-5
    assert heard[100] == pytest.approx(1, abs=0.01)
    early = float(np.sqrt(np.mean(heard[200:1000] ** 2)))
    late = float(np.sqrt(np.mean(heard[7500:8000] ** 2)))
    assert _db(early / late) == pytest.approx(54, abs=5)


def test_others_are_heard_below_the_user() -> None:
    """Babble is as loud as asked; one who talks to somebody else is there too."""
    speech, others = _speech(), [_speech(seed=n) for n in range(1, 6)]
    babble = applied(speech, BABBLE, np.random.default_rng(4), others) - speech
    level = float(np.sqrt(np.mean(babble**2)))
    assert _db(speech_level(speech) / level) == pytest.approx(10, abs=0.5)
    aside = applied(speech, Acoustics(aside_snr_db=15.0), np.random.default_rng(4), others) - speech
    assert 0 < float(np.abs(aside).max()) < 0.3
    with pytest.raises(ValueError, match="4 other voices"):
        applied(speech, BABBLE, np.random.default_rng(4), others[:2])


def test_gain_and_clipping() -> None:
    """Six decibels double; what is beyond the level is cut off."""
    speech = _speech()
    louder = applied(speech, Acoustics(gain_db=6.0206, clip_level=0.5), np.random.default_rng(5))
    assert float(np.abs(louder).max()) == pytest.approx(0.5)
    softer = np.abs(speech) < 0.2
    assert np.allclose(louder[softer], 2 * speech[softer], atol=1e-4)


@given(seed=st.integers(0, 2**32 - 1), length=st.integers(0, 20_000))
@settings(max_examples=60, deadline=None)
def test_any_place_gives_as_much_sound_as_it_was_given(seed: int, length: int) -> None:
    """Same length, finite, within ±1, float32, and the same again from the same seed."""
    others = [_speech(5_000, n) for n in range(6)]

    def heard() -> NDArray[np.float32]:
        rng = np.random.default_rng(seed)
        return applied(_speech(length), sample_acoustics(rng), rng, others)

    first = heard()
    assert first.dtype == np.float32
    assert first.shape == (length,)
    assert np.isfinite(first).all()
    assert np.abs(first).max(initial=0) <= 1
    assert np.array_equal(first, heard())


def test_places_differ() -> None:
    """Many draws show every kind of place."""
    rng = np.random.default_rng(6)
    places = [sample_acoustics(rng) for _ in range(300)]
    assert {place.noise_colour for place in places} == {None, *NOISE_COLOURS}
    for kind in ("reverb_s", "babble_voices", "aside_snr_db"):
        assert 10 < sum(bool(getattr(place, kind)) for place in places) < 150
    assert 5 < sum(place.clip_level < 1 for place in places) < 60
