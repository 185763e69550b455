"""Words out of the tokens that a model writes down of what it hears, with times and confidence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from weft.interaction_model.config import SensesConfig
from weft.interaction_model.tokenizer import WordTokenizer
from weft.interaction_model.types import SLOT_S, TranscribedWord

_LETTER_S = 0.055
_DIGIT_S = 0.28
"""A digit is read as a word or two."""
_WORD_S = 0.1


def spoken_s(word: str) -> float:
    """About how long a word takes to be said, in seconds, by its letters and digits."""
    return _WORD_S + sum(
        _DIGIT_S if char.isdigit() else _LETTER_S for char in word if char.isalnum()
    )


@dataclass(frozen=True, slots=True)
class Written:
    """A token of the inner transcript and how likely the model found it."""

    token: int
    probability: float


@dataclass(frozen=True, slots=True)
class InnerTranscript:
    """What one stream has written and when; immutable, so that a snapshot is a reference.

    A word is complete when another begins, or when a slot has room for more and nothing comes.
    """

    begun: tuple[Written, ...] = ()
    """The tokens of a word that may go on in the next slot."""
    after_s: float = 0.0
    """When the word before that one ended."""
    end_s: float = 0.0
    """When that word ended, or else the last one."""

    def take(
        self,
        written: Sequence[Written],
        index: int,
        tokenizer: WordTokenizer,
        senses: SensesConfig,
    ) -> tuple["InnerTranscript", tuple[TranscribedWord, ...]]:
        """Take the tokens of slot `index`; also the words that are complete with it."""
        begins = [
            tokenizer.text_of([each.token]).startswith(" ") or (place == 0 and not self.begun)
            for place, each in enumerate(written)
        ]
        # A word is first written so many slots after the one in which it ended: the middle of that
        # slot is nearest to wherever in it that was. Several words share it evenly.
        share_s = SLOT_S / max(1, sum(begins))
        middle_s = (index - senses.transcript_delay_slots) * SLOT_S + share_s / 2
        words: list[TranscribedWord] = []
        now = self
        for each, is_first in zip(written, begins, strict=True):
            if is_first:
                words += now._complete(tokenizer)
                # Words may be written before any can have ended: then it is only kept in order.
                end_s = max(middle_s, now.end_s + share_s / 2)
                now = InnerTranscript(after_s=now.end_s, end_s=end_s)
                middle_s += share_s
            now = replace(now, begun=(*now.begun, each))
        if len(written) < senses.transcript_tokens:
            words += now._complete(tokenizer)
            now = replace(now, begun=())
        return now, tuple(words)

    def _complete(self, tokenizer: WordTokenizer) -> tuple[TranscribedWord, ...]:
        """Give the word that has begun, if any."""
        if not self.begun:
            return ()
        text = tokenizer.text_of(each.token for each in self.begun).strip()
        start_s = max(self.after_s, self.end_s - spoken_s(text))
        confidence = math.prod(each.probability for each in self.begun)
        return (
            TranscribedWord(text=text, start_s=start_s, end_s=self.end_s, confidence=confidence),
        )
