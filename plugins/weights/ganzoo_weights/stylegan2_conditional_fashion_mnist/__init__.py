"""stylegan2-conditional.fashion-mnist: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class Stylegan2ConditionalFashionMnist(Weights):
    """fashion-mnist at 28x28 by stylegan2-conditional, 10 classes, 3,748 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "31f13222acb00c1206f7bafe6aa05916e8c74a98e320d5e89facf8b62a9054b0"
    picture = "picture.png"

    model = "ganzoo-models:stylegan2-conditional"
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

    command = "ganzoo train stylegan2-conditional --recipe fast --dataset fashion-mnist --seed 0 --epochs 4"
    steps = 3748
    images_seen = 239872
    cost = "36.2 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            37.44,
            "36.72 to 38.17; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            16.51,
            "16.15 to 16.87; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            7.039,
            "7.001 to 7.077; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.9014,
            "0.8938 to 0.909; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.0778,
            "0.06745 to 0.08815; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            1.015,
            "0.9892 to 1.04; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.3888,
            "0.3833 to 0.3943; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-accuracy": (
            0.8688,
            "0.8641 to 0.8735; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "intra-class-frechet-distance": (
            66.01,
            "64.73 to 67.29; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.4308,
            "0.4257 to 0.4359; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "vendi-score": (
            4.09,
            "4.074 to 4.106; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "one seed was trained",
        "the machine was busy with other work: alone, it takes a fraction of these minutes",
        "little variety: a recall of 0.08",
    )
