"""Who speaks: espeak-ng's voices, and as many more as training draws; held-out ones stay apart.

No torch.
"""

import math
import random

from weft.interaction_model.espeak import EspeakVoice
from weft.interaction_model.training.language import patterns
from weft.interaction_model.training.language.utterance import Split

TRAINING_VOICES = patterns.words("""
    en-us en-us+m1 en-us+m2 en-us+m3 en-us+m7 en-us+f1 en-us+f2 en-us+f3 en-us+Andy en-us+Annie
    en-us+Gene en-us+Lee en-us+linda en-us+zac en-us+steph en-us+Alex en-us+david en-us+Denis
    en-gb en-gb+m1 en-gb+m5 en-gb+f2 en-gb+f5 en-gb+belinda en-gb-x-rp en-gb-x-rp+m3 en-gb-x-rp+f1
    en-gb-scotland en-gb-scotland+m2 en-gb-scotland+f3 en-gb-x-gbclan+m7 en-gb-x-gbcwmd+f2
    en-029+m1 en-029+f3 en-us-nyc en-us-nyc+f1
    en-us+adam en-gb+Alicia en-us+Andrea en-us+announcer en-us+benjamin en-gb+boris
    en-us+caleb en-gb+Diogo en-us+ed en-us+grandma en-gb+grandpa en-us+gustave
    en-gb+Henrique en-us+Hugo en-gb+ian en-us+iven2 en-us+iven4 en-gb+Jacky en-us+john
    en-gb+kaukovalta en-us+klatt2 en-gb+klatt4 en-us+klatt6 en-gb+marcelo en-us+Marco en-gb+Mario
    en-us+max en-us+michel en-gb+miguel en-us+Mike en-gb+Nguyen en-us+norbert en-us+pablo
    en-gb+paul en-us+pedro en-gb+quincy en-us+Reed en-us+RicishayMax2 en-us+rob en-gb+robert
    en-gb+sandro en-us+Storm en-us+steph3 en-gb+travis en-us+Tweaky en-us+victor
""")
HELD_OUT_VOICES = patterns.words("""
    en-us+m4 en-us+f4 en-us+Michael en-gb+m6 en-gb+f4 en-gb+shelby en-gb-scotland+m4 en-us+edward
""")
"""No variant of these is among the training voices."""
_LANGUAGES = tuple(dict.fromkeys(name.partition("+")[0] for name in TRAINING_VOICES))
DRAWN_SHARE = 0.7
"""So many of training's voices are nobody's: espeak-ng's own variants are a hundred."""

_STEP = 5
"""Training has rates and pitches that are multiples of this, held-out voices all others."""
_RATES_WPM = range(130, 201)
_PITCHES = range(25, 76)
_LAST_OF_VOWELS = 5
"""Formants above it only add brightness."""


def sample_voice(rng: random.Random, split: Split) -> EspeakVoice:
    """Draw a voice of the split, with a rate and a pitch of the split."""
    is_drawn = split == "train" and rng.random() < DRAWN_SHARE
    names = TRAINING_VOICES if split == "train" else HELD_OUT_VOICES
    return EspeakVoice(
        name=rng.choice(_LANGUAGES if is_drawn else names),
        rate_wpm=rng.choice(_of_split(_RATES_WPM, split)),
        pitch=rng.choice(_of_split(_PITCHES, split)),
        lines=_drawn_variant(rng) if is_drawn else (),
    )


def _drawn_variant(rng: random.Random) -> tuple[str, ...]:
    """Draw a throat as a variant's file would describe it, about as far apart as training's are."""
    throat = rng.uniform(0.9, 1.15)
    lines = [_formant(rng, number, throat) for number in range(9)]
    base_hz = math.exp(rng.uniform(math.log(65), math.log(220)))
    lines.append(f"pitch {base_hz:.0f} {base_hz * rng.uniform(1.2, 1.9):.0f}")
    lines.append(f"flutter {rng.randrange(9)}")
    lines.append(f"roughness {rng.randrange(5)}")
    lines.append(f"intonation {rng.randint(1, 4)}")
    if rng.random() < 0.5:
        lines.append(f"voicing {_about(rng, 80, 0.5)}")
    if rng.random() < 0.5:
        lines.append(f"consonants {_about(rng, 85, 0.3)} {_about(rng, 85, 0.3)}")
    if rng.random() < 0.3:
        bass, middle, treble = (rng.randint(80, 255) for _ in range(3))
        lines.append(f"tone 600 {bass} 1200 {middle} 2000 {treble}")
    if rng.random() < 0.15:
        lines.append(f"klatt {rng.randint(1, 6)}")
    if rng.random() < 0.15:
        lines.append(f"echo {rng.randint(20, 160)} {rng.randint(5, 40)}")
    if rng.random() < 0.1:
        lines.append(f"breath {' '.join(str(rng.randrange(6)) for _ in range(8))}")
    return tuple(lines)


def _formant(rng: random.Random, number: int, throat: float) -> str:
    """Draw frequency, height and width of a formant, in percent of the usual ones."""
    is_weak = number > _LAST_OF_VOWELS
    height = 0 if is_weak and rng.random() < 0.4 else _about(rng, 75 if is_weak else 95, 0.28)
    frequency = round(100 * throat * math.exp(rng.gauss(0, 0.05 if is_weak else 0.11)))
    return f"formant {number} {frequency} {height} {_about(rng, 100, 0.3)}"


def _about(rng: random.Random, percent: float, spread: float) -> int:
    """Draw around some percent; two thirds are within a factor of exp(spread)."""
    return round(percent * math.exp(max(-2, min(2, rng.gauss(0, 1))) * spread))


def _of_split(values: range, split: Split) -> tuple[int, ...]:
    return tuple(value for value in values if (value % _STEP == 0) == (split == "train"))
