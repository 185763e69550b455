"""A simulated user who speaks with a voice of espeak-ng and hears what is played; a SoundChannel.

The script is that of `SimulatedUser`. What differs is that the user reacts to what can be heard and
not to text that waits for its sound. Both sides are kept, each micro-turn at its place: what the
model answers to one is in the next, for nobody can answer before having heard.
"""

from collections import deque
from collections.abc import AsyncIterator, Sequence

import numpy as np
from numpy.typing import NDArray

from weft.clock import Clock
from weft.interaction_model.espeak import EspeakVoice
from weft.interaction_model.types import SLOT_S, SLOT_SAMPLES, Senses
from weft.orchestrator.channels.given_words import GivenWords
from weft.orchestrator.channels.pacing import TimedWord
from weft.orchestrator.channels.simulated import SimulatedUser, Step
from weft.orchestrator.events import AnyEvent, ModelSpoke, SpeechCut, WeaveStarted
from weft.orchestrator.sound_ports import Voiced

USER_VOICE = EspeakVoice("en-gb", 170, 55)

_AUDIBLE = 1e-3


class SpokenUser:
    """Follows a script aloud, in real or virtual time."""

    def __init__(
        self,
        script: Sequence[Step],
        clock: Clock,
        *,
        voice: EspeakVoice = USER_VOICE,
        tail_s: float = 3.0,
    ) -> None:
        """Leave `tail_s` of silence after the script."""
        self.ears = GivenWords()
        """Who knows what this user says without hearing it: for `ears: words`."""
        self._user = SimulatedUser(script, clock, tail_s=tail_s, speak=self._say)
        self._voice = voice
        self._to_say = np.zeros(0, dtype=np.float32)
        """What the user has begun to say and has not said yet."""
        self._said_now = np.zeros(SLOT_SAMPLES, dtype=np.float32)
        self._voiced: Voiced | None = None
        """What the model sounded in the slot before, which is heard during this one."""
        self._unheard: deque[ModelSpoke | WeaveStarted] = deque()
        self._sounds: list[NDArray[np.float32]] = []
        self._user_words: list[TimedWord] = []
        self._model_words: list[TimedWord] = []

    @property
    def backchannel_slots(self) -> frozenset[int]:
        """The slots in which this user only showed to be listening: the truth, for an audit."""
        return self._user.backchannel_slots

    def saw(self, event: AnyEvent) -> None:
        """Take notice of something the session tells; call it for each event, in order."""
        match event:
            case ModelSpoke() | WeaveStarted():
                self._unheard.append(event)  # It is text, and has no sound yet.
            case SpeechCut():
                kept = (each for each in self._unheard if each.index < event.said_index)
                self._unheard = deque(kept)
                self._user.saw(event)
            case _:
                self._user.saw(event)

    async def senses(self) -> AsyncIterator[Senses]:
        """Yield what the user says slot by slot, until nothing more is expected."""
        async for heard in self._user.micro_turns():
            taken, self._to_say = self._to_say[:SLOT_SAMPLES], self._to_say[SLOT_SAMPLES:]
            self._said_now = np.zeros(SLOT_SAMPLES, dtype=np.float32)
            self._said_now[: taken.size] = taken
            yield Senses(index=heard.index, samples=self._said_now)

    async def play(self, voiced: Voiced) -> None:
        """Hear the slot before during this one."""
        before, self._voiced = self._voiced, voiced
        silence = np.zeros(SLOT_SAMPLES, dtype=np.float32)
        played = silence if before is None else before.samples
        self._sounds.append(np.stack([self._said_now, played], axis=1))
        self._user.hear_model(voiced.index, speaks=bool((np.abs(played) > _AUDIBLE).any()))
        while before is not None and self._unheard:
            if self._unheard[0].index > before.sounded_index:
                break
            self._user.saw(self._unheard.popleft())
        self._model_words += [
            TimedWord(text=word.text, start_s=word.start_s + SLOT_S, end_s=word.end_s + SLOT_S)
            for word in voiced.words
        ]

    def played_index(self) -> int:
        """Give the slot before the last one: that one is still to be heard."""
        return -1 if self._voiced is None else self._voiced.index - 1

    def sound(self) -> NDArray[np.float32]:
        """Give all that was to be heard: [samples, 2], the user left and the model right."""
        if not self._sounds:
            return np.zeros((0, 2), dtype=np.float32)
        return np.concatenate(self._sounds)

    @property
    def user_words(self) -> tuple[TimedWord, ...]:
        """What the user said, as the voice timed it."""
        return tuple(self._user_words)

    @property
    def model_words(self) -> tuple[TimedWord, ...]:
        """What the model sounded, at its times in `sound`."""
        return tuple(self._model_words)

    def _say(self, text: str, start_s: float) -> tuple[TimedWord, ...]:
        """Begin to say a text with the next sample."""
        spoken = self._voice.speak(text)
        # The end of what was said before may still sound.
        longer = np.zeros(max(self._to_say.size, spoken.samples.size), dtype=np.float32)
        longer[: self._to_say.size] += self._to_say
        longer[: spoken.samples.size] += spoken.samples
        self._to_say = longer
        words = tuple(
            TimedWord(text=word.text, start_s=start_s + word.start_s, end_s=start_s + word.end_s)
            for word in spoken.words
        )
        self._user_words += words
        self.ears.add(words)
        return words
