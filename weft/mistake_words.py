"""What pydantic finds wrong, said in plain words: what it is, and what would be right.

Works beside the JSON Schema of the configuration, which knows what belongs at a place.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic_core import ErrorDetails

from weft.located_yaml import Steps
from weft.suggestions import suggestion
from weft.tools.hidden import without_secrets

Schema = Mapping[str, object]

_SECRET = re.compile(r"key|token|secret|passw|credential|authorization|headers", re.IGNORECASE)
"""Names of values that are not shown, in places that the schema does not know."""
_OTHER_TYPE = re.compile(r".*_(type|parsing|parsing_size|from_float)|finite_number")
_EXAMPLES: dict[Steps, str] = {
    ("background",): "; for instance `background: {agents: {local: {provider: local}}}`",
    ("background", "agents"): "; for instance `agents: {local: {provider: local}}`",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One mistake in words, and where it is."""

    steps: Steps
    message: str
    about_key: bool = False
    """Whether it is the name at that place that is wrong, and not what it holds."""


def said(details: ErrorDetails, values: object, schema: Schema, *, hidden: set[Steps]) -> Said:
    """Say one of pydantic's errors about `values`; what lies at or in `hidden` is not shown."""
    kind, context, loc = details["type"], details.get("ctx", {}), details["loc"]
    about_key = loc[-1:] == ("[key]",)
    absent = kind == "missing" or (kind == "value_error" and details["input"] is None)
    steps, value = way_in(values, loc, to_nothing=absent)
    discriminator = str(context.get("discriminator", "")).strip("'")
    if kind == "union_tag_invalid":
        steps, value = (*steps, discriminator), get(value, discriminator)
    if kind == "missing" and _has_fixed_length(schema, values, steps[:-1]):
        steps, kind = steps[:-1], "too_short"
        value = get_at(values, steps)
    node = declared_at(schema, values, steps)
    wanted = wanted_words(schema, node)
    is_hidden = _is_secret(schema, node, steps) or any(
        place[: len(steps)] == steps or steps[: len(place)] == place for place in hidden
    )
    shown = "this value" if is_hidden else shown_value(value)
    match kind:
        case "missing":
            message = f"is missing{_EXAMPLES.get(steps) or _described(node)}"
        case "extra_forbidden":
            known = _known_keys(schema, values, steps[:-1])
            message = f"is not a known key; {suggestion(str(steps[-1]), known)}"
        case "literal_error" | "enum" | "union_tag_invalid":
            expected = str(context.get("expected_tags") or context.get("expected", ""))
            allowed = re.findall(r"'([^']*)'", expected)
            guess = suggestion("" if is_hidden else str(value), allowed)
            message = f"{shown} is not one of them; {guess}"
            if "a list" in wanted:
                message = f"should be {wanted}; {shown} is not; {guess}"
        case "union_tag_not_found":
            allowed = _tags(schema, values, steps)
            message = f"needs `{discriminator}`: one of {', '.join(allowed)}"
        case "value_error":
            message = str(context.get("error", details["msg"]))
            if is_hidden and str(value):
                message = message.replace(repr(value), "this value").replace(str(value), "…")
        case "ip_v4_network" | "ip_v6_network" | "ip_any_network":
            message = f"{shown} is not a network; one looks like 192.168.1.0/24"
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            message = f"should be {_bound(kind, context)}; {shown} is not"
        case "too_short" | "too_long" if _has_fixed_length(schema, values, steps):
            message = f"should be {wanted}; {shown} is not"
        case "too_short":
            message = f"is empty; it needs at least one{_EXAMPLES.get(steps) or _described(node)}"
        case "string_too_short" | "string_pattern_mismatch":
            message = f"is empty; write a text{_instance(node)}"
        case _ if _OTHER_TYPE.fullmatch(kind) and wanted:
            message = _wrong_type(kind, wanted, node, value, shown, is_hidden=is_hidden)
        case _:
            rule = details["msg"].removeprefix("Input ").split(",")[0]
            message = f"{rule[:1].lower()}{rule[1:]}; {shown} is not"
    return Said(steps, message, about_key)


def _wrong_type(
    kind: str, wanted: str, node: Schema | None, value: object, shown: str, *, is_hidden: bool
) -> str:
    """Say that a value is of another kind than what belongs there."""
    finite = kind == "finite_number" or (isinstance(value, float) and value - value != 0)
    wanted = wanted.replace("a number", "a finite number", 1) if finite else wanted
    rule = f"should be {wanted}{_instance(node)}"
    if value is None:
        return f"{rule}; it is empty here: fill it in, or leave the key out"
    if wanted == "text" and isinstance(value, bool | int | float) and not is_hidden:
        return f"{rule}; put {shown} in quotes"
    return f"{rule}; {shown} is not"


def _bound(kind: str, context: Mapping[str, object]) -> str:
    words = {
        "greater_than": ("more than", "gt"),
        "greater_than_equal": ("at least", "ge"),
        "less_than": ("less than", "lt"),
        "less_than_equal": ("at most", "le"),
    }
    said_as, name = words[kind]
    limit = context.get(name)
    exact = int(limit) if isinstance(limit, float) and limit.is_integer() else limit
    return f"{said_as} {exact}"


def _described(node: Schema | None) -> str:
    """Say what belongs there, as its own description has it."""
    words = str((node or {}).get("description", "")).rstrip(".")
    return f": {words[:1].lower()}{words[1:]}" if words else ""


def _instance(node: Schema | None) -> str:
    default = (node or {}).get("default")
    if isinstance(default, bool) or default in (None, "") or isinstance(default, list | Mapping):
        return ""
    return (
        f", for instance `{default}`" if isinstance(default, str) else f", for instance {default}"
    )


