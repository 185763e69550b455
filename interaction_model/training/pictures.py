"""Rendered pictures: things, a sign, a backdrop, and the camera that sees them.

Everything is drawn with Pillow at twice the size and halved, so that slow movement shows between
whole pixels. Positions and sizes are shares of the picture.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from weft.interaction_model.training.language.utterance import Split, choose

OVERSAMPLED = 2
Colour = tuple[int, int, int]
Pen = ImageDraw.ImageDraw

COLOURS: dict[str, Colour] = {
    "red": (215, 35, 35),
    "green": (40, 160, 60),
    "blue": (40, 80, 215),
    "yellow": (240, 215, 45),
    "orange": (240, 135, 30),
    "purple": (130, 50, 170),
    "pink": (245, 140, 190),
    "brown": (125, 80, 45),
    "white": (245, 245, 245),
    "black": (20, 20, 20),
}

NAMELESS: tuple[Colour, ...] = (
    (128, 128, 128),
    (40, 165, 165),
    (215, 190, 150),
    (120, 120, 45),
    (185, 165, 225),
    (175, 220, 70),
    (160, 220, 195),
)
"""Colours that nobody calls by a name here."""


def dot(pen: Pen, at: tuple[float, float], radius: float, colour: Colour) -> None:
    """Draw a filled circle."""
    pen.ellipse((at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius), fill=colour)


def near(rng: random.Random, colour: Colour, by: int = 18) -> Colour:
    """A colour that still has the name of this one."""
    red, green, blue = (min(255, max(0, part + rng.randint(-by, by))) for part in colour)
    return red, green, blue


def _polygon(corners: tuple[tuple[float, float], ...]) -> "Callable[[Pen, Shape], None]":
    def draw(pen: Pen, shape: "Shape") -> None:
        x, y, size = shape.x, shape.y, shape.size
        pen.polygon([(x + size * cx, y + size * cy) for cx, cy in corners], fill=shape.colour)

    return draw


def _ball(pen: Pen, shape: "Shape") -> None:
    dot(pen, (shape.x, shape.y), shape.size, shape.colour)


def _ring(pen: Pen, shape: "Shape") -> None:
    box = (
        shape.x - shape.size,
        shape.y - shape.size,
        shape.x + shape.size,
        shape.y + shape.size,
    )
    pen.ellipse(box, outline=shape.colour, width=max(3, round(0.35 * shape.size)))


def _car(pen: Pen, shape: "Shape") -> None:
    x, y, s = shape.x, shape.y, shape.size
    pen.rectangle((x - 1.2 * s, y - 0.1 * s, x + 1.2 * s, y + 0.5 * s), fill=shape.colour)
    pen.polygon(
        [
            (x - 0.7 * s, y),
            (x - 0.4 * s, y - 0.6 * s),
            (x + 0.4 * s, y - 0.6 * s),
            (x + 0.7 * s, y),
        ],
        fill=shape.colour,
    )
    for side in (-0.65, 0.65):
        dot(pen, (x + side * s, y + 0.5 * s), 0.28 * s, (30, 30, 30))


def _tree(pen: Pen, shape: "Shape") -> None:
    x, y, s = shape.x, shape.y, shape.size
    pen.rectangle((x - 0.15 * s, y, x + 0.15 * s, y + s), fill=(95, 60, 30))
    dot(pen, (x, y - 0.3 * s), 0.7 * s, shape.colour)


def _fish(pen: Pen, shape: "Shape") -> None:
    x, y, s = shape.x, shape.y, shape.size
    pen.ellipse((x - s, y - 0.5 * s, x + 0.6 * s, y + 0.5 * s), fill=shape.colour)
    pen.polygon([(x + 0.4 * s, y), (x + s, y - 0.5 * s), (x + s, y + 0.5 * s)], fill=shape.colour)


def _cup(pen: Pen, shape: "Shape") -> None:
    x, y, s = shape.x, shape.y, shape.size
    pen.arc((x + 0.1 * s, y - 0.5 * s, x + s, y + 0.5 * s), 0, 360, shape.colour, round(0.2 * s))
    pen.rectangle((x - 0.7 * s, y - 0.8 * s, x + 0.5 * s, y + 0.8 * s), fill=shape.colour)


def _heart(pen: Pen, shape: "Shape") -> None:
    x, y, s = shape.x, shape.y, shape.size
    for side in (-0.45, 0.45):
        dot(pen, (x + side * s, y - 0.3 * s), 0.52 * s, shape.colour)
    pen.polygon(
        [(x - 0.93 * s, y - 0.1 * s), (x + 0.93 * s, y - 0.1 * s), (x, y + s)], shape.colour
    )


_STAR = tuple(
    (r * math.sin(math.pi * n / 5), -r * math.cos(math.pi * n / 5))
    for n in range(10)
    for r in ((1.0 if n % 2 == 0 else 0.42),)
)
THINGS: dict[str, "Callable[[Pen, Shape], None]"] = {
    "ball": _ball,
    "ring": _ring,
    "box": _polygon(((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85))),
    "triangle": _polygon(((0, -1), (1, 0.8), (-1, 0.8))),
    "star": _polygon(_STAR),
    "arrow": _polygon(
        ((-1, -0.3), (0.1, -0.3), (0.1, -0.8), (1, 0), (0.1, 0.8), (0.1, 0.3), (-1, 0.3))
    ),
    "house": _polygon(((-0.8, 0.9), (-0.8, -0.1), (0, -1), (0.8, -0.1), (0.8, 0.9))),
    "heart": _heart,
    "car": _car,
    "tree": _tree,
    "fish": _fish,
    "cup": _cup,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """A thing at a place; `size` is from its middle to its edge, as a share of the height."""

    kind: str
    colour: Colour
    x: float
    y: float
    size: float

    def draw(self, image: Image.Image) -> None:
        """Draw the thing."""
        inside = Shape(
            self.kind,
            self.colour,
            self.x * image.width,
            self.y * image.height,
            self.size * image.height,
        )
        THINGS[self.kind](ImageDraw.Draw(image), inside)


_GROUNDS = ("plain", "room", "meadow", "stripes", "tiles", "dusk")
_TINTS = ("grey", "sand", "mint", "sky", "rose", "lilac", "slate", "cream")
_TINT: dict[str, Colour] = dict(
    zip(
        _TINTS,
        (
            (150, 150, 150),
            (205, 185, 145),
            (165, 205, 180),
            (160, 195, 225),
            (220, 175, 175),
            (190, 175, 215),
            (90, 100, 115),
            (230, 225, 205),
        ),
        strict=True,
    )
)
BACKDROPS = tuple(f"{ground} {tint}" for ground in _GROUNDS for tint in _TINTS)


def backdrop(rng: random.Random, size: tuple[int, int], split: Split) -> Image.Image:
    """Draw what is behind everything: (width, height) before oversampling."""
    ground, tint = choose(rng, BACKDROPS, split).split()
    width, height = size[0] * OVERSAMPLED, size[1] * OVERSAMPLED
    colour = near(rng, _TINT[tint], 12)
    image = Image.new("RGB", (width, height), colour)
    pen = ImageDraw.Draw(image)
    dark = _scaled(colour, rng.uniform(0.6, 0.85))
    line = height * rng.uniform(0.55, 0.75)
    if ground == "room":
        pen.rectangle((0, line, width, height), fill=dark)
        left, top = width * rng.uniform(0.05, 0.6), height * rng.uniform(0.05, 0.2)
        pen.rectangle(
            (left, top, left + width * 0.25, top + height * 0.25), (215, 230, 245), dark, 4
        )
    elif ground == "meadow":
        pen.rectangle((0, line, width, height), fill=near(rng, (110, 150, 80), 20))
        pen.line((0, line, width, line - height * rng.uniform(-0.1, 0.1)), dark, 6)
    elif ground == "stripes":
        pace = rng.randint(20, 60)
        for x in range(rng.randrange(pace), width, pace):
            pen.rectangle((x, 0, x + pace // 2, height), fill=dark)
    elif ground == "tiles":
        pace = rng.randint(30, 70)
        for place in range(0, width, pace):
            pen.line((place, 0, place, height), fill=dark, width=3)
            pen.line((0, place, width, place), fill=dark, width=3)
    elif ground == "dusk":
        ramp = Image.linear_gradient("L").resize((width, height))
        image = Image.composite(Image.new("RGB", (width, height), dark), image, ramp)
    return image


def _scaled(colour: Colour, by: float) -> Colour:
    red, green, blue = (round(part * by) for part in colour)
    return red, green, blue


@dataclass(frozen=True, slots=True)
class Board:
    """A text on a board."""

    picture: Image.Image
    """Oversampled."""
    letters: float
    """How high they are, before that."""
    letters_at: tuple[float, ...]
    """The middle of each character, as a share of the board's width."""


