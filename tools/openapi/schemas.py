"""Schemas of an OpenAPI document as plain JSON Schema: references resolved, its own words left out.

References lead to places in the same document only; nothing is ever fetched. A schema that contains
itself is cut off where it would begin again, so that what a model reads is finite.
"""

from collections.abc import Mapping

from referencing import Registry, Specification
from referencing.exceptions import Unresolvable

from weft.errors import ToolError
from weft.tools.shortening import shorten
from weft.tools.untrusted import harmless

CHAIN_LIMIT = 20
"""Most references that may follow one another before something is found."""
DEPTH_LIMIT = 20
SCHEMAS_LIMIT = 2_000
"""More schemas in one operation, references written out, are more than a model can read."""
DESCRIPTION_LIMIT_CHARS = 300

JsonSchema = dict[str, object] | bool

_KEPT = frozenset(
    {
        "type", "enum", "const", "default", "format", "required", "dependentRequired",
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
        "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems",
        "minContains", "maxContains", "minProperties", "maxProperties",
    }
)  # fmt: skip
"""Keywords taken over as they are."""
_ONE = frozenset({"items", "additionalProperties", "contains", "propertyNames", "not"})
"""Keywords that hold a schema."""
_SEVERAL = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
"""Keywords that hold a list of schemas."""
_REMARKS = frozenset({"description", "default"})
"""Keywords that a reference may be accompanied by without asking for anything more."""


class References:
    """Finds what the references of one document point to."""

    def __init__(self, document: Mapping[str, object]) -> None:
        """Keep the document; a reference to anything else leads nowhere."""
        resource = Specification.OPAQUE.create_resource(document)
        # The registry of this library fetches only what it is given a function for.
        self._resolver = Registry().with_resource("", resource).resolver()

    def lookup(self, reference: str) -> object:
        """Give what one reference points to; raises ToolError when it leads nowhere."""
        try:
            return self._resolver.lookup(reference).contents
        except (Unresolvable, ValueError, TypeError) as error:
            raise ToolError(f"{reference[:100]!r} is not in the document") from error

    def target(self, value: object) -> object:
        """Follow references until something else is found; raises ToolError as `lookup` does."""
        for _ in range(CHAIN_LIMIT):
            reference = value.get("$ref") if isinstance(value, Mapping) else None
            if not isinstance(reference, str):
                return value
            value = self.lookup(reference)
        raise ToolError("its references lead from one to the next without end")


class SchemaReader:
    """Reads the schemas of one operation, up to a number of them altogether."""

    def __init__(self, references: References) -> None:
        """Begin with nothing read."""
        self._references = references
        self._left = SCHEMAS_LIMIT

    def read(
        self, schema: object, *, above: frozenset[str] = frozenset(), depth: int = 0
    ) -> JsonSchema:
        """Give a schema as JSON Schema that stands alone.

        `above` are the references inside which it stands. Raises ToolError when it is no schema, is
        too large, or refers to something that is not in the document.
        """
        self._left -= 1
        if self._left < 0:
            raise ToolError(f"it has more than {SCHEMAS_LIMIT:,} schemas, references written out")
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, Mapping):
            raise ToolError(f"{str(schema)[:60]!r} stands where a schema should be")
        if depth > DEPTH_LIMIT:
            return {}
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return self._own(schema, above, depth)
        if reference in above:
            return {}
        found = self.read(
            self._references.lookup(reference), above=above | {reference}, depth=depth + 1
        )
        beside = self._own({key: schema[key] for key in schema if key != "$ref"}, above, depth)
        if isinstance(found, bool) or not beside:
            return found
        return found | beside if beside.keys() <= _REMARKS else {"allOf": [found, beside]}

    def _own(
        self, schema: Mapping[str, object], above: frozenset[str], depth: int
    ) -> dict[str, object]:
        """Take the keywords of a schema itself."""

        def inner(value: object) -> JsonSchema:
            return self.read(value, above=above, depth=depth + 1)

        read: dict[str, object] = {}
        for keyword, value in schema.items():
            if keyword in _KEPT:
                read[keyword] = value
            elif keyword in _ONE:
                read[keyword] = inner(value)
            elif keyword in _SEVERAL and isinstance(value, list):
                read[keyword] = [inner(each) for each in value]
            elif keyword == "properties" and isinstance(value, Mapping):
                read[keyword] = {
                    str(name): inner(each)
                    for name, each in value.items()
                    if not self._is_read_only(each)
                }
            elif keyword == "description" and isinstance(value, str):
                read[keyword] = tidy(value, DESCRIPTION_LIMIT_CHARS)
        own, required = schema.get("properties"), read.get("required")
        if isinstance(own, Mapping) and isinstance(required, list):
            read_only = {name for name, each in own.items() if self._is_read_only(each)}
            read["required"] = [name for name in required if str(name) not in read_only]
        if "patternProperties" in schema:
            # Its expressions are a stranger's and are not run, so what they allow is not known.
            read.pop("additionalProperties", None)
        _translate_3_0(read, nullable=schema.get("nullable") is True)
        return read

    def _is_read_only(self, schema: object) -> bool:
        """Say whether only the server may set a property."""
        found = self._references.target(schema)
        return isinstance(found, Mapping) and found.get("readOnly") is True


def _translate_3_0(schema: dict[str, object], *, nullable: bool) -> None:
    """Write what OpenAPI 3.0 says in its own way as JSON Schema says it."""
    if nullable and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if not isinstance(schema.get(exclusive), bool):
            continue
        if schema.pop(exclusive) and bound in schema:
            schema[exclusive] = schema.pop(bound)


def tidy(text: str, limit_chars: int) -> str:
    """Cut a document's words to a length, on one line and without control tokens."""
    return shorten(" ".join(harmless(text[: 4 * limit_chars]).split()), limit_chars)


__all__ = ["JsonSchema", "References", "SchemaReader", "tidy"]
