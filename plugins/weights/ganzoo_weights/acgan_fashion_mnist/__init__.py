"""acgan.fashion-mnist: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class AcganFashionMnist(Weights):
    """fashion-mnist at 28x28 by acgan, 10 classes, 4,685 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "4292f3915dedea1c76254fa8b0dca22563d833c40928b603de71a01a8f8cbe9d"
    picture = "picture.png"

    model = "ganzoo-models:acgan"
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

    command = "ganzoo train acgan --recipe fast --dataset fashion-mnist --seed 0"
    steps = 4685
    images_seen = 299840
    cost = "37.8 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            6.852,
            "6.591 to 7.113; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            2.16,
            "1.918 to 2.402; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            7.883,
            "7.824 to 7.943; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.7327,
            "0.7208 to 0.7446; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.6157,
            "0.5984 to 0.633; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            0.6527,
            "0.6385 to 0.6668; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.6258,
            "0.6162 to 0.6354; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-accuracy": (
            0.9397,
            "0.9367 to 0.9427; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "intra-class-frechet-distance": (
            22.91,
            "22.25 to 23.57; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.354,
            "0.3476 to 0.3603; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "one seed was trained",
        "the machine was busy with other work: alone, it takes a fraction of these minutes",
    )
