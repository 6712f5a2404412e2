"""sagan.fashion-mnist: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class SaganFashionMnist(Weights):
    """fashion-mnist at 28x28 by sagan, 10 classes, 2,811 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "b1017e57465b23efcd1a061cae3125ea4ced0ca2169298738915aa748d69b9b3"
    picture = "picture.png"

    model = "ganzoo-models:sagan"
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

    command = "ganzoo train sagan --recipe fast --dataset fashion-mnist --seed 0 --epochs 3 --set training.precision=bf16"
    steps = 2811
    images_seen = 179904
    cost = "60.9 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            9.672,
            "9.388 to 9.955; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            2.419,
            "2.224 to 2.614; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            8.15,
            "8.111 to 8.19; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.8607,
            "0.8527 to 0.8687; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.1571,
            "0.1435 to 0.1707; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            0.9853,
            "0.9719 to 0.9988; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.5355,
            "0.5269 to 0.5441; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-accuracy": (
            0.9056,
            "0.9027 to 0.9085; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "intra-class-frechet-distance": (
            33.41,
            "33 to 33.82; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.5074,
            "0.5039 to 0.5109; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "one seed was trained",
        "the machine was busy with other work: alone, it takes a fraction of these minutes",
        "little variety: a recall of 0.16",
    )
