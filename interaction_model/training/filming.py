"""What happens in a scene: who does what when, how it is drawn at a moment, and what is true of it.

Moments are seconds from the scene's begin. See `scenes` for the kinds.
"""

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from operator import itemgetter

from PIL import Image, ImageFilter

from weft.interaction_model.training.figures import DOINGS, REPETITIONS, Figure, Pose, between
from weft.interaction_model.training.language import sights
from weft.interaction_model.training.language.english import number_words
from weft.interaction_model.training.language.patterns import words
from weft.interaction_model.training.language.utterance import Split, choose, is_held_out
from weft.interaction_model.training.pictures import (
    COLOURS,
    NAMELESS,
    OVERSAMPLED,
    THINGS,
    Camera,
    Shape,
    backdrop,
    sign,
)
from weft.interaction_model.training.shown import Part, Shown
from weft.interaction_model.types import SLOT_S

COMBINATIONS = tuple(f"{colour} {thing}" for colour in COLOURS for thing in THINGS)
"""Things in colours; the held-out ones are never shown in training, each word of them is."""

_NAMELESS_SHARE = 0.3
"""Of training's things so many are in a colour without a name, and are called by the other word
alone: what a thing is must not be learnt by its colour."""

MOST_REPETITIONS = 12
_SIGNS = words("""
    exit stop open closed sale taxi hotel bank shop bakery coffee tea pizza bus train station park
    museum school library market police hospital pharmacy toilet lift stairs private danger wet hot
    cold push pull free full sold empty north south east west left right men women staff office
    garden beach pool bar cinema theatre airport church bridge river road street lane slow
""")
_NUMBERED = ("gate", "room", "line", "bus", "platform", "floor", "exit", "track", "dock", "seat")
SIGNS = (*_SIGNS, *(f"{place} {n}" for place in _NUMBERED for n in range(1, 10)))

MOVEMENTS = 1 + 4 * len(REPETITIONS) + len(DOINGS)
"""Numbers of what a figure does: nothing, a quarter of a repetition, or something that goes on."""

_PERIODS_S = (0.8, 2.2)
_RAMP_S = 0.25
_BLUR_READABLE = 0.06
"""A blur of this share of the letters' height still lets them be read."""
_NEWS_S = 1.0
"""What has come is news for so long."""
_LEAST_LETTERS = 12.0
"""Letters of so many pixels can be read."""


@dataclass(frozen=True, slots=True)
class Repetitions:
    """Each repetition asked for was over at these moments."""

    ends_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """An action went on from one moment to another."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something could be seen from a moment to another; an answer has all of the keywords."""

    from_s: float
    until_s: float
    keywords: tuple[str, ...]


Truth = Repetitions | Stretch | Sighting


@dataclass(frozen=True, slots=True)
class Topic:
    """What a scene is about, before anything has happened."""

    kind: str
    name: str
    asked_for: str
    """What the user calls it; a thing sometimes without its colour, or without one that has a
    name."""


@dataclass(frozen=True, slots=True)
class Film:
    """What can be seen at each moment, what is true of it, and what is due to be said when."""

    draw: Callable[[Image.Image, float], None]
    truth: Truth
    due: tuple[tuple[int, str], ...]
    """(slot, text) in order."""
    shows: Callable[[float], Shown]
    """What can be seen at each moment."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a scene is filmed and with what."""

    backdrop: Image.Image
    camera: Camera

    @classmethod
    def made(cls, rng: random.Random, size: tuple[int, int], split: Split) -> "Stage":
        """Choose backdrop and camera; size is (width, height) of a frame."""
        return cls(backdrop(rng, size, split), Camera(rng))


def seen_s(index: int) -> float:
    """Give the moment that the frame of a slot shows: its end."""
    return (index + 1) * SLOT_S


def seen_slot(moment_s: float) -> int:
    """Give the first slot whose frame shows a moment or what comes after it."""
    return max(0, math.ceil(moment_s / SLOT_S - 1e-6) - 1)


def choose_topic(rng: random.Random, kind: str, split: Split) -> Topic:
    """Choose what a scene of a kind is about."""
    if kind == "appear":
        if _is_nameless(rng, split):
            what = rng.choice(tuple(THINGS))
            return Topic(kind, what, what)
        what = choose(rng, COMBINATIONS, split)
        return Topic(kind, what, what.split()[1] if rng.random() < 0.2 else what)
    names = {"count": tuple(REPETITIONS), "action": tuple(DOINGS), "read": SIGNS}
    name = rng.choice(names[kind])
    return Topic(kind, name, name)


