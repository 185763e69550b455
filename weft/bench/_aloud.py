"""A user who speaks aloud, in a voice that training never had, to a model that hears and is heard.

What is said is the same as in text; the words are the model's own inner transcript of the sound,
and rows are offered at the pace of the voice that says them.
"""

import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from weft.bench._users import (
    Bystander,
    Conversing,
    Played,
    last_index,
    resumed_index,
)
from weft.bench._word_alignment import align
from weft.clock import Clock
from weft.errors import InputError
from weft.interaction_model.adapters.espeak_voice import EspeakOptions, espeak_voice
from weft.interaction_model.espeak import Spoken, Timed
from weft.interaction_model.sensing_stream import SensingStream, load_sensing_stream
from weft.interaction_model.training.hearing import HeardWord, written
from weft.interaction_model.training.hearing_lessons import as_written
from weft.interaction_model.training.said_words import as_said
from weft.interaction_model.training.transcribing import AUDIBLE_S
from weft.interaction_model.training.voices import sample_voice
from weft.interaction_model.types import (
    SAMPLE_RATE_HZ,
    SLOT_S,
    SLOT_SAMPLES,
    MicroTurnInput,
    MicroTurnOutput,
    Senses,
    Voiced,
)
from weft.orchestrator.audited import bare, without_unsounded
from weft.orchestrator.channels.crank import slots
from weft.orchestrator.channels.pacing import (
    SlotWord,
    TimedWord,
    first_slot,
    heard_slot,
    words_of_slots,
)
from weft.orchestrator.channels.simulated import Say, SimulatedUser, Step
from weft.orchestrator.channels.sounded import Saying, Sounded
from weft.orchestrator.events import AnyEvent, ModelSpoke, SpeechCut, UserSpoke
from weft.orchestrator.ports import Channel
from weft.orchestrator.sound_ports import Ears, Voice

_QUIET = 1e-3
"""Amplitude below which nothing is heard."""
_FRAME_SAMPLES = SAMPLE_RATE_HZ // 100


