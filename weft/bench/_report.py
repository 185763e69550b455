"""How a bench shows itself: progress on standard error, then one table or one JSON object."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from weft.interaction_model.weights_folder import SHIPPED, SHIPPED_SENSES, checksum


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What `weft bench` was asked for; each bench's `report` takes what concerns it."""

    seed: int = 0
    size: int | None = None
    references: Path | None = None
    utterances: Path | None = None
    requests: Path | None = None
    area: str | None = None
    minutes: float | None = None
    weights: Path | None = None
    wav_dir: Path | None = None
    ears: str | None = None
    spoken: bool = False
    senses: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measured number beside its goal."""

    name: str
    measured: str
    goal: str = ""
    met: bool | None = None
    """None where there is no goal: the number explains another one."""


def at_most(name: str, value: float, goal: float, form: str = ".3f") -> Line:
    """Make the line of a number that should not be greater than its goal."""
    return Line(name=name, measured=format(value, form), goal=f"≤ {goal:g}", met=value <= goal)


def at_least(name: str, value: float, goal: float, form: str = ".3f") -> Line:
    """Make the line of a number that should not be less than its goal."""
    return Line(name=name, measured=format(value, form), goal=f"≥ {goal:g}", met=value >= goal)


def aside(name: str, value: object) -> Line:
    """Make the line of a number without a goal."""
    return Line(name=name, measured=str(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a bench has measured."""

    title: str
    numbers: Mapping[str, object]
    """What `--json` prints."""
    lines: Sequence[Line]
    """What the table shows."""
    setting: Sequence[str]
    """What it was measured with; see `setting`."""


def show(report: Report, *, as_json: bool) -> None:
    """Print the numbers as one JSON object, or the lines as a table above the setting."""
    if as_json:
        sys.stdout.write(json.dumps(report.numbers) + "\n")
        sys.stdout.flush()
        return
    table = Table(title=report.title, title_justify="left", title_style="bold")
    table.add_column("what")
    table.add_column("measured", justify="right")
    table.add_column("goal", justify="right")
    table.add_column("")
    for line in report.lines:
        met = {None: "", True: "[green]met[/]", False: "[red]missed[/]"}[line.met]
        table.add_row(line.name, line.measured, line.goal, met)
    console = Console(highlight=False)
    console.print(table)
    console.print(" · ".join(report.setting), style="dim", markup=False)


def setting(asked: Asked, *, sizes: str, clock: str = "virtual time") -> tuple[str, ...]:
    """Say what a measurement was made with, so that it can be made again."""
    shipped = SHIPPED_SENSES if asked.spoken or asked.senses else SHIPPED
    file = (asked.weights or shipped) / "model.safetensors"
    return (f"seed {asked.seed}", sizes, clock, f"weights {checksum(file)[:12]} (SHA-256)")
