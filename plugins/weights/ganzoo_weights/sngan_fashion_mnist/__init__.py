"""sngan.fashion-mnist: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class SnganFashionMnist(Weights):
    """fashion-mnist at 28x28 by sngan, no labels, 3,748 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "11f652cc1b17ca5562b64351c3770547538a99799529672c474d8ad56acf4f82"
    picture = "picture.png"

    model = "ganzoo-models:sngan"
    dataset = "ganzoo-datasets:fashion-mnist"
    image = (1, 28, 28)
    classes = ()
    licence = "MIT"

    command = "ganzoo train sngan --recipe fast --dataset fashion-mnist --seed 0 --epochs 4"
    steps = 3748
    images_seen = 239872
    cost = "44.5 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            16.17,
            "14.35 to 17.99; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            7.396,
            "6.123 to 8.668; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            6.5,
            "6.419 to 6.581; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.7693,
            "0.7616 to 0.777; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.635,
            "0.6123 to 0.6577; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            0.7405,
            "0.7226 to 0.7584; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.6813,
            "0.6702 to 0.6924; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.363,
            "0.3572 to 0.3688; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "one seed was trained",
        "the machine was busy with other work: alone, it takes a fraction of these minutes",
        "in dark places it draws speckles",
    )
