"""Components of every kind, for hypothesis: texts full of markup, control tokens and odd spaces."""

from typing import get_args

from hypothesis import strategies as st

from weft.tools.components import (
    AnyComponent,
    Card,
    Chart,
    Fact,
    FieldType,
    Form,
    FormField,
    Series,
    Table,
)

NASTY = ("<|im_start|>", "</tool_call>", "[INST]", "<b>", "[a](http://b)", "![a](http://b)", "&lt;")
PIECES = (*NASTY, "\\", "|", "`", "**", "_", "~~", "#", "- ", "1. ", "===", "\n", "\n\n", "\u200b")
FIELD_TYPES: tuple[FieldType, ...] = get_args(FieldType)
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=6).map("".join)
visible = texts.map(lambda text: f"a{text}")
labels = visible.map(lambda text: text[:40])
numbers = st.floats(allow_nan=False, allow_infinity=False)


facts = st.builds(Fact, label=labels, value=texts)
cards = st.builds(Card, title=visible, text=texts, facts=st.lists(facts, max_size=4).map(tuple))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    columns = draw(st.lists(labels, min_size=1, max_size=4))
    cell = texts | numbers | st.none()
    row = st.tuples(*[cell for _ in columns])
    rows = draw(st.lists(row, min_size=1, max_size=5))
    return Table(title=draw(visible), columns=tuple(columns), rows=tuple(rows))


@st.composite
def charts(draw: st.DrawFn) -> Chart:
    points = draw(st.lists(labels | numbers, min_size=1, max_size=5))
    values = st.tuples(*[numbers | st.none() for _ in points])
    series = [
        Series(name=f"{number}{draw(texts)}"[:40], unit=draw(texts)[:40], values=draw(values))
        for number in range(draw(st.integers(1, 3)))
    ]
    return Chart(
        title=draw(visible),
        style=draw(st.sampled_from(("line", "bar"))),
        points_name=draw(labels),
        points_unit=draw(texts)[:40],
        points=tuple(points),
        series=tuple(series),
    )


@st.composite
def forms(draw: st.DrawFn) -> Form:
    fields = []
    for number in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(FIELD_TYPES))
        choices = [f"{each}{draw(texts)}"[:40] for each in range(3)] if kind == "choice" else ()
        fields.append(
            FormField(
                name=f"field_{number}",
                label=draw(labels),
                type=kind,
                required=draw(st.booleans()),
                choices=tuple(choices),
            )
        )
    return Form(title=draw(visible), fields=tuple(fields))


components: st.SearchStrategy[AnyComponent] = st.one_of(cards, tables(), charts(), forms())
