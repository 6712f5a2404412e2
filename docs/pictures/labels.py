"""How a label reaches the networks: one-hot, embedding, and the feature map that is made of either."""

from __future__ import annotations

import torch
from ganzoo_models.cgan import CGANGenerator
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import ganzoo

CLASSES = 10


def labels() -> Figure:
    """One row a conditioning: the vectors of ten classes, then their maps in a fresh generator."""
    figure = Figure(figsize=(8.2, 3.6), layout="constrained")
    axes: list[list[Axes]] = figure.subplots(
        2, 2, width_ratios=[1.25, 2.4], height_ratios=[1, 1], squeeze=False
    ).tolist()
    for (vectors, maps), conditioning in zip(axes, ("one-hot", "embedding"), strict=True):
        torch.manual_seed(0)
        image = ganzoo.ImageSpec(1, 28, 28)
        gan = ganzoo.create_model("cgan", image=image, num_classes=CLASSES, conditioning=conditioning)
        assert isinstance(gan.generator, CGANGenerator)
        with torch.no_grad():
            table = gan.generator.label_map.conditioning(torch.arange(CLASSES))
            planes = gan.generator.label_map(torch.arange(CLASSES))[:, 0]
        show(vectors, table)
        vectors.set_title(f"{conditioning}: {CLASSES} × {table.shape[1]}", fontsize=10)
        strip = torch.full((15, 5 * 9 - 1), float("nan"))
        for label, plane in enumerate(planes):
            top, left = 8 * (label // 5), 1 + 9 * (label % 5)
            strip[top : top + 7, left : left + 7] = plane
            maps.text(left - 0.7, top + 0.7, str(label), fontsize=8, va="center", ha="right")
        show(maps, strip)
        maps.set_title("y = 0 … 9:  7 × 7", fontsize=10)
    return figure


def show(panel: Axes, numbers: torch.Tensor) -> None:
    """Draws a matrix in colours, white at 0."""
    largest = float(numbers.nan_to_num().abs().max())
    panel.imshow(numbers, cmap="RdBu_r", vmin=-largest, vmax=largest, aspect="auto", interpolation="nearest")
    panel.set_xticks([])
    panel.set_yticks([])
    for spine in panel.spines.values():
        spine.set_visible(False)


FIGURES = {"labels": labels}
