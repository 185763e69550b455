"""Sums said in words for their signs: "fifteen percent of eighty" is `percent(15) * 80`."""

import ast
import re
from collections.abc import Callable

from weft.tools.builtin.spoken_numbers import ONES, ORDINALS
from weft.tools.builtin.spoken_requests import read_with_corrections
from weft.tools.builtin.stories import operand, read_priced_pieces
from weft.tools.builtin.word_problems import read_story

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
