"""What an ideal ear writes down of spoken words: which tokens in which micro-turn."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from weft.interaction_model.config import SensesConfig
from weft.interaction_model.espeak import Timed
from weft.interaction_model.tokenizer import HeardToken, Special, WordTokenizer
from weft.interaction_model.training.language.patterns import words as listed
from weft.interaction_model.types import SLOT_S

PHONEMES = (
    "silence",
    "other",
    *listed("""
    n t s I d k l r @ m E z a aI V D w f p eI i: i v oU 0 b u: 3 h I2 a# j g N @2 aU T 3: S tS @L O@
    U dZ I# t# A@ o@ O: r- aa O2 e@ A: i@3 OI i@ aI2 U@ t2 aI@ w# Z @- aI3 n- VR t[ IR ? @5 x O
    """),
)
"""What the voices' phonemes are called, by number; silence is 0."""

PHONEME_NUMBERS = {name: number for number, name in enumerate(PHONEMES)}
UNKNOWN_PHONEME = 1

PHONEME_LAG_POSITIONS = 2
"""A phoneme is asked for so many audio positions after it sounds: it needs what follows."""

AUDIBLE_S = 0.04
"""A word that sounds for less in a slot is not noticed there."""

_EXACT_S = 1e-6


def written_slot(end_s: float, senses: SensesConfig) -> int:
    """The micro-turn in which a word is written down that ends at this moment."""
    ended = max(0, int(np.ceil(end_s / SLOT_S - _EXACT_S)) - 1)
    return ended + senses.transcript_delay_slots


def transcribed(
    words: Sequence[Timed], slots: int, tokenizer: WordTokenizer, senses: SensesConfig
) -> Iterator[tuple[HeardToken, ...]]:
    """What is written in each of `slots` micro-turns: tokens of words, or activity, or nothing."""
    waiting = deque(words)
    backlog: deque[HeardToken] = deque()
    for index in range(slots):
        while waiting and written_slot(waiting[0].end_s, senses) <= index:
            backlog.extend(tokenizer.heard(waiting.popleft().text))
        room = min(senses.transcript_tokens, len(backlog))
        taken = tuple(backlog.popleft() for _ in range(room))
        sounds = audible(words, index)
        yield taken or (HeardToken(Special.ACTIVE if sounds else Special.NOTHING),)


def audible(words: Iterable[Timed], index: int) -> bool:
    """Whether words sound in a micro-turn for long enough to be noticed."""
    begin_s, end_s = index * SLOT_S, (index + 1) * SLOT_S
    heard_s = sum(max(0.0, min(w.end_s, end_s) - max(w.start_s, begin_s)) for w in words)
    return heard_s >= AUDIBLE_S


def phoneme_numbers(phonemes: Sequence[Timed], positions: int, position_s: float) -> list[int]:
    """The number of the phoneme that sounded a little before each audio position's middle."""
    numbers = [0] * positions
    for phoneme in phonemes:
        first = int(phoneme.start_s / position_s + 0.5) + PHONEME_LAG_POSITIONS
        last = int(phoneme.end_s / position_s + 0.5) + PHONEME_LAG_POSITIONS
        for position in range(max(0, first), min(positions, last)):
            numbers[position] = PHONEME_NUMBERS.get(phoneme.text, UNKNOWN_PHONEME)
    return numbers


def in_slots(levels: NDArray[np.uint8], slots: int) -> NDArray[np.uint8]:
    """Levels [frames, bands] cut into [slots, frames of a slot, bands]."""
    return levels.reshape(slots, -1, levels.shape[1])
