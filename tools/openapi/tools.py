"""The operations of an OpenAPI document as tools, called through the guard in front of the web."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from weft.errors import ConfigError, InputError, Mistake, ToolError
from weft.tools.config import OpenApiConfig
from weft.tools.guarded_http import Requests
from weft.tools.hidden import secrets_of
from weft.tools.openapi.answers import read_answer
from weft.tools.openapi.document import Document, Method, Operation, read_document
from weft.tools.openapi.requests import write_request
from weft.tools.tool import SideEffects, Tool, ToolContext, ToolOutput, tool_of_schema

TOOLS_LIMIT = 200
"""More tools than an agent can be offered."""
IDEMPOTENCY_KEY = "idempotency-key"
REST_S = 2.0
"""The request's own limit comes first, for it says in better words what took so long."""

_SIDE_EFFECTS: Mapping[Method, SideEffects] = {
    Method.GET: SideEffects.READ,
    Method.HEAD: SideEffects.READ,
    Method.POST: SideEffects.WRITE,
    Method.PUT: SideEffects.WRITE,
    Method.PATCH: SideEffects.WRITE,
    Method.DELETE: SideEffects.IRREVERSIBLE,
}


@dataclass(frozen=True, slots=True)
class DescribedTools:
    """The tools of one document, and why some of its operations are none."""

    tools: tuple[Tool, ...]
    left_out: tuple[str, ...]
    """One sentence for each operation that is none."""


def openapi_tools(name: str, config: OpenApiConfig, http: Requests) -> DescribedTools:
    """Make a tool of each operation that is to be used; they are called `name_…`.

    Raises ConfigError when the document itself cannot be used, or an operation that the
    configuration names.
    """
    place = f"tools.openapi.{name}"
    try:
        document = read_document(
            config.document,
            filled_headers=(IDEMPOTENCY_KEY, *config.headers),
            one_server=config.base_url is not None,
        )
    except InputError as error:
        raise _mistaken(f"{place}.document", str(error)) from error
    server = config.base_url or document.server
    if server is None:
        raise _mistaken(
            f"{place}.document",
            f"{config.document}: names no server by its whole address; add `base_url`",
        )
    left_out = [_left_out(name, each.id, each.reason) for each in document.left_out]
    tools: dict[str, Tool] = {}
    mistakes: list[Mistake] = []
    for operation in _chosen(place, config, document):
        try:
            made = _made(name, operation, server, config, http)
            if made.name in tools:
                raise ToolError(f"another tool is called {made.name}")
        except ToolError as error:
            if config.operations != "all":
                where = f"{place}.operations[{config.operations.index(operation.id)}]"
                mistakes.append(Mistake(where, None, f"cannot be used: {error}"))
            else:
                left_out.append(_left_out(name, operation.id, str(error)))
            continue
        tools[made.name] = made
    if mistakes:
        raise ConfigError(None, mistakes)
    if not tools:
        raise _mistaken(
            f"{place}.document", f"{config.document}: none of its operations can be used"
        )
    return DescribedTools(tuple(tools.values()), tuple(left_out))


def _chosen(place: str, config: OpenApiConfig, document: Document) -> list[Operation]:
    """Find the operations that are to be used; each that is named must be there."""
    known = {operation.id: operation for operation in document.operations}
    if config.operations == "all":
        if len(known) > TOOLS_LIMIT:
            raise _mistaken(
                f"{place}.operations",
                f"{config.document}: has {len(known)} operations, of which {TOOLS_LIMIT} "
                "can be used at once; name those that are needed",
            )
        return list(known.values())
    reasons = {left_out.id: left_out.reason for left_out in document.left_out}
    mistakes = []
    for number, wanted in enumerate(config.operations):
        if wanted in known:
            continue
        near = difflib.get_close_matches(wanted, known, n=1)
        guess = f"did you mean `{near[0]}`? " if near else ""
        listed = ", ".join(list(known)[:20]) or "none"
        message = f"{config.document} has no operation {wanted!r}; {guess}known: {listed}"
        if wanted in reasons:
            message = f"cannot be used: {reasons[wanted]}"
        mistakes.append(Mistake(f"{place}.operations[{number}]", None, message))
    if mistakes:
        raise ConfigError(None, mistakes)
    return [known[wanted] for wanted in config.operations]


def _made(
    name: str, operation: Operation, server: str, config: OpenApiConfig, http: Requests
) -> Tool:
    """Make the tool of one operation; raises ToolError when it cannot be one."""
    fixed = {key.lower(): value.get_secret_value() for key, value in config.headers.items()}
    secrets = secrets_of(fixed.values())

    async def call(arguments: Mapping[str, object], context: ToolContext) -> ToolOutput:
        asked = write_request(operation, server, arguments)
        headers = {**asked.headers, **fixed}
        if context.idempotency_key and operation.method not in (Method.GET, Method.HEAD):
            headers[IDEMPOTENCY_KEY] = context.idempotency_key
        answer = await http.request(
            operation.method, asked.url, headers=headers, content=asked.content
        )
        return read_answer(name, operation, answer, secrets)

    return tool_of_schema(
        call,
        name=f"{name}_{re.sub(r'[^a-zA-Z0-9_-]', '_', operation.id)}"[:64],
        description=operation.description,
        parameters=operation.schema,
        side_effects=config.side_effects or _SIDE_EFFECTS[operation.method],
        time_limit_s=config.time_limit_s + REST_S,
        output_limit_chars=config.output_limit_chars,
        origin=f"OpenAPI document {name}",
    )


def _left_out(name: str, operation_id: str, reason: str) -> str:
    return f"OpenAPI document {name}: operation {operation_id[:64]!r} is left out: {reason}"


def _mistaken(place: str, message: str) -> ConfigError:
    return ConfigError(None, [Mistake(place, None, message)])


__all__ = ["DescribedTools", "openapi_tools"]
