"""Ears of others in a thread of their own, so that the slots go on while they think, or hang.

For real time only: in virtual time nobody has to wait for anybody.
"""

import logging
import queue
import threading
import time
import weakref
from collections.abc import Sequence

from weft.interaction_model.types import SLOT_S, MicroTurnInput, Senses
from weft.orchestrator.sound_ports import Ears

PATIENCE_S = SLOT_S / 4
"""So long a slot waits for what is heard in it."""

MOST_BEHIND_SLOTS = 50
"""Ears that are so far behind are given nothing more until they have caught up."""

_logger = logging.getLogger(__name__)


class PatientEars:
    """Ears that may take their time: what they hear late is heard in a later slot, and not lost.

    Words keep the times at which they were said.
    """

    def __init__(self, ears: Ears, name: str, *, patience_s: float = PATIENCE_S) -> None:
        """Take ears that never fail, called `name` in the configuration."""
        self._name = name
        self._patience_s = patience_s
        self._given: queue.SimpleQueue[Senses | None] = queue.SimpleQueue()
        self._heard: queue.SimpleQueue[MicroTurnInput] = queue.SimpleQueue()
        self._behind_slots = 0
        self._told = False
        # The thread knows nothing of this object, so that it ends when nobody listens any more. It
        # keeps no program from ending either: a library that hangs would keep it for ever.
        thread = threading.Thread(
            target=_listen, args=(ears, self._given, self._heard), name="weft-ears", daemon=True
        )
        weakref.finalize(self, self._given.put, None)
        thread.start()

    def perceive(self, senses: Senses) -> MicroTurnInput:
        """Hand the slot on, and give what has been heard since the slot before."""
        if self._behind_slots < MOST_BEHIND_SLOTS:
            self._given.put(senses)
            self._behind_slots += 1
        elif not self._told:
            self._told = True
            _logger.error("ears %s are 10 s behind: slots are left out", self._name)
        return _together(self._take(), senses.index)

    def _take(self) -> list[MicroTurnInput]:
        """Wait for the ears as long as there is time, and for no more than was given."""
        until_s = time.monotonic() + self._patience_s
        heard = []
        while self._behind_slots:
            try:
                heard.append(self._heard.get(timeout=max(0.0, until_s - time.monotonic())))
            except queue.Empty:
                break
            self._behind_slots -= 1
        return heard


def _listen(
    ears: Ears,
    given: "queue.SimpleQueue[Senses | None]",
    heard: "queue.SimpleQueue[MicroTurnInput]",
) -> None:
    """Perceive one slot after the other, until there is a None."""
    while (senses := given.get()) is not None:
        heard.put(ears.perceive(senses))


def _together(heard: Sequence[MicroTurnInput], index: int) -> MicroTurnInput:
    """Put what was heard in several slots into one."""
    text = " ".join(each.text for each in heard if each.text)
    return MicroTurnInput(
        index=index,
        text=text,
        user_active=bool(heard) and heard[-1].user_active,
        transcribed=tuple(word for each in heard for word in each.transcribed),
    )
