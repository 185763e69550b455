"""Sums said in words for their signs: "fifteen percent of eighty" is `percent(15) * 80`."""

import ast
import re

from weft.tools.builtin.spoken_numbers import ORDINALS
from weft.tools.builtin.spoken_prices import read_priced_pieces
from weft.tools.builtin.spoken_requests import read_with_corrections
from weft.tools.builtin.stories import operand
from weft.tools.builtin.sum_forms import (
    BRACKET_FORMS,
    INFIX_FORMS,
    NUMBER,
    PREFIX_FORMS,
    STEP_FORMS,
)
from weft.tools.builtin.word_problems import read_story

_BEFORE_A_RESULT = re.compile(
    r"\bthe (?=(?:square|cube|cubic|root|sum|product|average|mean|difference)\b)"
)
_GOES_ON = re.compile(
    rf"({NUMBER}) ,(?= (?:and )?(?:divide|divided|multiply|multiplied|times|plus|minus|subtract)\b)"
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
    found = re.search(rf"(?P<sign>\*\*|[-+*/])? *(?P<number>{NUMBER})", text)
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
    if _UNKNOWN.search(request) or _CONVERTS.search(request):
        return None
    request = _AND_A_HALF.sub(r"1.5 \1s", _THOUSANDS.sub(" thousand", request))
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
    if _GOES_ON_ADDING.search(text):
        return None  # "… take away 350 and another 125": half of the answer would be wrong
    return expression if is_most and _is_sum(expression or "", numbers, request) else None


_AND_A_HALF = re.compile(
    r"\b(?:an?|one) (year|month|week|day|hour|minute|pound|kilo|litre|liter|metre|meter|mile)"
    r" and a half\b",
    re.IGNORECASE,
)
_GOES_ON_ADDING = re.compile(rf"\band (?:another|a further) {NUMBER}")
_THOUSANDS = re.compile(r"(?<=\d)k\b", re.IGNORECASE)
_LISTS_NUMBERS = re.compile(r"\b(?:add|sum|total|product|average|mean|difference)\b", re.IGNORECASE)


_UNKNOWN = re.compile(r"\bwhat(?:'s| is| would be) [xyz]\b|\bsolve\b|\bfind [xyz]\b", re.IGNORECASE)
"""An equation: what is asked for stands inside it."""


_MEASURE = (
    r"(?:(?:kilo|centi|milli)?(?:met(?:er|re)|gram|lit(?:er|re))s?|kilos?|miles?|feet|foot|inch(?:es)?"
    r"|yards?|pounds?|ounces?|cups?|(?:tea|table)spoons?|pints?|gallons?)"
)
_CONVERTS = re.compile(rf"\bhow many {_MEASURE} (?:are|is|in|make)\b.* {_MEASURE}\b", re.IGNORECASE)
"""A sum of amounts in another measure: its numbers alone would be a wrong answer."""


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
    text = re.sub(rf"\bto the ({NUMBER}) (?:st|nd|rd|th)\b(?: power)?", r"** \1", text)
    text = re.sub(
        r"\bto the (\w+)(?: power)?\b",
        lambda found: f"** {ORDINALS[found[1]]}" if found[1] in ORDINALS else found[0],
        text,
    )
    text = _bracketed(text)
    for step, sign in STEP_FORMS:
        text = re.sub(step, sign, text)
    text = re.sub(" +", " ", text)
    text = _BEFORE_A_RESULT.sub("", _GOES_ON.sub(r"\1", text))
    for pattern, meant in PREFIX_FORMS:
        text = re.sub(pattern, meant, text)
    text = _THEN.sub("then", text)
    text = re.sub(rf"({NUMBER}) of (?=[#(s])", r"\1 * ", text)
    for pattern, sign in INFIX_FORMS:
        text = re.sub(pattern, sign, text)
    return text, numbers


def _bracketed(text: str) -> str:
    """Put brackets where they were said; one that is not closed ends at a comma, else at the end.

    "In brackets six plus four, times twelve" opens one; so does "five times, in brackets, …".
    """
    for bracket, sign in BRACKET_FORMS:
        text = re.sub(bracket, sign, text)
    if text.count("(") == text.count(")") + 1:
        before, _, inside = text.rpartition("(")
        found = re.match(rf"(.*?{NUMBER}.*?{NUMBER}[^,.?!]*)(.*)$", inside)
        if found:
            text = f"{before}( {found[1].strip()} ){found[2].removeprefix(',')}"
    return text


def _read(text: str, numbers: list[str]) -> str | None:
    """Find the sum in a text with signs; what comes behind "then" applies to all before it."""
    first, *later = re.split(r"\bthen\b", text)
    expression = _best_span(first, numbers) or _lone_number(first, numbers)
    for step in later:
        found = re.match(rf"\s*(\*\*|[-+*/]|from)\s*({NUMBER}|\d)", step)
        if expression is None or not found:
            return _best_span(re.sub(r"\bthen\b", " ", text), numbers)
        operand_said = numbers[int(found[2][1:])] if found[2].startswith("#") else found[2]
        if found[1] == "from":
            expression = f"{operand_said} - ({expression})"
        else:
            expression = f"({expression}) {found[1]} {operand_said}"
    return expression if later or _lone_number(first, numbers) is None else None


def _lone_number(text: str, numbers: list[str]) -> str | None:
    """Give the number of "take 45" before "then double it"."""
    found = re.findall(NUMBER, text)
    return numbers[int(found[0][1:])] if len(found) == 1 and not _best_span(text, numbers) else None


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
