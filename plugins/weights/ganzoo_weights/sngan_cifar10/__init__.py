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
            16.27,
            "15.6 to 16.95; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            2.486,
            "2.269 to 2.702; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            3.09,
            "3.055 to 3.125; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.8503,
            "0.8413 to 0.8593; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.5206,
            "0.5035 to 0.5377; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            0.986,
            "0.9679 to 1.004; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.7328,
            "0.7207 to 0.7449; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.4334,
            "0.4287 to 0.438; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "vendi-score": (
            4.671,
            "4.651 to 4.692; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "one seed was trained",
        "scenes are recognised, and an object, mostly a ship or a car, in about one image of five",
    )
