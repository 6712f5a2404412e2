"""biggan.fashion-mnist: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class BigganFashionMnist(Weights):
    """fashion-mnist at 28x28 by biggan, 10 classes, 2,811 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "5bca7572dd790b3dd68bf955676e1cfa2136fab509e2b992b85ccba699bff51d"
    picture = "picture.png"

    model = "ganzoo-models:biggan"
    dataset = "ganzoo-datasets:fashion-mnist"
    image = (1, 28, 28)
    classes = (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    )
    licence = "MIT"

    command = "ganzoo train biggan --recipe fast --dataset fashion-mnist --seed 0 --epochs 3"
    steps = 2811
    images_seen = 179904
    cost = "20.3 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            31.14,
            "29.45 to 32.83; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            9.821,
            "8.878 to 10.76; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            7.322,
            "7.27 to 7.374; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.7462,
            "0.7378 to 0.7546; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.0888,
            "0.06554 to 0.1121; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            0.6682,
            "0.6562 to 0.6803; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.3401,
            "0.3297 to 0.3505; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-accuracy": (
            0.8446,
            "0.837 to 0.8522; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "intra-class-frechet-distance": (
            104.5,
            "100.2 to 108.8; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.3491,
            "0.3445 to 0.3537; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "vendi-score": (
            4.135,
            "4.115 to 4.155; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "one seed was trained",
        "the machine was busy with other work: alone, it takes a fraction of these minutes",
        "little variety: a recall of 0.09",
        "many images have a small slanted mark in the same place",
    )
