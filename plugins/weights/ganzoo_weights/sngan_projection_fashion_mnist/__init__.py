"""sngan-projection.fashion-mnist: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class SnganProjectionFashionMnist(Weights):
    """fashion-mnist at 28x28 by sngan-projection, 10 classes, 3,748 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "d25982058a734a58fdb2a9401c2f3d0bc8ce0e112b11fa2183c318cd1f4e722a"
    picture = "picture.png"

    model = "ganzoo-models:sngan-projection"
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

    command = "ganzoo train sngan-projection --recipe fast --dataset fashion-mnist --seed 0 --epochs 4"
    steps = 3748
    images_seen = 239872
    cost = "16.8 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            4.063,
            "3.802 to 4.324; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            0.9709,
            "0.7269 to 1.215; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            7.973,
            "7.906 to 8.04; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.8684,
            "0.8625 to 0.8743; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.4906,
            "0.4725 to 0.5087; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            0.9829,
            "0.9707 to 0.9951; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.7632,
            "0.7507 to 0.7757; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-accuracy": (
            0.9158,
            "0.908 to 0.9236; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "intra-class-frechet-distance": (
            13.25,
            "12.85 to 13.64; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.4726,
            "0.4687 to 0.4766; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "one seed was trained",
        "the machine was busy with other work: alone, it takes a fraction of these minutes",
    )
