"""A bench in sound beside the same bench in text: by how many points sound is worse."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from weft.bench._report import Asked, Line, Report, aside
from weft.bench._users import IN_TEXT, Medium
from weft.interaction_model.types import InteractionModel

MOST_POINTS_WORSE = 3.0
"""The goal: in sound no rate is worse than in text by more percentage points."""

Measure = Callable[[Asked, InteractionModel, Medium], Report]


@dataclass(frozen=True, slots=True)
class Rate:
    """A number of a bench that is a rate, or a count and what it is a share of."""

    key: str
    """Its name; with dots where it is inside another ("with_backstop.recall")."""
    better: Literal["low", "high"] = "high"
    of: str | None = None
    """The number of which it is a share."""

    def share(self, numbers: Mapping[str, object]) -> float:
        """Read the rate, 0 … 1."""
        value = _number(numbers, self.key)
        return value if self.of is None else value / max(1.0, _number(numbers, self.of))

    def points_worse(self, spoken: Mapping[str, object], text: Mapping[str, object]) -> float:
        """By how many percentage points sound is worse; negative where it is better."""
        sign = 1 if self.better == "low" else -1
        return sign * 100 * (self.share(spoken) - self.share(text)) + 0.0  # no negative zero


def beside_text(
    asked: Asked,
    measure: Measure,
    load_stream: Callable[[Path | None], InteractionModel],
    rates: Sequence[Rate],
) -> Report:
    """Measure in sound, then the same in text with the weights that come with weft."""
    # Here and not above: in text nobody needs a voice.
    from weft.bench._aloud import open_aloud

    stream, aloud = open_aloud(asked.weights)
    spoken = measure(asked, stream, aloud)
    of_text = replace(asked, weights=None, spoken=False)
    text = measure(of_text, load_stream(None), IN_TEXT)
    worse = {rate.key: round(rate.points_worse(spoken.numbers, text.numbers), 2) for rate in rates}
    most = max(worse.values())
    return Report(
        title=f"{spoken.title}, spoken",
        numbers={
            **spoken.numbers,
            "text": dict(text.numbers),
            "points_worse": worse,
            "points_worse_most": most,
        },
        lines=[
            *spoken.lines,
            aside("and in text", ""),
            *(_compared(rate, spoken.numbers, text.numbers) for rate in rates),
            *_asides(rates, spoken.numbers, text.numbers),
        ],
        setting=(*spoken.setting, f"in text: {text.setting[-1]}"),
    )


def _compared(rate: Rate, spoken: Mapping[str, object], text: Mapping[str, object]) -> Line:
    points = rate.points_worse(spoken, text)
    name = f"  {rate.key}" + (f" / {rate.of}" if rate.of else "")
    shares = f"{rate.share(spoken):.4f}, text {rate.share(text):.4f}"
    return Line(
        name=name,
        measured=f"{shares}, {points:+.2f} points worse",
        goal=f"≤ {MOST_POINTS_WORSE:g} points",
        met=points <= MOST_POINTS_WORSE,
    )


def _asides(
    rates: Sequence[Rate], spoken: Mapping[str, object], text: Mapping[str, object]
) -> list[Line]:
    """Show the numbers that are no rates."""
    known = {rate.key for rate in rates}
    return [
        aside(f"  {key}", f"{value}, text {text.get(key)}")
        for key, value in spoken.items()
        if key not in known and isinstance(value, int | float)
    ]


def _number(numbers: Mapping[str, object], key: str) -> float:
    value: object = numbers
    for name in key.split("."):
        assert isinstance(value, Mapping), key
        value = value[name]
    assert isinstance(value, int | float), key
    return float(value)
