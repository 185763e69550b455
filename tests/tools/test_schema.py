"""Arguments that another program describes: what fits, what is refused, and what cannot hurt."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.errors import ToolError
from weft.tools.schema import SCHEMA_LIMIT_CHARS, given_signature

JsonValues = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ROW = given_signature(
    {
        "type": "object",
        "properties": {"rows": {"type": "integer", "minimum": 1}, "yarn": {"$ref": "#/$defs/y"}},
        "required": ["rows"],
        "additionalProperties": False,
        "$defs": {"y": {"enum": ["wool", "silk"]}},
    }
)


def nested(levels: int) -> list[object]:
    """Make a list in a list, and so on."""
    made: list[object] = []
    for _ in range(levels):
        made = [made]
    return made


def test_what_fits_is_handed_on_as_one_mapping() -> None:
    assert ROW.validate({"rows": 2, "yarn": "silk"}) == {"arguments": {"rows": 2, "yarn": "silk"}}


def test_each_argument_that_does_not_fit_has_a_clause() -> None:
    with pytest.raises(ToolError) as caught:
        ROW.validate({"rows": 0, "yarn": "tin"})
    assert sorted(str(caught.value).split("; ")) == [
        "rows: 0 is less than the minimum of 1",
        "yarn: 'tin' is not one of ['wool', 'silk']",
    ]
    with pytest.raises(ToolError, match="arguments: 'rows' is a required property"):
        ROW.validate({})


@given(arguments=st.dictionaries(st.text() | st.just("rows"), JsonValues, max_size=4))
def test_whatever_a_model_sends_fits_or_is_a_tool_error(arguments: dict[str, object]) -> None:
    rows = arguments.get("rows")
    number = rows if isinstance(rows, int | float) and not isinstance(rows, bool) else 0
    if set(arguments) == {"rows"} and number >= 1 and number % 1 == 0:
        assert ROW.validate(arguments) == {"arguments": arguments}
    else:
        with pytest.raises(ToolError):
            ROW.validate(arguments)


@given(schema=st.dictionaries(st.sampled_from(["type", "properties", "$ref", "items"]), JsonValues))
def test_whatever_a_server_sends_is_a_schema_or_a_tool_error(schema: dict[str, object]) -> None:
    with suppress(ToolError):
        assert given_signature({"type": "object", **schema}).validate({"a": 1})


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "string"}, "does not describe an object"),
        ({}, "does not describe an object"),
        ({"type": "object", "required": 3}, "is not JSON Schema"),
        ({"type": "object", "default": nested(700)}, "cannot be written"),
        ({"type": "object", "description": "x" * SCHEMA_LIMIT_CHARS}, "characters"),
    ],
)
def test_a_schema_that_cannot_be_used_says_why(schema: dict[str, object], reason: str) -> None:
    with pytest.raises(ToolError, match=reason):
        given_signature(schema)


def test_nothing_is_fetched_for_a_reference() -> None:
    schema = {"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:9/schema.json"}}}
    with pytest.raises(ToolError, match="not in it"):
        given_signature(schema).validate({"a": 1})


def test_a_hostile_expression_is_not_run() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}
    # It does not match, which nobody finds out who does not run it.
    assert given_signature(schema).validate({"a": "aa!"}) == {"arguments": {"a": "aa!"}}
