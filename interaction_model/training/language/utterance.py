"""What a simulated user says and what the model owes it: the value that every grammar yields."""

import functools
import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Split = Literal["train", "held_out"]
Control = Literal["none", "delegate", "revise", "dismiss"]


HELD_OUT_SHARE = 8
"""One template in eight, and one word in eight, is never seen in training."""


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
