"""Draws docs/images/real-images.jpg: ten real images of each class of Fashion-MNIST and of CIFAR-10.

python docs/pictures/real_images.py --fashion-mnist DIR --cifar10 DIR    # as --data-dir of ganzoo train
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from ganzoo_datasets.cifar10 import CIFAR10
from ganzoo_datasets.mnist_family import FashionMNIST
from matplotlib.figure import Figure
from style import drawing

from ganzoo.interfaces import LabelledImages

IMAGE = Path(__file__).resolve().parents[1] / "images" / "real-images.jpg"
COLUMNS = 10
GAP = 2


def mosaic(data: LabelledImages) -> torch.Tensor:
    """The first images of every class as one uint8 image `(height, width, 3)`, one row a class, on white."""
    height, width = data.images.shape[2:]
    rows = len(data.class_names)
    sides = rows * (height + GAP) - GAP, COLUMNS * (width + GAP) - GAP
    sheet = torch.full((3, *sides), 255, dtype=torch.uint8)
    for label in range(rows):
        for column, image in enumerate(data.images[data.labels == label][:COLUMNS]):
            top, left = label * (height + GAP), column * (width + GAP)
            sheet[:, top : top + height, left : left + width] = image
    return sheet.permute(1, 2, 0)


def real_images(sets: list[LabelledImages]) -> Figure:
    """One panel a data set, each row with the number and the name of its class."""
    figure = Figure(figsize=(8.2, 3.7), layout="constrained")
    for panel, data in zip(figure.subplots(1, len(sets)), sets, strict=True):
        panel.imshow(mosaic(data), interpolation="nearest")
        step = data.images.shape[2] + GAP
        names = [f"{name}  {label}" for label, name in enumerate(data.class_names)]
        panel.set_yticks([step * (label + 0.5) - GAP / 2 for label in range(len(names))], names)
        panel.set_xticks([])
        panel.tick_params(length=0)
        for spine in panel.spines.values():
            spine.set_visible(False)
    return figure


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--fashion-mnist", type=Path, required=True)
    parser.add_argument("--cifar10", type=Path, required=True)
    folders = parser.parse_args()
    sets = [
        FashionMNIST(None, folders.fashion_mnist).load("test"),
        CIFAR10(None, folders.cifar10).load("test"),
    ]
    with drawing():
        real_images(sets).savefig(IMAGE, dpi=100, pil_kwargs={"quality": 85, "optimize": True})
    print(IMAGE)
