"""Works out an expression of numbers: nothing but numbers, their signs and a few functions runs."""

import ast
import math
import operator
import re
from collections.abc import Callable

import simpleeval

from weft.errors import ToolError

EXPRESSION_LIMIT_CHARS = 300
RESULT_LIMIT_BITS = 400
"""Whole numbers beyond this (about 120 digits) cannot be said."""


def _times(left: float, right: float) -> float:
    product = left * right
    if isinstance(product, int) and product.bit_length() > RESULT_LIMIT_BITS:
        raise ToolError("That number is too large to say.")
    return product


def _power(base: float, exponent: float) -> float:
    if isinstance(base, int) and isinstance(exponent, int):
        if exponent >= 0 and base.bit_length() * exponent > RESULT_LIMIT_BITS:
            raise ToolError("That number is too large to say.")
        if exponent < 0 and base == 0:
            raise ZeroDivisionError
        return int(base**exponent) if exponent >= 0 else float(base) ** float(exponent)
    result: object = float(base) ** float(exponent)
    if not isinstance(result, float):  # the root of a negative number
        raise ToolError("That has no real result.")
    return result


def _divide(left: float, right: float) -> float:
    if isinstance(left, int) and isinstance(right, int) and right and left % right == 0:
        return left // right
    return left / right


def _root(value: float) -> float:
    if value < 0:
        raise ToolError("A negative number has no real square root.")
    if isinstance(value, int) and math.isqrt(value) ** 2 == value:
        return math.isqrt(value)
    return math.sqrt(value)


def _cube_root(value: float) -> float:
    root = math.copysign(abs(value) ** (1 / 3), value)
    return round(root) if round(root) ** 3 == value else root


def _factorial(value: float) -> int:
    if value < 0 or value != int(value):
        raise ToolError("Only whole numbers from zero up have a factorial.")
    if value > 70:
        raise ToolError("That number is too large to say.")
    return math.factorial(int(value))


def _round(value: float, places: float = 0) -> float:
    if places not in range(-9, 10):
        raise ToolError("I can round to nine places at most.")
    return round(value, int(places)) if places else round(value)


def _percent(value: float) -> float:
    return value / 100


def _percentage(part: float, whole: float) -> float:
    return part / whole * 100


def _average(*values: float) -> float:
    return _divide(sum(values), len(values)) if values else 0


_OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: _times,
    ast.Div: _divide,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "sqrt": _root,
    "cbrt": _cube_root,
    "factorial": _factorial,
    "percent": _percent,
    "percentage": _percentage,
    "average": _average,
    "abs": abs,
    "round": _round,
}


_ALLOWED = re.compile(
    rf"(?:\s|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\w.])|\b(?:{'|'.join(_FUNCTIONS)}|pi)\b|[-+*/%(),])*"
)
"""All that may reach the evaluator: no strings, no other names, no attributes."""


def evaluate(expression: str) -> int | float:
    """Evaluate an expression of numbers, + - * / % ** and a few functions; nothing else runs.

    `15% * 80` is 12. Raises ToolError with a sentence for the user.
    """
    if len(expression) > EXPRESSION_LIMIT_CHARS:
        raise ToolError("That is too long for me to work out.")
    python = as_python(expression)
    if not _ALLOWED.fullmatch(python):
        raise ToolError("I could not read that as a sum.")
    evaluator = simpleeval.SimpleEval(
        operators=_OPERATORS, functions=_FUNCTIONS, names={"pi": math.pi}
    )
    try:
        result = evaluator.eval(python)
    except ToolError:
        raise
    except ZeroDivisionError as error:
        raise ToolError("Nothing can be divided by zero.") from error
    except OverflowError as error:
        raise ToolError("That number is too large to say.") from error
    except (
        simpleeval.InvalidExpression,
        SyntaxError,
        TypeError,
        ValueError,
        RecursionError,
        MemoryError,
    ) as error:
        raise ToolError("I could not read that as a sum.") from error
    if isinstance(result, bool) or not isinstance(result, int | float):
        raise ToolError("I could not read that as a sum.")
    if isinstance(result, int) and result.bit_length() > RESULT_LIMIT_BITS:
        raise ToolError("That number is too large to say.")
    if isinstance(result, float) and not math.isfinite(result):
        raise ToolError("That number is too large to say.")
    return result


def as_python(expression: str) -> str:
    """Turn the signs people write into Python's: "×", "÷", "^", "15%", "1,250"."""
    expression = re.sub(r"(?<=\d),(?=\d{3}(?!\d))(?![^()]*\))", "", expression)
    for sign, meant in {"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "^": "**"}.items():
        expression = expression.replace(sign, meant)
    expression = re.sub(r"(\d+(?:\.\d+)?)\s*%\s*of\b", r"percent(\1) *", expression)
    return re.sub(r"(\d+(?:\.\d+)?)\s*%(?!\s*[\d(])", r"percent(\1)", expression).strip()
