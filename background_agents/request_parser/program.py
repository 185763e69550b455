"""Programs: what a request asks for, written as tokens that point at what is in its sentence.

A program names a tool, and then what goes into each argument. Amounts are expressions in postfix
order over the numbers and lengths of time of the sentence, so that the network chooses and never
invents one; messages and places are stretches of its words.

    none
    arithmetic  AMOUNT
    units       AMOUNT  unit  unit
    time        (first last)*  done            also date, difference
    timer       AMOUNT  (first last | no message)
    repeat      AMOUNT  (first last | no message)  (AMOUNT | always)

AMOUNT is an expression and `done`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from weft.background_agents.request_parser.sentence import Sentence, place_name
from weft.tools.builtin.spoken_numbers import in_digits
from weft.tools.builtin.timer_messages import message_for

NONE = "none"
TIME_ASKED = ("time", "date", "difference")
TOOLS = ("arithmetic", "units", *TIME_ASKED, "timer", "repeat")
DONE = "done"
NO_MESSAGE = "no message"
ALWAYS = "always"
BINARY = ("+", "-", "*", "/", "**", "hundreds", "cents")
"""The last two join numbers that are said as one: a year "nineteen thirty", a price "three eighty".
"""
UNARY = ("percent", "sqrt", "negative")
LIST, AVERAGE = "list", "average"
CONSTANTS = (
    *(f"={value}" for value in (0.1, 0.25, 0.5, *range(1, 9), 10, 12, 14, 16, 20, 24, 30, 48)),
    *(f"={value}" for value in (52, 60, 100, 365, 1000, 3600)),
)
IMPLIED_UNITS = tuple(
    f"unit:{name}"
    for name in (
        "centimeter", "meter", "kilometer", "gram", "kilogram", "milliliter", "liter", "celsius",
        "hectare", "inch", "foot", "mile", "ounce", "pound", "fahrenheit", "gallon", "acre", "hour",
        "minute", "second", "day", "cup", "kilometer per hour", "mile per hour", "fluid ounce",
        "square meter", "square foot", "pound per square inch",
    )
)  # fmt: skip
FIXED = (
    NONE, *TOOLS, DONE, NO_MESSAGE, ALWAYS, *BINARY, *UNARY, LIST, AVERAGE, *CONSTANTS,
    *IMPLIED_UNITS,
)  # fmt: skip
POINTERS = ("number", "duration", "unit", "first", "last")


@dataclass(frozen=True, slots=True)
class Token:
    """One of FIXED, or one of POINTERS with a position in the sentence."""

    name: str
    at: int = -1


Program = tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A tool with its arguments."""

    tool: str
    arguments: Mapping[str, object]


class NotACall(ValueError):
    """A program that stands for no call."""


def call_of(program: Sequence[Token], sentence: Sentence) -> Call | None:
    """Give the call a whole program stands for, None for `none`; raises NotACall."""
    tokens = list(program)
    tool = tokens.pop(0).name
    if tool == NONE:
        return None
    if tool in TIME_ASKED:
        return Call("time", _time_arguments(tool, tokens, sentence))
    written = _taken_amount(tokens)
    if tool == "arithmetic":
        return Call(tool, {"expression": _infix(written, sentence)})
    value = amount(written, sentence)
    if tool == "units":
        source, target = (_unit_name(token, sentence) for token in tokens)
        return Call(tool, {"value": float(value), "unit_from": source, "unit_to": target})
    if not 0 < value <= LONGEST_WAIT_S:
        raise NotACall("no length of time to wait")
    message = _taken_message(tokens, sentence)
    arguments: dict[str, object] = {"message": message} if message else {}
    if tool == "timer":
        return Call(tool, {"seconds": float(value), **arguments})
    if not message:
        raise NotACall("nothing to say at each beat")
    if tokens[0].name != ALWAYS:
        times = amount(_taken_amount(tokens), sentence)
        arguments["times"] = max(1, int(times))
    return Call(tool, {"every_seconds": float(value), **arguments})


LONGEST_WAIT_S = 604800


