"""Arithmetic: reads a spoken sum into an expression, evaluates it safely, says the result."""

import ast
import math
import operator
import re
from collections.abc import Callable

import simpleeval

from weft.errors import ToolError
from weft.tools.builtin.spoken_numbers import ONES, ORDINALS, say_number
from weft.tools.builtin.spoken_requests import read_with_corrections
from weft.tools.builtin.word_problems import operand, read_priced_pieces, read_story
from weft.tools.tool import tool

EXPRESSION_LIMIT_CHARS = 300
RESULT_LIMIT_BITS = 400
"""Whole numbers beyond this (about 120 digits) cannot be said."""
PLACES = 4

EXAMPLES = (
    "What's seventeen times twenty three?",
    "what is 15 percent of 80",
    "Could you work out the square root of a hundred and forty four?",
    "How much is twelve thousand divided by 7?",
    "add 45, 67 and 12 please",
    "two to the power of ten",
    "I need to know what 349 minus 178 is",
    "calculate 3.5 times 12",
    "what do you get when you multiply 18 by 6",
    "what percentage of 60 is 45",
    "Take 20 percent off 75",
    "what's half of 250",
    "subtract nineteen from eighty one",
    "what is the average of 4, 8 and 15",
    "8 squared plus 6 squared",
)


# --- evaluating ---------------------------------------------------------------------------------


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
    python = _as_python(expression)
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


