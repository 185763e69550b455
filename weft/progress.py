"""Bars on standard error, for what takes its time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Tick = Callable[[], None]
"""Called once for each unit of work that is done."""


@contextmanager
def progress(what: str, total: int, done: int = 0) -> Iterator[Tick]:
    """Show a bar on standard error; call what is yielded once for each unit after those `done`."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        # A bar that is drawn more often takes time from the slots that are measured.
        refresh_per_second=1,
    )
    with bar:
        task = bar.add_task(what, total=total, completed=done)
        yield lambda: bar.advance(task)


def no_tick() -> None:
    """Show no progress."""
