"""Fast recipes: narrow networks and high rates that draw within minutes of one core, as measured here.

Nothing of this is published. Each was raced on Fashion-MNIST (benchmarks/RESULTS.md, "A race to quality"):
three seeds, medians, one core of a processor at 80 GFLOP/s, judged by the data set's own classifier.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Recipes = Mapping[str, tuple[str, Mapping[str, tuple[Any, str]]]]

_RACE: Final = "this zoo's race on Fashion-MNIST"
_SHORT: Final = "this zoo's: a few minutes"
_SEEN: Final = "this zoo's: a grid a minute or so"
_SHARED: Final = "this zoo's race: one pass of the generator less"

_MINUTES: Final[Mapping[str, tuple[Any, str]]] = {
    "training.batch_size": (64, _RACE),
    "training.average_half_life": (4400, _RACE),
    "training.epochs": (5, _SHORT),
    "run.sample_every": (200, _SEEN),
    "run.checkpoint_every": (200, _SEEN),
}

ACGAN: Final[Recipes] = {
    "fast": (
        "80 % of Fashion-MNIST's samples in the class asked for after 1.7 minutes of one core, a Fréchet "
        "distance of 60 after 2.7; the best of this zoo in minutes",
        {
            "model.channels": (32, _RACE),
            "model.dropout": (0.25, _RACE),
            "training.learning_rate": (1e-3, _RACE),
            **_MINUTES,
        },
    )
}

CGAN: Final[Recipes] = {
    "fast": (
        "80 % of Fashion-MNIST's samples in the class asked for after 4.9 minutes of one core, a Fréchet "
        "distance of 60 after 6.0; as published it needs about 90 minutes",
        {
            "model.channels": (32, _RACE),
            "training.learning_rate": (1e-3, _RACE),
            **_MINUTES,
        },
    )
}

SNGAN_PROJECTION: Final[Recipes] = {
    "fast": (
        "80 % of Fashion-MNIST's samples in the class asked for after 7.2 minutes of one core, a Fréchet "
        "distance of 60 after 4.2",
        {
            "model.channels": (32, _RACE),
            "model.discriminator_channels": (32, _RACE),
            "training.discriminator_steps": (1, _RACE),
            "upsampling.padding": ("replicate", _RACE),
            "training.fresh_fakes": (False, _SHARED),
            "training.dequantise": (False, _RACE),
            "training.schedule": ("constant", _RACE),
            "training.learning_rate": (1e-3, _RACE),
            **_MINUTES,
        },
    )
}

SAGAN: Final[Recipes] = {
    "fast": (
        "80 % of Fashion-MNIST's samples in the class asked for after 12.2 minutes of one core, a Fréchet "
        "distance of 60 after 10.0",
        {
            "model.channels": (32, _RACE),
            "model.discriminator_channels": (32, _RACE),
            "upsampling.padding": ("replicate", _RACE),
            "training.fresh_fakes": (False, _SHARED),
            "training.learning_rate": (5e-4, _RACE),
            "training.discriminator_learning_rate": (1e-3, _RACE),
            **_MINUTES,
        },
    )
}

STYLEGAN2_CONDITIONAL: Final[Recipes] = {
    "fast": (
        "80 % of Fashion-MNIST's samples in the class asked for after 13.8 minutes of one core, a Fréchet "
        "distance of 60 after 12.3; one seed",
        {
            "model.channels": (32, _RACE),
            "model.latent_dim": (64, _RACE),
            "model.style_dim": (64, _RACE),
            "model.label_layers": (2, _RACE),
            "augmentation.name": ("none", "this zoo's race: 60,000 images need none for minutes"),
            "training.fresh_fakes": (False, _SHARED),
            **_MINUTES,
        },
    )
}