def _as_python(expression: str) -> str:
    """Turn the signs people write into Python's: "×", "÷", "^", "15%", "1,250"."""
    expression = re.sub(r"(?<=\d),(?=\d{3}(?!\d))(?![^()]*\))", "", expression)
    for sign, meant in {"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "^": "**"}.items():
        expression = expression.replace(sign, meant)
    expression = re.sub(r"(\d+(?:\.\d+)?)\s*%\s*of\b", r"percent(\1) *", expression)
    return re.sub(r"(\d+(?:\.\d+)?)\s*%(?!\s*[\d(])", r"percent(\1)", expression).strip()


# --- saying -------------------------------------------------------------------------------------

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


def _say_result(expression: str, result: int | float) -> str:
    exact = isinstance(result, int) or math.isclose(result, round(result, PLACES), rel_tol=1e-12)
    said = say_number(result, places=PLACES)
    if isinstance(result, float) and result == int(result) and abs(result) < 1e15:
        said = say_number(int(result))
    amount = said if exact else f"about {said}"
    try:
        node = ast.parse(_as_python(expression), mode="eval").body
        match node:
            case ast.Call(func=ast.Name(id="percentage"), args=[part, whole]):
                return f"{_say_at(part, 4)} is {amount} percent of {_say_at(whole, 4)}."
        words, _ = _say(node)
    except (_Unsayable, SyntaxError):
        return f"That comes to {amount}."
    return f"{words[0].upper()}{words[1:]} is {amount}."


# --- reading ------------------------------------------------------------------------------------

_N = r"(?:#\d+)"
_LIST = rf"{_N}(?:(?: ,)?(?: and| plus)? {_N})+"
_NAMED = r"(?:[a-z]+ ){0,4}(?:: )?"
"""What a list of numbers is introduced with: "the numbers", "these scores:"."""


def _joined_by(sign: str) -> Callable[[re.Match[str]], str]:
    def join(found: re.Match[str]) -> str:
        return "(" + f" {sign} ".join(re.findall(_N, found.group())) + ")"

    return join


def _average_of(found: re.Match[str]) -> str:
    return "average(" + ", ".join(re.findall(_N, found.group())) + ")"


def _times_table(found: re.Match[str]) -> str:
    """Read "seven eights"."""
    named = found.group().split()[-1].removesuffix("s").removesuffix("e")
    factor = next(value for word, value in ONES.items() if word.removesuffix("e") == named)
    return f"({found[1]} * {factor})"


_PREFIX_FORMS: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    # Percentages first: their "of" must not be taken for a product.
    (rf"\bwhat (?:percent|percentage) of ({_N}) (?:is|are|makes) ({_N})", r"percentage(\2, \1)"),
    (rf"(?<!\S)({_N}) is what (?:percent|percentage) of ({_N})", r"percentage(\1, \2)"),
    (
        rf"\b(?:what|which) (?:percent|percentage) is ({_N}) (?:of|out of) ({_N})",
        r"percentage(\1, \2)",
    ),
    (rf"(?<!\S)({_N}) out of ({_N}) (?:as a|in|as) (?:percent|percentage)", r"percentage(\1, \2)"),
    (rf"(?<!\S)({_N}) percent off (?:of )?({_N})", r"\2 - percent(\1) * \2"),
    (rf"\btake (?:off )?({_N}) percent (?:off|from|away from) ({_N})", r"\2 - percent(\1) * \2"),
    (
        rf"\b(?:reduce|decrease|lower|discount) ({_N}) by ({_N}) percent",
        r"\1 - percent(\2) * \1",
    ),
    (rf"\b(?:increase|raise) ({_N}) by ({_N}) percent", r"\1 + percent(\2) * \1"),
    (rf"\badd ({_N}) percent to ({_N})", r"\2 + percent(\1) * \2"),
    (rf"(?<!\S)({_N}) (?:plus|and) ({_N}) percent(?! of)", r"\1 + percent(\2) * \1"),
    (rf"(?<!\S)({_N}) (?:minus|less) ({_N}) percent(?! of)", r"\1 - percent(\2) * \1"),
    (
        rf"(?<!\S)({_N}) percent (?:\w+ ){{1,2}}(?:on|for|of) (?:\w+ ){{0,4}}({_N})",
        r"percent(\1) * \2",
    ),
    (rf"(?<!\S)({_N}) percent (?:of|on)\b", r"percent(\1) *"),
    # "Blood pressure of 140 over 90" is nothing to work out.
    (rf"(^|\b(?:what's|is|calculate|work out|evaluate) )({_N}) over (?={_N})", r"\1\2 / "),
    # Verbs in front.
    (
        rf"\b(?:average|mean)(?: value| number| score)? (?:of|between|for) {_NAMED}{_LIST}",
        _average_of,
    ),
    (rf"{_LIST}(?= .*\b(?:average|mean)\b)", _average_of),
    (rf"\b(?:sum|total) (?:of|for) {_NAMED}{_LIST}", _joined_by("+")),
    (rf"\b(?:add|sum|total|tot|tally)(?: up| together)? {_NAMED}{_LIST}", _joined_by("+")),
    (rf"{_LIST}(?= .*\b(?:add up to|in total|altogether|all together|the sum)\b)", _joined_by("+")),
    (rf"{_LIST}(?= .*\b(?:add|sum|total) (?:those|them|these|everything|all)\b)", _joined_by("+")),
    (rf"{_N}(?: , {_N})*(?: ,)? and {_N}(?= (?:make|makes|come to|equal)\b)", _joined_by("+")),
    (rf"^(?:what's |what is |how much is )?{_N}(?: and {_N})+", _joined_by("+")),
    (rf"\bproduct of {_NAMED}{_LIST}", _joined_by("*")),
    (rf"\bmultiply(?: together)? {_N}(?:(?: ,)? (?:and|by|with|times) {_N})+", _joined_by("*")),
    (rf"\bdifference (?:between|of) ({_N}) and ({_N})", r"abs(\1 - \2)"),
    (rf"\b(?:quotient|ratio) of ({_N}) and ({_N})", r"(\1 / \2)"),
    (rf"\badd ({_N}) (?:to|and|with|plus) ({_N})", r"(\2 + \1)"),
    (rf"\b(?:subtract|take|deduct)(?: away)? ({_N}) (?:away )?from ({_N})", r"(\2 - \1)"),
    (rf"\b(?:divide|split|share) ({_N}) (?:by|between|among|into|over) ({_N})", r"(\1 / \2)"),
    (
        rf"(?<!\S)({_N}) (?:\w+ ){{0,3}}?(?:split|divided|shared|cut)(?: it| that)? ({_N}) ways",
        r"(\1 / \2)",
    ),
    (
        rf"\bremainder (?:of|when|if)(?: you)?(?: divide)? ({_N}) (?:is )?(?:divided )?by ({_N})",
        r"(\1 % \2)",
    ),
    (
        rf"\bhow (?:many times|often) (?:does|do|will|can) ({_N}) (?:go|fit) (?:in|into) ({_N})",
        r"(\2 / \1)",
    ),
    (rf"\bhow many ({_N}) ?'?s (?:are |go |fit )?(?:there )?(?:in|into) ({_N})", r"(\2 / \1)"),
    (rf"\b(?:cube root|cubic root|third root) (?:of )?({_N})", r"cbrt(\1)"),
    (
        rf"\b(?:square root|root) of ({_N} squared (?:plus|minus|and) {_N} squared)",
        lambda found: f"sqrt({found[1].replace(' and ', ' plus ')})",
    ),
    (rf"\b(?:square root|root|sqrt) (?:of )?({_N})", r"sqrt(\1)"),
    (
        rf"\bround(?:ed)? (?:off )?({_N}) to ({_N}) (?:decimal|place|digit)\w*(?: places?)?",
        r"round(\1, \2)",
    ),
    (
        rf"\bround(?:ed)? (?:off )?({_N}) to the nearest (?:whole|integer|full|unit)(?: number)?",
        r"round(\1)",
    ),
    (rf"({_N}) as a percentage", r"(\1 * 100)"),
    (
        rf"(?:^|what's |what are |what is |how much is |how much are )({_N})"
        r" (?:twos|threes|fours|fives|sixes|sevens|eights|nines|tens|elevens|twelves)\b",
        _times_table,
    ),
    (r"√ ?(#\d+)", r"sqrt(\1)"),
    (rf"\bfactorial (?:of )?({_N})", r"factorial(\1)"),
    (
        rf"({_N}) (?:factorial|!)(?=\s*(?:$|[+*/-]|plus|minus|times|divided|over|\?))",
        r"factorial(\1)",
    ),
    (rf"\bsquare of ({_N})", r"(\1 ** 2)"),
    (rf"\bcube of ({_N})", r"(\1 ** 3)"),
    (rf"\b(?:twice|double) (?:of )?({_N})", r"(2 * \1)"),
    (rf"\b(?:thrice|triple) (?:of )?({_N})", r"(3 * \1)"),
)
_INFIX_FORMS: tuple[tuple[str, str], ...] = (
    (r"\b(?:raised )?to the power(?: of)?\b", "**"),
    (r"\braised to\b", "**"),
    (r"\bsquared\b", "** 2"),
    (r"\bcubed\b", "** 3"),
    (r"²", "** 2"),
    (r"³", "** 3"),
    (r"\^|\* \*", "**"),
    (r"\b(?:and )?(?:multiplied|multiply|times)(?: (?:it|that|this|the result))?(?: by)?\b", "*"),
    (r"×|·", "*"),
    (r"(?<=[#\d]) ?\bx\b(?= ?[#(])", " *"),
    (r"\b(?:and )?(?:divided|divide)(?: (?:it|that|this|the result))?(?: by| through)?\b", "/"),
    (r"\bopen (?:bracket|parenthesis|brackets|parentheses)\b", "("),
    (r"\b(?:close|closed|closing) (?:bracket|parenthesis|brackets|parentheses)\b", ")"),
    (r"\b(?:split between|split among)\b|÷", "/"),
    (r"\b(?:and )?(?:plus|added to)\b", "+"),
    (r"(?<=then) add\b|(?<=[\d)]) add\b|\band add\b", "+"),
    (r"\b(?:and )?(?:minus|less|take away|negative)\b|−|–", "-"),
    (r"(?<=then) subtract\b|(?<=\d) (?:subtract|take)\b|\band subtract\b", "-"),
    (r"\b(?:mod|modulo|modulus)\b", "%"),
    (r"(?<=\))\s*of (?=#)", " * "),
    (r"\bpi\b", "pi"),
)
_BEFORE_A_RESULT = re.compile(
    r"\bthe (?=(?:square|cube|cubic|root|sum|product|average|mean|difference)\b)"
)
_GOES_ON = re.compile(
    rf"({_N}) ,(?= (?:and )?(?:divide|divided|multiply|multiplied|times|plus|minus|subtract)\b)"
)
"""The comma in "256, divide that by 16"."""
_THEN = re.compile(r"\b(?:and )?then\b")
_IGNORED = ("$", "€", "£", "dollars", "euros", "bucks")
_IS_SHARE = re.compile(r"percent\([\d.]+\)")
_MATH_TOKEN = re.compile(
    r"#\d+|\d+|round\(|sqrt\(|cbrt\(|factorial\(|percentage\(|percent\(|average\(|abs\(|\*\*|[-+*/%(),]|pi\b"
)


