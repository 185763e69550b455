"""Labelled calls written as programs: what the network learns from."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import permutations

from weft.background_agents.request_parser.program import (
    ALWAYS,
    AVERAGE,
    CONSTANTS,
    DONE,
    IMPLIED_UNITS,
    LIST,
    NO_MESSAGE,
    NONE,
    TIME_ASKED,
    Program,
    Token,
)
from weft.background_agents.request_parser.sentence import Sentence, place_name
from weft.errors import ToolError
from weft.tools.builtin.places import find_zone, plain
from weft.tools.builtin.timer_messages import turned_to_user
from weft.tools.builtin.units import find_unit

_NEAR_PIECES = 4
"""How far apart two numbers are at most that make one amount."""
_OPERATORS: Mapping[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**",
}  # fmt: skip


class NotWritten(ValueError):
    """A call that cannot be written with what its sentence holds."""


def write_program(sentence: Sentence, tool: str | None, arguments: Mapping[str, object]) -> Program:
    """Write a labelled call as the program that stands for it; raises NotWritten."""
    writer = _Writer(sentence)
    match tool:
        case None:
            return (Token(NONE),)
        case "arithmetic":
            tree = ast.parse(str(arguments["expression"]), mode="eval").body
            return (Token(tool), *writer.expression(tree), Token(DONE))
        case "units":
            return (Token(tool), *writer.conversion(arguments))
        case "time":
            return writer.time(arguments)
        case "timer":
            wait = writer.amount(_number(arguments["seconds"]), durations=True)
            return (Token(tool), *wait, *writer.message(arguments))
        case "repeat":
            beat = writer.amount(_number(arguments["every_seconds"]), durations=True)
            times = arguments.get("times")
            often = (
                [Token(ALWAYS)]
                if times is None
                else writer.amount(_number(times), durations=True, count=True)
            )
            return (Token(tool), *beat, *writer.message(arguments), *often)
    raise NotWritten(f"no program has the tool {tool}")


def _number(value: object) -> Fraction:
    return Fraction(str(value)).limit_denominator(10**6)


class _Writer:
    """Finds what is in a sentence; each number is pointed at once, as long as there are others."""

    def __init__(self, sentence: Sentence) -> None:
        self._sentence = sentence
        self._used: set[int] = set()

    def expression(self, tree: ast.expr) -> list[Token]:
        match tree:
            case ast.BinOp(left=left, op=op, right=right):
                if type(op) not in _OPERATORS:
                    raise NotWritten(ast.unparse(tree))
                joint = Token(_OPERATORS[type(op)])
                return [*self.expression(left), *self.expression(right), joint]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return [*self.expression(operand), Token("negative")]
            case ast.Call(func=ast.Name(id="average"), args=values):
                inside = [token for value in values for token in self.expression(value)]
                return [Token(LIST), *inside, Token(AVERAGE)]
            case ast.Call(func=ast.Name(id="percent" | "sqrt" as name), args=[value]):
                return [*self.expression(value), Token(name)]
            case ast.Constant(value=int() | float() as value):
                return self._literal(_number(value), durations=False)
        raise NotWritten(ast.unparse(tree))

    def amount(
        self, value: Fraction, *, durations: bool = False, count: bool = False
    ) -> list[Token]:
        return [*self._literal(value, durations=durations, count=count), Token(DONE)]

    def conversion(self, arguments: Mapping[str, object]) -> list[Token]:
        value = self.amount(_number(arguments["value"]))
        return [*value, *(self._unit(str(arguments[key])) for key in ("unit_from", "unit_to"))]

    def time(self, arguments: Mapping[str, object]) -> Program:
        asked = str(arguments.get("asked", "time"))
        if asked not in TIME_ASKED:
            raise NotWritten(asked)
        named = [part for part in str(arguments.get("place", "")).split(" and ") if part]
        if arguments.get("compared_with"):
            named.append(str(arguments["compared_with"]))
        ends = [token for place in named for token in self._place(place)]
        return (Token(asked), *ends, Token(DONE))

    def message(self, arguments: Mapping[str, object]) -> list[Token]:
        message = str(arguments.get("message", ""))
        if not message:
            return [Token(NO_MESSAGE)]
        wanted = _spoken(message)
        pieces = self._sentence.pieces
        # What is to be said usually comes last where its words come twice.
        for first in reversed(range(len(pieces))):
            for last in range(first, len(pieces)):
                if pieces[last].is_sign:
                    continue
                said = self._sentence.words(first, last)
                if wanted in (_spoken(said), _spoken(turned_to_user(said))):
                    return [Token("first", first), Token("last", last)]
        raise NotWritten(f"message {message!r}")

    def _literal(self, value: Fraction, *, durations: bool, count: bool = False) -> list[Token]:
        for tokens in self._ways(value, durations=durations, count=count):
            self._used |= {token.at for token in tokens if token.at >= 0}
            return tokens
        raise NotWritten(f"{float(value)} is not in the sentence")

    def _ways(self, value: Fraction, *, durations: bool, count: bool) -> Iterator[list[Token]]:
        """Give the ways to make a number of what there is, the most likely first."""
        numbers, lengths = self._sentence.numbers, self._sentence.durations_s
        if durations and not count:
            for at, length in lengths.items():
                if length == value and at not in self._used:
                    yield [Token("duration", at)]
        for at, number in self._in_order(numbers):
            if number == value:
                yield [Token("number", at)]
        if durations and not count:
            yield from self._lengthened(value)
            yield from _scaled(lengths, "duration", value)
        if count:
            yield from _quotients(lengths, value)
        yield from self._joined(value)
        if f"={_plain(value)}" in CONSTANTS:
            yield [Token(f"={_plain(value)}")]
        yield from _scaled(numbers, "number", value)

    def _lengthened(self, value: Fraction) -> Iterator[list[Token]]:
        """Give "three minutes fifteen" and "hour and a half"."""
        for begin, length in self._sentence.durations_s.items():
            for at, number in self._sentence.numbers.items():
                if not 0 < at - begin <= _NEAR_PIECES:
                    continue
                pair = [Token("duration", begin), Token("number", at)]
                if length + number == value:
                    yield [*pair, Token("+")]
                if length + number * 60 == value:
                    yield [*pair, Token("=60"), Token("*"), Token("+")]
                if length * (1 + number) == value:
                    yield [*pair, Token("=1"), Token("+"), Token("*")]
                if length * number == value:
                    yield [*pair, Token("*")]
        for at, number in self._sentence.numbers.items():
            for begin, length in self._sentence.durations_s.items():
                if 0 < begin - at <= _NEAR_PIECES and length * number == value:
                    yield [Token("number", at), Token("duration", begin), Token("*")]

    def _in_order(self, numbers: Mapping[int, Fraction]) -> list[tuple[int, Fraction]]:
        return sorted(numbers.items(), key=lambda item: (item[0] in self._used, item[0]))

    def _joined(self, value: Fraction) -> Iterator[list[Token]]:
        numbers = self._sentence.numbers
        for left, right in permutations(sorted(numbers), 2):
            if not 0 < right - left <= _NEAR_PIECES:
                continue
            a, b = numbers[left], numbers[right]
            pair = [Token("number", left), Token("number", right)]
            if a * 100 + b == value:
                yield [*pair, Token("hundreds")]
            if a + b / 100 == value:
                yield [*pair, Token("cents")]
            for factor in (12, 14, 16):
                if a * factor + b == value:
                    yield [pair[0], Token(f"={factor}"), Token("*"), pair[1], Token("+")]
            if a + b == value:
                yield [*pair, Token("+")]
        for at, number in numbers.items():
            if 0 < number < 1 and number + 1 == value:
                yield [Token("=1"), Token("number", at), Token("+")]
            if 1 + number / 100 == value:
                yield [Token("=1"), Token("number", at), Token("cents")]
            if number == -value:
                yield [Token("number", at), Token("negative")]

    def _unit(self, name: str) -> Token:
        try:
            wanted = find_unit(name).one
        except ToolError as error:
            raise NotWritten(str(error)) from error
        for at, unit in self._sentence.units.items():
            if unit.one == wanted and at not in self._used:
                self._used.add(at)
                return Token("unit", at)
        for token in IMPLIED_UNITS:
            if find_unit(token.removeprefix("unit:")).one == wanted:
                return Token(token)
        raise NotWritten(f"unit {name}")

    def _place(self, place: str) -> list[Token]:
        wanted = find_zone(place) or plain(place)
        pieces = self._sentence.pieces
        known = self._sentence.places
        for exact in (True, False):
            for first in range(len(pieces)):
                if first in self._used:
                    continue
                # The longest first: "New York City" and not "New York".
                for last in reversed(known.get(first, range(first, min(first + 4, len(pieces))))):
                    said = place_name(self._sentence.words(first, last))
                    same = said == plain(place) if exact else (find_zone(said) or said) == wanted
                    if said and same:
                        self._used |= set(range(first, last + 1))
                        return [Token("first", first), Token("last", last)]
        raise NotWritten(f"place {place}")


def _scaled(values: Mapping[int, Fraction], pointer: str, value: Fraction) -> Iterator[list[Token]]:
    for at, each in values.items():
        for constant in CONSTANTS:
            factor = Fraction(constant[1:])
            if each * factor == value:
                yield [Token(pointer, at), Token(constant), Token("*")]
            if each / factor == value:
                yield [Token(pointer, at), Token(constant), Token("/")]


def _quotients(lengths: Mapping[int, Fraction], value: Fraction) -> Iterator[list[Token]]:
    """Give "every ten minutes for an hour" as six times."""
    for whole, beat in permutations(sorted(lengths), 2):
        if lengths[beat] and int(lengths[whole] / lengths[beat]) == value:
            yield [Token("duration", whole), Token("duration", beat), Token("/")]


def _plain(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"


def _spoken(words: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\W_]+(?:['’][^\W_]+)?", words.lower()))


def pointed_at(program: Sequence[Token]) -> set[int]:
    """Give the positions a program speaks of."""
    return {token.at for token in program if token.at >= 0}
