"""Pooling and strided convolution on the same numbers: a fixed summary, and a learned one."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from ganzoo_components.layers import SameConv2d
from matplotlib.figure import Figure
from style import FOUR, canvas, caption, cell, grid

IMAGE = [[1.0, 2.0, 0.0, 1.0], [3.0, 4.0, 1.0, 0.0], [0.0, 1.0, 2.0, 2.0], [1.0, 0.0, 2.0, 2.0]]
KERNEL = [[1.0, 0.0, -1.0]] * 3
COLOURS = [[FOUR[0], FOUR[1]], [FOUR[2], FOUR[3]]]


def strided_convolution() -> Figure:
    """Left, the largest of each 2 by 2 pixels; right, a kernel of 3 by 3 that steps by 2."""
    image = torch.tensor([[IMAGE]])
    largest = F.max_pool2d(image, 2)[0, 0].tolist()
    layer = SameConv2d(1, 1, kernel_size=3, stride=2, bias=False)
    layer.weight.data = torch.tensor([[KERNEL]])
    convolved = layer(image)[0, 0].tolist()

    figure, axes = canvas(8.2, 2.5, 26, 7.9)
    blocks = [[COLOURS[i // 2][j // 2] for j in range(4)] for i in range(4)]
    grid(axes, 0.5, 1.7, IMAGE, blocks)
    caption(axes, 5.25, 3.7, "→")
    grid(axes, 6.0, 2.7, largest, COLOURS)
    caption(axes, 4.2, 0.8, "max")

    for i in range(5):
        for j in range(5):
            is_padding = 4 in (i, j)
            text = "0" if is_padding else f"{IMAGE[i][j]:g}"
            fill = FOUR[0] if i < 3 and j < 3 else "white"
            cell(axes, 10.5 + j, 1.7 + i, text, fill=fill, dashed=is_padding, faint=is_padding)
    caption(axes, 16.25, 3.7, "∗")
    grid(axes, 17.0, 2.2, KERNEL)
    caption(axes, 20.8, 3.7, "→")
    grid(axes, 21.7, 2.7, convolved, COLOURS)
    caption(axes, 17.5, 0.8, "3 × 3, stride 2")
    return figure


FIGURES = {"strided-convolution": strided_convolution}
