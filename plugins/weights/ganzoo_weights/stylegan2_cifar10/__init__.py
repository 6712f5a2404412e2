"""stylegan2.cifar10: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class Stylegan2Cifar10(Weights):
    """cifar10 at 32x32 by stylegan2, no labels, 10,000 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "1497b9ef3ad94fc0c6e718a817e7917905015368d44978599e18408a8992988c"
    picture = "picture.png"

    model = "ganzoo-models:stylegan2"
    dataset = "ganzoo-datasets:cifar10"
    image = (3, 32, 32)
    classes = ()
    licence = "MIT"

    command = "ganzoo train stylegan2 --recipe fast --dataset cifar10 --seed 0 --set training.max_steps=10000 --set training.flip=true --set training.precision=bf16 --set training.batch_size=16 --set training.average_half_life=20000 --set training.discriminator_learning_rate=0.004 --set model.channels=128 --set model.capacity=1024 --set model.group_size=16 --set model.residual=true --set model.initial_contrast=0.25"
    steps = 10000
    images_seen = 160000
    cost = "45.6 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            25.63,
            "24.92 to 26.33; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            4.664,
            "4.455 to 4.873; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            3.148,
            "3.111 to 3.185; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.8203,
            "0.8107 to 0.8299; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.3755,
            "0.3574 to 0.3936; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            0.9206,
            "0.9058 to 0.9353; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.667,
            "0.6568 to 0.6772; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.4166,
            "0.409 to 0.4242; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "vendi-score": (
            4.362,
            "4.336 to 4.389; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "one seed was trained",
        "the machine was busy with other work: alone, it takes a fraction of these minutes",
        "scenes are recognised, and an object, mostly a ship, in about one image of six; colours are too strong",
    )