def amount(tokens: Sequence[Token], sentence: Sentence) -> Fraction:
    """Work out an expression; raises NotACall when it has no value."""
    stack: list[Fraction] = []
    for token in tokens:
        if token.name in BINARY:
            right, left = stack.pop(), stack.pop()
            stack.append(_combined(token.name, left, right))
        elif token.name == "negative":
            stack.append(-stack.pop())
        elif token.name == "percent":
            stack.append(stack.pop() / 100)
        elif (value := _operand(token, sentence)) is not None:
            stack.append(value)
        else:
            raise NotACall(f"{token.name} is not in an amount of time or of a unit")
    if len(stack) != 1:
        raise NotACall("not one amount")
    return stack[0]


def _combined(operator: str, left: Fraction, right: Fraction) -> Fraction:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "hundreds":
            return left * 100 + right
        case "cents":
            return left + right / 100
        case "/" if right:
            return left / right
    raise NotACall(f"{left} {operator} {right} cannot be worked out")


def _operand(token: Token, sentence: Sentence) -> Fraction | None:
    if token.name == "number":
        return sentence.numbers[token.at]
    if token.name == "duration":
        return sentence.durations_s[token.at]
    return Fraction(token.name[1:]) if token.name in CONSTANTS else None


def _infix(tokens: Sequence[Token], sentence: Sentence) -> str:
    """Write an expression as people read it, with brackets around every part."""
    stack: list[str] = []
    for token in tokens:
        if token.name in ("hundreds", "cents"):
            joined, left = stack.pop(), stack.pop()
            stack.append(_joined(token.name, left, joined))
        elif token.name in BINARY:
            right_part, left_part = stack.pop(), stack.pop()
            stack.append(f"({left_part} {token.name} {right_part})")
        elif token.name == "negative":
            stack.append(f"(-{stack.pop()})")
        elif token.name in UNARY:
            stack.append(f"{token.name}({_bare(stack.pop())})")
        elif token.name == AVERAGE:
            begin = len(stack) - 1 - stack[::-1].index(LIST)
            inside = ", ".join(_bare(part) for part in stack[begin + 1 :])
            stack[begin:] = [f"average({inside})"]
        elif token.name == LIST:
            stack.append(LIST)
        elif (value := _operand(token, sentence)) is not None:
            stack.append(in_digits(value))
    if len(stack) != 1:
        raise NotACall("not one expression")
    return _bare(stack[0])


def _joined(operator: str, left: str, right: str) -> str:
    try:
        return in_digits(_combined(operator, Fraction(left), Fraction(right)))
    except ValueError as error:
        raise NotACall("only numbers are said as one") from error


def _bare(part: str) -> str:
    """Take off the brackets that `_infix` puts around a whole expression."""
    return part[1:-1] if part.startswith("(") else part


def _time_arguments(asked: str, tokens: Sequence[Token], sentence: Sentence) -> dict[str, object]:
    ends = [token.at for token in tokens if token.name != DONE]
    pairs = zip(ends[::2], ends[1::2], strict=True)
    places = [place_name(sentence.words(first, last)) for first, last in pairs]
    if asked != "difference":
        return {"place": " and ".join(places), "asked": asked}
    if not places or len(places) > 2:
        raise NotACall("a difference is between two places")
    return {"place": places[0], "asked": asked, "compared_with": "".join(places[1:])}


def _taken_amount(tokens: list[Token]) -> list[Token]:
    """Take the expression at the beginning, with its end."""
    end = [token.name for token in tokens].index(DONE)
    expression = tokens[:end]
    del tokens[: end + 1]
    return expression


def _taken_message(tokens: list[Token], sentence: Sentence) -> str:
    """Take the message at the beginning, and say it to the user."""
    first = tokens.pop(0)
    if first.name == NO_MESSAGE:
        return ""
    last = tokens.pop(0)
    before = sentence.pieces[first.at - 1].word if first.at else ""
    behind = sentence.pieces[last.at + 1].word if last.at + 1 < len(sentence.pieces) else ""
    return message_for(sentence.words(first.at, last.at), before, behind)


def _unit_name(token: Token, sentence: Sentence) -> str:
    if token.name == "unit":
        return sentence.units[token.at].one
    return token.name.removeprefix("unit:")
