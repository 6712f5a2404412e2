"""Convolutions of maps of a few pixels as one matrix product, for processors in bfloat16.

A kernel of 5x5 that makes a map of 2x2 multiplies mostly padding, and the convolutions that torch has
for bfloat16 on a processor are far slower there than its matrix product of the same size: replacing
them makes a whole training step of the chapter's DCGAN about a third faster (`benchmarks/RESULTS.md`).
In float32, and on maps of more pixels, they are as fast or faster, and are used.

Gradients of any order: the two rearrangements below are linear, and each is the other's gradient.
"""

from __future__ import annotations

from typing import Any, NamedTuple, final

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import Function

LARGEST_SIDE = 2
"""Pixels of a side of the smaller map, input or output, up to which the matrix product is faster."""


class Geometry(NamedTuple):
    """How windows lie on a map; (vertical, horizontal) each."""

    kernel: tuple[int, ...]
    stride: int
    before: tuple[int, int]
    """Rows and columns of zeros before the map; after it, as many as the last window needs."""
    windows: tuple[int, int]
    """Windows below and beside each other: the size of the smaller map."""


def is_faster_as_matrix_product(images: Tensor, smaller_map: tuple[int, int]) -> bool:
    """Whether a convolution of `images`, whose smaller side (in or out) has this size, belongs here."""
    if max(smaller_map) > LARGEST_SIDE or images.device.type != "cpu":
        return False
    if torch.is_autocast_enabled("cpu"):
        return torch.get_autocast_dtype("cpu") == torch.bfloat16
    return images.dtype == torch.bfloat16


def convolve(images: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry) -> Tensor:
    """Convolves images `(B, in_channels, H, W)` with a weight `(out_channels, in_channels, kernel,
    kernel)` to `(B, out_channels, *windows)`, in bfloat16.
    """
    images, weight = images.bfloat16(), weight.bfloat16()
    columns: Tensor = Columns.apply(images, geometry)  # (B · windows, kernel² · in_channels)
    weight = weight.permute(0, 2, 3, 1).flatten(1)  # a view where the weight is channels-last
    features = F.linear(columns, weight, bias if bias is None else bias.bfloat16())
    return features.reshape(len(images), *geometry.windows, -1).permute(0, 3, 1, 2)


def convolve_transposed(
    images: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, size: tuple[int, int]
) -> Tensor:
    """Scatters images `(B, in_channels, *windows)` through a weight `(in_channels, out_channels,
    kernel, kernel)` to `(B, out_channels, *size)`, in bfloat16.
    """
    images, weight = images.bfloat16(), weight.bfloat16()
    pixels = images.permute(0, 2, 3, 1).flatten(0, 2)  # (B · windows, in_channels)
    columns = pixels @ weight.permute(0, 2, 3, 1).flatten(1)  # (B · windows, kernel² · out_channels)
    scattered: Tensor = Scattered.apply(columns, geometry, (len(images), weight.shape[1], *size))
    return scattered if bias is None else scattered + bias.bfloat16().reshape(-1, 1, 1)


@final
class Columns(Function):
    """Cuts images `(B, C, H, W)` into one row a window, `(B · windows, kernel · kernel · C)`."""

    @staticmethod
    def forward(images: Tensor, geometry: Geometry) -> Tensor:
        """Copies each window; what lies beyond the image is 0."""
        padded = F.pad(images.permute(0, 2, 3, 1), _padding(images.shape[2:], geometry))  # (B, h, w, C)
        batch, rows, columns, channels = padded.stride()
        windows = padded.as_strided(
            (len(images), *geometry.windows, *geometry.kernel, images.shape[1]),
            (batch, rows * geometry.stride, columns * geometry.stride, rows, columns, channels),
        )
        return windows.reshape(len(images) * geometry.windows[0] * geometry.windows[1], -1)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        """Keeps the shapes; the map is linear, so no values."""
        images, ctx.geometry = inputs
        ctx.shape = images.shape

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """Adds every window back to where it was cut."""
        return Scattered.apply(gradient, ctx.geometry, ctx.shape), None


@final
class Scattered(Function):
    """Adds one row a window, `(B · windows, kernel · kernel · C)`, into images `(B, C, H, W)`."""

    @staticmethod
    def forward(columns: Tensor, geometry: Geometry, shape: tuple[int, ...]) -> Tensor:
        """Adds windows where they overlap; what falls beyond the image is cut."""
        batch, channels, height, width = shape
        # Below 0 where the stride skips the last pixels, which then get nothing.
        left, right, top, bottom = (max(side, 0) for side in _padding((height, width), geometry)[2:])
        rows, cols = geometry.windows
        windows = columns.reshape(batch, rows, cols, *geometry.kernel, channels)
        padded = columns.new_zeros(batch, top + height + bottom, left + width + right, channels)
        for i in range(geometry.kernel[0]):
            for j in range(geometry.kernel[1]):
                below = slice(i, i + geometry.stride * (rows - 1) + 1, geometry.stride)
                beside = slice(j, j + geometry.stride * (cols - 1) + 1, geometry.stride)
                padded[:, below, beside] += windows[:, :, :, i, j]
        cut = padded[:, top : top + height, left : left + width].permute(0, 3, 1, 2)
        return (
            cut.clone()
        )  # a view that a Function makes can't be changed in place, as ReLU(inplace=True) does

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        """Keeps the geometry; the map is linear, so no values."""
        _columns, ctx.geometry, _shape = inputs

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        """Cuts the gradient into the same windows."""
        return Columns.apply(gradient, ctx.geometry), None, None


def _padding(size: tuple[int, int] | torch.Size, geometry: Geometry) -> tuple[int, int, int, int, int, int]:
    """Zeros around `(B, H, W, C)`, last dimension first; negative where no window reaches the end."""
    top, left = geometry.before
    needed = [(n - 1) * geometry.stride + k for n, k in zip(geometry.windows, geometry.kernel, strict=True)]
    return 0, 0, left, needed[1] - left - size[1], top, needed[0] - top - size[0]