def read_arguments(request: str) -> dict[str, object] | None:
    """Read "what's fifteen percent of eighty" into {"expression": "percent(15) * 80"}."""
    expression = read_with_corrections(request, read_expression, _corrected)
    return None if expression is None else {"expression": expression}


def _corrected(expression: str, correction: str) -> str | None:
    """Put a corrected number, with its operator if one was said, in the place of the last ones."""
    text, numbers = _with_signs(correction, join_and=True)
    found = re.search(rf"(?P<sign>\*\*|[-+*/])? *(?P<number>{_N})", text)
    last = re.search(
        r"(?:(?P<sign>\*\*|[-+*/]) )?(?P<number>\d+(?:\.\d+)?)(?P<rest>\D*)$", expression
    )
    if len(numbers) != 1 or not found or not last:
        return None
    sign = f"{found['sign'] or last['sign']} " if last["sign"] else ""
    return f"{expression[: last.start()]}{sign}{numbers[0]}{last['rest']}"


def read_expression(request: str) -> str | None:
    """Read the sum inside a request into an expression; None when there is none.

    Words for the operations come first; where they leave numbers over, a story may use them all.
    """
    if _UNKNOWN.search(request):
        return None
    for join_and in (False, True) if _LISTS_NUMBERS.search(request) else (True,):
        # "Add one hundred and five" holds two numbers, "add one hundred and five to six" also two.
        text, numbers = _with_signs(request, join_and=join_and)
        expression = _read(text, numbers)
        if expression is not None and all(_is_used(number, expression) for number in numbers):
            return expression if _is_sum(expression, numbers, request) else read_story(request)
    if (story := read_story(request)) is not None:
        return story
    used = [number for number in numbers if expression and _is_used(number, expression)]
    # Most of the numbers are in it: the others are a title ("question 3") or a guess at the result.
    is_most = expression is not None and 2 * len(used) > len(numbers)
    return expression if is_most and _is_sum(expression or "", numbers, request) else None