def sign(rng: random.Random, text: str, size: tuple[int, int]) -> Board:
    """Draw a board with a text, to be seen in a picture of (width, height) before oversampling."""
    letters = min(34.0, 1.55 * 0.8 * size[0] / max(3, len(text)))
    font = ImageFont.load_default(letters * OVERSAMPLED)
    left, top, right, bottom = font.getbbox(text)
    margin = round(0.35 * letters * OVERSAMPLED)
    light, dark = rng.choice(
        (
            ((250, 250, 245), (25, 25, 25)),
            ((250, 220, 60), (20, 20, 20)),
            ((200, 30, 30), (250, 250, 250)),
            ((30, 90, 180), (250, 250, 250)),
            ((30, 120, 60), (245, 245, 245)),
        )
    )
    board = Image.new(
        "RGB", (round(right - left) + 2 * margin, round(bottom - top) + 2 * margin), light
    )
    ImageDraw.Draw(board).text(
        (margin - left, margin - top), text, dark, font, stroke_width=rng.choice((0, 1, 1, 2))
    )
    borders = [font.getlength(text[:n]) for n in range(len(text) + 1)]
    middles = ((one + other) / 2 + margin - left for one, other in pairwise(borders))
    return Board(board, letters, tuple(middle / board.width for middle in middles))