def _no_sound() -> NDArray[np.float32]:
    return np.zeros(0, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class AudibleWord(HeardWord):
    """A word as it sounds: complete in the slot in which its sound ends."""

    begins_sample: int = 0
    samples: NDArray[np.float32] = field(default_factory=_no_sound)
    """[n] from there on, with the pause after the word."""


class Speaker(Protocol):
    """Somebody who can say a text."""

    def speak(self, text: str) -> Spoken:
        """Give its sound, and when each word is said."""
        ...


def said_aloud(voice: Speaker, text: str, start_s: float) -> tuple[AudibleWord, ...]:
    """Say a text from a moment on; raises InputError when nothing of it can be said."""
    return laid_out(text, voice.speak(as_said(text)), start_s)


def laid_out(text: str, spoken: Spoken, start_s: float) -> tuple[AudibleWord, ...]:
    """Lay the words of what was spoken over micro-turns; raises InputError of none."""
    words = [Timed(w.text, w.start_s, w.end_s) for w in as_written(spoken.words)]
    if not words:
        raise InputError(f"{text!r}: there is nothing in it that can be said aloud")
    first = round(start_s * SAMPLE_RATE_HZ)
    borders = [0, *(round(w.start_s * SAMPLE_RATE_HZ) for w in words[1:]), len(spoken.samples)]
    found = []
    for n, word in enumerate(words):
        timed = TimedWord(
            text=word.text, start_s=start_s + word.start_s, end_s=start_s + word.end_s
        )
        slot = heard_slot(timed)
        samples = spoken.samples[borders[n] : borders[n + 1]]
        found.append(
            AudibleWord(word.text, slot, slot - first_slot(timed), first + borders[n], samples)
        )
    return tuple(found)


def sound_at(words: Sequence[HeardWord], index: int) -> NDArray[np.float32]:
    """Give what sounds of words in a slot, [SLOT_SAMPLES]."""
    begin = index * SLOT_SAMPLES
    sound = np.zeros(SLOT_SAMPLES, dtype=np.float32)
    for word in words:
        if isinstance(word, AudibleWord):
            first = max(begin, word.begins_sample)
            last = min(begin + SLOT_SAMPLES, word.begins_sample + len(word.samples))
            if first < last:
                part = word.samples[first - word.begins_sample : last - word.begins_sample]
                sound[first - begin : last - begin] += part
    return sound


def is_audible(samples: NDArray[np.float32]) -> bool:
    """Whether a slot sounds for so long that somebody notices."""
    frames = np.abs(samples[: len(samples) // _FRAME_SAMPLES * _FRAME_SAMPLES])
    loud = frames.reshape(-1, _FRAME_SAMPLES).max(axis=1) > _QUIET
    return bool(loud.sum() * _FRAME_SAMPLES >= AUDIBLE_S * SAMPLE_RATE_HZ)


class Aloud:
    """A user who speaks to ears and listens to a voice."""

    longest_talk_slots = 450
    most_slots_a_row = 6

    def __init__(
        self,
        ears: Ears,
        make_voice: Callable[[], Voice],
        frame_at: Callable[[int], NDArray[np.uint8] | None] = lambda _: None,
    ) -> None:
        """`make_voice` gives a voice that has said nothing, for each case.

        `frame_at` gives what is seen in each slot of a conversation.
        """
        self._ears = ears
        self._frame_at = frame_at
        self._make_voice = make_voice
        self._saying = Saying(make_voice())

    def begin(self) -> None:
        """Listen to a voice that has said nothing."""
        self._saying = Saying(self._make_voice())

    def wording(self, rng: random.Random, text: str) -> str:
        """Say a text as it is meant: its capitals and marks are how it is said."""
        written(rng, text)
        return text

    def lay_out(self, rng: random.Random, text: str, start_index: int) -> tuple[HeardWord, ...]:
        """Say a text in a voice of its own."""
        return said_aloud(sample_voice(rng, "held_out"), text, _moment_s(rng, start_index))

    def lay_out_in_two(
        self, rng: random.Random, first: str, then: str, start_index: int
    ) -> tuple[tuple[HeardWord, ...], tuple[HeardWord, ...]]:
        """Say both parts in one voice."""
        voice = sample_voice(rng, "held_out")
        before = said_aloud(voice, first, _moment_s(rng, start_index))
        return before, said_aloud(voice, then, resumed_index(rng, before) * SLOT_S)

    def hear(self, words: Sequence[HeardWord], index: int) -> MicroTurnInput:
        """Give the words that the model hears in a slot's sound."""
        return self._ears.perceive(Senses(index=index, samples=sound_at(words, index)))

    def say(self, said: MicroTurnOutput) -> Played:
        """Have it sounded."""
        sounded = self._saying.sound(said)
        return Played(
            heard_index=sounded.through_index,
            audible=is_audible(sounded.voiced.samples),
            playback=sounded.playback,
        )

    def listen(
        self,
        words: Sequence[HeardWord],
        clock: Clock,
        *,
        over: Callable[[], bool],
        listen_slots: int,
    ) -> Channel:
        """Make a listener who can be heard."""
        listener = _ListenerAloud(words, clock, over, last_index(words) + listen_slots)
        return _HeardAloud(listener, self._ears, self._make_voice(), clock)

    def audible_from(self, listener: Channel, said_indices: Sequence[int]) -> list[int]:
        """Give the first slots that sound after those; none for what was never heard."""
        assert isinstance(listener, _HeardAloud)
        first = [listener.audible_from(index) for index in said_indices]
        return [index for index in first if index is not None]

    def converse(
        self, script: Sequence[Step], clock: Clock, *, seed: int, tail_s: float, longest_s: float
    ) -> Conversing:
        """Make a user who speaks and listens."""
        mouth = _Mouth(sample_voice(random.Random(f"voice/{seed}"), "held_out"))
        if not clock.virtual:
            mouth.rehearse([step.text for step in script if isinstance(step, Say)])
        user = SimulatedUser(
            script, clock, seed=seed, tail_s=tail_s, longest_tail_s=longest_s, speak=mouth.speak
        )
        heard = _UserAloud(user, mouth, self._frame_at)
        channel = Sounded(heard, self._ears, self._make_voice(), clock)
        return Conversing(
            user=user, channel=channel, sounding=channel, standing_by=heard.standing_by
        )


def _moment_s(rng: random.Random, index: int) -> float:
    return index * SLOT_S + rng.uniform(0.0, SLOT_S)


def open_aloud(weights: Path | None) -> tuple[SensingStream, Aloud]:
    """Load weights with senses, and a user for them, with the voice that the weights have.

    Those that have none are given espeak-ng's. Raises WeightsError.
    """
    stream = load_sensing_stream(weights)
    return stream, Aloud(stream, voice_of(stream))


def voice_of(stream: SensingStream) -> Callable[[], Voice]:
    """What makes a voice that has said nothing: the stream's own, or else espeak-ng's."""

    def native() -> Voice:
        assert isinstance(stream, Voice)
        stream.stop()
        return stream

    has_voice = isinstance(stream, Voice)
    return native if has_voice else lambda: espeak_voice(EspeakOptions())


class _ListenerAloud:
    """A channel of sound whose user says some words and then listens."""

    def __init__(
        self, words: Sequence[HeardWord], clock: Clock, over: Callable[[], bool], limit: int
    ) -> None:
        """The last slot is `limit`, unless it is `over` before."""
        self._words = words
        self._clock = clock
        self._over = over
        self._limit = limit
        self._played_index = -1
        self.audible: list[int] = []
        """The slots in which something sounded."""

    async def senses(self) -> AsyncIterator[Senses]:
        """Yield the sound of one slot after the other."""
        async for index in slots(self._clock):
            if index > self._limit or self._over():
                return
            yield Senses(index=index, samples=sound_at(self._words, index))

    async def play(self, voiced: Voiced) -> None:
        """Take a slot as played."""
        self._played_index = voiced.index
        if is_audible(voiced.samples):
            self.audible.append(voiced.index)

    def played_index(self) -> int:
        """Give the last slot that was played."""
        return self._played_index


class _HeardAloud(Sounded):
    """A channel of words to a listener in sound."""

    def __init__(self, listener: _ListenerAloud, ears: Ears, voice: Voice, clock: Clock) -> None:
        super().__init__(listener, ears, voice, clock)
        self._listener = listener

    def audible_from(self, index: int) -> int | None:
        """Give the first slot from `index` on in which something sounded."""
        return next((slot for slot in self._listener.audible if slot >= index), None)


class _Mouth:
    """What a simulated user says, as sound."""

    def __init__(self, voice: Speaker) -> None:
        self._voice = voice
        self._rehearsed: dict[str, Spoken] = {}
        self._words: list[AudibleWord] = []

    def rehearse(self, texts: Sequence[str]) -> None:
        """Have texts ready, so that to say them takes no time."""
        self._rehearsed = {text: self._voice.speak(as_said(text)) for text in set(texts)}

    def speak(self, text: str, start_s: float) -> Sequence[TimedWord]:
        """Say a text from a moment on, or as soon as what is being said is over."""
        over = max((w.begins_sample + len(w.samples) for w in self._words), default=0)
        spoken = self._rehearsed.get(text) or self._voice.speak(as_said(text))
        words = laid_out(text, spoken, max(start_s, over / SAMPLE_RATE_HZ))
        self._words = [*self._words[-1:], *words]
        return [
            TimedWord(
                text=word.word,
                start_s=word.begins_sample / SAMPLE_RATE_HZ,
                end_s=(word.slot + 1) * SLOT_S,
            )
            for word in words
        ]

    def sound_at(self, index: int) -> NDArray[np.float32]:
        """Give what sounds in a slot."""
        return sound_at(self._words, index)


class _UserAloud:
    """A channel of sound with a simulated user at its other end."""

    def __init__(
        self,
        user: SimulatedUser,
        mouth: _Mouth,
        frame_at: Callable[[int], NDArray[np.uint8] | None],
    ) -> None:
        self._user = user
        self._mouth = mouth
        self._frame_at = frame_at
        self._said: list[MicroTurnInput] = []
        self._sounded: list[tuple[int, int, str]] = []
        """First and last slot in which a word of the model sounded, and the word."""

    async def senses(self) -> AsyncIterator[Senses]:
        """Yield what the user says, slot by slot."""
        async for said in self._user.micro_turns():
            self._said.append(said)
            samples = self._mouth.sound_at(said.index)
            yield Senses(index=said.index, samples=samples, frame=self._frame_at(said.index))

    async def play(self, voiced: Voiced) -> None:
        """Let the user hear a slot."""
        self._user.hear_model(voiced.index, speaks=is_audible(voiced.samples))
        self._sounded += [
            (min(voiced.index, int(word.start_s / SLOT_S)), voiced.index, word.text)
            for word in voiced.words
        ]

    def played_index(self) -> int:
        """Give the last slot that was played."""
        return self._user.heard_index()

    def standing_by(self, events: Sequence[AnyEvent]) -> Bystander:
        """Give what was heard: the user's sound, and the model's words when they sounded."""
        kept = [
            event for event in events if not isinstance(event, ModelSpoke | UserSpoke | SpeechCut)
        ]
        return Bystander(events=[*kept, *sounding(events, self._sounded)], heard=self._said)


def sounding(
    events: Sequence[AnyEvent], sounded: Sequence[tuple[int, int, str]]
) -> list[ModelSpoke]:
    """Move what was said to the slots in which it sounded; what did not sound was not said.

    `sounded` has the first and last slot of each word, in the order in which they were said.
    """
    spoke = [event for event in without_unsounded(events) if isinstance(event, ModelSpoke)]
    by_index = {event.index: event for event in spoke}
    said = words_of_slots([(event.index, event.text) for event in spoke])
    pairs = align([bare(word.text) for word in said], [bare(text) for *_, text in sounded])
    moved: list[ModelSpoke] = []
    for pair in pairs:
        if pair.said is None or pair.heard is None:
            continue
        word, (first, last, _) = said[pair.said], sounded[pair.heard]
        event = by_index[word.first_index]
        pieces = _cut(word, last - first + 1)
        moved += [
            replace(event, index=first + n, text=piece) for n, piece in enumerate(pieces) if piece
        ]
    return sorted(moved, key=lambda event: event.index)


def _cut(word: SlotWord, count: int) -> list[str]:
    """Share the letters of a word among slots; the first piece begins with a space."""
    length = len(word.text)
    borders = [-(-n * length // count) for n in range(count + 1)]
    pieces = [word.text[a:b] for a, b in pairwise(borders)]
    return [" " + pieces[0], *pieces[1:]]
