"""Other ways a labelled request could have been said: other numbers, units, places, messages.

The program stays what it is, for it only points at things: whatever it points at is looked up at
its new place.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log10

from weft.background_agents.request_parser.program import TIME_ASKED, Program, Token
from weft.background_agents.request_parser.sentence import Sentence, read_sentence
from weft.interaction_model.training.language.english import number_words
from weft.tools.builtin.places import display_name, zones_of_places
from weft.tools.builtin.spoken_numbers import in_digits
from weft.tools.builtin.units import unit_names

_FILLERS = ("um", "uh", "like", "well", "so", "you know", "right", "erm", "hmm", "let me see")
_BEFORE = (
    "please", "hey", "hi", "okay", "so", "and", "right then", "hello there", "excuse me",
    "quick question", "sorry to bother you", "listen", "oh", "could you help me", "tell me",
    "another thing", "one more thing", "I have a question", "now", "good morning", "also",
)  # fmt: skip
_BEHIND = (
    "please", "thanks", "thank you", "if you can", "would you", "will you", "cheers", "my friend",
    "okay", "I forgot", "I can't work it out", "ta", "if you don't mind", "dear", "right",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """A request, and the program that it stands for."""

    sentence: Sentence
    program: Program


@dataclass(frozen=True, slots=True)
class Edit:
    """Other words for the pieces `first` up to `last`."""

    first: int
    last: int
    words: str


def varied(
    rng: random.Random, example: Example, messages: Mapping[str, Sequence[str]]
) -> Example | None:
    """Say a request in another way; None when what came out does not hold what it should.

    `messages` are stretches of other requests, by the word before them.
    """
    edits: list[Edit] = []
    for maker in (_message, _places, _units, _numbers):
        for edit in maker(rng, example, messages):
            if all(edit.last < e.first or edit.first > e.last for e in edits):
                edits.append(edit)
    text, moved = _said(rng, example.sentence, edits)
    sentence = read_sentence(text)
    try:
        program = tuple(_moved(token, moved, sentence) for token in example.program)
    except LookupError:
        return None
    return Example(sentence, program)


def _said(
    rng: random.Random, sentence: Sentence, edits: Sequence[Edit]
) -> tuple[str, dict[int, tuple[int, int]]]:
    """Give the new text, and where each old piece is in it, in characters."""
    by_first = {edit.first: edit for edit in edits}
    is_plain = rng.random() < 0.4
    is_hesitant = rng.random() < 0.15
    parts: list[str] = []
    moved: dict[int, tuple[int, int]] = {}
    length = 0

    def add(words: str) -> tuple[int, int]:
        nonlocal length
        parts.append(words)
        length += len(words)
        return length - len(words), length

    if rng.random() < 0.15:
        add(rng.choice(_BEFORE) + rng.choice((" ", ", ")))
    at = 0
    while at < len(sentence.pieces):
        edit = by_first.get(at)
        last = edit.last if edit else at
        words = edit.words if edit else sentence.words(at, at)
        is_sign = not words[:1].isalnum()
        if is_plain and is_sign and words in ",.!?;:":
            words = ""
        begin, end = add(words)
        for piece in range(at, last + 1):
            moved[piece] = (begin, end)
        behind = sentence.pieces[last + 1].start if last + 1 < len(sentence.pieces) else None
        if behind is not None:
            add(sentence.text[sentence.pieces[last].end : behind])
        hesitates = is_hesitant and not is_sign and rng.random() < 0.1
        if hesitates and parts[-1].endswith(" "):
            add(rng.choice(_FILLERS) + " ")
        at = last + 1
    if rng.random() < 0.1:
        add(rng.choice((" ", ", ")) + rng.choice(_BEHIND))
    text = "".join(parts)
    if is_plain or rng.random() < 0.1:
        text = text.lower()
    return text, moved


def _moved(token: Token, moved: Mapping[int, tuple[int, int]], sentence: Sentence) -> Token:
    """Point at the same thing in the new sentence; raises LookupError when it is not there."""
    if token.at < 0:
        return token
    begin, end = moved[token.at]
    starts = [at for at, piece in enumerate(sentence.pieces) if begin <= piece.start < end]
    if not starts:
        raise LookupError(token)
    at = starts[-1] if token.name == "last" else starts[0]
    readable: dict[str, Mapping[int, object]] = {
        "number": sentence.numbers,
        "duration": sentence.durations_s,
        "unit": sentence.units,
    }
    if at not in readable.get(token.name, {at: None}):
        raise LookupError(token)
    return Token(token.name, at)


def _message(
    rng: random.Random, example: Example, messages: Mapping[str, Sequence[str]]
) -> list[Edit]:
    program = example.program
    if program[0].name not in ("timer", "repeat") or rng.random() < 0.5:
        return []
    ends = [token.at for token in program if token.name in ("first", "last")]
    if len(ends) != 2:
        return []
    first, last = ends
    if any(token.name in ("number", "duration") and first <= token.at <= last for token in program):
        return []
    others = messages.get(word_before(example.sentence, first), ())
    return [Edit(first, last, rng.choice(others))] if others else []


def word_before(sentence: Sentence, at: int) -> str:
    """Give the word before a piece; empty at the beginning and behind a sign."""
    word = sentence.pieces[at - 1].word if at else ""
    return word if word[:1].isalpha() else ""


def _places(
    rng: random.Random, example: Example, messages: Mapping[str, Sequence[str]]
) -> list[Edit]:
    del messages
    sentence = example.sentence
    asked = example.program[0].name in TIME_ASKED
    edits = []
    for first, lasts in sentence.places.items():
        if rng.random() < (0.3 if asked else 0.7) or len(sentence.words(first, lasts[-1])) < 4:
            continue
        if sentence.words(first, lasts[-1]).endswith("'s"):
            continue
        name = rng.choice(_known_places())
        edits.append(Edit(first, lasts[-1], display_name(name) if rng.random() < 0.7 else name))
    return edits


def _known_places() -> tuple[str, ...]:
    return tuple(sorted(name for name in zones_of_places() if len(name) > 3 and name.isascii()))


def _units(
    rng: random.Random, example: Example, messages: Mapping[str, Sequence[str]]
) -> list[Edit]:
    """Exchange both units of a conversion, or the measure of a sum."""
    del messages
    sentence, program = example.sentence, example.program
    pointed = [token.at for token in program if token.name == "unit"]
    if program[0].name != "units" or len(pointed) != 2 or rng.random() < 0.4:
        return []
    alike = next((kind for kind in _KINDS if sentence.units[pointed[0]].one in kind), None)
    if alike is None or any(sentence.units[at].one not in alike for at in pointed):
        return []
    edits = []
    for at, name in zip(pointed, rng.sample(alike, 2), strict=True):
        unit = sentence.units[at]
        last = at + len(unit_words(sentence, at)) - 1
        said = sentence.words(at, last).lower()
        edits.append(Edit(at, last, rng.choice(unit_names(name, many=said == unit.many))))
    return edits


_KINDS: tuple[tuple[str, ...], ...] = (
    ("gram", "kilogram", "ounce", "pound", "stone", "milligram", "ton", "metric ton"),
    ("meter", "kilometer", "centimeter", "millimeter", "inch", "foot", "yard", "mile",
     "nautical mile", "furlong"),
    ("liter", "milliliter", "deciliter", "centiliter", "cup", "tablespoon", "teaspoon",
     "fluid ounce", "pint", "quart", "gallon"),
    ("degree Celsius", "degree Fahrenheit", "kelvin"),
    ("mile per hour", "kilometer per hour", "meter per second", "knot"),
    ("second", "minute", "hour", "day", "week", "month", "year"),
    ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte"),
    ("joule", "kilojoule", "calorie", "kilocalorie", "kilowatt hour"),
    ("pascal", "kilopascal", "bar", "pound per square inch", "atmosphere"),
    ("watt", "kilowatt", "horsepower"),
    ("acre", "hectare"),
)  # fmt: skip


def unit_words(sentence: Sentence, at: int) -> list[str]:
    """Give the words of the unit that begins at a piece."""
    longest = [piece.word for piece in sentence.pieces[at : at + 4]]
    for length in range(len(longest), 0, -1):
        found = read_sentence(" ".join(longest[:length])).units.get(0)
        if found is not None and found.one == sentence.units[at].one and length > 1:
            shorter = read_sentence(" ".join(longest[: length - 1])).units.get(0)
            if shorter is None or shorter.one != found.one:
                return longest[:length]
    return longest[:1]


def _numbers(
    rng: random.Random, example: Example, messages: Mapping[str, Sequence[str]]
) -> list[Edit]:
    del messages
    edits = []
    keeps = {token.at for token in example.program if token.name in ("hundreds", "cents")}
    if keeps or rng.random() < 0.2:
        return []
    for at, piece in enumerate(example.sentence.pieces):
        if not isinstance(piece.value, Fraction) or rng.random() < 0.3:
            continue
        said = example.sentence.words(at, at)
        other = _like(rng, piece.value)
        if other is not None:
            written = in_digits(other)
            in_words = said[:1].isalpha() if rng.random() < 0.8 else rng.random() < 0.5
            edits.append(Edit(at, at, spelt(other) if in_words else written))
    return edits


def _like(rng: random.Random, value: Fraction) -> Fraction | None:
    """Draw a number of about the same size and make; none for what is a word by itself."""
    if value in (0, 1) or value.denominator not in (1, 2, 5, 10, 20, 25, 50, 100) or value < 1:
        return None
    size = 10 ** rng.uniform(log10(float(value)) - 0.4, log10(float(value)) + 0.4)
    if value.denominator != 1:
        places = 1 if value.denominator in (2, 5, 10) else 2
        drawn = Fraction(round(size * 10**places), 10**places)
        return drawn if drawn > 1 else None
    digits = len(str(value.numerator).rstrip("0"))
    step = 10 ** max(0, len(str(int(size))) - digits)
    return Fraction(max(2, round(size / step) * step))


def spelt(value: Fraction) -> str:
    """Write a number in words, as one says it."""
    whole, _, places = in_digits(value).partition(".")
    digits = " ".join(number_words(int(digit)) for digit in places)
    return f"{number_words(int(whole))} point {digits}" if places else number_words(int(whole))
