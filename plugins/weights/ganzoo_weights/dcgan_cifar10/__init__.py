"""dcgan.cifar10: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class DcganCifar10(Weights):
    """cifar10 at 32x32 by dcgan, no labels, 15,620 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "89f96e52feb3a6d225e073c981ee23f71887d51cea0bb5dc30f46504eb41568b"
    picture = "picture.png"

    model = "ganzoo-models:dcgan"
    dataset = "ganzoo-datasets:cifar10"
    image = (3, 32, 32)
    classes = ()
    licence = "MIT"

    command = "ganzoo train dcgan --recipe fast --dataset cifar10 --seed 0 --epochs 20 --set training.precision=bf16"
    steps = 15620
    images_seen = 999680
    cost = "68.2 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            28.16,
            "26.8 to 29.52; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            6.33,
            "5.906 to 6.754; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            3.298,
            "3.275 to 3.321; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.9054,
            "0.898 to 0.9128; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.2631,
            "0.2475 to 0.2787; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            1.214,
            "1.193 to 1.235; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.7217,
            "0.7121 to 0.7313; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.5656,
            "0.5614 to 0.5698; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "vendi-score": (
            4.432,
            "4.407 to 4.456; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "one seed was trained",
        "the machine was busy with other work: alone, it takes a fraction of these minutes",
        "an object, mostly a horse, a car or a ship, in about one image of five; the rest is blurred",
        "some images come again and again with small changes: a recall of 0.26",
    )
