"""An OpenAPI document (3.0 or 3.1) as the operations that can be called, read from a local file.

An operation that cannot be used is left out with the reason. Knows neither HTTP nor tools.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from weft.errors import InputError, ToolError
from weft.plain_yaml import PlainLoader
from weft.tools.openapi.schemas import JsonSchema, References, SchemaReader, tidy

BODY = "body"
"""The argument that becomes the body of a request."""
DESCRIPTION_LIMIT_CHARS = 1_000
FILE_LIMIT_BYTES = 20_000_000

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
"""Where a parameter stands in a path, or a variable in a server's address."""
_NEVER_PARAMETERS = frozenset({"accept", "authorization", "content-type"})
"""Headers that OpenAPI itself keeps out of parameters."""
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json(?:\s*;.*)?", re.IGNORECASE)


class Method(StrEnum):
    """What a request does."""

    GET = "GET"
    HEAD = "HEAD"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


class Place(StrEnum):
    """Where in a request a parameter goes."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"


class Style(StrEnum):
    """How a list or an object is written as text."""

    SIMPLE = "simple"
    FORM = "form"
    SPACES = "spaceDelimited"
    PIPES = "pipeDelimited"
    DEEP = "deepObject"
    JSON = "json"  # a parameter that is described by its content


_STYLES: Mapping[Place, tuple[Style, ...]] = {
    Place.PATH: (Style.SIMPLE,),
    Place.QUERY: (Style.FORM, Style.SPACES, Style.PIPES, Style.DEEP),
    Place.HEADER: (Style.SIMPLE,),
}
"""The styles there can be at each place; the first is meant when nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One value of a request outside its body."""

    argument: str
    """What agents call it."""
    name: str
    """What the server calls it."""
    place: Place
    style: Style
    explode: bool
    """Whether each part of a list or an object is written on its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One request that can be made."""

    id: str
    method: Method
    path: str
    """Begins with a slash; parameters stand in braces."""
    description: str
    parameters: tuple[Parameter, ...]
    body_type: str | None
    """The media type of the body; None when there is none."""
    schema: Mapping[str, object] = field(repr=False)
    """JSON Schema of all arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An operation that cannot be used."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What can be used of an OpenAPI document."""

    server: str | None
    """The address that it names, without a slash at the end; None when it names no whole one."""
    operations: tuple[Operation, ...]
    left_out: tuple[LeftOut, ...]


def read_document(
    file: Path, *, filled_headers: Collection[str] = (), one_server: bool = False
) -> Document:
    """Read a document in JSON or YAML; raises InputError, with file and reason, when it is none.

    `filled_headers` are sent by whoever calls, and are no arguments. Without `one_server`,
    operations that name an address of their own are left out.
    """
    root = _loaded(file)
    _check_version(file, root)
    paths = root.get("paths")
    if not isinstance(paths, Mapping):
        raise InputError(f"{file}: has no `paths`, so there is nothing to call")
    reading = _Reading(
        references=References(root),
        filled_headers=frozenset(name.lower() for name in filled_headers),
        one_server=one_server,
    )
    for path, item in paths.items():
        reading.read_path(str(path), item)
    return Document(
        server=_server(root.get("servers")),
        operations=tuple(reading.operations.values()),
        left_out=tuple(reading.left_out),
    )


def _loaded(file: Path) -> Mapping[str, object]:
    """Read the file as JSON, or else as YAML."""
    try:
        if file.stat().st_size > FILE_LIMIT_BYTES:
            raise InputError(f"{file}: is larger than {FILE_LIMIT_BYTES // 1_000_000} MB")
        text = file.read_text(encoding="utf-8-sig")
        is_json = text.lstrip().startswith("{")
        root = json.loads(text) if is_json else yaml.load(text, Loader=PlainLoader)
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: is not UTF-8 text") from error
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise InputError(f"{file}:{error.lineno}: is not JSON: {error.msg}") from error
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"{file}{line}: is not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{file}: cannot be read as JSON or YAML") from error
    if not isinstance(root, Mapping):
        raise InputError(f"{file}: is no OpenAPI document: it holds no keys and values")
    return root


def _check_version(file: Path, root: Mapping[str, object]) -> None:
    if "swagger" in root:
        raise InputError(
            f"{file}: is Swagger {str(root['swagger'])[:20]}; convert it to OpenAPI 3 first"
        )
    if "openapi" not in root:
        raise InputError(f"{file}: is no OpenAPI document: it has no `openapi` with a version")
    # YAML reads a version without quotes and a third number as a fraction.
    version = str(root["openapi"])
    if not re.match(r"3\.[01](?:\.|$)", version):
        raise InputError(f"{file}: is OpenAPI {version[:20]}; only 3.0 and 3.1 can be read")


