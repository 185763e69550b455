"""The arguments of an operation as one HTTP request. Pure.

Agents choose the arguments, and strangers may have talked them into some: a value stays where its
parameter stands. In a path it never becomes another segment, in a header never another line.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from weft.errors import ToolError
from weft.tools.openapi.document import BODY, PLACEHOLDER, Operation, Parameter, Place, Style

ACCEPT = "application/json, text/plain;q=0.9, */*;q=0.1"

_DELIMITERS: Mapping[Style, str] = {Style.SPACES: "%20", Style.PIPES: "%7C"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest:
    """One request, without the headers that are the same for all of them."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)


def write_request(operation: Operation, server: str, arguments: Mapping[str, object]) -> ApiRequest:
    """Write a call as a request; raises ToolError for a value that cannot be sent as it is."""
    given = [
        (parameter, arguments[parameter.argument])
        for parameter in operation.parameters
        if arguments.get(parameter.argument) is not None
    ]
    path = _path(operation, {each.name: value for each, value in given if each.place is Place.PATH})
    query = "&".join(
        pair for each, value in given if each.place is Place.QUERY for pair in _pairs(each, value)
    )
    headers = {"accept": ACCEPT}
    for each, value in given:
        if each.place is Place.HEADER:
            headers[each.name.lower()] = _header(each, value)
    content = None
    if operation.body_type is not None and BODY in arguments:
        headers["content-type"] = operation.body_type
        content = json.dumps(arguments[BODY]).encode()
    return ApiRequest(
        url=f"{server}{path}{'?' if query else ''}{query}", headers=headers, content=content
    )


def _path(operation: Operation, values: Mapping[str, object]) -> str:
    """Put the parameters into the path, each into its own segment."""
    written = {}
    for each in operation.parameters:
        if each.place is not Place.PATH:
            continue
        written[each.name] = _simple(each, values.get(each.name, ""), quoted=True)
        if not written[each.name]:
            # Without it the path would be that of something else, of a whole collection perhaps.
            raise ToolError(f"{each.argument} must not be empty.")
    segments = operation.path.split("/")
    for number, segment in enumerate(segments):
        if not PLACEHOLDER.search(segment):
            continue
        filled = PLACEHOLDER.sub(lambda found: written[found[1]], segment)
        # A server that takes quotation away too early must not be led up the path either.
        if any(step in (".", "..") for step in re.split(r"[/\\]", unquote(filled))):
            raise ToolError(f"{unquote(filled)[:60]!r} is no name of one thing.")
        segments[number] = filled
    return "/".join(segments)


def _pairs(parameter: Parameter, value: object) -> Iterable[str]:
    """Write one parameter of the query, as often as its style repeats it."""
    name = _quoted(parameter.name)
    if isinstance(value, Mapping) and parameter.style is not Style.JSON:
        if parameter.style is Style.DEEP:
            return [f"{name}%5B{_quoted(key)}%5D={_quoted(part)}" for key, part in value.items()]
        if parameter.explode:
            return [f"{_quoted(key)}={_quoted(part)}" for key, part in value.items()]
        return [f"{name}={_joined(parameter, _flat(value))}"]
    if isinstance(value, list) and parameter.style is not Style.JSON:
        if parameter.explode:
            return [f"{name}={_quoted(part)}" for part in value]
        return [f"{name}={_joined(parameter, value)}"]
    return [f"{name}={_quoted(value)}"]


def _joined(parameter: Parameter, parts: Iterable[object]) -> str:
    return _DELIMITERS.get(parameter.style, ",").join(_quoted(part) for part in parts)


def _header(parameter: Parameter, value: object) -> str:
    text = _simple(parameter, value, quoted=False)
    if not (text.isascii() and text.isprintable()):
        raise ToolError(f"{parameter.argument} holds signs that cannot be in a header.")
    return text


def _simple(parameter: Parameter, value: object, *, quoted: bool) -> str:
    """Write a value in the style `simple`: its parts behind one another, with commas."""
    write = _quoted if quoted else _text
    if isinstance(value, Mapping) and parameter.style is not Style.JSON:
        if parameter.explode:
            return ",".join(f"{write(key)}={write(part)}" for key, part in value.items())
        return ",".join(write(part) for part in _flat(value))
    if isinstance(value, list) and parameter.style is not Style.JSON:
        return ",".join(write(part) for part in value)
    return write(value)


def _flat(value: Mapping[str, object]) -> list[object]:
    return [part for pair in value.items() for part in pair]


def _quoted(value: object) -> str:
    try:
        return quote(_text(value), safe="")
    except UnicodeEncodeError as error:
        raise ToolError(f"{_text(value)[:60]!r} cannot be sent as text.") from error


def _text(value: object) -> str:
    """Write one value as text; a word stays as it is, everything else is written as in JSON."""
    return value if isinstance(value, str) else json.dumps(value)


__all__ = ["ApiRequest", "write_request"]
