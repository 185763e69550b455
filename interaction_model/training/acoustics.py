"""Where a voice is heard: noise, a room, other people, a microphone too near or too far. No torch.

All is drawn from the generator that is passed in, and costs less than making the speech. Levels are
relative to the speech itself, measured where it sounds, so that lead-in and pauses do not count.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from weft.interaction_model.types import SAMPLE_RATE_HZ

NOISE_COLOURS = {"white": 0.0, "pink": 0.5, "brown": 1.0, "blue": -0.5, "hum": 0.8}
"""Exponents of frequency by which amplitude falls; hum has the mains' harmonics besides."""

_USUAL_LEVEL = 0.05
"""How loud speech would be where nobody speaks, so that there is noise in silence too."""

_BANK_SAMPLES = 1 << 18
_LOWEST_HZ = 40.0
_MAINS_HZ = 50.0
_SOUNDING = 0.02
"""A tenth of a second that has this share of the loudest one's power counts as speech."""
_STRETCH_SAMPLES = SAMPLE_RATE_HZ // 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Acoustics:
    """What is done to clean speech, in this order: room, others, noise, gain, clipping."""

    reverb_s: float = 0.0
    """Time in which the room's echo falls by 60 dB; 0 is no room."""
    babble_voices: int = 0
    babble_snr_db: float = 0.0
    aside_snr_db: float | None = None
    """How much louder the user is than one other who talks to somebody else, further away."""
    noise_colour: str | None = None
    noise_snr_db: float = 0.0
    gain_db: float = 0.0
    clip_level: float = 1.0
    """What is beyond ± this is cut off, as by a microphone that is too near."""

    @property
    def others(self) -> int:
        """How many other voices are needed."""
        return self.babble_voices + (self.aside_snr_db is not None)


CLEAN = Acoustics()
NOISY = Acoustics(noise_colour="pink", noise_snr_db=10.0)
BABBLE = Acoustics(babble_voices=4, babble_snr_db=10.0)


def sample_acoustics(rng: np.random.Generator) -> Acoustics:
    """Draw a place: a third are clean, most have one or two things wrong."""
    if rng.random() < 0.35:
        return Acoustics(gain_db=float(rng.uniform(-10, 3)))
    babble = rng.random() < 0.2
    return Acoustics(
        reverb_s=float(rng.uniform(0.1, 0.7)) if rng.random() < 0.3 else 0.0,
        babble_voices=int(rng.integers(3, 6)) if babble else 0,
        babble_snr_db=float(rng.uniform(5, 20)) if babble else 0.0,
        aside_snr_db=float(rng.uniform(10, 20)) if rng.random() < 0.15 else None,
        noise_colour=str(rng.choice(list(NOISE_COLOURS))) if rng.random() < 0.6 else None,
        noise_snr_db=float(rng.uniform(5, 30)),
        gain_db=float(rng.uniform(-20, 6)),
        clip_level=float(rng.uniform(0.2, 0.8)) if rng.random() < 0.1 else 1.0,
    )


def applied(
    samples: NDArray[np.float32],
    acoustics: Acoustics,
    rng: np.random.Generator,
    others: Sequence[NDArray[np.float32]] = (),
) -> NDArray[np.float32]:
    """Put clean speech [T] there; `others` are voices [any] as many as `acoustics.others` says.

    Gives [T] within ±1. Speech stays at its time: the room's direct sound has no delay.
    """
    if len(others) < acoustics.others:
        raise ValueError(f"{acoustics.others} other voices are needed, {len(others)} were given")
    heard = reverberated(samples, acoustics.reverb_s, rng) if acoustics.reverb_s else samples.copy()
    level = speech_level(heard) or _USUAL_LEVEL
    crowd = others[: acoustics.babble_voices]
    if crowd:
        babble = np.sum([_anywhere(other, len(heard), rng) for other in crowd], axis=0)
        heard += _at_level(babble, level, acoustics.babble_snr_db)
    if acoustics.aside_snr_db is not None:
        aside = _anywhere(others[acoustics.babble_voices], len(heard), rng)
        aside = reverberated(aside, float(rng.uniform(0.3, 0.6)), rng)
        heard += _at_level(aside, level, acoustics.aside_snr_db)
    if acoustics.noise_colour is not None:
        heard += _at_level(
            noise(acoustics.noise_colour, len(heard), rng), level, acoustics.noise_snr_db
        )
    heard *= np.float32(10 ** (acoustics.gain_db / 20))
    return np.clip(heard, -acoustics.clip_level, acoustics.clip_level)


