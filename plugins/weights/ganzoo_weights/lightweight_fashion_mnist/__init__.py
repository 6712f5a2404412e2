"""lightweight.fashion-mnist: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class LightweightFashionMnist(Weights):
    """torchvision-set at 32x32 by lightweight, no labels, 5,625 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "5104518562cc88fb4d342dae8a3175f64227546ac939c67ad87bf7a784c24db6"
    picture = "picture.png"

    model = "ganzoo-models:lightweight"
    dataset = "ganzoo-datasets:torchvision-set"
    image = (1, 32, 32)
    classes = ()
    licence = "MIT"

    command = "ganzoo train lightweight --recipe fast --dataset torchvision-set --set dataset.set=FashionMNIST --set dataset.size=32 --set dataset.fit=pad --set dataset.channels=1 --seed 0"
    steps = 5625
    images_seen = 180000
    cost = "33.1 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            12.38,
            "11.48 to 13.28; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            3.342,
            "2.936 to 3.748; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            6.296,
            "6.23 to 6.362; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.6601,
            "0.6499 to 0.6703; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.5874,
            "0.56 to 0.6148; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            0.5961,
            "0.583 to 0.6092; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.582,
            "0.5627 to 0.6013; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.2973,
            "0.2917 to 0.3029; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "vendi-score": (
            4.769,
            "4.743 to 4.795; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "one seed was trained",
        "the data are torchvision's FashionMNIST, padded to 32x32",
        "sandals and patterned shirts fall to pieces, about one image in eight",
    )
