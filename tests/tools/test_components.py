"""Components: typed, limited, harmless, and the same again after their JSON."""

import json
from typing import Any

import pytest
from hypothesis import given
from pydantic import TypeAdapter, ValidationError

from tests.tools.components_strategy import NASTY, components, texts
from weft.tools.components import AnyComponent, Card, Component, one_line, some_lines
from weft.tools.untrusted import harmless

ANY: TypeAdapter[AnyComponent] = TypeAdapter(Component)

TABLE: dict[str, Any] = {
    "kind": "table",
    "title": "Rain",
    "columns": ["month", "mm"],
    "rows": [["May", 40]],
}
CHART: dict[str, Any] = {
    "kind": "chart",
    "title": "Rain",
    "style": "bar",
    "points_name": "month",
    "points": ["May", "June"],
    "series": [{"name": "rain", "unit": "mm", "values": [40, None]}],
}
FORM: dict[str, Any] = {
    "kind": "form",
    "title": "A table for tonight",
    "fields": [{"name": "guests", "label": "Guests", "type": "number", "required": True}],
}
CARD: dict[str, Any] = {
    "kind": "card",
    "title": "Oslo",
    "facts": [{"label": "people", "value": "717,710"}],
}


@pytest.mark.parametrize("given_as", [TABLE, CHART, FORM, CARD], ids=lambda value: value["kind"])
def test_a_component_is_told_apart_by_its_kind(given_as: dict[str, Any]) -> None:
    component = ANY.validate_python(given_as)
    assert type(component).__name__.lower() == given_as["kind"]
    written = component.model_dump(mode="json", exclude_defaults=True)
    assert {"kind": given_as["kind"], **written} == given_as


@given(components)
def test_a_component_comes_back_from_json_as_it_was(component: AnyComponent) -> None:
    written = json.dumps(component.model_dump(mode="json"), ensure_ascii=False)
    assert ANY.validate_json(written) == component
    assert hash(ANY.validate_json(written)) == hash(component)


@given(components)
def test_no_text_in_a_component_can_be_taken_for_control(component: AnyComponent) -> None:
    def check(value: object) -> None:
        match value:
            case str():
                assert harmless(value) == value
                assert "<|im_start|>" not in value
            case list():
                for each in value:
                    check(each)
            case dict():
                check(list(value.values()))

    check(component.model_dump(mode="json"))


@given(texts)
def test_making_a_text_harmless_twice_changes_nothing(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)
    assert some_lines(some_lines(text)) == some_lines(text)
    assert "\n" not in one_line(text)


@pytest.mark.parametrize("token", NASTY[:3])
def test_a_token_does_not_come_together_on_one_line(token: str) -> None:
    spread = token[0] + " \n" * 9 + token[1:]
    assert one_line(spread) == harmless(one_line(spread))


@pytest.mark.parametrize(
    ("given_as", "reason"),
    [
        (CARD | {"title": "a" * 81}, "at most 80 characters"),
        (CARD | {"title": "\u200b"}, "holds nothing that can be seen"),
        (CARD | {"text": "a" * 2_001}, "at most 2000 characters"),
        (CARD | {"facts": CARD["facts"] * 13}, "at most 12 items"),
        (CARD | {"link": "http://example.org"}, "Extra inputs are not permitted"),
        (TABLE | {"columns": ["a"] * 9}, "at most 8 items"),
        (TABLE | {"rows": [["May", 40]] * 51}, "at most 50 items"),
        (TABLE | {"rows": []}, "at least 1 item"),
        (TABLE | {"rows": [["May", 40], ["June"]]}, "row 2 has 1 cells, and there are 2 columns"),
        (TABLE | {"rows": [["May", "a" * 201]]}, "at most 200 characters"),
        (TABLE | {"rows": [["May", True]]}, "valid number"),
        (TABLE | {"rows": [["May", 10**400]]}, "number"),
        (
            TABLE | {"rows": [["a" * 200, "b" * 200]] * 50},
            r"is \d+ characters long as JSON, and 20000 may be",
        ),
        (CHART | {"points": [0.5] * 201}, "at most 200 items"),
        (CHART | {"points": ["May"]}, "series 'rain' has 2 values, and there are 1 points"),
        (CHART | {"points": ["May", float("nan")]}, "finite number"),
        (CHART | {"series": CHART["series"] * 2}, "two series are called 'rain'"),
        (CHART | {"series": CHART["series"] * 7}, "at most 6 items"),
        (CHART | {"style": "pie"}, "'line' or 'bar'"),
        (FORM | {"fields": FORM["fields"] * 2}, "two fields are called 'guests'"),
        (FORM | {"fields": FORM["fields"] * 13}, "at most 12 items"),
    ],
)
def test_what_is_too_much_or_does_not_fit_is_refused(given_as: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        ANY.validate_python(given_as)


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ({"type": "choice"}, "'size' is a choice without `choices`"),
        ({"type": "text", "choices": ["a"]}, "its type must be choice"),
        ({"type": "choice", "choices": ["a", "a\u200b"]}, "two choices are called 'a'"),
        ({"type": "choice", "choices": ["a"] * 21}, "at most 20 items"),
        ({"type": "file"}, "'choice'"),
        ({"type": "text", "name": "The Size"}, "should match pattern"),
    ],
)
def test_a_field_of_a_form_must_make_sense(field: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        ANY.validate_python(FORM | {"fields": [{"name": "size", "label": "Size"} | field]})


def test_a_component_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Card(title="Oslo").title = "Rome"
