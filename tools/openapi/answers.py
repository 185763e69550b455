"""What a server answered, as something that can be said and read. Pure.

It is the words of a stranger, and may repeat what it was sent: secrets are taken out again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from weft.errors import ToolError
from weft.tools.guarded_http import Fetched
from weft.tools.hidden import Secrets
from weft.tools.openapi.document import Method, Operation
from weft.tools.openapi.schemas import tidy
from weft.tools.shortening import shorten
from weft.tools.tool import ToolOutput
from weft.tools.untrusted import without_addresses

REASON_LIMIT_CHARS = 150
VALUE_LIMIT_CHARS = 200
"""Most of one value that is said; the whole of it is in the long form."""
READ_CHARS = 100_000
"""How much of an answer is looked at as text."""

_REFUSALS: Mapping[int, str] = {
    401: "{name} does not let me do that",
    403: "{name} does not let me do that",
    404: "{name} has nothing of that kind",
    409: "{name} says that this does not fit with what is there",
    410: "{name} has nothing of that kind any more",
    429: "{name} has been asked too often and wants me to wait",
}
_REASONS = ("detail", "message", "error_description", "title", "error", "errors", "msg", "reason")
"""Where servers say what went wrong, as one reads them: from the most to the least exact."""


def read_answer(name: str, operation: Operation, answer: Fetched, secrets: Secrets) -> ToolOutput:
    """Make an output of an answer; raises ToolError with a reason where it is an error.

    `name` is what the server is called when something is said of it.
    """
    if not 200 <= answer.status < 300:
        raise ToolError(_failure(name, answer, secrets))
    reads = operation.method in (Method.GET, Method.HEAD)
    sources = (secrets.hidden(answer.url),) if reads else ()
    if not answer.body:
        empty = f"{name} answers that this is there." if reads else "It is done."
        return ToolOutput(empty, sources=sources)
    if _is_json(answer) and not answer.cut:
        parsed = _parsed(answer.body, secrets)
        if parsed is None:
            raise ToolError(f"{name} gave an answer that is not the JSON it says it is.")
        text, said = parsed.text, spoken(parsed.value)
    elif _is_json(answer) or answer.content_type.startswith("text/"):
        text = said = secrets.hidden(_text(answer)).strip()
    else:
        kind = tidy(answer.content_type, 60) or "unknown"
        said = text = f"The answer of {name} is of type {kind}, which is not shown."
    return ToolOutput(said or "The answer is empty.", detail=text, sources=sources)


def spoken(value: object) -> str:
    """Say what a JSON answer holds: the plain values of an object, or of the first in a list."""
    if value in ([], {}):
        return "There is nothing."
    if not isinstance(value, list):
        return _sentence(value)
    first = _sentence(value[0])
    return first if len(value) == 1 else f"There are {len(value)}. The first: {first}"


def _sentence(value: object) -> str:
    if not isinstance(value, dict):
        return f"{_brief(value)}."
    parts = [f"{key.replace('_', ' ')}: {_brief(part)}" for key, part in value.items()]
    return f"{'; '.join(parts)}."


def _brief(value: object) -> str:
    """Say one value inside an object, and of what holds several only how many."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case list():
            return f"{len(value)} entries" if len(value) != 1 else "1 entry"
        case dict():
            return f"{len(value)} details" if len(value) != 1 else "1 detail"
        case _:
            return shorten(" ".join(str(value)[:READ_CHARS].split()), VALUE_LIMIT_CHARS)


def _failure(name: str, answer: Fetched, secrets: Secrets) -> str:
    """Say that it failed, with which status, and why if the server says so."""
    if answer.status >= 500:
        said = f"{name} is out of order"
    elif answer.status >= 400:
        said = _REFUSALS.get(answer.status, "{name} refuses that").format(name=name)
    else:
        said = f"{name} gave no proper answer"
    reason = ""
    if _is_json(answer):
        parsed = _parsed(answer.body, secrets)
        reason = _reason(parsed.value, depth=4) if parsed else ""
    elif answer.content_type == "text/plain":
        reason = secrets.hidden(_text(answer))
    reason = without_addresses(tidy(reason, REASON_LIMIT_CHARS)).rstrip(".")
    return f"{said} (status {answer.status}){f': {reason}' if reason else ''}."


def _reason(value: object, *, depth: int) -> str:
    """Find a sentence in what a server says of an error."""
    if isinstance(value, str):
        return value[:READ_CHARS]
    if isinstance(value, list) and value and depth:
        return _reason(value[0], depth=depth - 1)
    if isinstance(value, dict) and depth:
        for key in _REASONS:
            if found := _reason(value.get(key), depth=depth - 1):
                return found
    return ""


def _is_json(answer: Fetched) -> bool:
    return answer.content_type == "application/json" or answer.content_type.endswith("+json")


@dataclass(frozen=True, slots=True)
class _Parsed:
    value: object
    text: str
    """The same as JSON without spaces that only please the eye."""


def _parsed(body: bytes, secrets: Secrets) -> _Parsed | None:
    """Read JSON; None when it is none, which a value of null is not."""
    try:
        value = secrets.hidden_in(json.loads(body))
        return _Parsed(value, json.dumps(value, ensure_ascii=False))
    except (ValueError, RecursionError):
        return None


def _text(answer: Fetched) -> str:
    try:
        return answer.body[: 4 * READ_CHARS].decode(answer.charset or "utf-8", "replace")
    except LookupError:
        return answer.body[: 4 * READ_CHARS].decode("utf-8", "replace")


__all__ = ["read_answer", "spoken"]
