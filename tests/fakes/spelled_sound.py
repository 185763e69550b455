"""A voice that spells words in levels of sound, and ears that read them: sound without a model."""

from dataclasses import dataclass, field

import numpy as np

from weft.interaction_model.espeak import Spoken, Timed
from weft.interaction_model.types import SAMPLE_RATE_HZ, MicroTurnInput, Senses

_LETTERS = "'abcdefghijklmnopqrstuvwxyz"
_LETTER_SAMPLES = 400
_LEVELS = 64.0


class SpellingVoice:
    """Says each letter as a level of its own, 25 ms long, and a pause after each word."""

    def speak(self, text: str) -> Spoken:
        samples: list[float] = []
        words = []
        for word in text.split():
            begin = len(samples)
            for letter in word.casefold():
                if letter in _LETTERS:
                    level = (_LETTERS.index(letter) + 2) / _LEVELS
                    samples += [level] * (_LETTER_SAMPLES - 1) + [1 / _LEVELS]
            end = len(samples)
            samples += [0.0] * (_LETTER_SAMPLES * 4)
            words.append(Timed(word, begin / SAMPLE_RATE_HZ, end / SAMPLE_RATE_HZ))
        return Spoken(samples=np.array(samples, dtype=np.float32), words=tuple(words), phonemes=())


@dataclass
class ReadingEars:
    """Reads what a SpellingVoice says; a word is given in the slot in which its pause begins."""

    deaf: bool = False
    _word: str = ""
    _level: int = 0
    given: list[str] = field(default_factory=list)

    def perceive(self, senses: Senses) -> MicroTurnInput:
        if senses.index == 0:
            self._word, self._level = "", 0
        words = []
        for level in np.rint(senses.samples * _LEVELS).astype(int).tolist():
            if level == 1 and self._level > 1:
                self._word += _LETTERS[self._level - 2]
            elif level == 0 and self._word:
                words.append(self._word)
                self._word = ""
            self._level = level
        if self.deaf:
            return MicroTurnInput(index=senses.index)
        self.given += words
        active = bool(senses.samples.any()) and not words
        return MicroTurnInput(index=senses.index, text=" ".join(words), user_active=active)
