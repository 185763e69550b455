"""A conversation in sound as a picture: both waveforms, the words, and what the agents did when.

One axis of time, wrapped into rows like text. Each mark of a delegation carries its name and its
second in the SVG (`id`), so that a program can read the picture as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from weft.errors import InputError
from weft.interaction_model.types import SAMPLE_RATE_HZ, SLOT_S
from weft.orchestrator.channels.pacing import TimedWord
from weft.orchestrator.lives import Happening, Life

ROW_S = 15.0
"""Seconds in a row."""

_INCHES_PER_S = 1.05
_LEFT, _RIGHT = 0.75, 0.25
_HEADER = 0.85
_RULER, _LINE, _WAVE, _BETWEEN, _LANE = 0.22, 0.16, 0.6, 0.08, 0.42
"""Heights in inches: the seconds, a line of words, a waveform, what parts lanes, a delegation."""
_ROW_GAP = 0.3
_WORD_SIZE, _REQUEST_SIZE, _LETTER = 7.5, 7.5, 0.062
"""Sizes of letters in points, and what a letter of that size takes in inches."""
_USER, _MODEL, _QUIET, _BAD = "#1f6f9f", "#3a7d44", "#8a8a8a", "#c22f2f"
_COLOURS = ("#b8860b", "#8e44ad", "#d2691e", "#2457c5", "#00897b", "#a0522d")
_BIN_S = 0.02
_JOINED_S = 0.5
"""Words of an answer that are no farther apart are drawn as one stretch."""
_DPI = 110

_CHECK = [(-0.5, 0.0), (-0.15, -0.4), (0.5, 0.5)]
_MARKERS: dict[Happening, tuple[Any, bool]] = {
    Happening.ASKED: ("D", False),
    Happening.READY: ("o", False),
    Happening.FAILED: ("^", True),
    Happening.BARGE_IN: ("X", True),
    Happening.HEARD: (_CHECK, False),
    Happening.ENDED: ("s", True),
}
"""Each mark's sign, and whether it is one of something that did not go as was asked."""
_MEANINGS = {
    Happening.ASKED: "handed over",
    Happening.READY: "result ready",
    Happening.FAILED: "failed",
    Happening.BARGE_IN: "barge-in",
    Happening.HEARD: "heard",
    Happening.ENDED: "superseded or dismissed",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A word that was to be heard, and the delegation whose answer it belongs to, if any."""

    word: TimedWord
    delegation_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """All that is drawn."""

    title: str
    sound: NDArray[np.float32]
    """[samples, 2] at SAMPLE_RATE_HZ: the user and the model."""
    user: tuple[Said, ...]
    heard: tuple[Said, ...] = ()
    """What ears made of the user's sound; empty where nothing was to be made of it."""
    model: tuple[Said, ...]
    lives: tuple[Life, ...]
    cuts: tuple[int, ...]
    """The micro-turns in which the model fell silent in the middle of what it said."""

    @property
    def length_s(self) -> float:
        """Seconds that it shows."""
        return len(self.sound) / SAMPLE_RATE_HZ


def check_installed() -> None:
    """Say whether a picture can be drawn here. Raises InputError."""
    if find_spec("matplotlib") is None:
        raise InputError("pictures are drawn by matplotlib: pip install 'weft[picture]'")


def draw(picture: Picture, svg: Path, png: Path) -> None:
    """Draw a conversation into two files; the same conversation gives the same bytes.

    Raises InputError when matplotlib is missing or a file cannot be written.
    """
    check_installed()
    import matplotlib as mpl
    from matplotlib.figure import Figure

    rows = [_Row(picture, since_s) for since_s in np.arange(0.0, picture.length_s, ROW_S)]
    width = _LEFT + ROW_S * _INCHES_PER_S + _RIGHT
    height = _HEADER + sum(row.height + _ROW_GAP for row in rows)
    # Letters stay letters in the SVG; its ids must not differ from one drawing to the next.
    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "weft",
        "font.family": "DejaVu Sans",
        "text.parse_math": False,
    }
    with mpl.rc_context(settings):
        figure = Figure(figsize=(width, height), facecolor="white")
        _draw_header(figure, picture, width, height)
        top = height - _HEADER
        for row in rows:
            box = (
                _LEFT / width,
                (top - row.height) / height,
                ROW_S * _INCHES_PER_S / width,
                row.height / height,
            )
            row.draw(figure.add_axes(box))
            top -= row.height + _ROW_GAP
        try:
            figure.savefig(svg, metadata={"Date": None, "Creator": "weft"})
            figure.savefig(png, dpi=_DPI, metadata={"Software": "weft"})
        except OSError as error:
            raise InputError(f"{error.filename}: cannot be written: {error.strerror}") from error