_LISTS_NUMBERS = re.compile(r"\b(?:add|sum|total|product|average|mean|difference)\b", re.IGNORECASE)


_UNKNOWN = re.compile(r"\bwhat(?:'s| is| would be) [xyz]\b|\bsolve\b|\bfind [xyz]\b", re.IGNORECASE)
"""An equation: what is asked for stands inside it."""


def _is_used(number: str, expression: str) -> bool:
    return bool(re.search(rf"(?<![\d.]){re.escape(number.strip('()'))}(?![\d.])", expression))


def _is_sum(expression: str, numbers: list[str], request: str) -> bool:
    """Whether there is something to work out: "half" by itself is only a number."""
    is_number = expression.strip("()") in (number.strip("()") for number in numbers)
    return not is_number or bool(re.search(r"\b(?:decimal|percent)", request, re.IGNORECASE))


def _with_signs(request: str, *, join_and: bool) -> tuple[str, list[str]]:
    """Put signs for the operations that were said, and #0, #1, … for the numbers; give both."""
    numbers: list[str] = []
    words: list[str] = []
    for piece in read_priced_pieces(request, join_and=join_and):
        if not isinstance(piece.value, str):
            words.append(f"#{len(numbers)}")
            numbers.append(operand(piece.value, request[piece.start : piece.end]))
        elif piece.value not in _IGNORED:
            words.append(piece.value)
    text = re.sub(r"\b(?:per cent|percents)\b|(?<=\d) %(?! #)", " percent", " ".join(words))
    text = re.sub(r" +", " ", text)
    text = re.sub(rf"\bto the ({_N}) (?:st|nd|rd|th)\b(?: power)?", r"** \1", text)
    text = re.sub(
        r"\bto the (\w+)(?: power)?\b",
        lambda found: f"** {ORDINALS[found[1]]}" if found[1] in ORDINALS else found[0],
        text,
    )
    text = _BEFORE_A_RESULT.sub("", _GOES_ON.sub(r"\1", text))
    for pattern, meant in _PREFIX_FORMS:
        text = re.sub(pattern, meant, text)
    text = _THEN.sub("then", text)
    text = re.sub(rf"({_N}) of (?=[#(s])", r"\1 * ", text)
    for pattern, sign in _INFIX_FORMS:
        text = re.sub(pattern, sign, text)
    return text, numbers


