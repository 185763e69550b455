"""No more is heard than can be said: so no sound can travel as words, whoever made words of it.

Speech has some twenty letters a second, and the levels of which a vocoder makes sound are thousands
of numbers a second. What is typed does not come this way.
"""

from dataclasses import replace

from weft.interaction_model.types import MicroTurnInput
from weft.orchestrator.channels.sound_repairs import Repair, Repairs

LETTERS_A_SLOT = 10
"""More than the fastest speakers say."""

MOST_LETTERS = 3_000
"""At once, of ears that hear long and then give all of it: three minutes of talk."""

MOST_IN_A_WORD = 128
"""Signs in a word, which is a whole phrase in scripts without spaces."""

_FIRST_LETTERS = 200


class HeardWords:
    """Lets the words of ears pass as long as a user can have said so much; one session each."""

    def __init__(self) -> None:
        """Begin with room for a first sentence."""
        self._room = _FIRST_LETTERS
        self._last_index = 0
        self._repairs = Repairs("ears")

    def take(self, heard: MicroTurnInput) -> MicroTurnInput:
        """Give what was heard in a slot, without its words where those cannot have been said."""
        passed = max(0, heard.index - self._last_index)
        self._last_index = heard.index
        self._room = min(MOST_LETTERS, self._room + passed * LETTERS_A_SLOT)
        words = [*heard.text.split(), *(word.text for word in heard.transcribed)]
        letters = max(len(heard.text), sum(len(word.text) for word in heard.transcribed))
        if letters > self._room or any(len(word) > MOST_IN_A_WORD for word in words):
            self._repairs.note(Repair.NO_WORDS)
            return replace(heard, text="", user_active=True, transcribed=())
        self._room -= letters
        return heard
