"""What a model must know to call a function: from its type hints and docstring, or as given.

Knows functions, pydantic and JSON Schema; knows nothing of tools, agents or conversations.
"""

import inspect
import json
import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import griffe
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.errors import PydanticUserError
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import ErrorDetails

from weft.errors import ToolError
from weft.tools.untrusted import harmless_json

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError as JsonSchemaMistake
    from jsonschema.protocols import Validator

SCHEMA_LIMIT_CHARS = 20_000
"""A longer schema would fill a model's context; one that is given by a stranger may be."""
_UNCHECKED = ("pattern", "patternProperties")
"""Keywords that are left to whoever gave the schema: a hostile expression never ends."""

_FIELD_PREFIX = "argument_"
"""Put before the field names of the arguments model, so that one may be called `json` or `_x`."""


class _UntitledJsonSchema(GenerateJsonSchema):
    """JSON Schema without the titles, which repeat the names and cost tokens."""

    def field_title_should_be_set(self, schema: object) -> bool:
        """Leave every title out."""
        return False


@dataclass(frozen=True, slots=True)
class Signature:
    """What was read from a function; `context_parameter` is the one that takes the context."""

    description: str
    arguments: type[BaseModel]
    context_parameter: str | None

    @property
    def json_schema(self) -> dict[str, object]:
        """The arguments as JSON Schema, an object without unknown properties."""
        schema = self.arguments.model_json_schema(schema_generator=_UntitledJsonSchema)
        schema.pop("title", None)
        schema.setdefault("properties", {})
        return schema

    def validate(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """Check and convert arguments; raises ToolError with one clause for each that is wrong."""
        try:
            checked = self.arguments.model_validate(dict(arguments))
        except ValidationError as error:
            mistakes = error.errors(include_url=False, include_context=False)
            raise ToolError("; ".join(map(_clause_of_model, mistakes))) from error
        return {
            name.removeprefix(_FIELD_PREFIX): getattr(checked, name)
            for name in type(checked).model_fields
        }


@dataclass(frozen=True, slots=True)
class GivenSignature:
    """Arguments as somebody else describes them; the function takes all of them as `arguments`."""

    json_schema: Mapping[str, object]
    context_parameter: str | None = "context"

    def validate(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """Check arguments; raises ToolError with one clause for each that is wrong."""
        from referencing.exceptions import Unresolvable

        try:
            mistakes = sorted(_validator(self.json_schema).iter_errors(dict(arguments)), key=str)
        except (Unresolvable, RecursionError) as error:
            raise ToolError("their schema refers to something that is not in it") from error
        if mistakes:
            raise ToolError("; ".join(_clause(mistake) for mistake in mistakes))
        return {"arguments": dict(arguments)}


def _clause_of_model(mistake: ErrorDetails) -> str:
    # Steps with a bracket are pydantic's own, and lead nowhere in the arguments.
    where = ".".join(str(step) for step in mistake["loc"] if "[" not in str(step))
    return f"{where or 'arguments'}: {mistake['msg'].removeprefix('Value error, ')}"


def given_signature(json_schema: Mapping[str, object]) -> GivenSignature:
    """Take a JSON Schema of an object, made harmless; raises ToolError when it is none or too long.

    What a model reads of it is in the words of a stranger.
    """
    from jsonschema.exceptions import SchemaError

    if json_schema.get("type") != "object":
        raise ToolError("its schema does not describe an object")
    try:
        length = len(json.dumps(json_schema))
        if length > SCHEMA_LIMIT_CHARS:
            raise ToolError(f"its schema has {length} characters, {SCHEMA_LIMIT_CHARS} may be")
        clean = {keyword: harmless_json(value) for keyword, value in json_schema.items()}
        _validator(clean).check_schema(clean)
    except SchemaError as error:
        raise ToolError(f"its schema is not JSON Schema: {error.message[:200]}") from error
    except (RecursionError, TypeError, ValueError) as error:
        raise ToolError("its schema cannot be written as JSON") from error
    return GivenSignature(clean)


def _validator(json_schema: Mapping[str, object]) -> "Validator":
    """Make a validator that fetches nothing and runs no regular expressions."""
    # Here and not above: only tools of other programs need it.
    from jsonschema import Draft202012Validator, validators
    from referencing import Registry

    checked = validators.extend(
        Draft202012Validator, dict.fromkeys(_UNCHECKED, lambda *unchecked: None)
    )
    # An empty registry: the default one fetches whatever a `$ref` names.
    return checked(json_schema, registry=Registry())


def _clause(mistake: "JsonSchemaMistake") -> str:
    where = ".".join(str(step) for step in mistake.absolute_path) or "arguments"
    return f"{where}: {mistake.message[:200]}"


def read_signature(function: Callable[..., object], *, context_type: type) -> Signature:
    """Read a function's description and parameters; the one of `context_type` is left out.

    Raises ToolError, naming function and parameter, when something cannot be put in a schema.
    """
    name = getattr(function, "__name__", repr(function))
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except Exception as error:  # evaluating a hint runs code of the tool's author
        raise ToolError(f"the type hints of tool {name!r} cannot be read: {error}") from error
    summary, parameter_texts = read_docstring(inspect.getdoc(function) or "")
    if not summary:
        raise ToolError(f"tool {name!r} needs a docstring: models choose a tool by its description")

    fields: dict[str, tuple[object, FieldInfo]] = {}
    context_parameter = None
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise ToolError(
                f"tool {name!r} takes {str(parameter)!r}; give every parameter a name of its own"
            )
        if parameter.name not in hints:
            raise ToolError(f"parameter {parameter.name!r} of tool {name!r} needs a type hint")
        hint = hints[parameter.name]
        if hint is context_type:
            context_parameter = parameter.name
            continue
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[_FIELD_PREFIX + parameter.name] = (
            hint,
            _field(parameter.name, default, parameter_texts.get(parameter.name)),
        )
    try:
        arguments = create_model(
            name, __config__=ConfigDict(extra="forbid", arbitrary_types_allowed=False), **fields
        )  # type: ignore[call-overload]  # the stubs cannot see fields given as a mapping
        signature = Signature(summary, arguments, context_parameter)
        _ = signature.json_schema
    except PydanticUserError as error:
        reason = str(error).splitlines()[0]
        raise ToolError(f"a parameter of tool {name!r} has no JSON Schema: {reason}") from error
    return signature


def _field(name: str, default: object, text: str | None) -> FieldInfo:
    """Make one parameter's field; a description inside `Annotated` stays when `text` is None."""
    made = (
        Field(default, alias=name) if text is None else Field(default, alias=name, description=text)
    )
    assert isinstance(made, FieldInfo)
    return made


def read_docstring(docstring: str) -> tuple[str, dict[str, str]]:
    """Split a Google-style docstring into its text and the description of each parameter.

    `Args:` may also stand in the running line ("Add two.  Args: a: the first.").
    """
    laid_out = _lay_out_inline_arguments(inspect.cleandoc(docstring))
    text: list[str] = []
    parameters: dict[str, str] = {}
    for section in griffe.parse_google(griffe.Docstring(laid_out), warnings=False):
        if isinstance(section, griffe.DocstringSectionText):
            text.append(section.value)
        elif isinstance(section, griffe.DocstringSectionParameters):
            parameters |= {
                entry.name: " ".join(entry.description.split()) for entry in section.value
            }
    return " ".join(" ".join(text).split()), parameters


def _lay_out_inline_arguments(docstring: str) -> str:
    found = re.search(r"(?<=\S)[ \t]+Args:[ \t]+(?=\w+:\s)", docstring)
    if not found:
        return docstring
    entries = re.split(r"(?:(?<=[.;,])\s+|\n\s*)(?=\w+:\s)", docstring[found.end() :].strip())
    lines = "\n".join(f"    {' '.join(entry.split())}" for entry in entries)
    return f"{docstring[: found.start()]}\n\nArgs:\n{lines}\n"
