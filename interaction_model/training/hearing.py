"""How a simulated user's words fall into micro-turns: pace, pauses, typing, casing, punctuation."""

import random
import string
from collections.abc import Iterator
from dataclasses import dataclass

from weft.interaction_model.training.language.backchannels import HESITATIONS, INCOMPLETE_ENDINGS
from weft.interaction_model.training.language.english import made_up_word

_FLAT = str.maketrans("", "", string.punctuation.replace("'", "").replace("-", ""))


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word complete in slot `slot`; the user was active in the `active_slots` before it."""

    word: str
    slot: int
    active_slots: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How one user produces words."""

    slots_a_word: float
    jitter: float
    activity: bool
    """Whether the channel reports activity (typing, a voice) before a word is complete."""


def choose_pace(rng: random.Random) -> Pace:
    """Most users speak about three words a second; some type, some read fast, few paste."""
    kind = rng.random()
    if kind < 0.45:
        return Pace(rng.uniform(1.3, 2.0), 0.5, activity=rng.random() < 0.7)
    if kind < 0.65:
        return Pace(rng.uniform(0.8, 1.3), 0.3, activity=rng.random() < 0.5)
    if kind < 0.93:
        return Pace(rng.uniform(2.0, 4.5), 0.8, activity=True)
    return Pace(rng.uniform(0.05, 0.5), 0.1, activity=False)


def written(rng: random.Random, text: str) -> str:
    """The text as this user would write it or a recogniser would give it."""
    style = rng.random()
    if style < 0.4:
        return text
    if style < 0.8:
        return text.lower().translate(_FLAT)
    return text.translate(_FLAT) if style < 0.9 else text.lower()


def misheard(rng: random.Random, text: str) -> str:
    """The text with one word of five or more lost, said twice, or heard as a word there is not."""
    words = text.split()
    if len(words) < 5:
        return text
    at = rng.randrange(len(words))
    wrong = rng.choice(((), (words[at], words[at]), (made_up_word(rng),), (made_up_word(rng),)))
    return " ".join([*words[:at], *wrong, *words[at + 1 :]])


def cut_points(words: list[str]) -> list[int]:
    """Places where a turn is certainly unfinished: after these many words one may fall silent."""
    return [
        n
        for n in range(1, len(words))
        if words[n - 1].lower().strip(string.punctuation) in INCOMPLETE_ENDINGS
    ]


def with_pause(
    rng: random.Random, words: list[str], pause_chance: float
) -> tuple[list[str], int, int]:
    """Words, sometimes with a hesitation; before which word a pause comes (0: none), in slots."""
    if len(words) <= 2 or rng.random() >= pause_chance:
        return words, 0, 0
    points = cut_points(words)
    if points and rng.random() < 0.75:
        at = rng.choice(points)
    else:  # anywhere, made unfinished by a filled pause
        at = rng.randrange(1, len(words))
        words = [*words[:at], rng.choice(HESITATIONS).split()[0], *words[at:]]
        at += 1
    return words, at, rng.choice((2, 2, 3, 3, 4, 5, 6, 8, 12))


def spoken(
    rng: random.Random, text: str, start_slot: int, pace: Pace, *, pause_chance: float
) -> Iterator[HeardWord]:
    """Lay a turn's words over slots, sometimes with a hesitation and a pause of 2 to 12 slots."""
    words, pause_at, pause_slots = with_pause(rng, text.split(), pause_chance)
    moment = float(start_slot)
    for number, word in enumerate(words):
        moment += pause_slots if number and number == pause_at else 0
        length = pace.slots_a_word * (0.5 + len(word) / 10)
        length = max(0.0, length * (1 + pace.jitter * rng.uniform(-1, 1)))
        begun, moment = int(moment), moment + length
        slot = int(moment)
        yield HeardWord(word, slot, max(0, slot - begun) if pace.activity else 0)
