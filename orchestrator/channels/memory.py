"""The channel of a program: text is handed in from code and becomes speech in natural time."""

import random
from collections import deque
from collections.abc import AsyncIterator

from weft.clock import Clock
from weft.interaction_model.types import SLOT_S, MicroTurnInput, MicroTurnOutput
from weft.orchestrator.channels.crank import slots
from weft.orchestrator.channels.pacing import TimedWord, heard_in_slot, heard_slot, time_words


class MemoryChannel:
    """A channel fed by `hear`; what the model says is seen in the session's events."""

    def __init__(self, clock: Clock, *, seed: int = 0, first_index: int = 0) -> None:
        """Use `seed` for the jitter of word times; begin with slot `first_index`."""
        self._clock = clock
        self._rng = random.Random(seed)
        self._words: deque[TimedWord] = deque()
        self._next_index = first_index
        self._closed = False
        self._heard_index = first_index - 1

    def hear(self, text: str) -> float:
        """Say a text as the user, after what is still being said; gives its end (s, media time)."""
        began_s = self._next_index * SLOT_S
        if self._words:
            began_s = max(began_s, self._words[-1].end_s)
        timed = time_words(text, began_s, self._rng)
        self._words.extend(timed)
        return timed[-1].end_s if timed else began_s

    def close(self) -> None:
        """End the conversation with the next slot; words not yet said are dropped."""
        self._closed = True

    async def micro_turns(self) -> AsyncIterator[MicroTurnInput]:
        """Yield one input per slot until closed."""
        async for index in slots(self._clock, self._next_index):
            if self._closed:
                return
            self._next_index = index + 1
            yield heard_in_slot(self._words, index)
            while self._words and heard_slot(self._words[0]) <= index:
                self._words.popleft()

    async def send(self, said: MicroTurnOutput) -> None:
        """Take a slot as played: its text is with the program at once."""
        self._heard_index = said.index

    def heard_index(self) -> int:
        """Give the last slot that was sent."""
        return self._heard_index
