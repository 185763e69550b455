"""A user whose words are laid over micro-turns, and the part of a session that has no background.

The words come from the pacing that the training data is made with (`hearing`), so that what is
measured is how the model behaves and not how it copes with another clock of speech.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from weft.interaction_model.training.hearing import HeardWord, Pace, choose_pace, spoken
from weft.interaction_model.types import (
    InteractionModel,
    MicroTurnInput,
    MicroTurnOutput,
)
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import AnyEvent
from weft.orchestrator.floor import FloorTracker
from weft.orchestrator.injection import InjectionScheduler
from weft.orchestrator.owed import Result

LEAD_IN_SLOTS = 3
"""Silence before the first word of a case."""


def lay_out(
    rng: random.Random, text: str, start_index: int, pace: Pace | None = None
) -> tuple[HeardWord, ...]:
    """Lay a text over micro-turns from `start_index` on, without a pause inside."""
    return tuple(spoken(rng, text, start_index, pace or choose_pace(rng), pause_chance=0.0))


def heard_at(words: Sequence[HeardWord], index: int) -> MicroTurnInput:
    """Say what is heard in one slot: the words complete in it, or the sound of one under way."""
    text = " ".join(word.word for word in words if word.slot == index)
    under_way = any(word.slot - word.active_slots <= index < word.slot for word in words)
    return MicroTurnInput(index=index, text=text, user_active=under_way and not text)


def first_index(words: Sequence[HeardWord]) -> int:
    """Give the first slot in which anything of the words is heard."""
    return min(word.slot - word.active_slots for word in words)


def last_index(words: Sequence[HeardWord]) -> int:
    """Give the slot in which the last word is complete."""
    return max(word.slot for word in words)


def acted(said: MicroTurnOutput) -> bool:
    """Say whether the model did anything in a slot: a word, or a control token."""
    return bool(said.text) or said.control is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One slot of a talk: what came in, what the model did, and what became of the rows."""

    heard: MicroTurnInput
    said: MicroTurnOutput
    events: tuple[AnyEvent, ...] = ()


class Talk:
    """A model with the floor tracker and the injection scheduler of a session, and nothing else."""

    def __init__(self, model: InteractionModel, config: SessionConfig | None = None) -> None:
        """Begin at slot 0 with a stream that has heard nothing."""
        config = config or SessionConfig()
        self._model = model
        self._floor = FloorTracker(config)
        self._injections = InjectionScheduler(config, model.encode, model.absent)
        self._owed = 0
        self.index = 0

    def owe(self, text: str) -> None:
        """Have a result to be said from the next slot on."""
        self._owed += 1
        result = Result(
            result_id=f"result {self._owed}",
            delegation_id=f"delegation {self._owed}",
            kind="result",
            text=text,
        )
        self._injections.add(result, self.index)

    def live_through(self, words: Sequence[HeardWord] = ()) -> Moment:
        """Live through the next slot, in which the user says what of `words` falls into it."""
        heard = heard_at(words, self.index)
        row = self._injections.offer(self._floor.update(heard))
        said = self._model.step(heard, row)
        events = self._injections.settle(said, said.index)
        self._floor.settle(heard, said)
        self.index += 1
        return Moment(heard=heard, said=said, events=tuple(events))
