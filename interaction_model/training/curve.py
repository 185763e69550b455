"""The history of a training as a picture."""

from collections.abc import Sequence
from pathlib import Path

SMOOTHED_POINTS = 10


def draw_curve(history: Sequence[dict[str, float]], path: Path) -> None:
    """Draw loss (logarithmic) and error shares (1 − accuracy) over steps into a PNG.

    Raises ImportError when matplotlib is not installed (`pip install weft[train]`).
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    steps = [point["step"] for point in history]
    figure, (above, below) = pyplot.subplots(2, 1, sharex=True, figsize=(9, 7))
    above.plot(steps, _smooth([point["loss"] for point in history]), color="black")
    above.set_yscale("log")
    above.set_ylabel("loss")
    for name in ("row", "text", "control", "silence", "floor", "word", "phoneme"):
        if not any(name in point for point in history):
            continue
        errors = [max(1e-4, 1 - point.get(name, float("nan"))) for point in history]
        below.plot(steps, _smooth(errors), label=name)
    below.set_yscale("log")
    below.set_ylabel("share of wrong decisions (teacher forced)")
    below.set_xlabel("step")
    below.legend(ncols=5, frameon=False)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _smooth(values: list[float]) -> list[float]:
    """Running mean over the last points, skipping steps where a kind did not occur."""
    smoothed = []
    for n in range(len(values)):
        window = [v for v in values[max(0, n - SMOOTHED_POINTS + 1) : n + 1] if v == v]
        smoothed.append(sum(window) / len(window) if window else float("nan"))
    return smoothed
