"""Components as Markdown: readable as it stands, and no text in it becomes markup."""

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.tools.components_strategy import cards, components, tables
from weft.tools.component_markdown import markdown
from weft.tools.components import (
    AnyComponent,
    Card,
    Chart,
    Fact,
    Form,
    FormField,
    Series,
    Table,
)

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
MARKUP = {"html_block", "html_inline", "link_open", "image", "code_block", "fence", "code_inline"}
MARKUP |= {"em_open", "s_open", "blockquote_open", "hr", "ordered_list_open"}

RAIN = Table(
    title="Rain in May",
    columns=("place", "mm", "days"),
    rows=(("Bergen", 120.5, None), ("a|b", 40, 3)),
)


def all_tokens(text: str) -> list[Token]:
    return [token for block in READER.parse(text) for token in [block, *(block.children or ())]]


def read(inline: Token) -> str:
    """Give what a reader sees of one line of Markdown."""
    breaks = {"softbreak": "\n", "hardbreak": "\n"}
    return "".join(breaks.get(each.type, each.content) for each in inline.children or ())


def seen(text: str) -> list[str]:
    """Give what a reader sees of every heading, paragraph, item and cell."""
    return [read(token) for token in READER.parse(text) if token.type == "inline"]


def test_a_table_is_aligned_by_what_its_columns_hold() -> None:
    assert markdown(RAIN).splitlines() == [
        "### Rain in May",
        "",
        "| place | mm | days |",
        "| --- | --: | --: |",
        "| Bergen | 120.5 |  |",
        "| a\\|b | 40 | 3 |",
    ]


def test_a_card_keeps_its_lines_and_lists_its_facts() -> None:
    card = Card(
        title="Oslo", text="One.\nTwo.\n\nThree.", facts=(Fact(label="in", value="Norway"),)
    )
    assert markdown(card) == "### Oslo\n\nOne.  \nTwo.\n\nThree.\n\n- **in:** Norway"


@pytest.mark.parametrize(("style", "blocks"), [("line", "▁·█▅"), ("bar", "▃·█▆")])
def test_a_chart_is_drawn_small_and_written_out(style: str, blocks: str) -> None:
    chart = Chart.model_validate(
        {
            "title": "Rain",
            "style": style,
            "points_name": "hour",
            "points_unit": "h",
            "points": [1, 2, 3, 4],
            "series": [{"name": "rain", "unit": "mm", "values": [10, None, 30, 20.5]}],
        }
    )
    assert markdown(chart).splitlines() == [
        "### Rain",
        "",
        f"rain (mm): {blocks} from 10 to 30",
        "",
        "| hour (h) | rain (mm) |",
        "| --: | --: |",
        "| 1 | 10 |",
        "| 2 |  |",
        "| 3 | 30 |",
        "| 4 | 20.5 |",
    ]


def test_a_series_without_values_is_said_to_have_none() -> None:
    chart = Chart(
        title="Rain",
        style="line",
        points_name="hour",
        points=(1,),
        series=(Series(name="rain", values=(None,)),),
    )
    assert "rain: no values" in markdown(chart)


def test_a_form_says_what_is_expected() -> None:
    form = Form(
        title="A table",
        fields=(
            FormField(name="guests", label="Guests", type="number", required=True),
            FormField(name="place", label="Place", type="choice", choices=("inside", "outside")),
            FormField(name="dog", label="With a dog", type="yes_no"),
        ),
    )
    assert markdown(form).splitlines()[2:] == [
        "- **Guests** (required): number",
        "- **Place**: one of inside, outside",
        "- **With a dog**: yes or no",
    ]


@given(components)
def test_no_text_becomes_markup(component: AnyComponent) -> None:
    kinds = {token.type for token in all_tokens(markdown(component))}
    assert not kinds & MARKUP
    assert seen(markdown(component))[0] == component.title


@given(tables())
def test_every_cell_is_read_as_it_was_written(table: Table) -> None:
    cells = [each for row in table.rows for each in row]
    expected = [f"{each:.15g}" if isinstance(each, float) else each or "" for each in cells]
    assert seen(markdown(table))[1:] == [*table.columns, *expected]


@given(cards)
def test_every_line_of_a_card_is_read_as_it_was_written(card: Card) -> None:
    expected = [*card.text.split("\n"), *(f"{f.label}: {f.value}".strip() for f in card.facts)]
    lines = [line for text in seen(markdown(card))[1:] for line in text.split("\n")]
    assert lines == [line for line in expected if line]
