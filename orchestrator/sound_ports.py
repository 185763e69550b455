"""What a conversation in sound needs from others: ears, a voice, and a channel of sound.

`orchestrator/channels/sounded.py` puts the three together into a Channel of words, so that the
session loop, the record and everything that travels only ever see words with their times.
"""

from collections.abc import AsyncIterator
from typing import Protocol, runtime_checkable

from weft.interaction_model.types import MicroTurnInput, MicroTurnOutput, Senses, Voiced

__all__ = ["Ears", "SoundChannel", "Voice", "Voiced"]


@runtime_checkable
class Ears(Protocol):
    """Makes words of what a slot brought; the model's own or an adapter's. One session each."""

    def perceive(self, senses: Senses) -> MicroTurnInput:
        """Take in slot `senses.index` (called once a slot, in order); give its whole words.

        `user_active` says that the user is audibly in the middle of a word. Must take less than a
        quarter of a slot.
        """
        ...


@runtime_checkable
class Voice(Protocol):
    """Makes sound of what the model says; the model's own or an adapter's. One session each."""

    def sound(self, said: MicroTurnOutput) -> Voiced:
        """Take the text of slot `said.index` (called once a slot, in order); give its samples.

        Text that does not fit into the slot is sounded in the next ones. Must take less than a
        quarter of a slot.
        """
        ...

    def stop(self) -> None:
        """Drop what has not been sounded: the user has taken the floor."""
        ...


class SoundChannel(Protocol):
    """Where a session's sound comes from and goes to; it also turns the crank, slot by slot."""

    def senses(self) -> AsyncIterator[Senses]:
        """Yield one slot after the other, in order, at the pace of the session's clock."""
        ...

    async def play(self, voiced: Voiced) -> None:
        """Play a slot's samples; must not wait for the user's device."""
        ...

    def played_index(self) -> int:
        """The last slot whose samples have certainly been played, to the sample; -1 before."""
        ...
