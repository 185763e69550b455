"""When words are said and in which micro-turn they are heard; pure, it knows no clock."""

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from weft.interaction_model.types import SLOT_S, MicroTurnInput

WORDS_PER_S = 3.0
"""How fast people talk when nothing hurries them."""

_MEAN_LETTERS = 4.5
_CLAUSE_PAUSE_S = 0.12
_SENTENCE_PAUSE_S = 0.3
_ROUNDING_S = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWord:
    """One word and the stretch of media time in which it is said."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotWord:
    """One word and the micro-turns in which it began and was complete."""

    text: str
    first_index: int
    last_index: int


def first_slot(word: TimedWord) -> int:
    """Give the micro-turn in which a word begins."""
    return math.floor(word.start_s / SLOT_S + _ROUNDING_S)


def heard_slot(word: TimedWord) -> int:
    """Give the micro-turn in which a word is complete; one ending on a border is in the earlier."""
    return max(first_slot(word), math.ceil(word.end_s / SLOT_S - _ROUNDING_S) - 1)


def heard_in_slot(words: Iterable[TimedWord], index: int) -> MicroTurnInput:
    """Say what is heard in one micro-turn: words complete in it, or the sound of one under way."""
    complete = []
    under_way = False
    for word in words:
        if heard_slot(word) == index:
            complete.append(word.text)
        under_way |= first_slot(word) <= index < heard_slot(word)
    return MicroTurnInput(
        index=index, text=" ".join(complete), user_active=under_way and not complete
    )


def time_words(
    text: str, start_s: float, rng: random.Random, words_per_s: float = WORDS_PER_S
) -> tuple[TimedWord, ...]:
    """Time plain text as speech: long words take longer, punctuation makes a short pause.

    The jitter comes from `rng` alone, so the same seed gives the same talk.
    """
    timed = []
    now_s = start_s
    for word in text.split():
        letters = max(1, sum(c.isalnum() for c in word))
        share = 0.5 + 0.5 * letters / _MEAN_LETTERS
        length_s = min(1.2, share * rng.uniform(0.8, 1.2) / words_per_s)
        timed.append(TimedWord(text=word, start_s=now_s, end_s=now_s + length_s * 0.9))
        now_s += length_s
        if word[-1] in ".?!":
            now_s += _SENTENCE_PAUSE_S
        elif word[-1] in ",;:":
            now_s += _CLAUSE_PAUSE_S
    return tuple(timed)


def words_of_slots(said: Sequence[tuple[int, str]]) -> tuple[SlotWord, ...]:
    """Read whole words out of what was said slot by slot, joining words that were split over slots.

    `said` holds (index, text) in order. A text that begins without a space goes on with the word
    before it, if that was said in the slot just before and no new sentence begins.
    """
    words: list[SlotWord] = []
    ends_open = False
    for index, text in said:
        pieces = text.split()
        if not pieces:
            ends_open = ends_open and not text
            continue
        goes_on = ends_open and not text[0].isspace() and index - words[-1].last_index <= 1
        if goes_on and not _new_sentence(words[-1].text, text):
            split = words.pop()
            joined = split.text + pieces.pop(0)
            words.append(SlotWord(text=joined, first_index=split.first_index, last_index=index))
        words.extend(SlotWord(text=piece, first_index=index, last_index=index) for piece in pieces)
        ends_open = not text[-1].isspace()
    return tuple(words)


def time_slot_words(said: Sequence[tuple[int, str]]) -> tuple[TimedWord, ...]:
    """Time what was said slot by slot: the words that end in one slot share it evenly."""
    words = words_of_slots(said)
    sharers: dict[int, list[SlotWord]] = {}
    for word in words:
        sharers.setdefault(word.last_index, []).append(word)
    timed: list[TimedWord] = []
    for index, shared in sharers.items():
        share_s = SLOT_S / len(shared)
        for place, word in enumerate(shared):
            end_s = index * SLOT_S + (place + 1) * share_s
            began_s = index * SLOT_S + place * share_s
            if word.first_index < index:
                # A split word began after the whole words of its first slot, not over them.
                floor_s = timed[-1].end_s if timed else 0.0
                began_s = max(floor_s, word.first_index * SLOT_S)
            timed.append(
                TimedWord(text=word.text, start_s=round(began_s, 3), end_s=round(end_s, 3))
            )
    return tuple(timed)


def _new_sentence(before: str, text: str) -> bool:
    """Say whether a text without a space before it begins a sentence, and not a decimal place."""
    if before[-1] not in ".?!":
        return False
    return text[0].isupper() or (text[0].isdigit() and not before[-2:-1].isdigit())