def request(rng: random.Random, topic: Topic, split: Split) -> str:
    """Ask for what a scene is about, in one of many ways."""
    if topic.kind == "count":
        return sights.count_request(rng, topic.asked_for, split)
    if topic.kind == "action":
        return sights.action_request(rng, topic.asked_for, split)
    if topic.kind == "appear":
        return sights.appear_request(rng, topic.asked_for, split)
    return sights.read_request(rng, split)


def choose_film(
    rng: random.Random,
    topic: Topic,
    first: int,
    slots: int,
    split: Split,
    size: tuple[int, int],
) -> Film:
    """Choose what happens between slot `first` and the end; size is (width, height) of a frame."""
    begin_s, end_s = seen_s(first), slots * SLOT_S
    if topic.kind == "count":
        return _counted(rng, topic.name, begin_s, end_s, split)
    if topic.kind == "action":
        return _acted(rng, topic.name, begin_s, end_s, split)
    if topic.kind == "appear":
        return _appearing(rng, topic, begin_s, end_s, split)
    return _readable(rng, topic.name, begin_s, end_s, size)


# Repetitions and actions


def _counted(rng: random.Random, movement: str, begin_s: float, end_s: float, split: Split) -> Film:
    """Repetitions at a pace that wavers; sometimes others first, that nobody asked for."""
    room_s = end_s - begin_s
    moves, moment = [], begin_s + rng.uniform(0.0, min(1.5, 0.2 * room_s))
    period_s = min(rng.uniform(*_PERIODS_S), 0.2 * room_s)
    if rng.random() < 0.25 and room_s > 8 * period_s:
        other = rng.choice([name for name in REPETITIONS if name != movement])
        for _ in range(rng.randint(1, 2)):
            moves.append((moment, moment + period_s, other))
            moment += period_s
        moment += rng.uniform(0.4, 1.0)
    wanted = rng.randint(2, MOST_REPETITIONS)
    ends: list[float] = []
    while len(ends) < wanted:
        length_s = period_s * rng.uniform(0.85, 1.15)
        if moment + length_s > end_s - 3 * SLOT_S:
            break
        moves.append((moment, moment + length_s, movement))
        moment += length_s
        ends.append(moment)
        moment += rng.choice((0.0, 0.0, 0.1, 0.3)) * period_s
    starts = [start for start, _, _ in moves]

    def pose(now_s: float) -> Pose:
        at = bisect_right(starts, now_s) - 1
        if at < 0 or now_s >= moves[at][1]:
            return Pose()
        start, end, name = moves[at]
        return REPETITIONS[name]((now_s - start) / (end - start))

    def doing(now_s: float) -> int:
        at = bisect_right(starts, now_s) - 1
        if at < 0 or now_s >= moves[at][1]:
            return 0
        start, end, name = moves[at]
        quarter = min(3, int(4 * (now_s - start) / (end - start)))
        return 1 + 4 * list(REPETITIONS).index(name) + quarter

    # One slot after it is over: only then can be seen that the figure rests or begins again.
    due = tuple((seen_slot(end) + 1, number_words(n)) for n, end in enumerate(ends, start=1))
    return _with_figure(rng, pose, doing, Repetitions(tuple(ends)), due, split)


def _acted(rng: random.Random, action: str, begin_s: float, end_s: float, split: Split) -> Film:
    """Rest, the action, rest; sometimes another action before it."""
    room_s = end_s - begin_s - 1.0
    length_s = rng.uniform(0.35, 0.75) * room_s
    start = begin_s + rng.uniform(0.15, 0.9) * (room_s - length_s)
    stretches = [(start, start + length_s, action)]
    if start - begin_s > 2.4 and rng.random() < 0.4:
        other = rng.choice([name for name in DOINGS if name != action])
        stretches.append((begin_s, start - rng.uniform(0.8, 1.2), other))
    pace = rng.uniform(0.7, 1.4)

    def pose(now_s: float) -> Pose:
        posed = Pose()
        for from_s, until_s, name in stretches:
            share = min(now_s - from_s, until_s - now_s) / _RAMP_S
            if share > 0:
                doing = DOINGS[name](0.25 + pace * (now_s - from_s))
                posed = between(posed, doing, min(1.0, share))
        return posed

    def movement(now_s: float) -> int:
        going_on = (name for start, end, name in stretches if start < now_s < end)
        first = 1 + 4 * len(REPETITIONS)
        return next((first + list(DOINGS).index(name) for name in going_on), 0)

    # The end shows in a second frame without movement.
    due = ((seen_slot(start) + 1, "start"), (seen_slot(start + length_s) + 2, "stop"))
    return _with_figure(rng, pose, movement, Stretch(start, start + length_s), due, split)