def shown_value(value: object) -> str:
    """Show a value in a message, shortened."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        text = repr(without_secrets(value) if "://" in value else value)
    else:
        text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def way_in(values: object, loc: Sequence[str | int], *, to_nothing: bool) -> tuple[Steps, object]:
    """Follow pydantic's location through the values, leaving out the union tags it contains.

    The last step of a missing key leads `to_nothing` and is kept.
    """
    steps: list[str | int] = []
    value = values
    inside: Mapping[object, object] = {}
    for step in loc:
        inside = {}
        if isinstance(value, Mapping):
            inside = value
        elif isinstance(value, list):
            inside = dict(enumerate(value))
        if step in inside:
            value = inside[step]
            steps.append(step)
    if to_nothing and loc[-1] not in inside:
        return (*steps, loc[-1]), None
    return tuple(steps), value


def get(values: object, key: str) -> object:
    """Give what a mapping holds at a key; nothing where there is no mapping."""
    return values.get(key) if isinstance(values, Mapping) else None


def get_at(values: object, steps: Steps) -> object:
    """Give what lies at the end of a way."""
    return way_in(values, steps, to_nothing=False)[1]


def wanted_words(schema: Schema, node: Schema | None) -> str:
    """Say in plain words what a schema takes; nothing when it takes anything."""
    node = _followed(schema, node)
    if node is None:
        return ""
    if "const" in node:
        return f"`{node['const']}`"
    members = node.get("anyOf") or node.get("oneOf")
    if isinstance(members, list):
        words = [wanted_words(schema, member) for member in members]
        return " or ".join(dict.fromkeys(word for word in words if word))
    allowed = node.get("enum")
    if isinstance(allowed, list):
        return " or ".join(f"`{each}`" for each in allowed)
    items = node.get("prefixItems")
    if isinstance(items, list):
        return f"a list of {len(items)} numbers"
    plain = {
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "array": "a list",
        "object": "keys and values",
        "string": "a path" if node.get("format") == "path" else "text",
    }
    return plain.get(str(node.get("type")), "")


def _is_secret(schema: Schema, node: Schema | None, steps: Steps) -> bool:
    """Whether a place holds something secret, or may, being unknown and called like it."""
    if not node:
        return any(_SECRET.search(str(step)) for step in steps)
    node = _followed(schema, node) or {}
    inside = (node.get("additionalProperties"), node.get("items"))
    members = node.get("anyOf")
    parts = [*(members if isinstance(members, list) else ()), *inside]
    return node.get("format") == "password" or any(
        _is_secret(schema, part, ()) for part in parts if isinstance(part, Mapping) and part
    )


def _has_fixed_length(schema: Schema, values: object, steps: Steps) -> bool:
    node = declared_at(schema, values, steps) or {}
    members = node.get("anyOf")
    return any(
        "prefixItems" in each
        for each in (*(members if isinstance(members, list) else ()), node)
        if isinstance(each, Mapping)
    )


def _known_keys(schema: Schema, values: object, steps: Steps) -> list[str]:
    """List the keys that the schema allows at a place."""
    node = _resolved(schema, declared_at(schema, values, steps), get_at(values, steps))
    properties = node.get("properties") if isinstance(node, Mapping) else None
    return list(properties) if isinstance(properties, Mapping) else []


def _tags(schema: Schema, values: object, steps: Steps) -> list[str]:
    """List the union tags that the schema allows at a place."""
    node = _resolved(schema, declared_at(schema, values, steps), get_at(values, steps))
    discriminator = node.get("discriminator") if isinstance(node, Mapping) else None
    mapping = discriminator.get("mapping") if isinstance(discriminator, Mapping) else None
    return list(mapping) if isinstance(mapping, Mapping) else []


def declared_at(schema: Schema, values: object, steps: Steps) -> Schema | None:
    """Walk a JSON Schema beside the values; give what it says of a place, unions not chosen from.

    Nothing for a place that it does not know.
    """
    node: object = schema
    value = values
    for step in steps:
        node = _resolved(schema, node, value)
        if not isinstance(node, Mapping):
            return None
        if isinstance(step, int):
            prefix = node.get("prefixItems")
            node = prefix[step] if isinstance(prefix, list) else node.get("items")
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            properties = node.get("properties")
            known = properties.get(step) if isinstance(properties, Mapping) else None
            node = known or node.get("additionalProperties")
            value = value.get(step) if isinstance(value, Mapping) else None
    return node if isinstance(node, Mapping) else None


def _followed(schema: Schema, node: Schema | None) -> Schema | None:
    """Follow references only."""
    definitions = schema.get("$defs")
    while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
        name = str(node["$ref"]).rpartition("/")[2]
        node = definitions.get(name) if isinstance(definitions, Mapping) else None
    return node


def _resolved(schema: Schema, node: object, value: object) -> object:
    """Follow references and unions until a plain schema is reached that fits the value."""
    while isinstance(node, Mapping):
        node = _followed(schema, node)
        if node is None:
            return None
        discriminator = node.get("discriminator")
        if isinstance(discriminator, Mapping):
            tag = get(value, str(discriminator["propertyName"]))
            chosen = discriminator["mapping"].get(tag) if isinstance(tag, str) else None
            if chosen is None:
                return node
            node = {"$ref": chosen}
            continue
        members = node.get("anyOf")
        if not isinstance(members, list):
            return node
        node = _member(schema, members, value)
    return node


def _member(schema: Schema, members: list[object], value: object) -> object:
    """Choose the member of an untagged union that has the shape of the value."""
    shape = "object" if isinstance(value, Mapping) else "array"
    for member in members:
        node = _resolved(schema, member, value)
        if not isinstance(node, Mapping):
            continue
        if node.get("type") == shape or (shape == "object" and "discriminator" in node):
            return node
    return None
