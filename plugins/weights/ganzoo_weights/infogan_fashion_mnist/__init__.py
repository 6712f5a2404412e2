"""infogan.fashion-mnist: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class InfoganFashionMnist(Weights):
    """fashion-mnist at 28x28 by infogan, no labels, 3,748 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "172784a2913c37708770c62dd04c1beeb54dcc910931453a95084c0d739a7086"
    picture = "picture.png"

    model = "ganzoo-models:infogan"
    dataset = "ganzoo-datasets:fashion-mnist"
    image = (1, 28, 28)
    classes = ()
    licence = "MIT"

    command = "ganzoo train infogan --recipe fast --dataset fashion-mnist --seed 0 --epochs 4"
    steps = 3748
    images_seen = 239872
    cost = "22.3 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            4.995,
            "4.095 to 5.895; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            2.605,
            "1.825 to 3.385; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            7.563,
            "7.491 to 7.635; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.9042,
            "0.8985 to 0.9099; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.488,
            "0.4618 to 0.5142; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            1.121,
            "1.112 to 1.131; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.8292,
            "0.8183 to 0.8401; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.504,
            "0.4985 to 0.5095; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "vendi-score": (
            4.581,
            "4.565 to 4.598; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "a second seed: Fréchet distance 5.5",
        "the machine was busy with other work: alone, it takes a fraction of these minutes",
        "sandals, dresses and patterned shirts fall to pieces, about one image in eight",
    )
