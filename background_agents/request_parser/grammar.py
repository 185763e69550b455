"""What may come next in a program, so that every whole program stands for a call."""

from collections.abc import Sequence

from weft.background_agents.request_parser.program import (
    ALWAYS,
    AVERAGE,
    BINARY,
    CONSTANTS,
    DONE,
    IMPLIED_UNITS,
    LIST,
    NO_MESSAGE,
    NONE,
    TIME_ASKED,
    TOOLS,
    UNARY,
    Token,
)
from weft.background_agents.request_parser.sentence import LONGEST_PLACE_PIECES, Sentence

LONGEST_AMOUNT_TOKENS = 24
MOST_PLACES = 3


def begun(sentence: Sentence) -> list[Token]:
    """Give the tokens a program may begin with; signs alone ask for nothing."""
    return [Token(NONE), *map(Token, TOOLS if _words(sentence) else ())]


def allowed(program: Sequence[Token], sentence: Sentence) -> list[Token]:
    """Give the tokens that may follow a program; none when it is whole."""
    if not program:
        return begun(sentence)
    tool, rest = program[0].name, program[1:]
    if tool == NONE:
        return []
    if tool in TIME_ASKED:
        return _in_places(rest, sentence)
    amount, rest, is_whole = _split(rest)
    if not is_whole:
        return _in_amount(amount, sentence, tool)
    match tool:
        case "arithmetic":
            return []
        case "units":
            return _units(sentence) if len(rest) < 2 else []
    return _behind_a_wait(rest, sentence, repeats=tool == "repeat")


def _split(tokens: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token], bool]:
    """Part an amount from what comes behind it, and say whether it is whole."""
    names = [token.name for token in tokens]
    if DONE not in names:
        return tokens, (), False
    end = names.index(DONE)
    return tokens[:end], tokens[end + 1 :], True


def _behind_a_wait(rest: Sequence[Token], sentence: Sentence, *, repeats: bool) -> list[Token]:
    if not rest:
        silent = [] if repeats else [Token(NO_MESSAGE)]
        return [*silent, *(Token("first", at) for at in _words(sentence))]
    if rest[0].name == "first" and len(rest) == 1:
        return [Token("last", at) for at in _words(sentence) if at >= rest[0].at]
    if not repeats:
        return []
    behind = rest[2:]
    if not behind:
        return [Token(ALWAYS), *_in_amount((), sentence, "repeat")]
    amount, _, is_whole = _split(behind)
    if behind[0].name == ALWAYS or is_whole:
        return []
    return _in_amount(amount, sentence, "repeat")


def _in_places(tokens: Sequence[Token], sentence: Sentence) -> list[Token]:
    if tokens and tokens[-1].name == DONE:
        return []
    if tokens and tokens[-1].name == "first":
        first = tokens[-1].at
        near = range(first, first + LONGEST_PLACE_PIECES)
        return [Token("last", at) for at in _words(sentence) if at in near]
    inside = {
        at
        for first, last in zip(tokens[::2], tokens[1::2], strict=True)
        for at in range(first.at, last.at + 1)
    }
    if len(tokens) == 2 * MOST_PLACES:
        return [Token(DONE)]
    return [Token(DONE), *(Token("first", at) for at in _words(sentence) if at not in inside)]


def _in_amount(tokens: Sequence[Token], sentence: Sentence, tool: str) -> list[Token]:
    depth = 0
    begins: list[int] = []  # depth at which each open list begins
    for token in tokens:
        if token.name in BINARY:
            depth -= 1
        elif token.name == LIST:
            begins.append(depth)
        elif token.name == AVERAGE:
            depth = begins.pop() + 1
        elif token.name not in UNARY:
            depth += 1
    floor = begins[-1] if begins else 0
    following: list[Token] = []
    if depth == 1 and not begins:
        following.append(Token(DONE))
    if depth - floor >= 2:
        following += map(Token, BINARY)
    if depth - floor >= 1:
        following += map(Token, UNARY)
        if begins:
            following.append(Token(AVERAGE))
    if len(tokens) + depth < LONGEST_AMOUNT_TOKENS:
        following += (Token("number", at) for at in sentence.numbers)
        following += map(Token, CONSTANTS)
        if tool in ("timer", "repeat"):
            following += (Token("duration", at) for at in sentence.durations_s)
        if tool == "arithmetic" and not begins:
            following.append(Token(LIST))
    return following


def _units(sentence: Sentence) -> list[Token]:
    return [*(Token("unit", at) for at in sentence.units), *map(Token, IMPLIED_UNITS)]


def _words(sentence: Sentence) -> list[int]:
    """Positions of pieces that are no signs."""
    return [at for at, piece in enumerate(sentence.pieces) if not piece.is_sign]
