"""Transposed convolution in both of its definitions, with numbers that this code computes."""

from __future__ import annotations

import torch
from ganzoo_components.layers import SameConv2d, SameConvTranspose2d
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from style import FOUR, GREY, INK, canvas, caption, cell, grid

IMAGE = [[1.0, 2.0], [3.0, 4.0]]
KERNEL = [[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]
LINE, LINE_KERNEL = [1.0, 2.0], [1.0, 2.0, 3.0, 4.0]


def scatter() -> Figure:
    """First definition: every input element times the kernel, added at `stride` spacing, then cut."""
    layer = SameConvTranspose2d(1, 1, kernel_size=3, bias=False)
    image, layer.weight.data = torch.tensor([[IMAGE]]), torch.tensor([[KERNEL]])
    kept = layer(image)[0, 0].tolist()
    full = torch.nn.functional.conv_transpose2d(image, layer.weight, stride=2)[0, 0].tolist()

    figure, axes = canvas(8.2, 4.9, 26, 15.4)
    grid(axes, 2, 2.5, IMAGE, [[FOUR[0], FOUR[1]], [FOUR[2], FOUR[3]]])
    caption(axes, 5.25, 3.5, "×")
    grid(axes, 6.5, 2, KERNEL)
    caption(axes, 11.25, 3.5, "→")
    for i, row in enumerate(full):
        for j, number in enumerate(row):
            is_kept = i < len(kept) and j < len(kept)
            assert not is_kept or kept[i][j] == number
            cell(axes, 13 + j, 1 + i, f"{number:g}", faint=not is_kept, dashed=not is_kept)
    axes.add_patch(Rectangle((13, 1), 4, 4, fill=False, edgecolor=INK, linewidth=2.2))
    caption(axes, 20.5, 3.0, "5 × 5  →  4 × 4")

    for index, colour in enumerate(FOUR):
        i, j = divmod(index, 2)
        left, top = 0.8 + 6.4 * index, 9
        caption(axes, left + 2.5, top - 0.8, f"{IMAGE[i][j]:g} × K")
        for row in range(5):
            for column in range(5):
                inside = 2 * i <= row < 2 * i + 3 and 2 * j <= column < 2 * j + 3
                text = f"{IMAGE[i][j] * KERNEL[row - 2 * i][column - 2 * j]:g}" if inside else ""
                cell(
                    axes, left + column, top + row, text, fill=colour if inside else "white", faint=not inside
                )
        if index < 3:
            caption(axes, left + 5.7, top + 2.5, "+")
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


FIGURES = {"transposed-scatter": scatter, "transposed-convolution-back": convolution_back}
