"""`show`: any component is put on the screen as it was given, or refused with a reason."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from tests.tools.components_strategy import components
from tests.tools.test_components import CARD, CHART, FORM, TABLE
from weft.clock import VirtualClock
from weft.errors import ToolError
from weft.tools.builtin.show import show
from weft.tools.components import COMPONENTS_LIMIT, AnyComponent, Card
from weft.tools.schema import SCHEMA_LIMIT_CHARS
from weft.tools.tool import ToolContext, ToolOutput, tool

CONTEXT = ToolContext(clock=VirtualClock(), session_id="s", delegation_id="d")


@pytest.mark.anyio
@pytest.mark.parametrize("component", [TABLE, CHART, FORM, CARD], ids=lambda each: each["kind"])
async def test_what_is_shown_is_only_named_aloud(component: dict[str, Any]) -> None:
    (output,) = [each async for each in show.run({"component": component}, CONTEXT)]
    (shown,) = output.components
    assert shown.kind == component["kind"]
    assert output.text == f"I have put a {shown.kind} on your screen."
    assert (output.detail, output.sources) == ("", ())


@given(components)
def test_the_schema_that_models_see_allows_what_can_be_shown(component: AnyComponent) -> None:
    given_as = {"component": component.model_dump(mode="json")}
    jsonschema.Draft202012Validator(dict(show.parameters)).validate(given_as)
    assert show.check(given_as) == {"component": component}


def test_models_are_told_the_kind_and_the_limits() -> None:
    definitions = json.loads(json.dumps(show.parameters))["$defs"]
    for kind in ("Card", "Table", "Chart", "Form"):
        assert definitions[kind]["required"][:2] == ["kind", "title"]
    assert definitions["Table"]["properties"]["rows"]["maxItems"] == 50
    assert len(json.dumps(show.parameters)) < SCHEMA_LIMIT_CHARS


@pytest.mark.parametrize(
    ("component", "reason"),
    [
        (TABLE | {"rows": [["May", 1]] * 51}, "component.table.rows: .* at most 50 items"),
        (TABLE | {"rows": [["May"]]}, "component.table: row 1 has 1 cells"),
        ({"kind": "map", "title": "Oslo"}, "'card', 'table', 'chart', 'form'"),
        ({"title": "Oslo"}, "kind"),
        ("a table", "component: "),
    ],
)
def test_a_refusal_says_where_and_why(component: object, reason: str) -> None:
    with pytest.raises(ToolError, match=f"^The tool show cannot use its arguments: .*{reason}"):
        show.check({"component": component})


def test_a_refusal_is_short_whatever_is_wrong() -> None:
    with pytest.raises(ToolError) as refused:
        show.check({"component": TABLE | {"rows": [[True, True]] * 50}})
    assert "component.table.rows.0.0: Input should be a valid" in str(refused.value)
    assert len(str(refused.value)) < 400


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (ToolOutput("Look.", components=({"kind": "card"},)), "is no component"),  # type: ignore[arg-type]
        (
            ToolOutput("Look.", components=(Card(title="Oslo"),) * (COMPONENTS_LIMIT + 1)),
            "7 components at once, and 6 may be",
        ),
        (
            ToolOutput("Soon.", progress=True, components=(Card(title="Oslo"),)),
            "before its answer is there",
        ),
    ],
)
async def test_a_tool_of_ones_own_shows_components_and_not_too_many(
    output: ToolOutput, reason: str
) -> None:
    @tool
    def look() -> ToolOutput:
        """Look."""
        return output

    with pytest.raises(ToolError, match=reason):
        _ = [each async for each in look.run({}, CONTEXT)]
