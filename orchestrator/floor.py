"""Who holds the floor in a micro-turn, before the model has lived through it. Pure.

The judgement is the model's own: its floor head spoke about the slot before. The tracker only adds
what is plain fact by now (something was heard, or was not) and since when the floor has been free.
"""

from dataclasses import dataclass

from weft.interaction_model.types import Floor, MicroTurnInput, MicroTurnOutput
from weft.orchestrator.config import SessionConfig

SENTENCE_ENDS = (".", "?", "!", "…", '."', '?"', '!"')


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorState:
    """The floor at the start of slot `index`."""

    index: int
    floor: Floor
    user_active: bool
    """Whether the user was heard in this slot, words or not."""
    silent_slots: int
    """How many slots both sides have been silent, this one included as far as it is known."""
    free_since_index: int | None
    """The slot in which the floor became free for something new; None while it is not."""

    @property
    def user_holds(self) -> bool:
        """Whether the user has the floor or is taking it."""
        return self.floor in (Floor.USER, Floor.OVERLAP)


class FloorTracker:
    """Follows the floor from slot to slot."""

    def __init__(self, config: SessionConfig) -> None:
        """Begin before the first slot, with nobody having spoken."""
        self._config = config
        self._last: MicroTurnOutput | None = None
        self._silent_slots = 0
        self._sentence_ended = True
        self._free_since_index: int | None = None

    def update(self, heard: MicroTurnInput) -> FloorState:
        """Say who holds the floor now that this slot's input is known."""
        user_active = bool(heard.text) or heard.user_active
        free_since_index = None if user_active else self._free_since_index
        return FloorState(
            index=heard.index,
            floor=self._holder(user_active, free=free_since_index is not None),
            user_active=user_active,
            silent_slots=0 if user_active else self._silent_slots + 1,
            free_since_index=free_since_index,
        )

    def settle(self, heard: MicroTurnInput, said: MicroTurnOutput) -> None:
        """Take in what the model did in this slot."""
        quiet = not (heard.text or heard.user_active or said.text)
        self._silent_slots = self._silent_slots + 1 if quiet else 0
        if said.text:
            self._sentence_ended = said.text.rstrip().endswith(SENTENCE_ENDS)
        self._last = said
        if not (quiet and self._is_free(said)):
            self._free_since_index = None
        elif self._free_since_index is None:
            self._free_since_index = said.index

    def _is_free(self, said: MicroTurnOutput) -> bool:
        """Whether a slot in which nobody spoke leaves the floor to whoever wants it."""
        match said.floor.most_likely:
            case Floor.GAP:
                return said.floor.gap >= self._config.gap_probability
            case Floor.MODEL if self._sentence_ended:
                return True
        return self._silent_slots >= self._config.lapse_slots

    def _holder(self, user_active: bool, *, free: bool) -> Floor:
        """Correct the head's belief about the last slot by what this slot has brought."""
        believed = Floor.GAP if self._last is None else self._last.floor.most_likely
        if user_active and believed in (Floor.PAUSE, Floor.GAP):
            return Floor.USER
        if not user_active and believed is Floor.USER:
            return Floor.PAUSE
        return Floor.GAP if free else believed
