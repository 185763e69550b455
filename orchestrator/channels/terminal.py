"""The channel of a keyboard: a key is activity in its micro-turn, a word is heard when complete."""

from collections.abc import AsyncIterator

from weft.clock import Clock
from weft.interaction_model.types import MicroTurnInput, MicroTurnOutput
from weft.orchestrator.channels.crank import slots


class TerminalChannel:
    """A channel fed key by key; it knows nothing of how the terminal is drawn."""

    def __init__(self, clock: Clock, *, first_index: int = 0) -> None:
        """Start with nothing typed, in slot `first_index`."""
        self._clock = clock
        self._first_index = first_index
        self._complete: list[str] = []
        self._active = False
        self._closed = False
        self._heard_index = first_index - 1

    def key_pressed(self) -> None:
        """Mark the current slot: the user is typing, no word is complete yet."""
        self._active = True

    def word_completed(self, text: str) -> None:
        """Let words be heard in the current slot."""
        self._complete.extend(text.split())

    def close(self) -> None:
        """End the conversation with the next slot."""
        self._closed = True

    async def micro_turns(self) -> AsyncIterator[MicroTurnInput]:
        """Yield one input per slot until closed; what was typed belongs to the slot it fell in."""
        async for index in slots(self._clock, self._first_index):
            if self._closed:
                return
            text = " ".join(self._complete)
            heard = MicroTurnInput(index=index, text=text, user_active=self._active and not text)
            self._complete.clear()
            self._active = False
            yield heard

    async def send(self, said: MicroTurnOutput) -> None:
        """Take a slot as played: text is read as it appears."""
        self._heard_index = said.index

    def heard_index(self) -> int:
        """Give the last slot that was sent."""
        return self._heard_index