class Camera:
    """What turns drawn pictures into frames: noise, brightness that wavers, a hand that shakes."""

    def __init__(self, rng: random.Random) -> None:
        """Choose how good it is."""
        self._random = np.random.default_rng(rng.getrandbits(64))
        self._noise = rng.choice((0.0, 1.5, 3.0, 6.0))
        self._flicker = rng.choice((0.0, 0.0, 1.5, 4.0))
        self._shakes = 0.15 if rng.random() < 0.3 else 0.0
        self._off = (0, 0)
        self._gain = rng.uniform(0.8, 1.15)
        self._grain: NDArray[np.int16] | None = None

    def frame(self, image: Image.Image) -> NDArray[np.uint8]:
        """Take an oversampled picture; gives [height, width, 3]."""
        seen = np.asarray(image.reduce(OVERSAMPLED)).astype(np.int16)
        if self._grain is None:
            shape = (seen.shape[0] + 32, seen.shape[1] + 32, 3)
            self._grain = self._random.normal(0, self._noise, shape).astype(np.int16)
        if self._random.random() < self._shakes:
            down, right = self._random.integers(-1, 2, 2)
            self._off = (int(down), int(right))
        if any(self._off):
            seen = np.roll(seen, self._off, (0, 1))
        top, left = self._random.integers(0, 32, 2)
        grain = self._grain[top : top + seen.shape[0], left : left + seen.shape[1]]
        gain = int(256 * self._gain)
        # In 16 bits: 255 × gain / 4 stays below 32,768.
        lit = (seen * (gain // 4) >> 6) + grain + int(self._random.normal(0, self._flicker))
        taken: NDArray[np.uint8] = np.clip(lit, 0, 255).astype(np.uint8)
        return taken
