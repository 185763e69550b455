"""A channel of sound, a voice of constant rate, and conversations in sound on virtual time."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from tests.fakes.channel import SOUND
from tests.fakes.meaning import FakeMeaning
from tests.fakes.queue import FakeQueue, Planned
from weft.background_agents.types import ContextPackage
from weft.clock import VirtualClock
from weft.interaction_model.scripted import ScriptedModel
from weft.interaction_model.types import (
    SLOT_S,
    SLOT_SAMPLES,
    InteractionModel,
    MicroTurnOutput,
    Senses,
    TranscribedWord,
)
from weft.orchestrator.channels.given_words import GivenWords
from weft.orchestrator.channels.pacing import TimedWord, words_of_slots
from weft.orchestrator.channels.sounded import Sounded
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import AnyEvent
from weft.orchestrator.record import Record
from weft.orchestrator.session import Session
from weft.orchestrator.sound_ports import Ears, Voice, Voiced

E = TypeVar("E")


class ConstantVoice:
    """Takes `word_s` for every word, and says nothing of a word before its last sample."""

    def __init__(self, word_s: float = 0.3) -> None:
        self._word_s = word_s
        self._said: list[tuple[int, str]] = []
        self._began_s = 0.0
        """Seconds of its present text that have been sounded."""
        self._told = 0
        self._sounded_index = -1
        self.stopped_at: list[int] = []
        self._index = -1

    def sound(self, said: MicroTurnOutput) -> Voiced:
        self._index = said.index
        if said.text.strip():
            self._said.append((said.index, said.text))
        words = words_of_slots(self._said)
        length_s = len(words) * self._word_s
        speaks = self._began_s < length_s
        self._began_s = min(length_s, self._began_s + SLOT_S)
        complete = int(self._began_s / self._word_s + 1e-9)
        ended = [
            TranscribedWord(
                text=word.text,
                start_s=said.index * SLOT_S,
                end_s=(said.index + 1) * SLOT_S,
                confidence=1.0,
            )
            for word in words[self._told : complete]
        ]
        self._told = complete
        if complete == len(words):
            self._sounded_index = said.index
            self._said, self._began_s, self._told = [], 0.0, 0
            waiting_s = 0.0
        else:
            self._sounded_index = max(self._sounded_index, words[complete].first_index - 1)
            waiting_s = length_s - self._began_s
        samples = np.full(SLOT_SAMPLES, 0.1 if speaks else 0.0, dtype=np.float32)
        return Voiced(
            index=said.index,
            samples=samples,
            sounded_index=self._sounded_index,
            waiting_s=waiting_s,
            words=tuple(ended),
        )

    def stop(self) -> None:
        if self._said:
            self.stopped_at.append(self._index + 1)
        self._said, self._began_s, self._told = [], 0.0, 0


class SilentSound:
    """So many slots of silence; a slot counts as played `lag_slots` after it was handed over."""

    def __init__(self, clock: VirtualClock, slots: int, *, lag_slots: int = 0) -> None:
        self._clock = clock
        self._slots = slots
        self._lag_slots = lag_slots
        self.played: list[Voiced] = []

    async def senses(self) -> AsyncIterator[Senses]:
        for index in range(self._slots):
            await self._clock.advance_to_s((index + 1) * SLOT_S)
            yield Senses(index=index, samples=np.zeros(SLOT_SAMPLES, dtype=np.float32))

    async def play(self, voiced: Voiced) -> None:
        self.played.append(voiced)

    def played_index(self) -> int:
        return len(self.played) - 1 - self._lag_slots


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenConversation:
    """A conversation in sound that is over."""

    session: Session
    channel: SilentSound
    packages: Sequence[ContextPackage]
    events: tuple[AnyEvent, ...]

    @property
    def sounded(self) -> str:
        """The words whose sound was played to the end."""
        return " ".join(word.text for voiced in self.channel.played for word in voiced.words)

    @property
    def said(self) -> str:
        """What the transcript holds of the model."""
        lines = (line.text for line in self.session.transcript if line.speaker == "model")
        return " ".join(lines)

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]


def slot_words(slots: Sequence[str]) -> list[TimedWord]:
    """Let the words of slots (as `spoken` writes them) end with their slots."""
    return [
        TimedWord(text=text, start_s=index * SLOT_S, end_s=(index + 1) * SLOT_S)
        for index, text in enumerate(slots)
        if text and text != SOUND
    ]


async def hold_in_sound(
    model: InteractionModel | None = None,
    *,
    heard: Sequence[str],
    plans: Sequence[Planned] = (),
    ears: Ears | None = None,
    voice: Voice | None = None,
    config: SessionConfig | None = None,
    record: Record | None = None,
    lag_slots: int = 0,
) -> SpokenConversation:
    """Hold a conversation in sound whose user says one word a slot."""
    clock = VirtualClock()
    channel = SilentSound(clock, len(heard), lag_slots=lag_slots)
    sounded = Sounded(
        channel, ears or GivenWords(slot_words(heard)), voice or ConstantVoice(), clock
    )
    queue = FakeQueue(clock, plans)
    session = Session(
        channel=sounded,
        sounding=sounded,
        model=model or ScriptedModel(),
        queue=queue,
        meaning=FakeMeaning(),
        clock=clock,
        session_id="test",
        config=config,
        record=record,
    )
    await session.run()
    events = tuple([event async for event in session.events()])
    return SpokenConversation(
        session=session, channel=channel, packages=queue.submitted, events=events
    )
