"""The result of a sum as one says it: "17 times 23 is 391"."""

import ast
import math

from weft.tools.builtin.evaluation import as_python
from weft.tools.builtin.spoken_numbers import ONES, say_number

PLACES = 4
_PRECEDENCE = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2, ast.Mod: 2, ast.Pow: 4}
_SPOKEN_OPERATORS = {
    ast.Add: "plus",
    ast.Sub: "minus",
    ast.Mult: "times",
    ast.Div: "divided by",
    ast.Mod: "modulo",
}


_SMALL_NUMBERS = list(ONES)
_FRACTION_NAMES = {
    2: "half",
    3: "third",
    4: "quarter",
    5: "fifth",
    6: "sixth",
    7: "seventh",
    8: "eighth",
    9: "ninth",
    10: "tenth",
}


class _Unsayable(Exception):
    """An expression that needs brackets, which have no sound."""


def _say(node: ast.expr) -> tuple[str, int]:
    """Give the words of an expression and how tightly its outermost operator binds."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return say_number(value, places=10), 9
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"minus {_say_at(operand, 3)}", 3
        case ast.Call(func=ast.Name(id="sqrt"), args=[inner]):
            return f"the square root of {_say_at(inner, 4)}", 3
        case ast.Call(func=ast.Name(id="cbrt"), args=[inner]):
            return f"the cube root of {_say_at(inner, 4)}", 3
        case ast.Call(func=ast.Name(id="factorial"), args=[inner]):
            return f"{_say_at(inner, 4)} factorial", 3
        case ast.Name(id="pi"):
            return "pi", 9
        case ast.Call(
            func=ast.Name(id="abs"), args=[ast.BinOp(left=left, op=ast.Sub(), right=right)]
        ):
            return f"the difference between {_say_at(left, 4)} and {_say_at(right, 4)}", 3
        case ast.Call(func=ast.Name(id="percent"), args=[inner]):
            return f"{_say_at(inner, 4)} percent", 4
        case ast.Call(func=ast.Name(id="average"), args=[*first, last]) if first:
            listed = ", ".join(_say_at(each, 4) for each in first)
            return f"the average of {listed} and {_say_at(last, 4)}", 3
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            base = _say_at(left, 5)
            match right:
                case ast.Constant(value=2):
                    return f"{base} squared", 4
                case ast.Constant(value=3):
                    return f"{base} cubed", 4
            return f"{base} to the power of {_say_at(right, 5)}", 4
        case ast.BinOp(left=ast.Call(func=ast.Name(id="percent")) as share, op=ast.Mult()):
            return f"{_say_at(share, 2)} of {_say_at(node.right, 3)}", 2
        case ast.BinOp(left=left, op=ast.Mult(), right=right) if share_words := _fraction(left):
            return f"{share_words} of {_say_at(right, 3)}", 2
        case ast.BinOp(left=left, op=binary, right=right) if type(binary) in _SPOKEN_OPERATORS:
            binds = _PRECEDENCE[type(binary)]
            # "10 minus 5 minus 2" is heard from left to right, so only the right side binds more.
            return (
                f"{_fraction(left) or _say_at(left, binds)} {_SPOKEN_OPERATORS[type(binary)]}"
                f" {_fraction(right) or _say_at(right, binds + 1)}",
                binds,
            )
    raise _Unsayable


def _fraction(node: ast.expr) -> str:
    """Give the name of a small fraction ("two thirds"); empty for anything else."""
    match node:
        case ast.BinOp(
            left=ast.Constant(value=int() as above),
            op=ast.Div(),
            right=ast.Constant(value=int() as below),
        ) if 0 < above < below and below in _FRACTION_NAMES:
            name = _FRACTION_NAMES[below]
            plural = "halves" if below == 2 else f"{name}s"
            return f"one {name}" if above == 1 else f"{_SMALL_NUMBERS[above]} {plural}"
    return ""


def _say_at(node: ast.expr, at_least: int) -> str:
    words, binds = _say(node)
    if binds < at_least:
        raise _Unsayable
    return words


def say_result(expression: str, result: int | float) -> str:
    exact = isinstance(result, int) or math.isclose(result, round(result, PLACES), rel_tol=1e-12)
    said = say_number(result, places=PLACES)
    if isinstance(result, float) and result == int(result) and abs(result) < 1e15:
        said = say_number(int(result))
    amount = said if exact else f"about {said}"
    try:
        node = ast.parse(as_python(expression), mode="eval").body
        match node:
            case ast.Call(func=ast.Name(id="percentage"), args=[part, whole]):
                return f"{_say_at(part, 4)} is {amount} percent of {_say_at(whole, 4)}."
        words, _ = _say(node)
    except (_Unsayable, SyntaxError):
        return f"That comes to {amount}."
    return f"{words[0].upper()}{words[1:]} is {amount}."
