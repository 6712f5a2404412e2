"""sngan.cifar10: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class SnganCifar10(Weights):
    """cifar10 at 32x32 by sngan, no labels, 9,372 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "97eb18d900636216c5d4ddad75d046f1a844e40cc7074a9ed645bd15fd79ee53"
    picture = "picture.png"

    model = "ganzoo-models:sngan"
    dataset = "ganzoo-datasets:cifar10"
    image = (3, 32, 32)
    classes = ()
    licence = "MIT"

    command = "ganzoo train sngan --recipe fast --dataset cifar10 --seed 0 --epochs 12 --set training.precision=bf16"
    steps = 9372
    images_seen = 599808
    cost = "32.7 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            27.61,
            "26.28 to 28.94; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            5.471,
            "5.043 to 5.898; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            2.835,
            "2.795 to 2.875; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.8657,
            "0.8591 to 0.8723; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.4326,
            "0.4143 to 0.4509; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            1.05,
            "1.034 to 1.066; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.6753,
            "0.6626 to 0.688; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.4484,
            "0.4412 to 0.4556; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "vendi-score": (
            4.499,
            "4.467 to 4.531; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "one seed was trained",
        "scenes are recognised, and an object, mostly a ship or a car, in about one image of five",
    )