def _read(text: str, numbers: list[str]) -> str | None:
    """Find the sum in a text with signs; what comes behind "then" applies to all before it."""
    first, *later = text.split("then")
    expression = _best_span(first, numbers)
    for step in later:
        found = re.match(rf"\s*(\*\*|[-+*/])\s*({_N})", step)
        if expression is None or not found:
            return _best_span(text.replace("then", " "), numbers)
        expression = f"({expression}) {found[1]} {numbers[int(found[2][1:])]}"
    return expression


def _best_span(text: str, numbers: list[str]) -> str | None:
    """Find the longest run of numbers and signs in a text that can be evaluated."""
    runs: list[str] = []
    at = 0
    run = ""
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found = _MATH_TOKEN.match(text, at)
        if found:
            run = f"{run} {found.group()}" if run else found.group()
            at = found.end()
            continue
        runs.append(run)
        run = ""
        word = re.compile(r"\w+(?:'\w+)*|\S").match(text, at)
        at = word.end() if word else at + 1
    runs.append(run)
    for candidate in sorted(runs, key=len, reverse=True):
        expression = re.sub(r"#(\d+)", lambda found: numbers[int(found[1])], candidate)
        expression = expression.strip(" ,+*/%").replace("( ", "(").replace(" )", ")")
        expression = expression.replace(" ,", ",").removesuffix("-").strip()
        # A minus sign alone makes no sum: "minus five" is a number.
        if not re.search(r"\d\)?\s*[-+*/%]|\w\(", expression) or _IS_SHARE.fullmatch(expression):
            continue
        try:
            body = ast.parse(expression, mode="eval").body
        except (SyntaxError, ValueError, RecursionError):
            continue
        if not isinstance(body, ast.Tuple):
            return _tidy(expression)
        # "Quick one, 12 divided by 4": a comma outside of brackets sets the sum apart.
        sums = [each for each in body.elts if not isinstance(each, ast.Constant)]
        if len(sums) == 1 and (single := ast.get_source_segment(expression, sums[0])):
            return _tidy(single)
    return None


def _tidy(expression: str) -> str:
    """Take off brackets around the whole."""
    while expression.startswith("(") and expression.endswith(")"):
        try:
            ast.parse(expression[1:-1], mode="eval")
        except SyntaxError:
            return expression
        if expression[1:-1].strip().count(")") and expression[1:-1].find(")") < expression[
            1:-1
        ].find("("):
            return expression
        expression = expression[1:-1].strip()
    return expression


@tool(examples=EXAMPLES, read_arguments=read_arguments, time_limit_s=5.0)
def arithmetic(expression: str) -> str:
    """Work out a sum: plus, minus, times, divided by, percent, powers, roots, averages.

    Args:
        expression: numbers with + - * / ** and brackets, or sqrt(), percent(), average(),
            for instance "17 * 23" or "percent(15) * 80".
    """
    return _say_result(expression, evaluate(expression))
