"""The words for what is done with numbers, and the signs they stand for."""

import re
from collections.abc import Callable

from weft.tools.builtin.spoken_numbers import ONES

NUMBER = r"(?:#\d+)"
_N = NUMBER
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
    return f"({found[1]} * {_named(found.group().split()[-1])})"


def _named(plural: str) -> int:
    """Give the number that a plural names: "sixes" is 6."""
    stem = plural.removesuffix("s").removesuffix("e")
    return next(value for word, value in ONES.items() if word.removesuffix("e") == stem)


PREFIX_FORMS: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    # Percentages first: their "of" must not be taken for a product.
    (
        rf"(?<!\S)({_N}) (?:out )?of (?:the |my |our |all |their )?({_N})"
        r"(?=.*\b(?:what|which) percent)",
        r"percentage(\1, \2)",
    ),
    (
        rf"(?<!\S)({_N}) (?:as|is) (?:a|what) (?:percent|percentage) of ({_N})",
        r"percentage(\1, \2)",
    ),
    (
        rf"\bwhat (?:percent|percentage) of ({_N}) (?:is|are|makes) ({_N})",
        r"percentage(\2, \1)",
    ),
    (
        rf"\b(?:what|which) (?:percent|percentage) is ({_N}) (?:of|out of) ({_N})",
        r"percentage(\1, \2)",
    ),
    (
        rf"(?<!\S)({_N}) (?:out of|over|divided by) ({_N}) (?:as a|in|as) (?:percent|percentage)",
        r"percentage(\1, \2)",
    ),
    (rf"(?<!\S)({_N}) percent off (?:of )?({_N})", r"\2 - percent(\1) * \2"),
    (
        rf"\btake (?:off )?({_N}) percent (?:off|from|away from) ({_N})",
        r"\2 - percent(\1) * \2",
    ),
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
    (
        rf"{_N}(?: , {_N})*(?: ,)? and {_N}(?= (?:make|makes|come to|equal)\b)",
        _joined_by("+"),
    ),
    (rf"^(?:what's |what is |how much is )?{_N}(?: and {_N})+", _joined_by("+")),
    (rf"\bproduct of {_NAMED}{_LIST}", _joined_by("*")),
    (
        rf"\bmultiply(?: together)? {_N}(?:(?: ,)? (?:and|by|with|times) {_N})+",
        _joined_by("*"),
    ),
    (rf"\bdifference (?:between|of) ({_N}) and ({_N})", r"abs(\1 - \2)"),
    (rf"\b(?:quotient|ratio) of ({_N}) and ({_N})", r"(\1 / \2)"),
    (rf"\badd ({_N}) (?:to|and|with|plus) ({_N})", r"(\2 + \1)"),
    (rf"\b(?:subtract|take|deduct)(?: away)? ({_N}) (?:away )?from ({_N})", r"(\2 - \1)"),
    (
        rf"({_N}) into ({_N}) (?:equal |even )?"
        r"(?:parts|pieces|groups|shares|portions|ways|teams|slices|lengths|bits)\b",
        r"(\1 / \2)",
    ),
    (
        rf"\b(?:divide|split|share) ({_N}) (?:by|between|among|into|over) ({_N})",
        r"(\1 / \2)",
    ),
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
    (
        rf"\bhow many ({_N}) ?'?s (?:are |go |fit )?(?:there )?(?:in|into) ({_N})",
        r"(\2 / \1)",
    ),
    (
        rf"\bhow many (twos|threes|fours|fives|sixes|sevens|eights|nines|tens|elevens|twelves)"
        rf" (?:are |go |fit )?(?:there )?(?:in|into) ({_N})",
        lambda found: f"({found[2]} / {_named(found[1])})",
    ),
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
    (
        rf"(?:^|\b(?:you|we|i|to|and|then) )square ({_N})(?! [a-z]*(?:met|f[eo][eo]t|inch|mile))",
        r"(\1 ** 2)",
    ),
    (rf"\bcube of ({_N})", r"(\1 ** 3)"),
    (rf"\bhalve ({_N})", r"(\1 / 2)"),
    (rf"\b(?:twice|double) (?:of )?({_N})", r"(2 * \1)"),
    (rf"\b(?:thrice|triple) (?:of )?({_N})", r"(3 * \1)"),
)
INFIX_FORMS: tuple[tuple[str, str], ...] = (
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

_BRACKETS = r"(?:brackets?|parenthes[ie]s|parens?)"
BRACKET_FORMS: tuple[tuple[str, str], ...] = (
    (
        rf"(?:, )?\b(?:open(?:ing)?|begin|start|left|in|inside)(?: the| a)? {_BRACKETS}(?: ,)?",
        "(",
    ),
    (
        rf"(?:, )?\b(?:closed?|closing|end(?: of)?|right|outside|out of)(?: the| that)? {_BRACKETS}"
        rf"(?: ,)?|(?:, )?\b{_BRACKETS} (?:closed?|end|done)\b(?: ,)?",
        ")",
    ),
)
_SO_FAR = (
    r"(?:(?:it|that|this|those|them)(?: all)?|all(?: of (?:it|that|this|those|them))?|everything"
    r"|the (?:lot|result|answer|total|sum|product|difference|outcome|whole (?:thing|lot))"
    r"|what(?:ever)? (?:you|we|i)(?:'ve)? (?:get|got)|what's left)"
)
_AND = r"(?:, )?(?:\b(?:and|then|so|finally|next|now)\b )*(?:\bwe |\bi |\byou )?"
_TAKE = r"(?:subtract|take|deduct|remove|knock|minus|take away|take off|knock off)"
STEP_FORMS: tuple[tuple[str, str], ...] = (
    (
        rf"{_AND}\b(?:multiply|multiplied|times) {_SO_FAR} (?:by|with|times) (?={_N})",
        " then * ",
    ),
    (rf"{_AND}\btimes {_SO_FAR} (?:by )?(?={_N})", " then * "),
    (
        rf"{_AND}\b(?:divide|split|share) {_SO_FAR} (?:by|into|between|among) (?={_N})",
        " then / ",
    ),
    (rf"{_AND}\b(?:add|put) ({_N}) (?:more )?(?:to|onto|on to) {_SO_FAR}\b", r" then + \1"),
    (rf"{_AND}\badd {_SO_FAR} to ({_N})", r" then + \1"),
    (rf"{_AND}\b{_TAKE} ({_N}) (?:away |off )?(?:from|off|of) {_SO_FAR}\b", r" then - \1"),
    (rf"{_AND}\b{_TAKE} {_SO_FAR} (?:away )?(?:from|off) ({_N})", r" then from \1"),
    (rf"\bthen {_TAKE} ({_N})(?: (?:away|off))?\b", r"then - \1"),
    (rf"{_AND}\b(?:halve {_SO_FAR}|take half of {_SO_FAR})", " then / 2"),
    (rf"{_AND}\bdouble {_SO_FAR}", " then * 2"),
    (rf"{_AND}\b(?:triple|treble) {_SO_FAR}", " then * 3"),
    (rf"{_AND}\b(?:square {_SO_FAR}|{_SO_FAR} squared)", " then ** 2"),
    (rf"{_AND}\b(?:cube {_SO_FAR}|{_SO_FAR} cubed)", " then ** 3"),
    (rf"{_AND}\b{_SO_FAR} (?:times|multiplied by) (?={_N})", " then * "),
    (rf"{_AND}\b{_SO_FAR} (?:over|divided by) (?={_N}(?! [a-z]))", " then / "),
    (rf"{_AND}\b{_SO_FAR} (?:minus|less) (?={_N})", " then - "),
    (rf"{_AND}\b{_SO_FAR} plus (?={_N})", " then + "),
)
"""What is to be done with all that came before: "… and multiply it all by six"."""
