"""r3gan-conditional.fashion-mnist: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class R3ganConditionalFashionMnist(Weights):
    """fashion-mnist at 28x28 by r3gan-conditional, 10 classes, 2,811 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "1dbc49f79e4c5c143c84d61e21c9c76500da5dcbc6ce133fa9b45af116f1a2fc"
    picture = "picture.png"

    model = "ganzoo-models:r3gan-conditional"
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

    command = "ganzoo train r3gan-conditional --recipe fast --dataset fashion-mnist --seed 0 --epochs 3"
    steps = 2811
    images_seen = 179904
    cost = "33.6 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            17.57,
            "17.18 to 17.97; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            9.241,
            "8.985 to 9.496; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            7.443,
            "7.382 to 7.504; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.9163,
            "0.9086 to 0.924; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.0049,
            "0.000439 to 0.009361; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            1.112,
            "1.098 to 1.125; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.3778,
            "0.3736 to 0.382; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-accuracy": (
            0.9209,
            "0.914 to 0.9278; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "intra-class-frechet-distance": (
            34.23,
            "33.8 to 34.66; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.4673,
            "0.4636 to 0.471; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "vendi-score": (
            4.34,
            "4.327 to 4.353; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "one seed was trained",
        "the machine was busy with other work: alone, it takes a fraction of these minutes",
        "little variety: a recall of 0.005",
    )
