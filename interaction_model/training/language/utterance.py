"""What a simulated user says and what the model owes it: the value that every grammar yields."""

import functools
import random
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Split = Literal["train", "held_out"]
Control = Literal["none", "delegate", "revise", "dismiss"]


HELD_OUT_SHARE = 8
"""One template in eight, and one word in eight, is never seen in training."""

CROSSED_SHARE = 0.35
"""Training crosses this many of its templates with another, so that none is learnt by rote."""

_PIVOT_WORDS = 2


@dataclass(frozen=True, slots=True)
class Utterance:
    """One finished turn of the user, and the answer the model owes it at once.

    `reply` is what the model says by itself: the whole reply for `control == "none"` (empty means
    that silence is right), and the lead ("Let me check.") when it hands over, revises or dismisses.
    """

    text: str
    template: str
    kind: str
    control: Control
    reply: str


def is_held_out(item: str) -> bool:
    """Say whether a template or a word belongs to evaluation only, by a stable hash of its text."""
    return zlib.crc32(item.encode()) % HELD_OUT_SHARE == 0


def choose(rng: random.Random, items: Sequence[str], split: Split) -> str:
    """Pick one item of a split; a list too short to have held-out items serves both splits."""
    return rng.choice(_of_split(tuple(items), split))


@functools.lru_cache(maxsize=4096)
def _of_split(items: tuple[str, ...], split: Split) -> tuple[str, ...]:
    wanted = tuple(item for item in items if is_held_out(item) == (split == "held_out"))
    return wanted or items


def choose_crossed(rng: random.Random, templates: Sequence[str], split: Split) -> str:
    """Pick a template of a split; in training, often the head of one and the tail of another.

    Two templates cross where both have the same two words in a row. They must owe the same reply
    and end with the same mark. No crossing yields a template of the held-out split.
    """
    template = choose(rng, templates, split)
    if split == "held_out" or rng.random() >= CROSSED_SHARE:
        return template
    return crossed(rng, template, tuple(templates))


def crossed(rng: random.Random, template: str, templates: tuple[str, ...]) -> str:
    """Give a template the tail of another that shares two words in a row; itself if none does."""
    words = _words(template)
    tails = _tails(templates)
    starts = list(range(1, len(words) - _PIVOT_WORDS))
    rng.shuffle(starts)
    for start in starts:
        pivot = (_closing_mark(template), *words[start : start + _PIVOT_WORDS])
        others = [tail for tail in tails.get(pivot, ()) if tail != words[start:]]
        if others:
            made = " ".join((*words[:start], *rng.choice(others)))
            return template if made in templates else made
    return template


@functools.lru_cache(maxsize=256)
def _tails(templates: tuple[str, ...]) -> Mapping[tuple[str, ...], list[tuple[str, ...]]]:
    """What follows each pair of words in the training templates, the pair included."""
    tails: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for template in _of_split(templates, "train"):
        words = _words(template)
        for start in range(1, len(words) - _PIVOT_WORDS):
            pivot = (_closing_mark(template), *words[start : start + _PIVOT_WORDS])
            tails.setdefault(pivot, []).append(words[start:])
    return tails


def _words(template: str) -> tuple[str, ...]:
    """Words of a template; a choice in parentheses is one word, whatever it holds."""
    return tuple(re.findall(r"(?:\([^()]*\)|[^\s(])+", template))


def _closing_mark(template: str) -> str:
    return template[-1] if template[-1] in ".?" else ""
