"""A channel of words made of a channel of sound, ears and a voice.

What the session, its record and all that travels get to see are words and when they were said: no
sample goes further than this module's `perceive` and `play`.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import anyio.to_thread

from weft.clock import Clock
from weft.interaction_model.types import Floor, MicroTurnInput, MicroTurnOutput
from weft.orchestrator.channels.heard_words import HeardWords
from weft.orchestrator.channels.pacing import SlotWord, words_of_slots
from weft.orchestrator.playback import Cut, Playback
from weft.orchestrator.sound_ports import Ears, SoundChannel, Voice, Voiced

MOST_WAITING_S = 0.6
"""More is offered to be said when less than this waits to be sounded: about two words."""

MOST_UNPLAYED_SLOTS = 5
"""A device that is so far behind gets nothing more to say until it has caught up."""

_T = TypeVar("_T")


class Sounded:
    """Hears with ears and says with a voice; one session each."""

    def __init__(
        self,
        channel: SoundChannel,
        ears: Ears,
        voice: Voice,
        clock: Clock,
        *,
        most_waiting_s: float = MOST_WAITING_S,
    ) -> None:
        """Begin in silence; `most_waiting_s` bounds how far text runs ahead of its sound."""
        self._channel = channel
        self._ears = ears
        self._words = HeardWords()
        self._clock = clock
        self._saying = Saying(voice, most_waiting_s=most_waiting_s)
        self._to_be_played: deque[tuple[int, int]] = deque()
        """(slot of the sound, slot up to which all is heard when that sound was played)"""
        self._heard_index: int | None = None
        self._playback = Playback()

    async def micro_turns(self) -> AsyncIterator[MicroTurnInput]:
        """Yield what the ears make of each slot of sound."""
        async for senses in self._channel.senses():
            if self._heard_index is None:
                self._heard_index = senses.index - 1
            heard = await self._beside(partial(self._ears.perceive, senses))
            yield self._words.take(heard)

    async def send(self, said: MicroTurnOutput) -> None:
        """Sound what was said, or fall silent because the user has the floor, and play it."""
        sounded = await self._beside(partial(self._saying.sound, said))
        await self._channel.play(sounded.voiced)
        self._to_be_played.append((sounded.voiced.index, sounded.through_index))
        unplayed_slots = said.index - self._channel.played_index()
        has_room = sounded.playback.has_room and unplayed_slots <= MOST_UNPLAYED_SLOTS
        self._playback = replace(sounded.playback, has_room=has_room)

    def heard_index(self) -> int:
        """Give the last slot all of whose text was sounded and played, or is known to be cut."""
        played_index = self._channel.played_index()
        heard_index = -1 if self._heard_index is None else self._heard_index
        while self._to_be_played and self._to_be_played[0][0] <= played_index:
            heard_index = max(heard_index, self._to_be_played.popleft()[1])
        self._heard_index = heard_index
        return heard_index

    def playback(self) -> Playback:
        """Say how the voice stands after the slot that was sent last."""
        return self._playback

    async def _beside(self, work: Callable[[], _T]) -> _T:
        """Do what takes time; in real time beside the event loop, not on it."""
        return work() if self._clock.virtual else await anyio.to_thread.run_sync(work)


@dataclass(frozen=True, slots=True)
class SoundedSlot:
    """What a voice made of a slot, and how it stands after it."""

    voiced: Voiced
    through_index: int
    """The last slot all of whose text is heard once this one was played."""
    playback: Playback


class Saying:
    """A voice and the text that it has been given: what it sounds, and what it drops."""

    def __init__(self, voice: Voice, *, most_waiting_s: float = MOST_WAITING_S) -> None:
        """Begin in silence."""
        self._voice = voice
        self._most_waiting_s = most_waiting_s
        self._unsounded = UnsoundedText()

    def sound(self, said: MicroTurnOutput) -> SoundedSlot:
        """Sound what was said in a slot, or fall silent because the user has the floor."""
        cut: Cut | None = None
        if _yields(said):
            self._voice.stop()
            cut = self._unsounded.drop()
        self._unsounded.add(said)
        voiced = self._voice.sound(said)
        self._unsounded.sounded(voiced)
        if voiced.dropped:
            cut = self._unsounded.drop() or cut
        return SoundedSlot(
            voiced=voiced,
            through_index=voiced.sounded_index if self._unsounded.waits else said.index,
            playback=Playback(has_room=voiced.waiting_s < self._most_waiting_s, cut=cut),
        )


class UnsoundedText:
    """What was said and may not have been sounded yet, to the word. Pure."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._said: list[tuple[int, str]] = []
        self._sounded_words = 0
        """How many words from the beginning of `_said` on have been sounded."""
        self._sounded_index = -1

    @property
    def waits(self) -> bool:
        """Whether there is text that is not known to have been sounded."""
        return bool(self._said)

    def add(self, said: MicroTurnOutput) -> None:
        """Take the text of a slot."""
        if said.text.strip():
            self._said.append((said.index, said.text))

    def sounded(self, voiced: Voiced) -> None:
        """Take how far the voice has come by the end of a slot."""
        self._sounded_words += len(voiced.words)
        self._sounded_index = max(self._sounded_index, voiced.sounded_index)
        if self._said and self._said[-1][0] <= self._sounded_index:
            # Counted anew from here: a voice that takes two words for one is not wrong for long.
            self._said.clear()
        if not self._said:
            self._sounded_words = 0

    def drop(self) -> Cut | None:
        """Forget what waits, for it will not be sounded; gives where it begins, if there is any."""
        words = words_of_slots(self._said)
        by_slots = sum(word.last_index <= self._sounded_index for word in words)
        first = max(self._sounded_words, by_slots)
        cut = self._beginning(words, first) if first < len(words) else None
        self._said.clear()
        self._sounded_words = 0
        return cut

    def _beginning(self, words: tuple[SlotWord, ...], place: int) -> Cut:
        """Find where the word at a place begins in the text of its slot."""
        index = words[place].first_index
        text = next(text for slot, text in self._said if slot == index)
        begun_here = [number for number, word in enumerate(words) if word.first_index == index]
        behind = len(text)
        # From the end: the slot may begin with the rest of a word of the slot before.
        for number in reversed(begun_here[begun_here.index(place) :]):
            last_piece = words[number].text if words[number].last_index == index else None
            behind = text.rindex(last_piece or text.split()[-1], 0, behind)
        return Cut(index=index, character=behind)


def _yields(said: MicroTurnOutput) -> bool:
    """Whether the model leaves the floor to the user in a slot."""
    return not said.text and said.floor.most_likely in (Floor.USER, Floor.OVERLAP)
