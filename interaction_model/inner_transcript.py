"""Words out of the tokens that a model writes down of what it hears, with times and confidence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from weft.interaction_model.config import SensesConfig
from weft.interaction_model.tokenizer import WordTokenizer
from weft.interaction_model.types import SLOT_S, TranscribedWord

_LETTER_S = 0.055
_WORD_S = 0.1


def spoken_s(word: str) -> float:
    """About how long a word takes to be said, in seconds; its letters tell that well enough."""
    return _WORD_S + _LETTER_S * sum(char.isalnum() for char in word)


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
    last_end_s: float = 0.0

    def take(
        self,
        written: Sequence[Written],
        index: int,
        tokenizer: WordTokenizer,
        senses: SensesConfig,
    ) -> tuple["InnerTranscript", tuple[TranscribedWord, ...]]:
        """Take the tokens of slot `index`; also the words that are complete with it."""
        words: list[TranscribedWord] = []
        begun, last_end_s = self.begun, self.last_end_s
        end_s = (index + 1 - senses.transcript_delay_slots) * SLOT_S
        for each in written:
            if begun and tokenizer.text_of([each.token]).startswith(" "):
                words.append(_word(begun, last_end_s, end_s, tokenizer))
                begun, last_end_s = (), words[-1].end_s
            begun = (*begun, each)
        if begun and len(written) < senses.transcript_tokens:
            words.append(_word(begun, last_end_s, end_s, tokenizer))
            begun, last_end_s = (), words[-1].end_s
        return replace(self, begun=begun, last_end_s=last_end_s), tuple(words)


def _word(
    tokens: Sequence[Written], earliest_s: float, end_s: float, tokenizer: WordTokenizer
) -> TranscribedWord:
    text = tokenizer.text_of(t.token for t in tokens).strip()
    confidence = 1.0
    for each in tokens:
        confidence *= each.probability
    start_s = max(min(earliest_s, end_s), end_s - spoken_s(text), 0.0)
    return TranscribedWord(text=text, start_s=start_s, end_s=max(0.0, end_s), confidence=confidence)
