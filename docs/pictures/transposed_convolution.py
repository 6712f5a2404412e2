"""Transposed convolution in both of its definitions, with numbers that this code computes."""

from __future__ import annotations

from functools import partial

import torch
from ganzoo_components.layers import SameConv2d, SameConvTranspose2d
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from style import FOUR, GREY, INK, canvas, caption, cell, grid

IMAGE = [[1.0, 2.0], [3.0, 4.0]]
KERNEL = [[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]
LINE, LINE_KERNEL = [1.0, 2.0], [1.0, 2.0, 3.0, 4.0]


def scatter(stride: int) -> Figure:
    """First definition: every input element times the kernel, added at `stride` spacing, then cut."""
    image, kernel = torch.tensor([[IMAGE]]), torch.tensor([[KERNEL]])
    scattered = torch.nn.functional.conv_transpose2d(image, kernel, stride=stride)[0, 0]
    first = 0 if stride == 2 else 1  # 'same' cuts after alone at stride 2, on both sides at stride 1
    kept = slice(first, first + 2 * stride)
    full, side = scattered.tolist(), len(scattered)
    if stride == 2:
        layer = SameConvTranspose2d(1, 1, kernel_size=3, bias=False)
        layer.weight.data = kernel
        assert torch.equal(layer(image)[0, 0], scattered[kept, kept])

    figure, axes = canvas(8.2, 4.9, 26, 15.4)
    grid(axes, 2, 2.5, IMAGE, [[FOUR[0], FOUR[1]], [FOUR[2], FOUR[3]]])
    caption(axes, 5.25, 3.5, "×")
    grid(axes, 6.5, 2, KERNEL)
    caption(axes, 11.25, 3.5, "→")
    for i, row in enumerate(full):
        for j, number in enumerate(row):
            is_kept = all(kept.start <= index < kept.stop for index in (i, j))
            cell(axes, 13 + j, 1 + i, f"{number:g}", faint=not is_kept, dashed=not is_kept)
    corner = 13 + kept.start, 1 + kept.start
    axes.add_patch(Rectangle(corner, 2 * stride, 2 * stride, fill=False, edgecolor=INK, linewidth=2.2))
    caption(axes, 20.5, 3.0, f"{side} × {side}  →  {2 * stride} × {2 * stride}")

    for index, colour in enumerate(FOUR):
        i, j = divmod(index, 2)
        left, top = 0.8 + 6.4 * index, 9
        caption(axes, left + side / 2, top - 0.8, f"{IMAGE[i][j]:g} × K")
        for row in range(side):
            for column in range(side):
                tap = row - stride * i, column - stride * j
                inside = all(0 <= position < 3 for position in tap)
                text = f"{IMAGE[i][j] * KERNEL[tap[0]][tap[1]]:g}" if inside else ""
                cell(
                    axes, left + column, top + row, text, fill=colour if inside else "white", faint=not inside
                )
        if index < 3:
            caption(axes, left + (side + 6.4) / 2, top + side / 2, "+")
    return figure


def convolution_back() -> Figure:
    """Second definition: the same weights on the same lines as the convolution, walked the other way."""
    layer = SameConvTranspose2d(1, 1, kernel_size=4, bias=False)
    layer.weight.data = torch.tensor([[[LINE_KERNEL]]]).expand(1, 1, 4, 4) * torch.eye(4)[1][:, None]
    doubled = layer(torch.tensor([[[LINE]]]))[0, 0, 0].tolist()  # the one row that the kernel fills
    back = SameConv2d(1, 1, kernel_size=4, stride=2, bias=False)
    back.weight.data = layer.weight.data
    input = torch.zeros(1, 1, 2, 4, requires_grad=True)
    back(input).backward(torch.tensor([[[LINE]]]))
    assert input.grad is not None
    assert input.grad[0, 0, 0].tolist() == doubled

    figure, axes = canvas(8.2, 3.3, 26, 10.4)
    for left, is_forward in ((0.5, True), (14.5, False)):
        for position in range(6):
            is_padding = position in (0, 5)
            if is_forward:
                text = "0" if is_padding else f"$y_{position}$"
            else:
                text = "" if is_padding else f"{doubled[position - 1]:g}"
            cell(axes, left + 2 * position, 1.2, text, dashed=is_padding, faint=is_padding)
        for target in range(2):
            x = left + 4 * target + 3.0
            label = f"$x_{target + 1}$" if is_forward else f"{LINE[target]:g}"
            cell(axes, x, 8.2, label, fill=FOUR[target])
            for tap, weight in enumerate(LINE_KERNEL):
                position = 2 * target + tap
                ends = (left + 2 * position + 0.5, 2.3), (x + 0.5, 8.1)
                start, end = ends if is_forward else ends[::-1]
                cut = not is_forward and position in (0, 5)
                axes.annotate(
                    "",
                    xy=end,
                    xytext=start,
                    arrowprops={"arrowstyle": "-|>", "color": GREY if cut else FOUR[target], "lw": 1.2},
                )
                share = 0.2 + 0.22 * target
                near = (
                    ends[0][0] + share * (ends[1][0] - ends[0][0]),
                    ends[0][1] + share * (ends[1][1] - ends[0][1]),
                )
                axes.text(
                    *near,
                    f"{weight:g}" if is_forward else f"{LINE[target]:g}·{weight:g}",
                    ha="center",
                    va="center",
                    fontsize=9,
                    color=GREY if cut else FOUR[target],
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
                )
    return figure


FIGURES = {
    "transposed-scatter": partial(scatter, stride=2),
    "transposed-scatter-stride-1": partial(scatter, stride=1),
    "transposed-convolution-back": convolution_back,
}
