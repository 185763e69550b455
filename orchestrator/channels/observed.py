"""A channel seen from beside: whoever draws or audits gets every slot, and cannot disturb it."""

from collections.abc import AsyncIterator, Callable

from weft.interaction_model.types import MicroTurnInput, MicroTurnOutput
from weft.orchestrator.ports import Channel

Observe = Callable[[MicroTurnInput, MicroTurnOutput], None]
"""Is shown what was heard and what was said in a slot, in slot order, and returns at once."""


class ObservedChannel:
    """Another channel, whose every slot is also shown to an observer once it was sent."""

    def __init__(self, channel: Channel, observe: Observe) -> None:
        """`observe` is called in slot order and must return at once."""
        self._channel = channel
        self._observe = observe
        self._heard = MicroTurnInput(index=-1)

    async def micro_turns(self) -> AsyncIterator[MicroTurnInput]:
        """Yield the other channel's inputs."""
        async for heard in self._channel.micro_turns():
            self._heard = heard
            yield heard

    async def send(self, said: MicroTurnOutput) -> None:
        """Send through the other channel, then show the slot."""
        await self._channel.send(said)
        self._observe(self._heard, said)

    def heard_index(self) -> int:
        """Give the other channel's playback position."""
        return self._channel.heard_index()
