"""Ears that know beforehand what is said and when: for `ears: words`, and for simulated users."""

from collections import deque
from collections.abc import Iterable

from weft.interaction_model.types import MicroTurnInput, Senses, TranscribedWord
from weft.orchestrator.channels.pacing import TimedWord, first_slot, heard_in_slot, heard_slot


class GivenWords:
    """Hears words in the micro-turns in which they end, whatever the sound is."""

    def __init__(self, words: Iterable[TimedWord] = ()) -> None:
        """Begin with the words of a timed transcript, in order; more may be added."""
        self._words = deque(words)

    def add(self, words: Iterable[TimedWord]) -> None:
        """Add words that come after all that were given before."""
        self._words.extend(words)

    def perceive(self, senses: Senses) -> MicroTurnInput:
        """Give the words that are complete in this slot."""
        index = senses.index
        while self._words and heard_slot(self._words[0]) < index:
            self._words.popleft()
        begun = []
        for word in self._words:
            if first_slot(word) > index:
                break
            begun.append(word)
        heard = heard_in_slot(begun, index)
        return MicroTurnInput(
            index=index,
            text=heard.text,
            user_active=heard.user_active,
            transcribed=tuple(
                TranscribedWord(
                    text=word.text, start_s=word.start_s, end_s=word.end_s, confidence=1.0
                )
                for word in begun
                if heard_slot(word) == index
            ),
        )
