"""What lies in which patch of a frame."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.interaction_model.config import PATCH_PIXELS, PatchConfig
from weft.interaction_model.training import filming
from weft.interaction_model.training.pictures import COLOURS, NAMELESS
from weft.interaction_model.training.scenes import rendered
from weft.interaction_model.training.shown import NAMES, Part, Shown, named_patches

PATCHES = PatchConfig()
"""Three rows of four."""

SIZE = (PATCHES.width, PATCHES.height)


def named(*parts: Part) -> dict[int, set[str]]:
    """What is in each patch that has something in it."""
    found: dict[int, set[str]] = {}
    for patch, name in named_patches(Shown(parts=parts), PATCHES):
        found.setdefault(patch, set()).add(NAMES[name])
    return found


def test_a_thing_within_a_patch_is_in_that_patch_with_both_its_names() -> None:
    ball = Part(("red", "ball"), x=0.375, y=0.5, half_width=0.1, half_height=0.1)
    assert named(ball) == {5: {"red", "ball"}}


def test_a_thing_on_a_border_is_on_both_sides_and_a_corner_of_it_does_not_count() -> None:
    border = Part(("red", "ball"), x=0.5, y=0.5, half_width=0.1, half_height=0.1)
    assert named(border).keys() == {5, 6}
    beyond = Part(("red", "ball"), x=0.4, y=0.4, half_width=0.1, half_height=0.1)
    assert named(beyond).keys() == {5}


def test_what_covers_the_whole_picture_is_in_every_patch() -> None:
    wall = Part(("blue", "box"), x=0.5, y=0.5, half_width=0.7, half_height=0.5)
    assert named(wall).keys() == set(range(12))


@given(
    x=st.floats(-0.5, 1.5),
    y=st.floats(-0.5, 1.5),
    half=st.floats(0.02, 0.3),
)
def test_a_part_is_in_the_patch_that_shows_most_of_it_or_in_none_outside(
    x: float, y: float, half: float
) -> None:
    found = named(Part(("red", "ball"), x, y, half, half))
    inside = 0 <= x <= 1 and 0 <= y <= 1 and half < 0.1
    away = x < -0.3 or x > 1.3 or y < -0.3 or y > 1.3
    assert found or not (inside and 0.13 < x < 0.87 and 0.13 < y < 0.87)
    assert not (found and away)


@pytest.mark.parametrize("seed", range(6))
def test_the_letters_of_a_sign_are_where_its_ink_is(seed: int) -> None:
    rng = random.Random(seed)
    topic = filming.choose_topic(rng, "read", "train")
    film = filming.choose_film(rng, topic, 0, 60, "train", SIZE)
    parts = film.shows(filming.seen_s(59)).parts
    assert "".join(part.names[0] for part in parts) == topic.name.replace(" ", "")
    assert [part.x for part in parts] == sorted(part.x for part in parts)
    frame = rendered(rng, film, PATCHES, range(59, 60), "train")[0].astype(int)
    for part in parts:
        across = range(
            round((part.x * SIZE[0]) - part.half_width * SIZE[1]),
            round((part.x * SIZE[0]) + part.half_width * SIZE[1]) + 1,
        )
        middle = frame[round(part.y * SIZE[1]) - 5 : round(part.y * SIZE[1]) + 6, across]
        assert middle.max(axis=(0, 1)).sum() - middle.min(axis=(0, 1)).sum() > 150


@pytest.mark.parametrize("seed", range(6))
def test_a_thing_has_its_colour_where_it_is_said_to_be(seed: int) -> None:
    rng = random.Random(seed)
    topic = filming.choose_topic(rng, "appear", "train")
    film = filming.choose_film(rng, topic, 0, 60, "train", SIZE)
    parts = film.shows(filming.seen_s(59)).parts
    frame = rendered(rng, film, PATCHES, range(59, 60), "train")[0].astype(int)
    for part in parts:
        left, top = round((part.x - 0.03) * SIZE[0]), round((part.y - 0.03) * SIZE[1])
        near = frame[top - 6 : top + 14, left - 6 : left + 16].reshape(-1, 3)
        named = len(part.names) == 2
        may_be = [COLOURS[part.names[0]]] if named else NAMELESS
        off = min(abs(near - colour).sum(axis=1).min() for colour in may_be)
        assert off < 0.2 * 3 * 255


def test_letters_that_cannot_be_read_yet_are_not_shown() -> None:
    rng = random.Random(3)
    topic = filming.choose_topic(rng, "read", "train")
    film = filming.choose_film(rng, topic, 0, 60, "train", SIZE)
    assert film.shows(0.0) == Shown()
    assert PATCH_PIXELS * PATCHES.rows == SIZE[1]