class _Node(BaseModel):
    """A part of the document; what is not needed of it is not looked at."""

    model_config = ConfigDict(frozen=True)


class _Variable(_Node):
    default: str


class _Server(_Node):
    url: str
    variables: dict[str, _Variable] = {}


class _Parameter(_Node):
    name: str = Field(min_length=1)
    place: Literal["path", "query", "header", "cookie"] = Field(alias="in")
    required: bool = False
    description: str = ""
    style: str | None = None
    explode: bool | None = None
    described: object = Field(default=None, alias="schema")
    content: dict[str, object] | None = None


class _Media(_Node):
    described: object = Field(default=True, alias="schema")


class _Body(_Node):
    description: str = ""
    required: bool = False
    content: dict[str, object]


class _Operation(_Node):
    id: str = Field(default="", alias="operationId")
    summary: str = ""
    description: str = ""
    parameters: tuple[object, ...] = ()
    body: object = Field(default=None, alias="requestBody")
    servers: tuple[object, ...] = ()


class _Path(_Node):
    parameters: tuple[object, ...] = ()
    servers: tuple[object, ...] = ()


def _server(servers: object) -> str | None:
    """Write out the first server's address; one that only makes sense beside the file is none."""
    if not isinstance(servers, list) or not servers:
        return None
    try:
        first = _Server.model_validate(servers[0])
    except ValidationError:
        return None
    defaults = {name: variable.default for name, variable in first.variables.items()}
    url = PLACEHOLDER.sub(lambda found: defaults.get(found[1], found[0]), first.url)
    whole = url.startswith(("http://", "https://")) and not PLACEHOLDER.search(url)
    return url.rstrip("/") if whole else None


@dataclass
class _Reading:
    """The operations of one document, as they are found."""

    references: References
    filled_headers: frozenset[str]
    one_server: bool
    operations: dict[str, Operation] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)

    def read_path(self, path: str, item: object) -> None:
        """Read all operations of one path."""
        try:
            found = self.references.target(item)
            shared = _Path.model_validate(found)
        except (ToolError, ValidationError) as error:
            self.left_out.append(LeftOut(id=path[:100], reason=_said(error)))
            return
        assert isinstance(found, Mapping)  # or it would not be a path
        for method in Method:
            if method.lower() not in found:
                continue
            described = found[method.lower()]
            name = _id(method, path, described)
            try:
                if name in self.operations:
                    raise ToolError("another operation has the same name")
                self.operations[name] = self._operation(name, method, path, shared, described)
            except (ToolError, ValidationError) as error:
                self.left_out.append(LeftOut(id=name, reason=_said(error)))

    def _operation(
        self, name: str, method: Method, path: str, shared: _Path, described: object
    ) -> Operation:
        """Read one operation; raises ToolError or ValidationError when it cannot be used."""
        found = _Operation.model_validate(described)
        if (found.servers or shared.servers) and not self.one_server:
            raise ToolError("it names a server of its own; `base_url` would send it there instead")
        if not path.startswith("/") or "?" in path or "#" in path:
            raise ToolError("its path is not one")
        arguments = _Arguments(SchemaReader(self.references))
        body = self._body(found.body)
        parameters = self._parameters([*shared.parameters, *found.parameters])
        taken = [each.name for each in parameters] + [BODY] * (body is not None)
        sent = []
        for each in parameters:
            alone = taken.count(each.name) == 1
            placed = _placed(each, each.name if alone else f"{each.place}_{each.name}")
            if placed is not None:
                needed = each.required or placed.place is Place.PATH
                arguments.add(placed.argument, _schema_of(each), each.description, needed)
                sent.append(placed)
        if body is not None:
            arguments.add(BODY, body.described, body.description, body.required)
        unknown = set(PLACEHOLDER.findall(path)) - {
            each.name for each in sent if each.place is Place.PATH
        }
        if unknown:
            raise ToolError(f"its path names {sorted(unknown)}, which are no parameters of it")
        said = [part.strip().rstrip(".") for part in (found.summary, found.description)]
        description = ". ".join(filter(None, said)) or f"{method} {path}"
        return Operation(
            id=name,
            method=method,
            path=path,
            description=tidy(f"{description}.", DESCRIPTION_LIMIT_CHARS),
            parameters=tuple(sent),
            body_type=body.media_type if body else None,
            schema=arguments.schema(),
        )

    def _parameters(self, described: list[object]) -> list[_Parameter]:
        """Give the parameters to be asked for; those of an operation replace those of its path."""
        found: dict[tuple[str, str], _Parameter] = {}
        for each in described:
            parameter = _Parameter.model_validate(self.references.target(each))
            found[parameter.place, parameter.name] = parameter
        filled = _NEVER_PARAMETERS | self.filled_headers
        return [
            parameter
            for parameter in found.values()
            if parameter.place != "header" or parameter.name.lower() not in filled
        ]

    def _body(self, described: object) -> "_JsonBody | None":
        """Choose the form of the body: JSON, or none where there may be none."""
        if described is None:
            return None
        body = _Body.model_validate(self.references.target(described))
        for media_type, media in body.content.items():
            if _JSON.fullmatch(media_type.strip()):
                found = _Media.model_validate(self.references.target(media))
                return _JsonBody(
                    media_type=media_type.strip(),
                    described=found.described,
                    description=body.description,
                    required=body.required,
                )
        if body.required:
            raise ToolError(f"its body can only be {', '.join(body.content)[:100] or 'empty'}")
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _JsonBody:
    """The form in which a body is sent."""

    media_type: str
    described: object
    description: str
    required: bool


