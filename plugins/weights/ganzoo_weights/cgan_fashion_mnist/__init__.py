"""cgan.fashion-mnist: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class CganFashionMnist(Weights):
    """fashion-mnist at 28x28 by cgan, 10 classes, 7,496 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "f9a074522b9c61607d69aaf6acf230602ec139f1513bfd23b077492e5db5bfaf"
    picture = "picture.png"

    model = "ganzoo-models:cgan"
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

    command = "ganzoo train cgan --recipe fast --dataset fashion-mnist --seed 0 --epochs 8 --set training.precision=bf16"
    steps = 7496
    images_seen = 479744
    cost = "19.3 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            21.6,
            "21.11 to 22.09; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            11.36,
            "10.99 to 11.73; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            7.042,
            "7.011 to 7.073; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.7591,
            "0.7529 to 0.7653; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.5283,
            "0.492 to 0.5646; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            0.6635,
            "0.6544 to 0.6725; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.5413,
            "0.5332 to 0.5494; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-accuracy": (
            0.8692,
            "0.8641 to 0.8743; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "intra-class-frechet-distance": (
            34.77,
            "34.07 to 35.47; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.3114,
            "0.3079 to 0.315; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "a second seed: Fréchet distance 22.5, class accuracy 86.5 %",
        "the machine was busy with other work: alone, it takes a fraction of these minutes",
        "sandals fall to pieces",
    )
