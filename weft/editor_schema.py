"""The JSON Schema of a configuration as an editor needs it: of the file before it is expanded.

Where a value stands for itself, the loader takes `${NAME}` as well, whatever the value is to be in
the end: a number, a switch, one of several words. Knows no configuration.
"""

from collections.abc import Mapping

Schema = Mapping[str, object]

VARIABLE_PATTERN = r"(^|[^$])(\$\$)*\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}"
"""A text with a variable in it, in the regular expressions of JSON Schema; `$$` is a plain $."""
_NAME = "Variable"
_REFERENCE: Schema = {"$ref": f"#/$defs/{_NAME}"}
_VARIABLE: Schema = {
    "type": "string",
    "pattern": VARIABLE_PATTERN,
    "description": "What an environment variable holds: ${NAME}, or ${NAME:-default}.",
}
_SCALARS = ("string", "integer", "number", "boolean")
_ABOUT = ("title", "description", "default", "writeOnly")
"""What is said about a place, and not about the value that it holds."""


def with_variables(schema: Schema) -> dict[str, object]:
    """Copy a JSON Schema of the expanded values so that it also takes variables in their place."""
    taking = _part(schema)
    definitions = taking.get("$defs")
    known = definitions if isinstance(definitions, dict) else {}
    return taking | {"$defs": known | {_NAME: _VARIABLE}}


def _part(schema: Schema) -> dict[str, object]:
    """Copy one schema and those inside it."""
    inside = {key: _inside(key, value) for key, value in schema.items()}
    if "oneOf" in inside:
        # What tells the members apart may be a variable itself, and then several of them fit.
        inside["anyOf"] = inside.pop("oneOf")
    if not _is_narrow_scalar(schema):
        return inside
    about = {key: value for key, value in inside.items() if key in _ABOUT}
    value = {key: value for key, value in inside.items() if key not in _ABOUT}
    return {"anyOf": [value, _REFERENCE], **about}


def _inside(key: str, value: object) -> object:
    match key, value:
        case (("properties" | "$defs"), Mapping()):
            return {name: _part(each) for name, each in value.items()}
        case (("anyOf" | "oneOf"), list()):
            return _union(value)
        case "prefixItems", list():
            return [_part(each) for each in value]
        case (("items" | "additionalProperties"), Mapping()):
            return _part(value)
    return value


def _union(members: list[Schema]) -> list[Schema]:
    """Copy the members of a union; one variable stands beside all of them."""
    if not any(_is_narrow_scalar(each) for each in members):
        return [_part(each) for each in members]
    plain = [each if _is_narrow_scalar(each) else _part(each) for each in members]
    return [*plain, _REFERENCE]


def _is_narrow_scalar(schema: Schema) -> bool:
    """Whether this is one value and not any text, which may be a variable as it is."""
    if schema.get("type") not in _SCALARS:
        return False
    return schema["type"] != "string" or schema.keys() - _ABOUT != {"type"}
