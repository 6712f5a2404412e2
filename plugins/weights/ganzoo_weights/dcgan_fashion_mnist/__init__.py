"""dcgan.fashion-mnist: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class DcganFashionMnist(Weights):
    """fashion-mnist at 28x28 by dcgan, no labels, 7,496 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "6aaf1700673210a9fbeaa62706850efd56b4641cba26c6f48bdef0a6b7ff62d9"
    picture = "picture.png"

    model = "ganzoo-models:dcgan"
    dataset = "ganzoo-datasets:fashion-mnist"
    image = (1, 28, 28)
    classes = ()
    licence = "MIT"

    command = "ganzoo train dcgan --recipe fast --dataset fashion-mnist --seed 0 --epochs 8 --set training.precision=bf16"
    steps = 7496
    images_seen = 479744
    cost = "17.1 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            15.18,
            "14.23 to 16.14; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            5.763,
            "4.917 to 6.61; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            5.933,
            "5.885 to 5.98; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.6537,
            "0.6454 to 0.662; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.7842,
            "0.7666 to 0.8018; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            0.5139,
            "0.5031 to 0.5248; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.5707,
            "0.5601 to 0.5813; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.2322,
            "0.2246 to 0.2397; 10,000 samples against 60,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "a second seed: Fréchet distance 15.0",
        "the machine was busy with other work: alone, it takes a fraction of these minutes",
    )
