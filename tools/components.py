"""What can be shown beside what is said: cards, tables, charts and forms, as values. Pure.

Every text in them is plain text and has been made harmless. What is too large is refused and never
cut: half a table says something else than the whole.
"""

from collections.abc import Iterable
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from weft.tools.untrusted import harmless

TITLE_LIMIT_CHARS: Final = 80
LABEL_LIMIT_CHARS: Final = 40
CELL_LIMIT_CHARS: Final = 200
TEXT_LIMIT_CHARS: Final = 2_000
COMPONENT_LIMIT_CHARS: Final = 20_000
"""Of a whole component, written as JSON."""
FACTS_LIMIT: Final = 12
COLUMNS_LIMIT: Final = 8
ROWS_LIMIT: Final = 50
SERIES_LIMIT: Final = 6
POINTS_LIMIT: Final = 200
FIELDS_LIMIT: Final = 12
CHOICES_LIMIT: Final = 20
COMPONENTS_LIMIT: Final = 6
"""Most components of one answer: nobody looks at more while listening."""


def one_line(text: str) -> str:
    """Make a text harmless, on a single line."""
    # Once more: tokens that many spaces kept apart may stand together now.
    return harmless(" ".join(harmless(text).split()))


def some_lines(text: str) -> str:
    """Make a text harmless, with its lines as they are, but without spaces around them."""
    lines = (" ".join(line.split()) for line in harmless(text).split("\n"))
    return harmless("\n".join(lines).strip())


def _visible(text: str) -> str:
    if not text:
        raise ValueError("holds nothing that can be seen")
    return text


Title = Annotated[
    str,
    Field(min_length=1, max_length=TITLE_LIMIT_CHARS),
    AfterValidator(one_line),
    AfterValidator(_visible),
]
Label = Annotated[
    str,
    Field(min_length=1, max_length=LABEL_LIMIT_CHARS),
    AfterValidator(one_line),
    AfterValidator(_visible),
]
Unit = Annotated[str, Field(max_length=LABEL_LIMIT_CHARS), AfterValidator(one_line)]
Line = Annotated[str, Field(max_length=CELL_LIMIT_CHARS), AfterValidator(one_line)]
Text = Annotated[str, Field(max_length=TEXT_LIMIT_CHARS), AfterValidator(some_lines)]
# Strict, for otherwise `true` would be shown as 1, and "12" as a number.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class _Value(BaseModel):
    """An immutable value without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _with_kind(schema: JsonDict) -> None:
    """Tell models that they must say the kind; only in Python it goes without saying."""
    required = schema.get("required", [])
    assert isinstance(required, list)
    schema["required"] = ["kind", *required]


class _Titled(_Value):
    """A whole component, of limited length."""

    model_config = ConfigDict(json_schema_extra=_with_kind)

    title: Title

    @model_validator(mode="after")
    def _is_small(self) -> Self:
        length = len(self.model_dump_json())
        if length > COMPONENT_LIMIT_CHARS:
            raise ValueError(
                f"is {length} characters long as JSON, and {COMPONENT_LIMIT_CHARS} may be; "
                "show less of it"
            )
        return self


class Fact(_Value):
    """One thing to know, by its name."""

    label: Label
    value: Line


class Card(_Titled):
    """A short text, or a few facts, under a title."""

    kind: Literal["card"] = "card"
    text: Text = Field(default="", description="Plain text; line breaks are kept.")
    facts: tuple[Fact, ...] = Field(default=(), max_length=FACTS_LIMIT)


class Table(_Titled):
    """Rows of cells under the names of the columns."""

    kind: Literal["table"] = "table"
    columns: tuple[Label, ...] = Field(min_length=1, max_length=COLUMNS_LIMIT)
    rows: tuple[tuple[Line | Number | None, ...], ...] = Field(
        min_length=1,
        max_length=ROWS_LIMIT,
        description="One cell for each column: a text, a number, or null for nothing.",
    )

    @model_validator(mode="after")
    def _rows_fit_columns(self) -> Self:
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"row {number} has {len(row)} cells, and there are {len(self.columns)} columns"
                )
        return self


class Series(_Value):
    """One line, or one set of bars, in a chart."""

    name: Label
    unit: Unit = Field(default="", description="Of the values, e.g. mm or °C.")
    values: tuple[Number | None, ...] = Field(
        min_length=1,
        max_length=POINTS_LIMIT,
        description="One for each point of the chart; null leaves a gap.",
    )


class Chart(_Titled):
    """Lines or bars over points that all series share."""

    kind: Literal["chart"] = "chart"
    style: Literal["line", "bar"]
    points_name: Label = Field(description="What the points are, e.g. month or distance.")
    points_unit: Unit = ""
    points: tuple[Label | Number, ...] = Field(
        min_length=1, max_length=POINTS_LIMIT, description="Along the horizontal axis, in order."
    )
    series: tuple[Series, ...] = Field(min_length=1, max_length=SERIES_LIMIT)

    @model_validator(mode="after")
    def _series_fit_points(self) -> Self:
        for each in self.series:
            if len(each.values) != len(self.points):
                raise ValueError(
                    f"series {each.name!r} has {len(each.values)} values, "
                    f"and there are {len(self.points)} points"
                )
        _check_different("series", (each.name for each in self.series))
        return self


FieldType = Literal["text", "number", "date", "yes_no", "choice"]


class FormField(_Value):
    """One thing that is asked for in a form."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="For programs.")
    label: Label = Field(description="For people.")
    type: FieldType
    required: bool = False
    choices: tuple[Label, ...] = Field(
        default=(), max_length=CHOICES_LIMIT, description="Only for type choice."
    )

    @model_validator(mode="after")
    def _choices_fit_type(self) -> Self:
        if self.type == "choice" and not self.choices:
            raise ValueError(f"field {self.name!r} is a choice without `choices`")
        if self.type != "choice" and self.choices:
            raise ValueError(f"field {self.name!r} has `choices`, so its type must be choice")
        _check_different("choices", self.choices)
        return self


class Form(_Titled):
    """Fields for the user to fill in."""

    kind: Literal["form"] = "form"
    fields: tuple[FormField, ...] = Field(min_length=1, max_length=FIELDS_LIMIT)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        _check_different("fields", (each.name for each in self.fields))
        return self


AnyComponent = Card | Table | Chart | Form
Component = Annotated[AnyComponent, Field(discriminator="kind")]
"""Any component, told apart by `kind`."""


def _check_different(what: str, names: Iterable[str]) -> None:
    known: set[str] = set()
    for name in names:
        if name in known:
            raise ValueError(f"two {what} are called {name!r}")
        known.add(name)


__all__ = [
    "COMPONENTS_LIMIT",
    "COMPONENT_LIMIT_CHARS",
    "AnyComponent",
    "Card",
    "Chart",
    "Component",
    "Fact",
    "FieldType",
    "Form",
    "FormField",
    "Series",
    "Table",
]
