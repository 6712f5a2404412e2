"""wgan-gp.fashion-mnist: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class WganGpFashionMnist(Weights):
    """fashion-mnist at 28x28 by wgan-gp, no labels, 1,872 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "b8c9a66f8d80053c3d4c4068f112b47bde251096c941a1b9ef93dbcf86d4e8b4"
    picture = "picture.png"

    model = "ganzoo-models:wgan-gp"
    dataset = "ganzoo-datasets:fashion-mnist"
    image = (1, 28, 28)
    classes = ()
    licence = "MIT"

    command = "ganzoo train wgan-gp --recipe fast --dataset fashion-mnist --seed 0 --epochs 4"
    steps = 1872
    images_seen = 239616
    cost = "77.9 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            24.49,
            "23.4 to 25.58; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            10.73,
            "9.963 to 11.5; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            5.898,
            "5.835 to 5.961; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.7361,
            "0.7238 to 0.7484; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.5504,
            "0.5136 to 0.5872; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            0.6221,
            "0.6108 to 0.6334; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.4929,
            "0.4823 to 0.5035; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.2541,
            "0.2484 to 0.2598; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "vendi-score": (
            4.072,
            "4.054 to 4.089; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "one seed was trained",
        "the machine was busy with other work: alone, it takes a fraction of these minutes",
        "sandals and bags often fall to pieces",
    )
