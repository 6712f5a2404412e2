"""gan.fashion-mnist: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class GanFashionMnist(Weights):
    """fashion-mnist at 28x28 by gan, no labels, 9,360 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "11d4b559d862c67e56c269db0146a3efc3f24f67cda5dff28713694aff20ce1d"
    picture = "picture.png"

    model = "ganzoo-models:gan"
    dataset = "ganzoo-datasets:fashion-mnist"
    image = (1, 28, 28)
    classes = ()
    licence = "MIT"

    command = "ganzoo train gan --recipe fast --dataset fashion-mnist --seed 0"
    steps = 9360
    images_seen = 1198080
    cost = "11.9 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            71.75,
            "69.37 to 74.13; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            48.82,
            "47.26 to 50.38; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            5.96,
            "5.86 to 6.06; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.8134,
            "0.8043 to 0.8225; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.1261,
            "0.1025 to 0.1497; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            0.7371,
            "0.7241 to 0.7501; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.354,
            "0.3393 to 0.3687; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.3107,
            "0.3055 to 0.3159; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "a second seed: Fréchet distance 75.1",
        "the machine was busy with other work: alone, it takes a fraction of these minutes",
        "little variety: a recall of 0.13",
        "bags fall to pieces, and one image in eight is a speckled cloud",
    )
