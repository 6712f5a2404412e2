"""The windows in which a kernel sees a map: cut out as rows of a matrix, added back, or a slab at a time.

Maps have their channels last here, `(B, H, W, C)`, in memory and in shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor


class Geometry(NamedTuple):
    """How windows lie on a map; (vertical, horizontal) each."""

    kernel: tuple[int, ...]
    stride: int
    before: tuple[int, int]
    """Rows and columns of zeros before the map; after it, as many as the last window needs."""
    windows: tuple[int, int]
    """Windows below and beside each other: the size of the smaller map."""
    size: tuple[int, int]
    """Of the larger map, on which they lie."""

    @property
    def padding(self) -> tuple[int, int, int, int]:
        """Zeros left, right, above and below; negative where no window reaches the end."""
        top, left = self.before
        needed = [(n - 1) * self.stride + k for n, k in zip(self.windows, self.kernel, strict=True)]
        return left, needed[1] - left - self.size[1], top, needed[0] - top - self.size[0]


def cut(images: Tensor, geometry: Geometry) -> Tensor:
    """Copies images `(B, H, W, C)` into one row a window, `(B · windows, kernel · kernel · C)`.

    What lies beyond the image is 0.
    """
    padded = F.pad(images, (0, 0, *geometry.padding))
    batch, rows, columns, channels = padded.stride()
    windows = padded.as_strided(
        (len(images), *geometry.windows, *geometry.kernel, images.shape[3]),
        (batch, rows * geometry.stride, columns * geometry.stride, rows, columns, channels),
    )
    return windows.reshape(len(images) * geometry.windows[0] * geometry.windows[1], -1)


def scatter(rows: Tensor, geometry: Geometry, channels: int) -> Tensor:
    """Adds one row a window, `(B · windows, kernel · kernel · channels)`, into images `(B, H, W, channels)`.

    Windows add up where they overlap; what falls beyond the image is left out.
    """
    (height, width), (down, across) = geometry.kernel, geometry.windows
    windows = rows.reshape(-1, down, across, height, width, channels)
    # Below 0 where the stride skips the last pixels, which then get nothing.
    left, right, top, bottom = (max(side, 0) for side in geometry.padding)
    full = top + geometry.size[0] + bottom, left + geometry.size[1] + right
    padded = rows.new_zeros(len(windows), *full, channels)
    for i in range(down):
        for j in range(across):
            y, x = i * geometry.stride, j * geometry.stride
            padded[:, y : y + height, x : x + width] += windows[:, i, j]
    return padded[:, top : top + geometry.size[0], left : left + geometry.size[1]]


class Slab(NamedTuple):
    """One row of the kernel in one window, without the taps on padding: three indices.

    What each picks is a view, and flattened from dimension 1 on a matrix that BLAS takes as it lies.
    """

    pixel: tuple[slice | int, ...]
    """Of the smaller map `(B, h, w, out_channels)`."""
    pixels: tuple[slice | int, ...]
    """Of the larger map `(B, H, W, in_channels)`."""
    taps: tuple[slice | int, ...]
    """Of the weight `(out_channels, kernel, kernel, in_channels)`."""


def slabs(geometry: Geometry) -> Iterator[Slab]:
    """All there are: a convolution is the sum of their matrix products."""
    every = slice(None)
    for i in range(geometry.windows[0]):
        top, rows = _on_map(geometry, 0, i)
        for j in range(geometry.windows[1]):
            left, columns = _on_map(geometry, 1, j)
            for row in rows if columns else ():
                pixels = slice(left + columns.start, left + columns.stop)
                taps = slice(columns.start, columns.stop)
                yield Slab((every, i, j), (every, top + row, pixels), (every, row, taps))


def _on_map(geometry: Geometry, dimension: int, window: int) -> tuple[int, range]:
    """Where a window starts in a dimension, and which taps of the kernel are not on padding."""
    start = window * geometry.stride - geometry.before[dimension]
    return start, range(max(-start, 0), min(geometry.kernel[dimension], geometry.size[dimension] - start))
