"""A conversation to learn from, as values: slots, references, and what such talk is made of."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from weft.interaction_model.tokenizer import HeardToken
from weft.interaction_model.training.shown import Shown
from weft.interaction_model.types import Floor


@dataclass(frozen=True, slots=True)
class RowGiven:
    """Which row of which reference was offered in a slot; reference None is the absent row."""

    reference: int | None
    row: int


@dataclass(frozen=True, slots=True)
class Sound:
    """What one micro-turn sounds like."""

    levels: NDArray[np.uint8]  # [frames of a slot, bands]
    phonemes: tuple[int, ...] = ()
    """The phoneme that sounds at each audio position, by number; training listens for them."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One micro-turn of training data."""

    heard: tuple[HeardToken, ...]
    said: tuple[int, ...]
    floor: Floor
    given: RowGiven | None = None
    barge_in: bool = False
    """The user wants the floor while the model was speaking."""
    withheld: bool = False
    """A reply was due and was kept back: what is not said here is nothing to learn from."""
    sound: "Sound | None" = None
    patches: NDArray[np.uint8] | None = None
    """What was seen in this slot [P, 40, 40, channels]."""
    shown: Shown | None = None
    """What those patches show, where it is known."""
    hearing_only: bool = False
    """What is said in this slot is nothing to learn from, only what is heard."""


@dataclass(frozen=True, slots=True)
class PackedReference:
    """A stretch of a reference as rows of tokens."""

    rows: tuple[tuple[int, ...], ...]
    ended: bool


@dataclass(slots=True)
class Conversation:
    """A finished stretch of talk."""

    slots: list[Slot] = field(default_factory=list)
    references: list[PackedReference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mixture:
    """What a conversation is made of; each share is a probability."""

    statements: float = 0.22
    small_talk: float = 0.22
    questions: float = 0.25
    requests: float = 0.24
    misheard: float = 0.15
    """Chance that one word of a turn is lost or wrong: no template is then learnt by rote."""
    late: float = 0.12
    """Chance that a reply comes some slots too late, so that a moment missed can be made up for."""
    pause: float = 0.35
    wordless: float = 0.1
    """Chance that a heard word brings no vector, as a word that the table lacks."""
    barge_in: float = 0.03
    """Chance, in each slot in which the model speaks, that the user begins to interrupt."""
    backchannel: float = 0.045
    absent: float = 0.2
    random_reference: float = 0.15
    unasked_reference: float = 0.25
    """Chance that the background has something to say that was not asked in this stretch."""