def _with_figure(
    rng: random.Random,
    pose: Callable[[float], Pose],
    movement: Callable[[float], int],
    truth: Truth,
    due: tuple[tuple[int, str], ...],
    split: Split,
) -> Film:
    """Somebody in a pose that follows time, who never stands quite still."""
    figure = Figure.made(rng)
    sway, pace, beside = rng.uniform(0.0, 1.5), rng.uniform(0.1, 0.3), _beside(rng, split)

    def draw(image: Image.Image, now_s: float) -> None:
        for _, thing in beside:
            thing.draw(image)
        posed = pose(now_s)
        swaying = sway * math.sin(2 * math.pi * pace * now_s)
        figure.draw(image, replace(posed, lean=posed.lean + swaying))

    parts = tuple(_part(what, shape) for what, shape in beside)
    return Film(draw, truth, due, lambda now_s: Shown(movement(now_s), parts))


# Things and signs


def _beside(rng: random.Random, split: Split) -> list[tuple[str, Shape]]:
    """Now and then a thing at the edge that nobody has asked for."""
    if rng.random() < 0.7:
        return []
    edge = rng.choice((0.08, 0.92))
    what = rng.choice(tuple(THINGS) if _is_nameless(rng, split) else _shown(split))
    return [(what, _shape(rng, what, (edge, rng.uniform(0.15, 0.85)), 0.08))]


def _is_nameless(rng: random.Random, split: Split) -> bool:
    return split == "train" and rng.random() < _NAMELESS_SHARE


def _shown(split: Split) -> list[str]:
    """What may be in a picture in a colour with a name; evaluation sees everything."""
    return [c for c in COMBINATIONS if split == "held_out" or not is_held_out(c)]


def _shape(rng: random.Random, what: str, at: tuple[float, float], size: float) -> Shape:
    *colour, kind = what.split()
    return Shape(kind, COLOURS[colour[0]] if colour else rng.choice(NAMELESS), *at, size)


def _part(what: str, shape: Shape) -> Part:
    return Part(tuple(what.split()), shape.x, shape.y, shape.size, shape.size)


def _appearing(
    rng: random.Random, topic: Topic, begin_s: float, end_s: float, split: Split
) -> Film:
    """The thing comes at its moment, in one of four ways; others are there before or come too."""
    what = topic.name
    keywords = tuple(what.split())
    others = [other for other in _shown(split) if topic.asked_for not in (other, other.split()[1])]
    nameless = [thing for thing in THINGS if thing != topic.asked_for]
    # What shares a word with what was asked for is the harder one to tell apart.
    alike = [other for other in others if set(keywords) & set(other.split())] or others
    places = rng.sample([(x, y) for x in (0.2, 0.5, 0.8) for y in (0.27, 0.7)], 4)
    shown_s = begin_s + rng.uniform(0.1, 0.75) * (end_s - begin_s)
    coming = [(shown_s, _shape(rng, what, places[0], rng.uniform(0.1, 0.18)))]
    names = [what]
    for place in places[1 : 1 + rng.randint(0, 3)]:
        if _is_nameless(rng, split):
            other = rng.choice(nameless)
        else:
            other = rng.choice(alike if rng.random() < 0.4 else others)
        from_s = rng.choice((0.0, rng.uniform(0.0, end_s)))
        coming.append((from_s, _shape(rng, other, place, rng.uniform(0.08, 0.16))))
        names.append(other)
    ways = [rng.choice(("at once", "fading", "growing", "sliding")) for _ in coming]
    length_s = rng.uniform(0.3, 0.8)

    def draw(image: Image.Image, now_s: float) -> None:
        for (from_s, shape), way in zip(coming, ways, strict=True):
            share = min(1.0, (now_s - from_s) / (SLOT_S if way == "at once" else length_s))
            if share > 0:
                _draw_coming(image, shape, way, share)

    lasts_s = [SLOT_S if way == "at once" else length_s for way in ways]
    there_s = [from_s + each for (from_s, _), each in zip(coming, lasts_s, strict=True)]
    parts = [_part(name, shape) for name, (_, shape) in zip(names, coming, strict=True)]

    def shows(now_s: float) -> Shown:
        there = [(at_s, part) for at_s, part in zip(there_s, parts, strict=True) if at_s <= now_s]
        news = [each for each in there if max(begin_s, now_s - _NEWS_S) < each[0]]
        latest = max(news, key=itemgetter(0))[1].names if news else ()
        return Shown(parts=tuple(part for _, part in there), latest=latest)

    visible = seen_slot(there_s[0])
    truth = Sighting(shown_s, end_s, keywords)
    return Film(draw, truth, ((visible, f"Now, the {what}."),), shows)


