"""The generator's last function, its range and its slope, beside the sigmoid's."""

from __future__ import annotations

import torch
from matplotlib.figure import Figure
from style import BLUE, GREY, ORANGE, drawn


def tanh() -> Figure:
    """Left the functions, right their derivatives, which is what gradients are multiplied by."""
    x = torch.linspace(-5, 5, 201, dtype=torch.float64, requires_grad=True)
    figure = Figure(figsize=(8.2, 2.8), layout="constrained")
    values, slopes = figure.subplots(1, 2)
    for name, function, colour, style in (
        ("tanh", torch.tanh, BLUE, "-"),
        ("sigmoid", torch.sigmoid, ORANGE, "--"),
    ):
        y = function(x)
        (slope,) = torch.autograd.grad(y.sum(), x)
        values.plot(drawn(x), drawn(y), style, color=colour, label=name, linewidth=2)
        slopes.plot(drawn(x), drawn(slope), style, color=colour, label=f"{name}′", linewidth=2)
    for level in (-1, 0, 1):
        values.axhline(level, color=GREY, linewidth=0.7, zorder=0)
    values.set_yticks([-1, 0, 1], ["−1  (0)", "0", "1  (255)"])
    slopes.set_yticks([0, 0.25, 0.5, 1])
    for panel in (values, slopes):
        panel.set_xticks([-4, -2, 0, 2, 4])
        panel.legend(frameon=False, loc="upper left")
    return figure


FIGURES = {"tanh": tanh}
