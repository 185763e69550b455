"""The part of a session that has no background: what a model and the scheduler do in a talk."""

from collections.abc import Sequence
from dataclasses import dataclass

from weft.bench._users import IN_TEXT, Medium
from weft.interaction_model.training.hearing import HeardWord
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


def acted(said: MicroTurnOutput) -> bool:
    """Say whether the model did anything in a slot: a word, or a control token."""
    return bool(said.text) or said.control is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One slot of a talk: what came in, what the model did, and what became of the rows."""

    heard: MicroTurnInput
    said: MicroTurnOutput
    audible: bool
    """Whether anything was heard of the model."""
    events: tuple[AnyEvent, ...] = ()


class Talk:
    """A model with the floor tracker and the injection scheduler of a session, and nothing else."""

    def __init__(self, model: InteractionModel, medium: Medium = IN_TEXT) -> None:
        """Begin at slot 0 with a stream that has heard nothing."""
        config = SessionConfig()
        self._medium = medium
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
        heard = self._medium.hear(words, self.index)
        row = self._injections.offer(self._floor.update(heard))
        said = self._model.step(heard, row)
        played = self._medium.say(said)
        events = self._injections.settle(said, played.heard_index, played.playback)
        self._floor.settle(heard, said)
        self.index += 1
        return Moment(heard=heard, said=said, audible=played.audible, events=tuple(events))
