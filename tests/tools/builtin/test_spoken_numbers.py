"""Numbers as people say them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.tools.builtin.spoken_numbers import (
    ONES,
    SCALES,
    TENS,
    digits,
    in_digits,
    read_number,
    read_pieces,
    say_number,
)

_ONES = {value: word for word, value in ONES.items()}
_TENS = {value: word for word, value in TENS.items() if word != "fourty"}


def spell(number: int, *, joined: bool) -> str:
    """Spell a number out, with or without "and" before its last part."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        rest = number % 10
        return _TENS[number - rest] + (f"-{_ONES[rest]}" if rest else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        link = " and " if joined else " "
        return f"{_ONES[hundreds]} hundred" + (link + spell(rest, joined=joined) if rest else "")
    name, scale = max(
        ((name, scale) for name, scale in SCALES.items() if scale <= number),
        key=lambda pair: pair[1],
    )
    count, rest = divmod(number, scale)
    link = " and " if joined and 0 < rest < 100 else " "
    return f"{spell(count, joined=joined)} {name}" + (
        link + spell(rest, joined=joined) if rest else ""
    )


@given(st.integers(0, 10**15 - 1), st.booleans())
def test_every_number_that_is_spelt_out_is_read_back(number: int, joined: bool) -> None:
    assert read_number(spell(number, joined=joined)) == number


@given(st.integers(0, 999), st.text("0123456789", min_size=1, max_size=6))
def test_every_decimal_is_read_back(whole: int, places: str) -> None:
    spoken = f"{spell(whole, joined=True)} point {' '.join(_ONES[int(digit)] for digit in places)}"
    assert read_number(spoken) == Fraction(f"{whole}.{places}")


@given(st.decimals(-(10**12), 10**12, places=3, allow_nan=False, allow_infinity=False))
def test_what_is_written_in_digits_is_read_back(number: object) -> None:
    value = Fraction(str(number))
    assert read_number(in_digits(value)) == value


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    pieces = read_pieces(text)
    assert all(0 <= piece.start < piece.end <= len(text) for piece in pieces)


@given(st.integers(-(10**14), 10**14))
def test_whole_numbers_are_said_in_full(number: int) -> None:
    said = say_number(number)
    assert int(said.replace("minus ", "-").replace(",", "")) == number


@pytest.mark.parametrize(
    ("spoken", "value"),
    [
        ("two hundred and five", 205),
        ("Two Hundred and Five", 205),
        ("a hundred", 100),
        ("twenty-three", 23),
        ("twelve hundred", 1200),
        ("nineteen eighty four", 1984),
        ("nineteen oh five", 1905),
        ("one twenty five", 125),
        ("five six seven", 567),
        ("1,250.5", Fraction("1250.5")),
        ("3 hundred", 300),
        ("1.5 million", 1_500_000),
        ("two and a half million", 2_500_000),
        ("one thousand, two hundred and five", 1205),
        ("half", Fraction(1, 2)),
        ("three quarters", Fraction(3, 4)),
        ("one and three quarters", Fraction(7, 4)),
        ("2 1/2", Fraction(5, 2)),
        ("2½", Fraction(5, 2)),
        ("half a dozen", 6),
        ("a couple of hundred", 200),
        ("zero point zero five", Fraction(1, 20)),
        ("point five", Fraction(1, 2)),
        ("minus five", -5),
        ("negative two point five", Fraction(-5, 2)),
    ],
)
def test_numbers_are_read_as_people_say_them(spoken: str, value: Fraction | int) -> None:
    assert read_number(spoken) == value


@pytest.mark.parametrize("text", ["", "second", "three apples", "and", "point", "an", "two and"])
def test_what_is_no_number_alone_is_none(text: str) -> None:
    assert read_number(text) is None


def test_numbers_in_a_sentence_are_put_in_digits() -> None:
    assert digits("Five minus two, and one second.") == "5 minus 2 , and 1 second ."


def test_and_can_be_read_as_the_end_of_a_number() -> None:
    apart = read_pieces("one hundred and five", join_and=False)
    assert [piece.value for piece in apart] == [100, "and", 5]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (391, "391"),
        (2834.952, "2,834.95"),
        (0.0352739, "0.03527"),
        (-40, "minus 40"),
        (1e20, "1 times 10 to the power of 20"),
        (2.5e-8, "2.5 times 10 to the power of minus 8"),
        (0.0, "0"),
    ],
)
def test_numbers_are_said_as_one_reads_them(value: float, said: str) -> None:
    assert say_number(value) == said
