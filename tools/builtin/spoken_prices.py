"""Prices as one says them: "3 dollars 60", "187 pounds and 50 pence", "sixty-four fifty"."""

import re
from fractions import Fraction

from weft.tools.builtin.spoken_numbers import Piece, read_pieces
from weft.tools.builtin.story_words import CENTS, MONEY, PRICES, STOPS, stem


def read_priced_pieces(request: str, *, join_and: bool = True) -> list[Piece]:
    """Read a text into pieces as `read_pieces` does, with prices as one says them.

    "3 dollars 60" is one number, and so is the "sixty-four fifty" of a bill: 64.5.
    """
    pieces = _with_cents(read_pieces(request, join_and=join_and))
    in_pairs = sum(_is_said_in_pairs(piece, request) for piece in pieces)
    if not PRICES.search(request.lower()) and in_pairs < 3:
        return pieces
    priced: list[Piece] = []
    for at, piece in enumerate(pieces):
        value = piece.value
        behind = pieces[at + 1].word if at + 1 < len(pieces) else ""
        previous = priced[-1].word if priced else ""
        if isinstance(value, str):
            priced.append(piece)
        elif _is_said_in_pairs(piece, request) and (
            value >= 1000 or previous == "at" or in_pairs > 2
        ):
            priced.append(Piece(value / 100, piece.start, piece.end))
        elif (
            stem(previous) in MONEY
            and (behind in STOPS or not behind[:1].isalpha())  # "84 euros three ways"
            and len(priced) > 1
            and _are_cents(piece, priced[-2])
        ):
            units = priced[-2].value
            assert isinstance(units, Fraction)
            priced[-2] = Piece(units + value / 100, priced[-2].start, piece.end)
        else:
            priced.append(piece)
    return priced


def _is_said_in_pairs(piece: Piece, request: str) -> bool:
    """Whether a number was said as "sixty-four fifty", without any "hundred"."""
    value, written = piece.value, request[piece.start : piece.end].lower()
    is_pair = isinstance(value, Fraction) and value.denominator == 1 and 100 <= value < 10_000
    return is_pair and not re.search(r"\d|hundred|thousand|dozen", written)


def _are_cents(piece: Piece, units: Piece) -> bool:
    """Whether a number behind "3 dollars" tells the cents."""
    are_whole = not isinstance(units.value, str) and units.value.denominator == 1
    return are_whole and not isinstance(piece.value, str) and 1 <= piece.value < 100


def _with_cents(pieces: list[Piece]) -> list[Piece]:
    """Take "187 dollars and 50 cents" for one number of dollars."""
    joined: list[Piece] = []
    at = 0
    while at < len(pieces):
        joint = 1 if at and stem(pieces[at - 1].word) in MONEY else 2
        begins_cents = (
            at > joint
            and stem(pieces[at - joint].word) in MONEY
            and (joint == 1 or pieces[at - 1].word == "and")
            and at + 1 < len(pieces)
            and stem(pieces[at + 1].word) in CENTS
        )
        units, cents = pieces[max(at - joint - 1, 0)], pieces[at]
        if begins_cents and _are_cents(cents, units):
            assert isinstance(units.value, Fraction)
            assert isinstance(cents.value, Fraction)
            joined[-joint - 1 :] = [
                Piece(units.value + cents.value / 100, units.start, pieces[at + 1].end),
                pieces[at - joint],
            ]
            at += 2
        else:
            joined.append(cents)
            at += 1
    return joined
