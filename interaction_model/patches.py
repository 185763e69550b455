"""Video frames as positions: a grid of patches, each embedded by itself (hMLP, arXiv 2203.09795).

A frame of any size is letterboxed to the grid, cut into squares of 40 × 40 pixels, and each square
goes through strided linear stages of 5 · 2 · 2 · 2 pixels. No stage looks beyond its square and the
norms are taken inside one square (the original's BatchNorm would make a patch depend on its
batch), so patches never mix before the transformer.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from weft.interaction_model.config import PATCH_PIXELS, PatchConfig
from weft.interaction_model.pictures import in_colours

BAR = 0
"""Value of the pixels beside a frame that has another shape than the grid."""

_STRIDES = (5, 2, 2, 2)
_THINNED_FROM = 8
"""A frame so many times larger than the grid is thinned before it is scaled: time is bounded."""
_EPSILON = 1e-5
_GREY = 127.5
"""Pixels become -1 … 1; where nothing has changed since the frame before, the change is 0."""


def letterbox(frame: NDArray[np.uint8], config: PatchConfig) -> NDArray[np.uint8]:
    """Scale a frame to the grid, its shape kept, with bars beside it: [height, width, 3].

    Takes what `in_colours` takes, of one pixel or of millions; one of the grid's own size is given
    back as it is. Raises InputError for anything else, naming shape and type.
    """
    colours = in_colours(frame)
    height, width = colours.shape[:2]
    if (height, width) == (config.height, config.width):
        return colours
    step = max(1, int(max(height / config.height, width / config.width) / _THINNED_FROM))
    scale = min(config.height / height, config.width / width)
    inner = (
        min(config.height, max(1, round(height * scale))),
        min(config.width, max(1, round(width * scale))),
    )
    pixels = torch.from_numpy(np.ascontiguousarray(colours[::step, ::step])).permute(2, 0, 1)
    scaled = functional.interpolate(
        pixels[None], size=inner, mode="bilinear", align_corners=False, antialias=True
    )
    boxed = np.full((config.height, config.width, 3), BAR, np.uint8)
    top, left = (config.height - inner[0]) // 2, (config.width - inner[1]) // 2
    boxed[top : top + inner[0], left : left + inner[1]] = scaled[0].permute(1, 2, 0).numpy()
    return boxed


def cut(picture: NDArray[np.uint8], config: PatchConfig) -> NDArray[np.uint8]:
    """Cut pictures [..., height, width, C] into patches [..., P, 40, 40, C], row by row."""
    *batch, _, _, channels = picture.shape
    split = picture.reshape(
        *batch, config.rows, PATCH_PIXELS, config.columns, PATCH_PIXELS, channels
    )
    return split.swapaxes(-4, -3).reshape(
        *batch, config.patches, PATCH_PIXELS, PATCH_PIXELS, channels
    )


class Sight:
    """The frames of one stream as patches; it remembers the frame before, and nothing else."""

    def __init__(self, config: PatchConfig) -> None:
        """Begin with eyes that have seen nothing."""
        self._config = config
        self._before: NDArray[np.uint8] | None = None

    def look(self, frame: NDArray[np.uint8] | None) -> NDArray[np.uint8] | None:
        """Give the patches [P, 40, 40, channels] of a slot's frame, None where there is none.

        The first frame has itself before it, and after a gap the last one that was seen counts.
        Raises InputError for what is no frame, and then has not looked.
        """
        if frame is None:
            return None
        boxed = letterbox(frame, self._config)
        if not self._config.before:
            return cut(boxed, self._config)
        both = np.concatenate([boxed, boxed if self._before is None else self._before], axis=2)
        self._before = boxed.copy()  # the camera may draw its next frame into the same memory
        return cut(both, self._config)


class PatchEmbedding(nn.Module):
    """Patches to input vectors of the transformer: hMLP, and a learnt vector for each place.

    A quarter of a million parameters as configured by default.
    """

    def __init__(self, config: PatchConfig, width: int) -> None:
        """Make the stages with fresh weights; `width` is that of the transformer."""
        super().__init__()
        self.config = config
        widths = (config.channels, *config.widths, width)
        sizes = [
            (stride * stride * before, after)
            for stride, before, after in zip(_STRIDES, widths[:-1], widths[1:], strict=True)
        ]
        self.first = nn.Linear(*sizes[0])
        self.stages = nn.ModuleList(nn.Linear(*size) for size in sizes[1:])
        self.gains = nn.ParameterList(nn.Parameter(torch.ones(w)) for w in config.widths)
        self.place = nn.Parameter(torch.randn(config.patches, width) * 0.1)

    def forward(self, patches: Tensor) -> Tensor:
        """Vectors [..., P, width] of uint8 patches [..., P, 40, 40, channels]."""
        # Pixels are moved as bytes and become numbers only once: there are very many of them.
        x = _blocks(patches, _STRIDES[0]).float().sub_(_GREY).div_(_GREY)
        x = functional.linear(x, self._first_weight(), self.first.bias)
        for stride, stage, gain in zip(_STRIDES[1:], self.stages, self.gains, strict=True):
            x = stage(_blocks(functional.gelu(_patch_norm(x) * gain), stride))
        return x[..., 0, 0, :] + self.place

    def _first_weight(self) -> Tensor:
        """The first stage as it works on pixels; it has learnt of pixels and of their change."""
        weight = self.first.weight
        if not self.config.before:
            return weight
        now, change = weight.view(len(weight), -1, 2, 3).unbind(dim=2)
        return torch.stack([now + change, -change], dim=2).reshape_as(weight)


def _blocks(x: Tensor, stride: int) -> Tensor:
    """Join each square of stride × stride points [..., S, S, C] into one [..., S/stride, …]."""
    *batch, side, _, channels = x.shape
    small = side // stride
    split = x.reshape(*batch, small, stride, small, stride, channels)
    return split.transpose(-4, -3).reshape(*batch, small, small, stride * stride * channels)


def _patch_norm(x: Tensor) -> Tensor:
    """Bring the points [..., S, S, C] of each patch to a root mean square of one."""
    return x * torch.rsqrt(x.square().mean(dim=(-3, -2, -1), keepdim=True) + _EPSILON)