def _draw_coming(image: Image.Image, shape: Shape, way: str, share: float) -> None:
    """Draw a thing that has come so far."""
    if way == "growing":
        replace(shape, size=shape.size * share).draw(image)
    elif way == "sliding":
        from_x = -0.25 if shape.x < 0.5 else 1.25
        replace(shape, x=from_x + (shape.x - from_x) * share).draw(image)
    elif way == "fading" and share < 1:
        shown = image.copy()
        shape.draw(shown)
        image.paste(Image.blend(image, shown, share))
    else:
        shape.draw(image)


def _readable(
    rng: random.Random, text: str, begin_s: float, end_s: float, size: tuple[int, int]
) -> Film:
    """A sign that is blurred, far away or covered at first."""
    clear_s = begin_s + rng.uniform(0.1, 0.8) * (end_s - begin_s)
    length_s = rng.uniform(0.5, 0.9) * clear_s
    way = rng.choice(("blurred", "far", "covered"))
    middle = (rng.uniform(0.46, 0.54), rng.uniform(0.35, 0.65))
    written, seed = text.upper() if rng.random() < 0.6 else text.capitalize(), rng.getrandbits(64)
    cover = rng.choice(tuple(COLOURS.values()))
    board = sign(random.Random(seed), written, size)

    def left(now_s: float) -> float:
        return max(0.0, (clear_s - now_s) / length_s)  # 1 … 0 until it can be read

    def scale(now_s: float) -> float:
        if way != "far":
            return 1.0
        nearest = min(1.0, _LEAST_LETTERS / board.letters)
        nearer = 0.3 * max(0.0, now_s - clear_s)
        return min(1.0, nearest * max(0.15, 1 - left(now_s)) + nearer)

    def draw(image: Image.Image, now_s: float) -> None:
        picture = board.picture
        if way == "far":
            smaller = (max(1, round(side * scale(now_s))) for side in picture.size)
            picture = picture.resize((next(smaller), next(smaller)))
        elif way == "blurred":
            blur = _BLUR_READABLE + 0.5 * left(now_s) - 0.05 * max(0.0, now_s - clear_s)
            radius = 1.7 * max(0.0, blur) * board.letters * OVERSAMPLED
            picture = picture.filter(ImageFilter.BoxBlur(radius))
        corner = (
            round(middle[0] * image.width) - picture.width // 2,
            round(middle[1] * image.height) - picture.height // 2,
        )
        image.paste(picture, corner)
        if way == "covered" and left(now_s):
            width = round(picture.width * (0.4 + 0.6 * min(1.0, left(now_s))))
            image.paste(cover, (*corner, corner[0] + width, corner[1] + picture.height))

    def letters(now_s: float) -> Iterator[Part]:
        wide = board.picture.width / OVERSAMPLED * scale(now_s)
        high = board.letters * scale(now_s) / size[1]
        for letter, at in zip(written.lower(), board.letters_at, strict=True):
            if letter != " ":
                x = middle[0] + (at - 0.5) * wide / size[0]
                yield Part((letter,), x, middle[1], 0.28 * high, 0.4 * high)

    def shows(now_s: float) -> Shown:
        return Shown(sign=number, parts=tuple(letters(now_s))) if now_s >= clear_s else Shown()

    spoken = " ".join(number_words(int(w)) if w.isdigit() else w for w in text.split())
    truth = Sighting(clear_s, end_s, tuple(spoken.split()))
    number = 1 + SIGNS.index(text)
    return Film(draw, truth, ((seen_slot(clear_s) + 1, f"It says {spoken}."),), shows)
