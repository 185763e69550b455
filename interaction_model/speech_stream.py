"""What is being said, slot by slot: whole words wait, get their time, and become mel frames.

Text comes faster than it can be sounded. A word begins to sound when the one before is over, and
`delay_slots` after its text at the earliest; how long it takes is what the head's reader predicts
then. With every slot the frames made before go into the next, so that sound goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from weft.interaction_model.dmel import BANDS, HOP_SAMPLES, QUIETEST, SLOT_FRAMES
from weft.interaction_model.flow import LEAST_LOG_POWER, FlowHead, Read, Score, slot_noise
from weft.interaction_model.score import FRAMES_AHEAD, FRAMES_BEHIND, TimedUnit, score_of
from weft.interaction_model.spoken_units import units_of
from weft.interaction_model.types import SAMPLE_RATE_HZ, TranscribedWord
from weft.interaction_model.vocoder import LATENCY_SAMPLES

_FRAME_S = HOP_SAMPLES / SAMPLE_RATE_HZ
_AUDIBLE = LEAST_LOG_POWER + 0.8
"""A frame without a band above this is silence; the head's own error is less."""
_LETTER_FRAMES = 7.0
"""How long a letter takes, as a guess, of words that are not read yet."""
_LEAST_UNIT_FRAMES, _MOST_UNIT_FRAMES = 1.0, 200.0
"""A unit takes at least and at most so long, whatever is predicted."""
_LATE_FRAMES = LATENCY_SAMPLES / HOP_SAMPLES
"""So much later than its frame a word is sounded."""
_ECHO_FRAMES = 4
"""So long after its letters a word may still be heard."""


