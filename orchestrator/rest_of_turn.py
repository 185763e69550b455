"""The rest of a sentence whose beginning was handed over before the user had ended it. Pure.

The model may give its token in the middle of a sentence. What the user then says without a pause is
no turn of its own: it belongs to what was handed over.
"""

import re
from dataclasses import dataclass

from weft.interaction_model.types import Floor
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.floor import SENTENCE_ENDS, FloorState
from weft.orchestrator.transcript import UserTurn

_GOES_ON_SLOTS = 2
"""Whoever is heard again so soon has made no pause."""
_COURTESY = frozenset("ok okay please thank thanks you".split())  # noqa: SIM905
"""Words that add nothing to a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """A turn that goes on with one that was handed over."""

    beginning: UserTurn
    turn: UserTurn


class RestOfTurn:
    """Watches, after each token of the model, whether the user was still speaking."""

    def __init__(self, config: SessionConfig) -> None:
        """Begin with nothing handed over."""
        self._turn_gap_slots = config.turn_gap_slots
        self._active_index = -1
        """The last slot in which the user was heard."""
        self._beginning: UserTurn | None = None
        self._goes_on = False

    def hand_over(self, turn: UserTurn, index: int) -> None:
        """Take in that the model has handed over a turn in this slot."""
        in_time = index - self._active_index <= _GOES_ON_SLOTS
        unfinished = in_time and not turn.text.rstrip().endswith(SENTENCE_ENDS)
        self._beginning = turn if unfinished else None
        self._goes_on = False

    def awaits(self, turn: UserTurn) -> bool:
        """Whether a turn is a rest that is taken as soon as the user has said all of it."""
        beginning = self._beginning
        return self._goes_on and beginning is not None and turn.first_index > beginning.last_index

    def take(self, turn: UserTurn | None, floor: FloorState) -> Rest | None:
        """Give the rest in the slot in which it is known to be whole; at most once."""
        silent_slots = floor.index - self._active_index
        if floor.user_active:
            self._active_index = floor.index
        if self._beginning is None:
            return None
        if not self._goes_on and silent_slots > _GOES_ON_SLOTS:
            self._beginning = None
        if floor.user_active:
            self._goes_on = self._beginning is not None
            return None
        if not (self._goes_on and self._is_over(floor, silent_slots)):
            return None
        beginning, self._beginning = self._beginning, None
        self._goes_on = False
        # What has been acted on already was a correction, or no word at all.
        if beginning is None or turn is None or turn.handed_over or _is_courtesy(turn.text):
            return None
        return Rest(beginning=beginning, turn=turn)

    def _is_over(self, floor: FloorState, silent_slots: int) -> bool:
        # In the first slot in which an answer to the mere beginning could be woven.
        if floor.free_since_index is not None or floor.floor is Floor.MODEL:
            return silent_slots >= _GOES_ON_SLOTS
        return silent_slots > self._turn_gap_slots


def _is_courtesy(text: str) -> bool:
    return set(re.findall(r"\w+", text.lower())) <= _COURTESY