@dataclass(slots=True)
class _Arguments:
    """The arguments of one operation, as they are found."""

    reader: SchemaReader
    properties: dict[str, JsonSchema] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)

    def add(self, name: str, described: object, description: str, required: bool) -> None:
        """Take one argument; what is said around its schema goes on it."""
        if name in self.properties:
            raise ToolError(f"two of its parameters are called {name!r}")
        schema = self.reader.read(described)
        text = tidy(description, DESCRIPTION_LIMIT_CHARS)
        if text and schema is not False:
            schema = ({} if schema is True else schema) | {"description": text}
        self.properties[name] = schema
        if required:
            self.required.append(name)

    def schema(self) -> dict[str, object]:
        """Give the JSON Schema of all of them."""
        schema: dict[str, object] = {
            "type": "object",
            "properties": self.properties,
            "additionalProperties": False,
        }
        return schema | ({"required": self.required} if self.required else {})


def _id(method: Method, path: str, described: object) -> str:
    """Give an operation's own name, or one made of its path where it has none."""
    named = described.get("operationId") if isinstance(described, Mapping) else None
    if isinstance(named, str) and named:
        return named
    return "_".join([method.lower(), *re.findall(r"\w+", path)])


def _placed(described: _Parameter, argument: str) -> Parameter | None:
    """Say how a parameter is sent; None for one that cannot be sent and need not be."""
    try:
        place = Place(described.place)
        style = Style(described.style) if described.style else _STYLES[place][0]
        if style not in _STYLES[place]:
            raise ValueError(style)
    except ValueError as error:
        if described.required:
            where = f"in the {described.place}, style {described.style or 'form'}"
            raise ToolError(f"its parameter {described.name!r} ({where}) cannot be sent") from error
        return None
    explode = style is Style.FORM if described.explode is None else described.explode
    return Parameter(
        argument=argument,
        name=described.name,
        place=place,
        style=style if described.content is None else Style.JSON,
        explode=explode,
    )


def _schema_of(described: _Parameter) -> object:
    """Find a parameter's schema, which may be that of its content."""
    if described.content is None:
        return True if described.described is None else described.described
    if len(described.content) != 1 or not _JSON.fullmatch(next(iter(described.content))):
        raise ToolError(f"its parameter {described.name!r} is no JSON")
    return _Media.model_validate(next(iter(described.content.values()))).described


_WANTED = {
    "model_type": "an object",
    "model_attributes_type": "an object",
    "dict_type": "an object",
    "list_type": "a list",
    "tuple_type": "a list",
    "string_type": "a text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
}
"""What should stand where pydantic finds something else, by the kind of its error."""


def _said(error: ToolError | ValidationError) -> str:
    """Say why something was left out, in a few words."""
    if isinstance(error, ToolError):
        return str(error)
    first = error.errors(include_url=False, include_input=False)[0]
    steps = ".".join(map(str, first["loc"]))
    place = f"its `{steps}`" if steps else "it"
    if first["type"] == "missing":
        return f"{place} is missing"
    if first["type"] in _WANTED:
        return f"{place} should be {_WANTED[first['type']]}"
    return f"{place} cannot be used: {first['msg'][:1].lower()}{first['msg'][1:]}"


__all__ = [
    "BODY",
    "Document",
    "LeftOut",
    "Method",
    "Operation",
    "Parameter",
    "Place",
    "Style",
    "read_document",
]
