"""r3gan.fashion-mnist: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class R3ganFashionMnist(Weights):
    """fashion-mnist at 28x28 by r3gan, no labels, 2,811 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "25106fc3c66bff0c99459240a629018b6d3737ba8cdddaf3ce14eb0a4781da13"
    picture = "picture.png"

    model = "ganzoo-models:r3gan"
    dataset = "ganzoo-datasets:fashion-mnist"
    image = (1, 28, 28)
    classes = ()
    licence = "MIT"

    command = "ganzoo train r3gan --recipe fast --dataset fashion-mnist --seed 0 --epochs 3"
    steps = 2811
    images_seen = 179904
    cost = "54.1 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            37.95,
            "36.89 to 39.02; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            18.13,
            "17.48 to 18.78; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            5.664,
            "5.602 to 5.726; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.7997,
            "0.7894 to 0.81; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.0482,
            "0.03539 to 0.06101; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            0.7356,
            "0.7228 to 0.7483; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.346,
            "0.3375 to 0.3545; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.2923,
            "0.2847 to 0.2998; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "vendi-score": (
            3.932,
            "3.92 to 3.945; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "one seed was trained",
        "the machine was busy with other work: alone, it takes a fraction of these minutes",
        "little variety: a recall of 0.05",
        "sandals and bags fall to pieces",
    )
