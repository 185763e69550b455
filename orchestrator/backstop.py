"""Which turns of the user are looked at once more because the model did not hand them over. Pure.

The interaction model has no knowledge of the world: whatever it replied to a real question was not
an answer. So a reply does not excuse a turn, it only asks for more certainty.
"""

from weft.interaction_model.types import SLOT_S
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.floor import FloorState
from weft.orchestrator.transcript import UserTurn


class Backstop:
    """Looks at each turn of the user at most once, some time after its end."""

    def __init__(self, config: SessionConfig) -> None:
        """Begin with no turn looked at."""
        self._config = config
        self._looked_at_index = -1

    def due(self, turn: UserTurn | None, floor: FloorState) -> UserTurn | None:
        """Give the turn whose meaning is to be checked now, or None."""
        if self._config.backstop == "off" or turn is None or turn.handed_over:
            return None
        ended_s = (floor.index - turn.last_index) * SLOT_S
        if floor.user_active or ended_s < self._config.backstop_after_s:
            return None
        if turn.last_index <= self._looked_at_index:
            return None
        self._looked_at_index = turn.last_index
        return turn if len(turn.text.split()) >= self._config.backstop_min_words else None

    def decide(self, turn: UserTurn, now: UserTurn | None, probability: float) -> bool:
        """Whether the turn is handed over, given how likely it is a request and the turn `now`."""
        if now is None or now.handed_over or now.last_index != turn.last_index:
            return False  # The model has acted after all, or the user went on.
        wanted = (
            self._config.backstop_probability_after_reply
            if now.replied
            else self._config.backstop_probability
        )
        return probability >= wanted
