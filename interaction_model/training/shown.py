"""What can be seen in a frame, as who draws it knows: what a figure does, and what is where."""

from collections.abc import Iterator
from dataclasses import dataclass

from weft.interaction_model.config import PatchConfig
from weft.interaction_model.training.pictures import COLOURS, THINGS

LETTERS = "abcdefghijklmnopqrstuvwxyz123456789"
NAMES = (*COLOURS, *THINGS, *LETTERS)
"""What a part of a picture can be called; a thing has two, or one if its colour has no name."""

_ENOUGH = 0.3
"""A patch shows what lies in it with this share of its own or the patch's area."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that has names, and where: its middle in shares of width and height."""

    names: tuple[str, ...]
    x: float
    y: float
    half_width: float
    """Of the picture's height, as is the next."""
    half_height: float


@dataclass(frozen=True, slots=True)
class Shown:
    """What can be seen in one micro-turn; training looks for it."""

    movement: int = 0
    """What a figure does and how far it is (`filming`); 0 where nobody moves."""
    parts: tuple[Part, ...] = ()
    """Things in colours, and the letters of a sign that can be read."""
    latest: tuple[str, ...] = ()
    """The names of what came into view last, for as long as it is news; the thing's is the last."""
    sign: int = 0
    """The number of the sign that can be read (`filming`); 0 where there is none."""


def named_patches(shown: Shown, patches: PatchConfig) -> Iterator[tuple[int, int]]:
    """Give (patch, number in NAMES) of all that can be seen in a patch."""
    for part in shown.parts:
        # In patches: each is a square of one.
        wide, high = part.half_width * patches.rows, part.half_height * patches.rows
        x, y = part.x * patches.columns, part.y * patches.rows
        enough = _ENOUGH * min(1.0, 4 * wide * high)
        for row in range(patches.rows):
            for column in range(patches.columns):
                across = min(x + wide, column + 1) - max(x - wide, column)
                down = min(y + high, row + 1) - max(y - high, row)
                if across > 0 and down > 0 and across * down > enough:
                    yield from (
                        (row * patches.columns + column, NAMES.index(n)) for n in part.names
                    )
