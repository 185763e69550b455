"""Numbers as people say and write them, found in running text.

Reads English cardinals, decimals, mixed fractions and digits into exact fractions, and keeps where
each stood, so that a caller can quote the words around them. The libraries for this (text2num,
word2number) end a number at "and" ("two hundred and five"), stop after one decimal place, take
"five minus two" for two signed numbers and know no fractions; all of these are what a spoken
request is made of.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

ONES = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
TENS = {
    word: 10 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
} | {"fourty": 40}
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
GROUPS = {"dozen": 12, "dozens": 12}
DENOMINATORS = {
    name: value
    for value, names in {
        2: "half halves",
        3: "third thirds",
        4: "quarter quarters fourth fourths",
        5: "fifth fifths",
        6: "sixth sixths",
        7: "seventh sevenths",
        8: "eighth eighths",
        9: "ninth ninths",
        10: "tenth tenths",
        100: "hundredth hundredths",
        1000: "thousandth thousandths",
    }.items()
    for name in names.split()
}
WRITTEN_FRACTIONS = {
    "½": Fraction(1, 2),
    "⅓": Fraction(1, 3),
    "⅔": Fraction(2, 3),
    "¼": Fraction(1, 4),
    "¾": Fraction(3, 4),
    "⅛": Fraction(1, 8),
}
ORDINALS = {
    word: value
    for value, word in enumerate(
        [
            "zeroth",
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
        ]
    )
}

_TOKEN = re.compile(
    r"""
    \d{1,3}(?:,\d{3})+(?:\.\d+)?     # 1,250 or 1,250.5
    | \d*\.\d+ | \d+                 # .5, 0.5, 17
    | [^\W\d_]+(?:['’][^\W\d_]+)*    # words, with what is behind an apostrophe
    | \S
    """,
    re.VERBOSE,
)
MAX_DIGITS = 40
"""Longer runs of digits are left alone: nobody says them, and they only cost time."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A number, or a word in lower case, or a sign, with its place in the text it was read from."""

    value: Fraction | str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The word or sign; empty for a number."""
        return self.value if isinstance(self.value, str) else ""

    @property
    def is_sign(self) -> bool:
        """Whether it is neither a number nor a word."""
        return isinstance(self.value, str) and not self.value[:1].isalnum()


def read_pieces(text: str, *, join_and: bool = True) -> list[Piece]:
    """Read a text into numbers, words and signs, in order.

    With `join_and` false "one hundred and five" is two numbers, as in "add one hundred and five".
    """
    tokens = [
        Piece(_plain(found.group()), found.start(), found.end()) for found in _TOKEN.finditer(text)
    ]
    pieces: list[Piece] = []
    at = 0
    while at < len(tokens):
        read = _Reader(tokens, at, join_and=join_and).number()
        if read is None:
            pieces.append(tokens[at])
            at += 1
        else:
            value, end = read
            pieces.append(Piece(value, tokens[at].start, tokens[end - 1].end))
            at = end
    return pieces


def read_number(text: str) -> Fraction | None:
    """Read a text that is one number and nothing else; None for any other text."""
    pieces = read_pieces(text)
    if len(pieces) == 2 and pieces[0].word in ("minus", "negative", "-"):
        value = pieces[1].value
        return None if isinstance(value, str) else -value
    if len(pieces) != 1 or isinstance(pieces[0].value, str):
        return None
    return pieces[0].value


def digits(text: str) -> str:
    """Write a text in lower case with its numbers in digits, words and signs apart by one space."""
    return " ".join(
        piece.value if isinstance(piece.value, str) else in_digits(piece.value)
        for piece in read_pieces(text)
    )


def in_digits(value: Fraction) -> str:
    """Write a number in digits: exact where that is short, else with ten significant places."""
    if value.denominator == 1:
        return str(value.numerator)
    without_twos_and_fives = value.denominator
    for factor in (2, 5):
        while without_twos_and_fives % factor == 0:
            without_twos_and_fives //= factor
    if without_twos_and_fives != 1 or value.denominator > 10**MAX_DIGITS:
        return f"{float(value):.10g}"
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    scaled = abs(int(value * 10**places))
    whole, part = divmod(scaled, 10**places)
    return f"{'-' if value < 0 else ''}{whole}.{part:0{places}d}"


def say_number(value: float | Fraction, *, places: int = 2) -> str:
    """Write a number as one reads it aloud: "2,834.95", "0.0353", "391".

    Numbers under one keep four significant places, whatever `places` says.
    """
    number = float(value) if not isinstance(value, int) else value
    if isinstance(number, float) and abs(number) >= 1e15:
        mantissa, _, power = f"{number:.4e}".partition("e")
        return f"{mantissa.rstrip('0').rstrip('.')} times 10 to the power of {int(power)}"
    if isinstance(number, float) and 0 < abs(number) < 1:
        if abs(number) < 1e-6:
            mantissa, _, power = f"{number:.3e}".partition("e")
            return (
                f"{mantissa.rstrip('0').rstrip('.')} times 10 to the power of minus {-int(power)}"
            )
        first_place = -int(f"{number:e}".partition("e")[2])
        places = max(places, first_place + 3)
    written = f"{number:,.{places}f}" if isinstance(number, float) else f"{number:,}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return "0" if written == "-0" else written.replace("-", "minus ", 1)


def _plain(token: str) -> str:
    return token.lower().replace("’", "'")


class _Reader:
    """Reads the one number that begins at a token, if there is one."""

    def __init__(self, tokens: Sequence[Piece], at: int, *, join_and: bool) -> None:
        self._tokens = tokens
        self._start = at
        self._at = at
        self._join_and = join_and

    def _word(self, ahead: int = 0) -> str:
        place = self._at + ahead
        return self._tokens[place].word if place < len(self._tokens) else ""

    def _adjoins(self, ahead: int) -> bool:
        """Whether the token so far ahead stands right behind the one before it ("twenty-three")."""
        place = self._at + ahead
        if not 0 < place < len(self._tokens):
            return False
        return self._tokens[place].start == self._tokens[place - 1].end

    def number(self) -> tuple[Fraction, int] | None:
        """Give the value and the index behind the number."""
        value = Fraction(1) if self._word() == "dozen" else self._fraction()
        if value is None:
            value = self._amount()
            if value is None:
                return None
            value = self._with_fraction(value)
            value = self._with_scale(value)
        if self._word() in GROUPS and self._word(-1) not in GROUPS:
            size = GROUPS[self._word()]
            self._at += 1
            value = self._with_fraction(value) * size  # "a dozen and a half"
        return value, self._at

    def _fraction(self) -> Fraction | None:
        """Read "half", "a third", "two thirds", "3/4", "½" and "half a million"."""
        begun_at = self._at
        word = self._word()
        if word in WRITTEN_FRACTIONS:
            self._at += 1
            return WRITTEN_FRACTIONS[word]
        numerator: Fraction | None = None
        if word in ("a", "an"):
            self._at += 1
            numerator = Fraction(1)
        elif word not in ("half", "quarter"):
            numerator = self._amount()
            if numerator is None:
                self._at = begun_at
                return None
            if (
                self._word() == "/"
                and self._adjoins(0)
                and self._adjoins(1)
                and self._word(1).isdecimal()
                and int(self._word(1)) > 0
                and numerator.denominator == 1
            ):
                numerator /= int(self._word(1))
                self._at += 2
                return numerator
        else:
            numerator = Fraction(1)
        self._skip_hyphen()
        denominator = DENOMINATORS.get(self._word())
        is_plural_denominator = self._word().endswith("s") or self._word() == "halves"
        if denominator is None or (numerator != 1 and not is_plural_denominator):
            self._at = begun_at
            return None
        self._at += 1
        value = numerator / denominator
        if self._word() in ("a", "an") and self._word(1) in (*SCALES, *GROUPS, "hundred"):
            self._at += 1
            value *= 100 if self._word() == "hundred" else (SCALES | GROUPS)[self._word()]
            self._at += 1
        return value

    def _skip_hyphen(self) -> None:
        if self._word() == "-" and self._adjoins(0) and self._adjoins(1):
            self._at += 1

    def _with_fraction(self, value: Fraction) -> Fraction:
        """Add what follows in "two and a half", "one and three quarters", "2 1/2" and "2½"."""
        begun_at = self._at
        if value.denominator != 1:
            return value
        joined = self._word() == "and"
        if joined:
            self._at += 1
        begins_digits = self._word().isdecimal() or self._word() in WRITTEN_FRACTIONS
        if joined or begins_digits:
            fraction = self._fraction()
            if fraction is not None and 0 < fraction < 1:
                return value + fraction
        self._at = begun_at
        return value

    def _with_scale(self, value: Fraction) -> Fraction:
        """Multiply in "two and a half million"."""
        if value.denominator != 1 and self._word() in SCALES:
            value *= SCALES[self._word()]
            self._at += 1
        return value

    def _amount(self) -> Fraction | None:
        """Read a cardinal or a decimal."""
        word = self._word()
        if word == "point" and self._decimals(1):
            self._at += 1
            return self._read_decimals(Fraction(0))
        if not self._is_start(word):
            return None
        value = self._cardinal()
        if value is None:
            return None
        if self._word() == "point" and self._decimals(1) and value.denominator == 1:
            self._at += 1
            value = self._read_decimals(value)
            if self._word() in SCALES:
                value *= SCALES[self._word()]
                self._at += 1
        return value

    def _is_start(self, word: str) -> bool:
        if word in ("a", "an"):
            return self._word(1) in ("hundred", *SCALES, *GROUPS) or (
                self._word(1) == "couple" and self._word(2) in ("of", "hundred", *SCALES, *GROUPS)
            )
        return (
            word in ONES
            or word in TENS
            or word == "hundred"
            or word[:1].isdecimal()
            or (word[:1] == "." and len(word) > 1)
        )

    def _decimals(self, ahead: int) -> str:
        """Give the decimal places spoken from a token on: "one" is "1", "twenty five" is "25"."""
        word = self._word(ahead)
        if word.isdecimal() and len(word) < MAX_DIGITS:
            return word
        if word in ("oh", "o"):
            return "0"
        if word in ONES:
            return str(ONES[word])
        if word in TENS:
            one = ONES.get(self._word(ahead + 1), 0)
            return str(TENS[word] + one) if one < 10 else str(TENS[word])
        return ""

    def _read_decimals(self, whole: Fraction) -> Fraction:
        places = ""
        while (found := self._decimals(0)) and len(places) < MAX_DIGITS:
            if self._word() in TENS and len(found) == 2 and found[1] != "0":
                self._at += 1
            places += found
            self._at += 1
        return whole + Fraction(int(places), 10 ** len(places))

    def _cardinal(self) -> Fraction | None:
        """Read "two thousand three hundred and five", "1.5 million", "nineteen eighty four"."""
        total = Fraction(0)
        smallest_scale: int | None = None
        while True:
            begun_at = self._at
            group = self._group(first=smallest_scale is None)
            if group is None:
                break
            scale = SCALES.get(self._word())
            if scale is None:
                if smallest_scale is not None and group >= smallest_scale:
                    self._at = begun_at
                    break
                total += group
                break
            if smallest_scale is not None and scale >= smallest_scale:
                self._at = begun_at
                break
            self._at += 1
            total += group * scale
            smallest_scale = scale
            if (self._join_and and self._word() == "and" and self._group_follows(1)) or (
                self._word() == "," and self._group_follows(1)
            ):
                self._at += 1
        if self._word(-1) in ("and", ",") and self._at > self._start:
            self._at -= 1
        return total if self._at > self._start else None

    def _group_follows(self, ahead: int) -> bool:
        word = self._word(ahead)
        if word in ("a", "an"):
            return self._word(ahead + 1) in ("hundred", "thousand", "million")
        return word in ONES or word in TENS

    def _group(self, *, first: bool) -> Fraction | None:
        """Read what may stand before a scale word: digits, or words for 0 to 9,999."""
        word = self._word()
        if word[:1].isdecimal() or (word[:1] == "." and len(word) > 1):
            if len(word) > MAX_DIGITS:
                return None
            self._at += 1
            value = Fraction(word.replace(",", ""))
            if self._word() == "hundred":
                self._at += 1
                value = value * 100 + self._below_hundred_after_and()
            return value
        if word in ("a", "an"):
            self._at += 1
            if self._word() == "couple":
                self._at += 2 if self._word(1) == "of" else 1
                value = Fraction(2)
                if self._word() == "hundred":
                    self._at += 1
                    value *= 100
                return value
            if self._word() != "hundred":
                return Fraction(1)
            self._at += 1
            return Fraction(100 + self._below_hundred_after_and())
        if word == "hundred":  # "hundred and eighty", as it is said in a hurry
            self._at += 1
            return Fraction(100 + self._below_hundred_after_and())
        low = self._below_hundred()
        if low is None:
            return None
        if self._word() == "hundred" and low > 0:
            self._at += 1
            return Fraction(low * 100 + self._below_hundred_after_and())
        if first:
            low = self._paired(low)
        return Fraction(low)

    def _paired(self, low: int) -> int:
        """Read on in "nineteen eighty four", "one twenty five" and "five six seven"."""
        begun_at = self._at
        if low < 10:
            run = str(low)
            while (word := self._word()) in ONES and ONES[word] < 10 and len(run) < MAX_DIGITS:
                run += str(ONES[word])
                self._at += 1
            if len(run) > 1:
                if self._word() in ("hundred", *SCALES):
                    self._at = begun_at
                    return low
                return int(run)
        elif self._word() in ("oh", "o") and ONES.get(self._word(1), 0) in range(1, 10):
            self._at += 2
            return low * 100 + ONES[self._word(-1)]
        next_low = self._below_hundred()
        if (
            next_low is not None
            and next_low >= 10
            and low > 0
            and self._word() not in ("hundred", *SCALES)
        ):
            return low * 100 + next_low
        self._at = begun_at
        return low

    def _below_hundred(self) -> int | None:
        word = self._word()
        if word in TENS:
            self._at += 1
            value = TENS[word]
            hyphen = 1 if self._word() == "-" and self._adjoins(0) and self._adjoins(1) else 0
            one = ONES.get(self._word(hyphen), 0)
            if 0 < one < 10:
                self._at += hyphen + 1
                value += one
            return value
        if word in ONES:
            self._at += 1
            return ONES[word]
        return None

    def _below_hundred_after_and(self) -> int:
        """Read the rest of a number behind "hundred", with or without "and"."""
        begun_at = self._at
        if self._word() == "and":
            if not self._join_and:
                return 0
            self._at += 1
        low = self._below_hundred()
        # "One hundred and three quarters": the fraction is read by the caller.
        if low is None or low == 0 or self._word() in DENOMINATORS or self._word() == "hundred":
            self._at = begun_at
            return 0
        return low
