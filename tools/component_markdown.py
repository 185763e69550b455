"""Components written as Markdown, for clients without graphics. Pure.

Nothing in a component can become markup: what Markdown would take for its own is escaped.
"""

import re
from collections.abc import Sequence

from weft.tools.components import AnyComponent, Card, Chart, Form, FormField, Series, Table

_MARKUP = re.compile(r"[\\`*_#\[\]<>|~&]")
_LINE_START = re.compile(r"^(\d{0,9})([-+=.)])")
_HEIGHTS = "▁▂▃▄▅▆▇█"
_GAP = "·"
_TYPES = {"text": "text", "number": "number", "date": "date", "yes_no": "yes or no"}

_Cell = str | float | None


def markdown(component: AnyComponent) -> str:
    """Write a component as Markdown: CommonMark, and tables as GitHub has them."""
    match component:
        case Card():
            facts = (
                f"- **{_plain(fact.label)}:** {_plain(fact.value)}" for fact in component.facts
            )
            parts = [_paragraphs(component.text), "\n".join(facts)]
        case Table():
            parts = [_table(component.columns, component.rows)]
        case Chart():
            shapes = (_shape(each, from_zero=component.style == "bar") for each in component.series)
            parts = ["  \n".join(shapes), _chart_table(component)]
        case Form():
            parts = ["\n".join(map(_form_line, component.fields))]
    return "\n\n".join([f"### {_plain(component.title)}", *filter(None, parts)])


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", text)


def _paragraphs(text: str) -> str:
    """Keep lines and empty lines, and let no line begin a list or a heading."""
    lines = (_LINE_START.sub(r"\1\\\2", _plain(line)) for line in text.split("\n"))
    return re.sub("(?<=[^\n])\n(?=[^\n])", "  \n", "\n".join(lines))


def _table(columns: Sequence[str], rows: Sequence[Sequence[_Cell]]) -> str:
    """Write a table; columns of numbers are aligned to the right."""
    rules = [
        "---" if any(isinstance(row[place], str) for row in rows) else "--:"
        for place in range(len(columns))
    ]
    written = [[_plain(name) for name in columns], rules, *([*map(_cell, row)] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in written)


def _cell(cell: _Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            return _plain(cell)
        case _:
            return _number(cell)


def _number(value: float) -> str:
    return f"{value:.15g}"


def _with_unit(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name


def _shape(series: Series, *, from_zero: bool) -> str:
    """Draw a series in one line: a block for each value, and from where to where they go."""
    name = _plain(_with_unit(series.name, series.unit))
    known = [value for value in series.values if value is not None]
    if not known:
        return f"{name}: no values"
    lowest, highest = min(known), max(known)
    floor = min(0.0, lowest) if from_zero else lowest
    blocks = "".join(
        _GAP if value is None else _HEIGHTS[_height(value, floor, highest)]
        for value in series.values
    )
    return f"{name}: {blocks} from {_number(lowest)} to {_number(highest)}"


def _height(value: float, floor: float, highest: float) -> int:
    # Halved first: the distance of two large numbers may be too large for a number.
    distance = highest / 2 - floor / 2
    share = (value / 2 - floor / 2) / distance if distance > 0 else 0.0
    return min(len(_HEIGHTS) - 1, int(share * len(_HEIGHTS)))


def _chart_table(chart: Chart) -> str:
    columns = [
        _with_unit(chart.points_name, chart.points_unit),
        *(_with_unit(each.name, each.unit) for each in chart.series),
    ]
    values = zip(*(each.values for each in chart.series), strict=True)
    return _table(columns, [(point, *row) for point, row in zip(chart.points, values, strict=True)])


def _form_line(field: FormField) -> str:
    expected = _TYPES.get(field.type) or "one of " + ", ".join(map(_plain, field.choices))
    required = " (required)" if field.required else ""
    return f"- **{_plain(field.label)}**{required}: {expected}"


__all__ = ["markdown"]