@dataclass(frozen=True, slots=True)
class SaidWord:
    """A word with its marks, the slot in which its text began, and what it was said with."""

    text: str
    index: int
    hidden: Tensor | None = None
    """[trunk_width] hidden state at the position of its last token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenSlot:
    """What a slot sounds like."""

    index: int
    log_mel: NDArray[np.float32]
    """[SLOT_FRAMES, BANDS]"""
    words: tuple[TranscribedWord, ...]
    """The words whose sound ends in this slot."""
    sounded_index: int
    """The last slot all of whose words have been sounded when this one has."""
    waiting_s: float
    """How long what was said will go on after this slot."""


@dataclass(slots=True)
class _Placed:
    """A word in time: its units, and whether it has begun, after which they stay as they are."""

    word: SaidWord
    units: list[TimedUnit]
    begun: bool = False

    @property
    def sound_end(self) -> float:
        """The frame at which its letters are over; its pause may go on."""
        return self.units[0].end

    @property
    def end(self) -> float:
        """The frame at which the next word may begin."""
        return self.units[-1].end

    @property
    def frames(self) -> float:
        """How long it takes, with its pause."""
        return sum(unit.frames for unit in self.units)


class SpeechStream:
    """One session's speech; `seed` decides the noise that its frames begin as."""

    def __init__(self, head: FlowHead, seed: int = 0) -> None:
        """Begin in silence."""
        self._head = head.eval()
        self._seed = seed
        self._words: list[_Placed] = []
        """Those that have not passed, in their order."""
        silence = torch.full((1, SLOT_FRAMES, BANDS), LEAST_LOG_POWER)
        self._silence = head.normalised(silence)
        self._before = self._silence

    def say(self, words: Sequence[SaidWord]) -> None:
        """Take words that are to be sounded after those that wait."""
        for word in words:
            units = [
                TimedUnit(unit, 0.0, _LETTER_FRAMES * len(unit.letters), word.hidden)
                for unit in units_of(word.text)
            ]
            self._words.append(_Placed(word, units))

    def stop(self) -> None:
        """Drop what has not been sounded: the next slot is silent."""
        self._words.clear()

    @torch.inference_mode()
    def next_slot(self, index: int) -> SpokenSlot:
        """Sound slot `index`; to be called once a slot, in order."""
        first = index * SLOT_FRAMES
        self._words = [w for w in self._words if not w.begun or w.end > first - FRAMES_BEHIND]
        near = self._near(first)
        made: Tensor | None = None
        if near:
            score = score_of([_counted_from(first, near)], self._before, self._head.config)
            read = self._head.reader(score)
            self._place(near, unit_frames(score, read)[0].tolist(), index)
            if any(w.begun and w.sound_end > first - _ECHO_FRAMES for w in near):
                placed = score_of([_counted_from(first, near)], self._before, self._head.config)
                made = self._sounded(index, placed, read)
        self._before = self._silence if made is None else made
        return self._spoken(index, self._log_mel(made))

    def _near(self, first: int) -> list[_Placed]:
        """The words that are read: those around the slot, as far as there is room."""
        near: list[_Placed] = []
        letters, ahead = 0, 0.0
        for word in self._words:
            letters += sum(len(unit.unit.letters) for unit in word.units)
            too_far = not word.begun and ahead > SLOT_FRAMES + FRAMES_AHEAD
            if near and (too_far or letters > self._head.config.letters_max):
                break
            near.append(word)
            ahead = word.end - first if word.begun else max(0.0, ahead) + word.frames
        return near

    def _place(self, near: Sequence[_Placed], frames: Sequence[float], index: int) -> None:
        """Give the words that have not begun their time; those that begin in this slot keep it."""
        first = index * SLOT_FRAMES
        cursor = float(first)
        number = 0
        for word in near:
            count = len(word.units)
            if not word.begun:
                cursor = max(
                    cursor, (word.word.index + self._head.config.delay_slots) * SLOT_FRAMES
                )
                for n, long in enumerate(frames[number : number + count]):
                    long = min(max(long, _LEAST_UNIT_FRAMES), _MOST_UNIT_FRAMES)
                    word.units[n] = replace(word.units[n], start=cursor, frames=long)
                    cursor += long
                word.begun = word.units[0].start < first + SLOT_FRAMES
            cursor = max(cursor, word.end)
            number += count

    def _sounded(self, index: int, score: Score, read: Read) -> Tensor:
        """Normalised frames [1, F, BANDS] of the slot."""
        memory = self._head.remember(score, read)
        return self._head.sample(memory, slot_noise(self._seed, index)[None])

    def _log_mel(self, made: Tensor | None) -> NDArray[np.float32]:
        """Log power [F, BANDS]; what nobody would hear is silence."""
        if made is None:
            return np.full((SLOT_FRAMES, BANDS), QUIETEST, dtype=np.float32)
        log_mel: NDArray[np.float32] = self._head.log_mel(made)[0].numpy()
        audible = log_mel.max(axis=1, keepdims=True) > _AUDIBLE
        return np.where(audible, log_mel, np.float32(QUIETEST))

    def _spoken(self, index: int, log_mel: NDArray[np.float32]) -> SpokenSlot:
        first, last = index * SLOT_FRAMES, (index + 1) * SLOT_FRAMES
        over = [w for w in self._words if w.begun and w.sound_end + _LATE_FRAMES <= last]
        wait = [w for w in self._words if not w.begun or w.sound_end + _LATE_FRAMES > last]
        begun_until = max([last, *(w.end for w in self._words if w.begun)])
        later = sum(w.frames for w in self._words if not w.begun)
        return SpokenSlot(
            index=index,
            log_mel=log_mel,
            words=tuple(
                TranscribedWord(
                    text=w.word.text,
                    start_s=(w.units[0].start + _LATE_FRAMES) * _FRAME_S,
                    end_s=(w.sound_end + _LATE_FRAMES) * _FRAME_S,
                    confidence=1.0,
                )
                for w in over
                if w.sound_end + _LATE_FRAMES > first
            ),
            sounded_index=min(index, wait[0].word.index - 1) if wait else index,
            waiting_s=(begun_until - last + later) * _FRAME_S,
        )


def unit_frames(score: Score, read: Read) -> Tensor:
    """How long each unit [B, U] takes by the prediction for its letters."""
    return torch.zeros_like(score.frames).scatter_add(1, score.unit, read.frames)


def _counted_from(first: int, words: Sequence[_Placed]) -> list[TimedUnit]:
    return [replace(unit, start=unit.start - first) for word in words for unit in word.units]
