"""stylegan2.fashion-mnist: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class Stylegan2FashionMnist(Weights):
    """fashion-mnist at 28x28 by stylegan2, no labels, 7,496 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "1b44b37db4190e9ea703f881f0ab23f947f6bd9fe8a651ef42eee186feef7ff0"
    picture = "picture.png"

    model = "ganzoo-models:stylegan2"
    dataset = "ganzoo-datasets:fashion-mnist"
    image = (1, 28, 28)
    classes = ()
    licence = "MIT"

    command = "ganzoo train stylegan2 --recipe fast --dataset fashion-mnist --seed 0 --epochs 8"
    steps = 7496
    images_seen = 479744
    cost = "41.2 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            39.95,
            "38.31 to 41.58; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            20.24,
            "19.35 to 21.14; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            5.882,
            "5.812 to 5.952; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.8007,
            "0.7955 to 0.8059; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.2138,
            "0.1981 to 0.2295; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            0.7696,
            "0.7611 to 0.7781; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.4187,
            "0.4118 to 0.4256; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.3033,
            "0.2974 to 0.3091; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "vendi-score": (
            4.053,
            "4.035 to 4.071; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "one seed was trained",
        "the machine was busy with other work: alone, it takes a fraction of these minutes",
        "about one image in four falls to pieces, bags and sandals most of all",
    )