def speech_level(samples: NDArray[np.float32]) -> float:
    """Root mean square of the stretches [T] in which there is sound; 0 for silence."""
    count = len(samples) // _STRETCH_SAMPLES
    if not count:
        return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0
    stretches = samples[: count * _STRETCH_SAMPLES].reshape(count, -1)
    power = (stretches**2).mean(axis=1)
    return float(np.sqrt(power[power >= power.max() * _SOUNDING].mean()))


def noise(colour: str, length: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Noise [length] of a colour: a stretch of a bank, from anywhere in it, of either sign."""
    bank = _noise_bank(colour)
    start = int(rng.integers(len(bank)))
    sign = np.float32(rng.choice((-1.0, 1.0)))
    return sign * np.resize(np.roll(bank, -start), length)


@functools.cache
def _noise_bank(colour: str) -> NDArray[np.float32]:
    """Sixteen seconds of noise that go on without a seam where they end."""
    rng = np.random.default_rng(sorted(NOISE_COLOURS).index(colour))
    spectrum = np.fft.rfft(rng.standard_normal(_BANK_SAMPLES))
    hz = np.fft.rfftfreq(_BANK_SAMPLES, 1 / SAMPLE_RATE_HZ)
    spectrum *= np.maximum(hz, _LOWEST_HZ) ** -NOISE_COLOURS[colour] * (hz >= _LOWEST_HZ)
    bank = np.fft.irfft(spectrum, _BANK_SAMPLES)
    bank /= np.sqrt(np.mean(bank**2))
    if colour == "hum":
        seconds = np.arange(_BANK_SAMPLES) / SAMPLE_RATE_HZ
        cycle = 1 / (_BANK_SAMPLES / SAMPLE_RATE_HZ)
        mains_hz = round(_MAINS_HZ / cycle) * cycle  # a whole number of waves fits into the bank
        for harmonic in range(1, 12, 2):
            bank += np.sin(2 * np.pi * harmonic * mains_hz * seconds) / harmonic
    return bank.astype(np.float32)


def reverberated(
    samples: NDArray[np.float32], reverb_s: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Speech [T] in a room: the direct sound, and an echo of noise that falls by 60 dB in time."""
    echo_samples = max(1, int(reverb_s * SAMPLE_RATE_HZ))
    decay = np.exp(-6.9 * np.arange(echo_samples, dtype=np.float32) / echo_samples)
    echo = rng.standard_normal(echo_samples, dtype=np.float32) * decay
    echo[: SAMPLE_RATE_HZ // 500] = 0  # nothing comes back within 2 ms
    ratio_db = rng.uniform(0, 12)
    echo *= np.float32(10 ** (-ratio_db / 20) / np.sqrt(np.sum(echo**2) + 1e-9))
    echo[0] = 1
    return _convolved(samples, echo)


def _convolved(samples: NDArray[np.float32], echo: NDArray[np.float32]) -> NDArray[np.float32]:
    """Convolve and keep the length, by one transform of a size that is quick."""
    size = _quick_size(len(samples) + len(echo))
    spectrum = np.fft.rfft(samples, size) * np.fft.rfft(echo, size)
    return np.fft.irfft(spectrum, size)[: len(samples)].astype(np.float32)


def _quick_size(least: int) -> int:
    """Give a length 2ⁿ, 3·2ⁿ or 5·2ⁿ that is not below `least`."""
    powers = [base << max(0, (-(-least // base) - 1).bit_length()) for base in (1, 3, 5)]
    return min(powers)


def _anywhere(
    other: NDArray[np.float32], length: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Another's speech, begun anywhere and said again until it is long enough."""
    if not len(other):
        return np.zeros(length, np.float32)
    return np.resize(np.roll(other, -int(rng.integers(len(other)))), length)


def _at_level(sound: NDArray[np.float32], speech: float, snr_db: float) -> NDArray[np.float32]:
    """A sound so much below the speech's level."""
    own = float(np.sqrt(np.mean(sound**2))) if len(sound) else 0.0
    scale = speech * 10 ** (-snr_db / 20) / own if own > 0 else 0.0
    return sound * np.float32(scale)
