"""What there is in a request that a call can be made of: numbers, durations, units, words."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from weft.tools.builtin.places import plain, zones_of_places
from weft.tools.builtin.spoken_durations import SECONDS_OF, read_duration_at
from weft.tools.builtin.spoken_numbers import ONES, ORDINALS, TENS, Piece, read_pieces
from weft.tools.builtin.units import Unit, unit_at

LONGEST_PLACE_PIECES = 4


@dataclass(frozen=True)
class Sentence:
    """A request in pieces, and what can be read at each of them; positions count pieces."""

    text: str
    pieces: tuple[Piece, ...]

    @cached_property
    def numbers(self) -> dict[int, Fraction]:
        """The numbers, by position."""
        values = ((at, _number(piece)) for at, piece in enumerate(self.pieces))
        return {at: value for at, value in values if value is not None}

    @cached_property
    def durations_s(self) -> dict[int, Fraction]:
        """Lengths of time in seconds, by where each begins; "minutes" alone is one minute."""
        found: dict[int, Fraction] = {}
        for at, piece in enumerate(self.pieces):
            duration = read_duration_at(self.pieces, at)
            if duration is not None:
                found[at] = Fraction(duration.seconds).limit_denominator(10**6)
            elif piece.word in _SECONDS_OF:
                found[at] = Fraction(_SECONDS_OF[piece.word])
        return found

    @cached_property
    def units(self) -> dict[int, Unit]:
        """Units of measurement, by where the name of each begins."""
        words = ["one" if piece.value == 1 else _unit_word(piece.word) for piece in self.pieces]
        found = ((at, unit_at(words, at)) for at in range(len(words)))
        return {at: unit[0] for at, unit in found if unit is not None}

    @cached_property
    def places(self) -> dict[int, tuple[int, ...]]:
        """Known places: where each begins, and the positions of the last piece it may have."""
        known = zones_of_places()
        found: dict[int, tuple[int, ...]] = {}
        words = [at for at, piece in enumerate(self.pieces) if not piece.is_sign]
        for first in words:
            near = [at for at in words if 0 <= at - first < LONGEST_PLACE_PIECES]
            lasts = [at for at in near if place_name(self.words(first, at)) in known]
            if lasts:
                found[first] = tuple(lasts)
        return found

    def words(self, first: int, last: int) -> str:
        """Give the words from one piece to another, as the user wrote them."""
        return self.text[self.pieces[first].start : self.pieces[last].end]


def read_sentence(text: str) -> Sentence:
    """Read a request into pieces."""
    return Sentence(text, tuple(read_pieces(text)))


def _number(piece: Piece) -> Fraction | None:
    """Read a number, also "nines" in "eight nines" and "ninth" in "to the ninth"."""
    if isinstance(piece.value, Fraction):
        return piece.value
    return _NUMBER_WORDS.get(piece.word)


_NUMBER_WORDS: dict[str, Fraction] = {
    **{f"{word}s": Fraction(value) for word, value in (ONES | TENS).items()},
    **{word.replace("y", "ie") + "s": Fraction(value) for word, value in TENS.items()},
    **{word: Fraction(value) for word, value in ORDINALS.items()},
    "sixes": Fraction(6),
    "nil": Fraction(0),
    "nought": Fraction(0),
}
_SECONDS_OF = SECONDS_OF | {"hourly": 3600, "daily": 86400, "nightly": 86400, "weekly": 604800}


def place_name(words: str) -> str:
    """Give the name in "Tokyo's"."""
    return plain(words).removesuffix("'s")


def _unit_word(word: str) -> str:
    word = word.removesuffix("'s")
    word = {"deg": "degree", "degs": "degrees"}.get(word, word)
    return re.sub(r"(?<=met)re(?=s?$)|(?<=lit)re(?=s?$)", "er", word)
