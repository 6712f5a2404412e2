"""The generator's two losses, of the plug-ins that train it, and their slopes."""

from __future__ import annotations

import torch
from ganzoo_objectives import BCE, Minimax
from matplotlib.figure import Figure
from style import BLUE, GREY, ORANGE, drawn


def losses() -> Figure:
    """Against the discriminator's logit: left the losses, right how hard they pull."""
    logits = torch.linspace(-6, 6, 241, dtype=torch.float64, requires_grad=True)
    figure = Figure(figsize=(8.2, 2.9), layout="constrained")
    values, slopes = figure.subplots(1, 2)
    for name, objective, colour, style in (
        ("log(1 − D)", Minimax(Minimax.Config()), ORANGE, "--"),
        ("−log D", BCE(BCE.Config()), BLUE, "-"),
    ):
        loss = torch.stack([objective.generator_loss(logit[None]) for logit in logits])
        (slope,) = torch.autograd.grad(loss.sum(), logits)
        values.plot(drawn(logits), drawn(loss), style, color=colour, label=name, linewidth=2)
        slopes.plot(drawn(logits), drawn(slope.abs()), style, color=colour, label=f"|({name})′|", linewidth=2)
    for panel in (values, slopes):
        panel.axvline(0, color=GREY, linewidth=0.7, zorder=0)
        panel.set_xticks([-6, 0, 6], ["−6\nD = 0.002", "0\nD = 0.5", "6\nD = 0.998"])
        panel.legend(frameon=False)
    return figure


FIGURES = {"losses": losses}
