"""What came from a server and was not taken: counted, and told once to whoever reads the log."""

import logging
from collections import Counter
from typing import Final

from weft.background_agents.queues.signing import Purpose
from weft.background_agents.queues.wire import Unreadable

logger = logging.getLogger(__name__)

TOLD_MOST: Final = 50
"""So many different complaints are told; whoever writes nonsense shall not fill the log."""
_WHAT_HAPPENED: Final = {
    Purpose.PACKAGE: "a package was set aside",
    Purpose.UPDATES: "an update was dropped",
    Purpose.STOP: "a stop signal was dropped",
    Purpose.INTEREST: "who waits for a delegation was not believed",
    Purpose.HOLDER: "who holds a session was not believed",
    Purpose.MOVE: "news of a move were dropped",
    Purpose.LISTED: "what was kept for a user was not believed",
    Purpose.EFFECT: "what is known of an effect was not believed",
    Purpose.CALL: "what a call goes by was not believed",
}


class Refusals:
    """What one process did not take."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.counted: Counter[tuple[str, str]] = Counter()
        """How often, by the kind of message and the reason."""
        self._told: set[str] = set()

    def so_far(self) -> Counter[tuple[str, str]]:
        """Give the counts as they are at this moment; may be called from another thread."""
        return self.counted.copy()

    def note(self, purpose: Purpose, error: Unreadable) -> None:
        """Count a message that was not taken, and tell it if nothing like it was told before."""
        self.counted[purpose, error.reason] += 1
        complaint = f"{_WHAT_HAPPENED[purpose]}: {error}"
        if complaint in self._told or len(self._told) >= TOLD_MOST:
            return
        self._told.add(complaint)
        logger.warning("%s; more of the same is only counted", complaint)
