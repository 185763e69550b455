"""Ears and voices of others in threads of their own: the slots go on while they think, or hang.

For real time only: in virtual time nobody has to wait for anybody.
"""

import logging
import queue
import threading
import time
import weakref
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from weft.interaction_model.types import (
    SLOT_S,
    SLOT_SAMPLES,
    MicroTurnInput,
    MicroTurnOutput,
    Senses,
    Voiced,
)
from weft.orchestrator.sound_ports import Ears, Voice

PATIENCE_S = SLOT_S / 4
"""So long a slot waits for what is heard in it, and for what is sounded in it."""

MOST_BEHIND_SLOTS = 50
"""Whoever is so far behind is given nothing more until it has caught up."""

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


class PatientVoice:
    """A voice that may take its time: what it sounds late is played later, and nothing is lost.

    It catches up where it is silent.
    """

    def __init__(self, voice: Voice, name: str, *, patience_s: float = PATIENCE_S) -> None:
        """Take a voice that never fails, called `name` in the configuration."""
        self._name = name
        self._patience_s = patience_s
        self._given: queue.SimpleQueue[_Text | None] = queue.SimpleQueue()
        self._voiced: queue.SimpleQueue[tuple[int, Voiced]] = queue.SimpleQueue()
        self._ready: deque[Voiced] = deque()
        """Sounded by the voice, and not played yet."""
        self._behind_slots = 0
        self._stops = 0
        self._sounded_index = -1
        self._told = False
        thread = threading.Thread(
            target=_speak, args=(voice, self._given, self._voiced), name="weft-voice", daemon=True
        )
        weakref.finalize(self, self._given.put, None)
        thread.start()

    def sound(self, said: MicroTurnOutput) -> Voiced:
        """Hand the slot on, and give the oldest sound that has not been played."""
        is_left_out = self._behind_slots >= MOST_BEHIND_SLOTS
        if not is_left_out:
            self._given.put((self._stops, said))
            self._behind_slots += 1
        elif not self._told:
            self._told = True
            _logger.error("voice %s is 10 s behind: what is said then is not heard", self._name)
        self._take()
        while len(self._ready) > 1 and _is_nothing(self._ready[0]):
            self._ready.popleft()
        voiced = self._ready.popleft() if self._ready else self._silence(said.index)
        late_s = (said.index - voiced.index) * SLOT_S
        self._sounded_index = max(self._sounded_index, voiced.sounded_index)
        return replace(
            voiced,
            index=said.index,
            sounded_index=self._sounded_index,
            waiting_s=voiced.waiting_s + self._behind_slots * SLOT_S,
            words=tuple(
                replace(word, start_s=word.start_s + late_s, end_s=word.end_s + late_s)
                for word in voiced.words
            ),
            dropped=voiced.dropped or (is_left_out and bool(said.text)),
        )

    def stop(self) -> None:
        """Drop what has not been played, also what the voice is still at."""
        self._stops += 1
        self._ready.clear()

    def _take(self) -> None:
        """Wait for the voice as long as there is time; what was stopped is not kept."""
        until_s = time.monotonic() + self._patience_s
        while self._behind_slots:
            try:
                stops, voiced = self._voiced.get(timeout=max(0.0, until_s - time.monotonic()))
            except queue.Empty:
                break
            self._behind_slots -= 1
            if stops == self._stops:
                self._ready.append(voiced)

    def _silence(self, index: int) -> Voiced:
        return Voiced(
            index=index,
            samples=np.zeros(SLOT_SAMPLES, np.float32),
            sounded_index=self._sounded_index,
            waiting_s=0.0,
        )


def _is_nothing(voiced: Voiced) -> bool:
    """Whether a slot of a voice can be left out."""
    return not (voiced.words or voiced.dropped or voiced.samples.any())


_Text = tuple[int, MicroTurnOutput]
"""What is said in a slot, and how often the voice had been stopped before."""


def _speak(
    voice: Voice,
    given: "queue.SimpleQueue[_Text | None]",
    voiced: "queue.SimpleQueue[tuple[int, Voiced]]",
) -> None:
    """Sound one slot after the other, until there is a None."""
    stopped = 0
    while (text := given.get()) is not None:
        stops, said = text
        if stops > stopped:
            stopped = stops
            voice.stop()
        voiced.put((stops, voice.sound(said)))
