"""Moving pixels: each image of a batch in its own way, on its device, differentiable any number of times.

Everything is built on `gather`. `torch.nn.functional.grid_sample` would do in one call what `warp`
does in twenty lines, but only the newest releases of torch differentiate it twice, which gradient
penalties need.
"""

from __future__ import annotations

import torch
from torch import Tensor


def flip(images: Tensor, which: Tensor) -> Tensor:
    """Mirrors those images `(B, C, H, W)` left to right for which `which` `(B,)` is true."""
    return torch.where(which[:, None, None, None], images.flip(3), images)


def translate(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Moves each image `(B, C, H, W)` down by `rows` and to the right by `columns`, `(B,)` int64 each.

    What moves out is lost, what comes in is 0.
    """
    height, width = images.shape[2:]
    row = torch.arange(height, device=images.device) - rows[:, None]  # (B, H)
    column = torch.arange(width, device=images.device) - columns[:, None]  # (B, W)
    there = _within(row, height)[:, :, None] & _within(column, width)[:, None, :]  # (B, H, W)
    pixels = _pixels_at(images, row.clamp(0, height - 1)[:, :, None], column.clamp(0, width - 1)[:, None, :])
    return torch.where(there[:, None], pixels, 0.0)


def warp(images: Tensor, origins: Tensor) -> Tensor:
    """Resamples each image `(B, C, H, W)` by an affine map of its own, bilinearly.

    Args:
        images: to be resampled; beyond its edges an image goes on as its mirror image.
        origins: `(B, 3, 3)` matrices that map (x, y, 1) of a new pixel to where its value comes from.
            x grows to the right and y downwards, in pixels from the centre of the image.
    """
    height, width = images.shape[2:]
    y = torch.arange(height, device=images.device, dtype=images.dtype)[:, None] - (height - 1) / 2
    x = torch.arange(width, device=images.device, dtype=images.dtype) - (width - 1) / 2
    # Written out, not a matrix product: in TensorFloat-32 that would blur the image by its rounding.
    from_x, from_y = (
        row[:, 0, None, None] * x + row[:, 1, None, None] * y + row[:, 2, None, None]
        for row in origins.unbind(1)[:2]
    )  # (B, H, W) each
    left, right, to_right = _neighbours(from_x + (width - 1) / 2, width)
    above, below, to_below = _neighbours(from_y + (height - 1) / 2, height)
    upper = torch.lerp(_pixels_at(images, above, left), _pixels_at(images, above, right), to_right)
    lower = torch.lerp(_pixels_at(images, below, left), _pixels_at(images, below, right), to_right)
    return torch.lerp(upper, lower, to_below)


def _within(index: Tensor, size: int) -> Tensor:
    return (index >= 0) & (index < size)


def _neighbours(position: Tensor, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """The pixels before and after a position `(B, H, W)` along a side of `size`, and how far it is from
    the first to the second `(B, 1, H, W)`. Positions beyond the edges are reflected back.
    """
    period = (position + 0.5).remainder(2 * size)
    inside = (size - (period - size).abs() - 0.5).clamp(0, size - 1)
    before = inside.floor()
    return before.long(), (before + 1).clamp(max=size - 1).long(), (inside - before)[:, None]


def _pixels_at(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The pixels `(B, C, H, W)` of images in given rows and columns, which broadcast to `(B, H, W)`."""
    batch, channels, height, width = images.shape
    places = (rows * width + columns).reshape(batch, 1, height * width).expand(-1, channels, -1)
    return images.flatten(2).gather(2, places).reshape(images.shape)
