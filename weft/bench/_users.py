"""How the user of a bench and the model reach each other: in words as they are typed, or in sound.

The words come from the pacing that the training data is made with (`hearing`), so that what is
measured is how the model behaves and not how it copes with another clock of speech.
"""

import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from weft.clock import Clock
from weft.interaction_model.training.hearing import HeardWord, Pace, choose_pace, spoken, written
from weft.interaction_model.types import MicroTurnInput, MicroTurnOutput
from weft.orchestrator.channels.crank import slots
from weft.orchestrator.channels.simulated import SimulatedUser, Step
from weft.orchestrator.events import AnyEvent
from weft.orchestrator.playback import Playback
from weft.orchestrator.ports import Channel, Sounding

LEAD_IN_SLOTS = 3
"""Silence before the first word of a case."""


def lay_out(
    rng: random.Random, text: str, start_index: int, pace: Pace | None = None
) -> tuple[HeardWord, ...]:
    """Lay a text over micro-turns from `start_index` on, without a pause inside."""
    return tuple(spoken(rng, text, start_index, pace or choose_pace(rng), pause_chance=0.0))


def heard_at(words: Sequence[HeardWord], index: int) -> MicroTurnInput:
    """Say what is heard in one slot: the words complete in it, or the sound of one under way."""
    text = " ".join(word.word for word in words if word.slot == index)
    under_way = any(word.slot - word.active_slots <= index < word.slot for word in words)
    return MicroTurnInput(index=index, text=text, user_active=under_way and not text)


def first_index(words: Sequence[HeardWord]) -> int:
    """Give the first slot in which anything of the words is heard."""
    return min(word.slot - word.active_slots for word in words)


def last_index(words: Sequence[HeardWord]) -> int:
    """Give the slot in which the last word is complete."""
    return max(word.slot for word in words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How what the model said in a slot came out."""

    heard_index: int
    """The last slot all of whose text has been heard."""
    audible: bool
    """Whether anything was heard of the model in this slot."""
    playback: Playback | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bystander:
    """What somebody heard who stood by: events and, slot by slot, the user."""

    events: Sequence[AnyEvent]
    heard: Sequence[MicroTurnInput]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversing:
    """A simulated user and the channel of words through which a session meets them."""

    user: SimulatedUser
    channel: Channel
    sounding: Sounding | None = None
    standing_by: Callable[[Sequence[AnyEvent]], Bystander | None] = field(default=lambda _: None)
    """What was heard in a conversation with these events, where that is not what they tell."""


class Medium(Protocol):
    """How a user says something to a model and hears what it says; one case at a time."""

    longest_talk_slots: int
    """In so many slots even a long reference has come to its end."""
    most_slots_a_row: int
    """Rows are offered at least so often."""

    def begin(self) -> None:
        """Begin another case, with a stream that has heard nothing."""
        ...

    def wording(self, rng: random.Random, text: str) -> str:
        """Give a text as this user has it; draws the same numbers in each medium."""
        ...

    def lay_out(self, rng: random.Random, text: str, start_index: int) -> tuple[HeardWord, ...]:
        """Lay a text over micro-turns from `start_index` on, without a pause inside."""
        ...

    def lay_out_in_two(
        self, rng: random.Random, first: str, then: str, start_index: int
    ) -> tuple[tuple[HeardWord, ...], tuple[HeardWord, ...]]:
        """Lay a text over micro-turns, with 2 to 12 silent slots before its second part."""
        ...

    def hear(self, words: Sequence[HeardWord], index: int) -> MicroTurnInput:
        """Let the model hear what of `words` falls into a slot; each slot once, in order."""
        ...

    def say(self, said: MicroTurnOutput) -> Played:
        """Let the user hear what the model said in a slot."""
        ...

    def listen(
        self,
        words: Sequence[HeardWord],
        clock: Clock,
        *,
        over: Callable[[], bool],
        listen_slots: int,
    ) -> Channel:
        """Make a channel whose user says words and then listens; see `Listener`."""
        ...

    def audible_from(self, listener: Channel, said_indices: Sequence[int]) -> list[int]:
        """Tell when a listener heard something begin that the model began to say in some slot."""
        ...

    def converse(
        self, script: Sequence[Step], clock: Clock, *, seed: int, tail_s: float, longest_s: float
    ) -> Conversing:
        """Make a simulated user; see `SimulatedUser`."""
        ...


class InText:
    """Words are typed, or come from elsewhere, and are read as soon as they are said."""

    longest_talk_slots = 150
    most_slots_a_row = 1

    def begin(self) -> None:
        """Need nothing."""

    def wording(self, rng: random.Random, text: str) -> str:
        """Write a text as users do, or recognisers."""
        return written(rng, text)

    def lay_out(self, rng: random.Random, text: str, start_index: int) -> tuple[HeardWord, ...]:
        """Lay a text out at a pace of its own."""
        return lay_out(rng, text, start_index)

    def lay_out_in_two(
        self, rng: random.Random, first: str, then: str, start_index: int
    ) -> tuple[tuple[HeardWord, ...], tuple[HeardWord, ...]]:
        """Lay both parts out at one pace."""
        pace = choose_pace(rng)
        before = lay_out(rng, first, start_index, pace)
        return before, lay_out(rng, then, resumed_index(rng, before), pace)

    def hear(self, words: Sequence[HeardWord], index: int) -> MicroTurnInput:
        """Give the words as they are."""
        return heard_at(words, index)

    def say(self, said: MicroTurnOutput) -> Played:
        """Have it read at once."""
        return Played(heard_index=said.index, audible=bool(said.text))

    def listen(
        self,
        words: Sequence[HeardWord],
        clock: Clock,
        *,
        over: Callable[[], bool],
        listen_slots: int,
    ) -> Channel:
        """Make a listener."""
        return Listener(words, clock, over=over, listen_slots=listen_slots)

    def audible_from(self, listener: Channel, said_indices: Sequence[int]) -> list[int]:
        """Give the same slots: what is said is read at once."""
        return [*said_indices]

    def converse(
        self, script: Sequence[Step], clock: Clock, *, seed: int, tail_s: float, longest_s: float
    ) -> Conversing:
        """Make a user who types and reads."""
        user = SimulatedUser(script, clock, seed=seed, tail_s=tail_s, longest_tail_s=longest_s)
        return Conversing(user=user, channel=user)


IN_TEXT = InText()


def resumed_index(rng: random.Random, before: Sequence[HeardWord]) -> int:
    """Draw the slot in which somebody goes on who has fallen silent after words."""
    return last_index(before) + rng.randint(2, 12) + 1


class Listener:
    """A channel whose user says some words and then listens until `over`, or for so many slots."""

    def __init__(
        self,
        words: Sequence[HeardWord],
        clock: Clock,
        *,
        over: Callable[[], bool],
        listen_slots: int,
    ) -> None:
        """`listen_slots` are counted from the end of the last word."""
        self._words = words
        self._clock = clock
        self._over = over
        self._limit = last_index(words) + listen_slots
        self._heard_index = -1

    async def micro_turns(self) -> AsyncIterator[MicroTurnInput]:
        """Yield one input per slot."""
        async for index in slots(self._clock):
            if index > self._limit or self._over():
                return
            yield heard_at(self._words, index)

    async def send(self, said: MicroTurnOutput) -> None:
        """Take a slot as played."""
        self._heard_index = said.index

    def heard_index(self) -> int:
        """Give the last slot that was sent."""
        return self._heard_index
