"""Stories with amounts: what each amount counts, what it is for each of, what happened to it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from weft.tools.builtin.spoken_numbers import Piece, in_digits
from weft.tools.builtin.spoken_prices import read_priced_pieces
from weft.tools.builtin.story_words import (
    ADDED,
    CLAUSE_ENDS,
    FITS,
    HOLDS,
    INSIDE,
    MONEY,
    MORE,
    STOPS,
    TAKEN,
    TIMES_OF_DAY,
    stem,
)

EACH = "each"
"""What a price is for when that is not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """One amount of a story."""

    sum: str
    """What it is worth, as an expression."""
    value: Fraction
    things: frozenset[str]
    """What is counted, each word without its plural."""
    per: str
    """What it is for each of: "box", "hour" or EACH; empty when it is for all."""
    change: int
    """1 when it was added, -1 when it was taken away, 0 when that is not said."""
    before: str
    """The words between the clause's beginning and the amount."""
    after: str
    """The words between the amount and the clause's end."""
    is_percent: bool

    @property
    def is_part(self) -> bool:
        """Whether it is a fraction of something else: "a quarter of them"."""
        behind = self.after.partition(" ")[0]
        return self.is_fraction and behind in ("of", "off", "the", "are", "were", "is", "full")

    @property
    def is_fraction(self) -> bool:
        """Whether it was said as a fraction: "half", not "0.5"."""
        return 0 < self.value < 1 and "." not in self.sum


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What was told, in lower case with "#" for every number, and the amounts in order."""

    text: str
    amounts: tuple[Amount, ...]

    def says(self, listed: re.Pattern[str]) -> bool:
        """Whether any of the phrases occurs."""
        return bool(listed.search(self.text))


def operand(value: Fraction, written: str) -> str:
    """Write a number for an expression; what was said as a fraction stays one."""
    is_worded_fraction = 0 < value < 1 and not re.search(r"\d|\bpoint\b", written, re.IGNORECASE)
    is_endless = len(in_digits(value)) > 10 and value.denominator != 1
    if is_worded_fraction or "/" in written or is_endless:
        return f"({value.numerator} / {value.denominator})"
    return in_digits(value)


def told(request: str) -> Story:
    pieces = [
        Piece("one", piece.start, piece.end) if _is_article(piece, request) else piece
        for piece in read_priced_pieces(request)
    ]
    pieces = [part for at, piece in enumerate(pieces) for part in _spelt_out(pieces, at)]
    words = [piece.word or "#" for piece in pieces]
    amounts = tuple(
        _amount(piece.value, request[piece.start : piece.end], words, at)
        for at, piece in enumerate(pieces)
        if isinstance(piece.value, Fraction)
    )
    amounts = tuple(_priced_by_name(amount, amounts) for amount in amounts)
    return Story(text=" ".join(words), amounts=amounts)


_FOR_WHOM = re.compile(r"(?:[a-z$€£]+ )?for (?:the |each |every |an? )?([a-z'-]+)")
_WHOSE = re.compile(
    r"(?<!# )\b([a-z'-]+) (?:tickets? |ones? )?(?:are|is|costs?|pays?|at|were)(?: [$€£])?$"
)


def _priced_by_name(price: Amount, amounts: Sequence[Amount]) -> Amount:
    """Take "8 pounds for children", or "kids pay 8", for a price of what others count."""
    named = [_FOR_WHOM.match(price.after), _WHOSE.search(price.before)]
    nouns = [stem(found[1]) for found in named if found]
    others = [each for each in amounts if each is not price]
    is_counted = (noun for noun in nouns if any(noun in each.things for each in others))
    noun = next(is_counted, None)
    is_price = not (price.is_percent or price.is_fraction or price.things - {"money"})
    # What a price takes from somebody's purse is no change of the amount.
    return replace(price, per=noun, change=0) if noun and is_price else price


def _spelt_out(pieces: Sequence[Piece], at: int) -> tuple[Piece, ...]:
    """Part "the bill's 84" into "the bill is 84"."""
    piece = pieces[at]
    is_before_a_number = at + 1 < len(pieces) and not pieces[at + 1].word
    if not (piece.word.endswith("'s") and is_before_a_number):
        return (piece,)
    noun = Piece(piece.word.removesuffix("'s"), piece.start, piece.end)
    return (noun, Piece("is", piece.start, piece.end))


def _is_article(piece: Piece, request: str) -> bool:
    """Whether a number is no amount but the "one" of "each one" and "what does one ticket cost"."""
    is_one = piece.value == 1 and request[piece.start : piece.end].lower() == "one"
    behind = request[piece.end :].lower().strip()
    return is_one and not TAKEN.match(behind) and not ADDED.match(behind)


def _amount(value: Fraction, written: str, words: Sequence[str], at: int) -> Amount:
    begin = next((i + 1 for i in range(at - 1, -1, -1) if words[i] in CLAUSE_ENDS), 0)
    end = next((i for i in range(at + 1, len(words)) if words[i] in CLAUSE_ENDS), len(words))
    after = " ".join(words[at + 1 : end])
    is_percent = after.startswith(("percent", "%", "per cent"))
    behind = _things_behind(words, at)
    is_price = at > 0 and words[at - 1] in (*MONEY, "cost", "costs", "costing")
    things = behind or (["money"] if is_price else [])
    return Amount(
        sum=operand(value, written),
        value=value,
        things=frozenset(things),
        per="" if is_percent else _per(words, at, len(behind)),
        change=_change(words, begin, at, end),
        before=" ".join(words[begin:at]),
        after=after,
        is_percent=is_percent,
    )


def _change(words: Sequence[str], begin: int, at: int, end: int) -> int:
    """Say what happened to an amount: by the words around it, else by those of its clause."""
    earlier = next((i + 1 for i in range(at - 1, begin - 1, -1) if words[i] == "#"), begin)
    later = next((i for i in range(at + 1, end) if words[i] == "#"), end)
    for first, last in ((earlier, later), (begin, end)):
        told_of_it = " ".join(words[first:last])
        if ADDED.search(told_of_it):
            return 1
        if TAKEN.search(told_of_it):
            return -1
    return 1 if MORE.search(" ".join(words[begin:end])) else 0


def _things_behind(words: Sequence[str], at: int) -> list[str]:
    """Find the words for what an amount counts."""
    found: list[str] = []
    for word in words[at + 1 : at + 5]:
        if word == "-":
            continue
        if not (word[:1].isalpha() or word in MONEY) or word in STOPS or len(found) == 3:
            break
        found.append("money" if stem(word) in MONEY else stem(word))
    return found


def _per(words: Sequence[str], at: int, things: int) -> str:
    """Find what an amount is for each of, behind it ("24 in each box") or before ("at 24")."""
    behind = [word for word in words[at + 1 :] if word != "-"][things : things + 3]
    in_each = behind[:1] and behind[0] in ("in", "for", "to", "on") and behind[1:2]
    if in_each and behind[1] in ("each", "every", "a", "an"):
        behind = behind[1:]
    if behind[:2] == ["to", "the"]:
        return stem(behind[2]) if len(behind) > 2 else ""
    if behind[:1] == ["apiece"]:
        return EACH
    if behind and behind[0] in ("each", "every", "per", "a", "an"):
        noun = behind[1] if len(behind) > 1 else ""
        if noun[:1].isalpha() and noun not in STOPS:
            return "day" if stem(noun) in TIMES_OF_DAY else stem(noun)
        return EACH if behind[0] == "each" else ""
    previous = words[at - 1] if at else ""
    if previous == "at":
        is_of_one = {"a", "an", "one", "the"} & set(words[max(at - 4, 0) : at - 2])
        return "" if is_of_one else EACH
    if previous in INSIDE and at > 1 and words[at - 2][:1].isalpha():
        return stem(words[at - 2])
    return _holder(words, at)


def _holder(words: Sequence[str], at: int) -> str:
    """Find the subject in "a tray holds 24", "each of them holds 24" and "trays hold 24"."""
    verb = at - 2 if at and words[at - 1] == "for" else at - 1
    if verb < 1 or words[verb] not in HOLDS:
        return ""
    begin = verb - 1
    while begin > 0 and words[begin][:1].isalpha() and words[begin] not in STOPS:
        begin -= 1
    noun = words[verb - 1]
    if begin < verb - 1 and words[begin] in ("a", "an", "each", "every", "one", "per"):
        return stem(noun)
    clause = next((i + 1 for i in range(verb, -1, -1) if words[i] in CLAUSE_ENDS), 0)
    if any(
        words[i] in ("each", "every") and words[i - 1] != "#" and stem(words[i - 1]) not in MONEY
        for i in range(clause, verb)
    ):
        return EACH  # "each one holds 16", "each of them costs 3"; but not "15 euros each"
    is_said_of_all = words[verb] in FITS and noun.endswith("s") and noun not in STOPS
    return stem(noun) if is_said_of_all else ""