def mark_id(delegation_id: str, happening: Happening, at_s: float) -> str:
    """Name a mark as the SVG does."""
    return f"{happening}:{delegation_id.rpartition('.')[2]}:{at_s:.1f}"


class _Row:
    """The seconds of one row, from top to bottom: seconds, user, what is heard, model, agents."""

    def __init__(self, picture: Picture, since_s: float) -> None:
        self._picture = picture
        self._since_s = since_s
        self._until_s = since_s + ROW_S
        self._user_lines = _lines(picture.user, since_s)
        self._heard_lines = _lines(picture.heard, since_s)
        self._model_lines = _lines(picture.model, since_s)
        self._lanes = _lanes(picture.lives, since_s, self._until_s)
        self.height = (
            _RULER
            + _LINE * (1 + max(self._user_lines.values(), default=0))
            + _WAVE
            + self._heard_height()
            + _BETWEEN
            + _WAVE
            + _LINE * (1 + max(self._model_lines.values(), default=0))
            + _BETWEEN
            + _LANE * max(1, len(self._lanes))
        )

    def draw(self, axes: Any) -> None:
        """Draw the row; the axes' units are seconds and inches from below."""
        axes.set_xlim(self._since_s, self._until_s)
        axes.set_ylim(0, self.height)
        axes.axis("off")
        y = self.height - _RULER
        self._draw_ruler(axes, y)
        y -= _LINE * (1 + max(self._user_lines.values(), default=0))
        self._draw_words(axes, self._user_lines, y, _USER, up=True)
        y -= _WAVE
        self._draw_side(axes, "you", 0, y, _USER)
        if self._picture.heard:
            self._name(axes, "ears", y - _LINE * 0.6, _QUIET)
            self._draw_words(axes, self._heard_lines, y, _QUIET, up=False)
        y -= self._heard_height() + _BETWEEN + _WAVE
        self._draw_side(axes, "weft", 1, y, _MODEL)
        self._draw_cuts(axes, y + _WAVE / 2)
        self._draw_words(axes, self._model_lines, y, _MODEL, up=False)
        y -= _LINE * (1 + max(self._model_lines.values(), default=0)) + _BETWEEN
        self._name(axes, "agents", y - _LANE * 0.35, _QUIET)
        for lane in self._lanes:
            for life in lane:
                self._draw_life(axes, life, y - _LANE * 0.35)
            y -= _LANE

    def _heard_height(self) -> float:
        if not self._picture.heard:
            return 0.0
        return _LINE * (1 + max(self._heard_lines.values(), default=0))

    def _draw_ruler(self, axes: Any, y: float) -> None:
        for second in range(round(self._since_s), round(self._until_s) + 1):
            if second > self._picture.length_s:
                break
            strong = second % 5 == 0
            axes.plot(
                [second, second],
                [0, y],
                color=_QUIET,
                linewidth=0.6 if strong else 0.3,
                alpha=0.5 if strong else 0.25,
                zorder=0,
            )
            label = f"{second} s" if strong else f"{second}"
            colour = "black" if strong else _QUIET
            axes.text(second, y + 0.05, label, size=7, color=colour, ha="center")

    def _draw_side(self, axes: Any, name: str, side: int, y: float, colour: str) -> None:
        middle = y + _WAVE / 2
        self._name(axes, name, middle, colour)
        times_s, heights = self._envelope(side)
        axes.plot([self._since_s, times_s[-1]], [middle, middle], color=colour, linewidth=0.4)
        axes.fill_between(
            times_s, middle - heights, middle + heights, color=colour, linewidth=0, zorder=2
        )
        said = self._picture.model if side else ()
        for number, life in enumerate(self._picture.lives):
            inside = np.zeros(len(times_s), dtype=bool)
            for since_s, until_s in _stretches(said, life.delegation_id):
                inside |= (times_s >= since_s - _BIN_S) & (times_s <= until_s + _BIN_S)
            if inside.any():
                axes.fill_between(
                    times_s,
                    middle - heights,
                    middle + heights,
                    where=inside,
                    color=_colour(number),
                    linewidth=0,
                    zorder=3,
                )

    def _draw_cuts(self, axes: Any, y: float) -> None:
        for index in self._picture.cuts:
            at_s = _moment_s(index)
            if self._since_s <= at_s < self._until_s:
                _draw_mark(axes, Happening.BARGE_IN, at_s, y, _BAD).set_gid(f"cut:{at_s:.1f}")

    def _envelope(self, side: int) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Give how loud a side is, and when; in inches to one side of the middle."""
        bin_samples = round(_BIN_S * SAMPLE_RATE_HZ)
        first = round(self._since_s * SAMPLE_RATE_HZ)
        samples = np.abs(self._picture.sound[first : first + round(ROW_S * SAMPLE_RATE_HZ), side])
        samples = np.pad(samples, (0, -len(samples) % bin_samples))
        loudest = float(np.abs(self._picture.sound[:, side]).max(initial=0.0)) or 1.0
        peaks = samples.reshape(-1, bin_samples).max(axis=1) / loudest
        times_s = self._since_s + (np.arange(len(peaks)) + 0.5) * _BIN_S
        return times_s, peaks * (_WAVE * 0.48)

    def _draw_words(
        self, axes: Any, lines: dict[Said, int], y: float, plain: str, *, up: bool
    ) -> None:
        """Draw words over or under `y`, each in the colour of its answer, or else in `plain`."""
        numbers = {life.delegation_id: n for n, life in enumerate(self._picture.lives)}
        for said, line in lines.items():
            number = numbers.get(said.delegation_id or "")
            colour = plain if number is None else _colour(number)
            axes.text(
                max(said.word.start_s, self._since_s),
                y + (line + 0.3) * _LINE if up else y - (line + 0.75) * _LINE,
                said.word.text,
                size=_WORD_SIZE,
                color=colour,
            )

    def _draw_life(self, axes: Any, life: Life, y: float) -> None:
        number = self._picture.lives.index(life)
        colour = _colour(number)
        first_s, last_s = _moment_s(life.first_index), _moment_s(life.last_index)
        self._stroke(axes, first_s, last_s, y, color=colour, linewidth=1.0)
        for since, until in life.waits:
            stretch = (_moment_s(since), _moment_s(until))
            self._stroke(axes, *stretch, y, color="white", linewidth=2.5)
            self._stroke(axes, *stretch, y, color=colour, linewidth=1.6, linestyle=(0, (2, 2)))
        for since_s, until_s in _stretches(self._picture.model, life.delegation_id):
            self._stroke(
                axes, since_s, until_s, y, color=colour, linewidth=7, solid_capstyle="butt"
            )
        for mark in life.marks:
            at_s = _moment_s(mark.index)
            if self._since_s <= at_s < self._until_s:
                _draw_mark(axes, mark.happening, at_s, y, colour).set_gid(
                    mark_id(life.delegation_id, mark.happening, at_s)
                )
                if mark.happening is Happening.BARGE_IN:
                    axes.plot(
                        [at_s, at_s], [y, self.height - _RULER], color=_BAD, linewidth=0.8, zorder=1
                    )
        if first_s < self._until_s and last_s >= self._since_s:
            begins_here = first_s >= self._since_s
            request = life.request if begins_here else f"… {life.request}"
            # Moved to the left where it would not end in the row.
            fits_until_s = self._until_s - len(request) * _LETTER / _INCHES_PER_S
            axes.text(
                max(self._since_s, min(first_s, fits_until_s)),
                y - 0.22,
                request,
                size=_REQUEST_SIZE,
                color=colour,
                style="italic",
                clip_on=False,
            )

    def _stroke(self, axes: Any, since_s: float, until_s: float, y: float, **style: object) -> None:
        since_s, until_s = max(since_s, self._since_s), min(until_s, self._until_s)
        if since_s < until_s:
            axes.plot([since_s, until_s], [y, y], zorder=2, **style)

    def _name(self, axes: Any, name: str, y: float, colour: str) -> None:
        axes.text(
            self._since_s - 0.12,
            y,
            name,
            size=9,
            color=colour,
            weight="bold",
            ha="right",
            va="center",
        )


def _draw_header(figure: Any, picture: Picture, width: float, height: float) -> None:
    """Say what the picture is of, and what its signs mean."""
    axes = figure.add_axes((0, (height - _HEADER) / height, 1, _HEADER / height))
    axes.set_xlim(0, width)
    axes.set_ylim(0, _HEADER)
    axes.axis("off")
    axes.text(_LEFT, 0.6, "A conversation with weft", size=13, weight="bold")
    axes.text(_LEFT + 2.7, 0.6, picture.title, size=8, color="#444444")
    x, y = _LEFT + 0.06, 0.27
    for happening, meaning in _MEANINGS.items():
        _draw_mark(axes, happening, x, y, _COLOURS[0])
        axes.text(x + 0.14, y, meaning, size=8, va="center")
        x += 0.42 + len(meaning) * _LETTER * 1.05
    for meaning, style in (
        ("at work", {"linewidth": 1.0}),
        ("owed, waits", {"linewidth": 1.6, "linestyle": (0, (2, 2))}),
        ("woven in", {"linewidth": 7, "solid_capstyle": "butt"}),
    ):
        axes.plot([x, x + 0.35], [y, y], color=_COLOURS[0], **style)
        axes.text(x + 0.43, y, meaning, size=8, va="center")
        x += 0.7 + len(meaning) * _LETTER * 1.05


def _draw_mark(axes: Any, happening: Happening, x: float, y: float, colour: str) -> Any:
    sign, is_bad = _MARKERS[happening]
    colour = _BAD if is_bad else colour
    style: dict[str, object] = {"markersize": 7, "color": colour, "markeredgecolor": "white"}
    if happening is Happening.HEARD:
        from matplotlib.path import Path as Outline

        sign = Outline(sign)
        style |= {"fillstyle": "none", "markeredgecolor": colour, "markeredgewidth": 2.0}
        style["markersize"] = 9
    if happening is Happening.BARGE_IN:
        style["markersize"] = 9
    (line,) = axes.plot([x], [y], marker=sign, linestyle="none", zorder=5, clip_on=False, **style)
    return line


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


def _moment_s(index: int) -> float:
    """Give when a micro-turn is over, and what happened in it is known."""
    return (index + 1) * SLOT_S


def _lines(words: Sequence[Said], since_s: float) -> dict[Said, int]:
    """Give the words that begin in a row each a line, 0 the nearest, so that none covers another.

    A word that finds no room in three lines stands over the end of the one before.
    """
    free_from_s = [since_s] * 3
    lines = {}
    for said in words:
        if not since_s <= said.word.start_s < since_s + ROW_S:
            continue
        fits = (n for n, free_s in enumerate(free_from_s) if free_s <= said.word.start_s)
        line = next(fits, int(np.argmin(free_from_s)))
        length_s = (len(said.word.text) + 0.7) * _LETTER / _INCHES_PER_S
        free_from_s[line] = said.word.start_s + length_s
        lines[said] = line
    return lines


def _lanes(lives: Sequence[Life], since_s: float, until_s: float) -> list[list[Life]]:
    """Put the delegations of a row into as few lanes as there are at once, with room to read."""
    lanes: list[list[Life]] = []
    free_from_s: list[float] = []
    for life in lives:
        first_s, last_s = _moment_s(life.first_index), _moment_s(life.last_index)
        if last_s < since_s or first_s >= until_s:
            continue
        read_s = max(first_s, since_s) + (len(life.request) + 4) * _LETTER / _INCHES_PER_S
        lane = next((n for n, free_s in enumerate(free_from_s) if free_s < first_s), None)
        if lane is None:
            lane = len(lanes)
            lanes.append([])
            free_from_s.append(0.0)
        lanes[lane].append(life)
        free_from_s[lane] = max(last_s + 0.4, read_s)
    return lanes


def _stretches(said: Sequence[Said], delegation_id: str) -> Iterator[tuple[float, float]]:
    """Give from when to when an answer was to be heard, without a break."""
    words = [each.word for each in said if each.delegation_id == delegation_id]
    if not words:
        return
    began_s = words[0].start_s
    for before, word in pairwise(words):
        if word.start_s - before.end_s > _JOINED_S:
            yield began_s, before.end_s
            began_s = word.start_s
    yield began_s, words[-1].end_s
