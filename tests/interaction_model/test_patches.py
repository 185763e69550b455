"""Frames of any size become patches; patches are embedded each by itself."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from weft.errors import InputError
from weft.interaction_model.config import PATCH_PIXELS, PatchConfig
from weft.interaction_model.patches import BAR, PatchEmbedding, Sight, cut, letterbox

_CONFIG = PatchConfig()
_WIDTH = 32


def _noise(*shape: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def _embedding(config: PatchConfig = _CONFIG, width: int = _WIDTH) -> PatchEmbedding:
    torch.manual_seed(0)
    return PatchEmbedding(config, width)


@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from([(), (1,), (3,), (4,)]))
@settings(max_examples=60, deadline=None)
def test_a_frame_of_any_size_fills_the_grid_in_one_direction(
    height: int, width: int, channels: tuple[int, ...]
) -> None:
    frame = np.full((height, width, *channels), 255, np.uint8)
    boxed = letterbox(frame, _CONFIG)
    assert boxed.shape == (120, 160, 3)
    lit = boxed[:, :, 0] > BAR
    rows, columns = lit.any(axis=1).sum(), lit.any(axis=0).sum()
    scale = min(120 / height, 160 / width)
    assert rows == 120 or columns == 160
    assert abs(rows - height * scale) <= 0.51 or rows == 1
    assert abs(columns - width * scale) <= 0.51 or columns == 1


def test_one_pixel_becomes_a_square_of_its_colour() -> None:
    boxed = letterbox(np.array([[[10, 200, 30]]], np.uint8), _CONFIG)
    assert (boxed[:, 20:140] == (10, 200, 30)).all()
    assert (boxed[:, :20] == BAR).all()
    assert (boxed[:, 140:] == BAR).all()


def test_a_frame_of_the_grids_own_size_is_left_as_it_is() -> None:
    frame = _noise(120, 160, 3)
    assert (letterbox(frame, _CONFIG) == frame).all()


def test_a_huge_frame_is_thinned_and_looks_like_its_picture() -> None:
    small = np.zeros((12, 16, 3), np.uint8)
    small[2:5, 3:9] = (250, 20, 20)
    huge = np.kron(small, np.ones((400, 400, 1), np.uint8))
    ours = letterbox(huge, _CONFIG).astype(int)
    plain = np.kron(small, np.ones((10, 10, 1), np.uint8)).astype(int)
    assert (np.abs(ours - plain).max(axis=2) > 8).mean() < 0.03, "only the edges may differ"


def test_a_strip_of_one_pixel_does_not_vanish() -> None:
    boxed = letterbox(np.full((1, 5000, 3), 200, np.uint8), _CONFIG)
    assert (boxed.max(axis=(1, 2)) > BAR).sum() == 1


def test_what_is_transparent_is_black_and_grey_is_grey() -> None:
    clear = np.dstack([_noise(120, 160, 3), np.zeros((120, 160), np.uint8)])
    assert (letterbox(clear, _CONFIG) == 0).all()
    solid = np.dstack([_noise(120, 160, 3), np.full((120, 160), 255, np.uint8)])
    assert (letterbox(solid, _CONFIG) == solid[:, :, :3]).all()
    grey = _noise(120, 160)
    assert (letterbox(grey, _CONFIG) == grey[:, :, None]).all()


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((0, 10, 3), np.uint8),
        np.zeros((10, 0), np.uint8),
        np.zeros((10, 10, 2), np.uint8),
        np.zeros((10,), np.uint8),
        np.zeros((2, 10, 10, 3), np.uint8),
        np.zeros((10, 10, 3), np.float32),
    ],
)
def test_what_is_no_frame_is_named(frame: NDArray[np.uint8]) -> None:
    with pytest.raises(InputError, match=str(frame.dtype)):
        letterbox(frame, _CONFIG)
    sight = Sight(_CONFIG)
    with pytest.raises(InputError, match=str(frame.dtype)):
        sight.look(frame)
    assert sight.look(_noise(30, 40, 3)) is not None, "and the next one is seen"


def test_patches_lie_row_by_row() -> None:
    patches = cut(_noise(120, 160, 3), _CONFIG)
    picture = _noise(120, 160, 3)
    assert patches.shape == (12, 40, 40, 3)
    assert (patches[6] == picture[40:80, 80:120]).all()


def test_each_patch_depends_on_its_own_pixels_alone() -> None:
    embedding = _embedding()
    patches = torch.from_numpy(_noise(2, 12, 40, 40, 6))
    other = patches.clone()
    other[1, 7] = 255 - other[1, 7]
    with torch.no_grad():
        changed = (embedding(patches) != embedding(other)).any(dim=-1)
    assert changed.nonzero().tolist() == [[1, 7]]


@pytest.mark.parametrize("before", [True, False])
def test_a_stream_gives_what_the_whole_film_gives(before: bool) -> None:
    config = PatchConfig(before=before)
    embedding, sight = _embedding(config), Sight(config)
    film = _noise(9, 90, 200, 3)
    with torch.no_grad():
        one_by_one = []
        for frame in film:
            patches = sight.look(frame)
            assert patches is not None
            one_by_one.append(embedding(torch.from_numpy(patches)))
        boxed = np.stack([letterbox(frame, config) for frame in film])
        if before:
            earlier = np.concatenate([boxed[:1], boxed[:-1]])
            boxed = np.concatenate([boxed, earlier], axis=-1)
        at_once = embedding(torch.from_numpy(cut(boxed, config)))
    assert at_once.shape == (9, 12, _WIDTH)
    assert torch.allclose(torch.stack(one_by_one), at_once, atol=1e-5)


@pytest.mark.parametrize("before", [True, False])
def test_the_stages_are_what_strided_convolutions_would_be(before: bool) -> None:
    """Plain: pixels and their change as channels, convolutions, a norm over each patch."""
    embedding = _embedding(PatchConfig(before=before))
    patches = torch.from_numpy(_noise(1, 12, 40, 40, 6 if before else 3))
    x = patches[0].float() / 127.5 - 1
    if before:
        x = torch.cat([x[..., :3], x[..., :3] - x[..., 3:]], dim=-1)
    x = x.permute(0, 3, 1, 2)
    stages = (embedding.first, *embedding.stages)
    for number, (stride, stage) in enumerate(zip((5, 2, 2, 2), stages, strict=True)):
        assert isinstance(stage, torch.nn.Linear)
        kernel = stage.weight.view(stage.out_features, stride, stride, -1).permute(0, 3, 1, 2)
        x = torch.nn.functional.conv2d(x, kernel, stage.bias, stride=stride)
        if number < 3:
            x = x / (x.square().mean(dim=(1, 2, 3), keepdim=True) + 1e-5).sqrt()
            x = torch.nn.functional.gelu(x)
    plain = x[:, :, 0, 0] + embedding.place
    assert torch.allclose(embedding(patches)[0], plain, atol=1e-5)


def test_a_gap_and_a_camera_that_reuses_its_memory_are_no_change() -> None:
    sight = Sight(_CONFIG)
    frame = _noise(120, 160, 3)
    first = sight.look(frame)
    assert first is not None
    assert (first[..., :3] == first[..., 3:]).all(), "the first frame has itself before it"
    assert sight.look(None) is None
    was = frame.copy()
    frame[:] = 7
    after = sight.look(frame)
    assert after is not None
    assert (after[..., :3] == 7).all()
    assert (after[..., 3:] == cut(was, _CONFIG)).all()


def test_the_embedding_is_as_small_as_it_is_said_to_be() -> None:
    size = sum(p.numel() for p in _embedding(width=192).parameters())
    assert 200_000 <= size <= 300_000


def test_the_grid_may_be_another() -> None:
    config = PatchConfig(rows=6, columns=8, widths=(16, 24, 32))
    patches = Sight(config).look(_noise(480, 640, 3))
    assert patches is not None
    assert patches.shape == (48, PATCH_PIXELS, PATCH_PIXELS, 6)
    assert _embedding(config, 64)(torch.from_numpy(patches)).shape == (48, 64)
