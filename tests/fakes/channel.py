"""A channel that plays a script of micro-turns on the virtual clock and keeps what was sent."""

from collections.abc import AsyncIterator, Iterable, Sequence

from weft.clock import VirtualClock
from weft.interaction_model.types import SLOT_S, MicroTurnInput, MicroTurnOutput

SOUND = "~"
"""A slot in which the user makes a sound without completing a word."""


class ScriptedChannel:
    """One text per slot; playback confirms a slot `lag_slots` slots after it was sent."""

    def __init__(
        self,
        clock: VirtualClock,
        slots: Sequence[str],
        *,
        lag_slots: int = 0,
        first_index: int = 0,
    ) -> None:
        self._clock = clock
        self._slots = tuple(slots)
        self._lag_slots = lag_slots
        self._first_index = first_index
        self.sent: list[MicroTurnOutput] = []

    @classmethod
    def of_words(
        cls, clock: VirtualClock, words: Iterable[tuple[float, str]], *, length_s: float
    ) -> "ScriptedChannel":
        """Make a channel from words and the media times in seconds at which they are complete."""
        slots = [""] * round(length_s / SLOT_S)
        for end_s, word in words:
            index = int(end_s / SLOT_S)
            slots[index] = f"{slots[index]} {word}".strip()
        return cls(clock, slots)

    async def micro_turns(self) -> AsyncIterator[MicroTurnInput]:
        began_s = self._clock.now_s()
        for place, text in enumerate(self._slots):
            index = self._first_index + place
            await self._clock.advance_to_s(began_s + (place + 1) * SLOT_S)
            if text == SOUND:
                yield MicroTurnInput(index=index, user_active=True)
            else:
                yield MicroTurnInput(index=index, text=text)

    async def send(self, said: MicroTurnOutput) -> None:
        self.sent.append(said)

    def heard_index(self) -> int:
        return self._first_index + len(self.sent) - 1 - self._lag_slots
