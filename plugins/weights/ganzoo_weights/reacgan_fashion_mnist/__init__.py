"""reacgan.fashion-mnist: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class ReacganFashionMnist(Weights):
    """fashion-mnist at 28x28 by reacgan, 10 classes, 3,748 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "8078e541b6cb35622ef81854a95efec9f14a84653b9655420faa51d04a0deb82"
    picture = "picture.png"

    model = "ganzoo-models:reacgan"
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

    command = "ganzoo train reacgan --recipe fast --dataset fashion-mnist --seed 0 --epochs 4 --set model.classifier_weight=1"
    steps = 3748
    images_seen = 239872
    cost = "40.2 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            60.85,
            "59.78 to 61.93; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            23.17,
            "22.72 to 23.62; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            6.988,
            "6.936 to 7.039; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.7829,
            "0.7714 to 0.7944; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.0046,
            "0.002293 to 0.006907; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            0.7146,
            "0.7022 to 0.7269; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.1326,
            "0.1302 to 0.135; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-accuracy": (
            0.8503,
            "0.8457 to 0.8549; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "intra-class-frechet-distance": (
            153.0,
            "150.9 to 155; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.3515,
            "0.3495 to 0.3534; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "vendi-score": (
            3.807,
            "3.797 to 3.816; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "one seed was trained",
        "the machine was busy with other work: alone, it takes a fraction of these minutes",
        "images of a class are nearly all alike: a recall of 0.005",
        "sandals fall to pieces",
    )
