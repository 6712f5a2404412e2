"""Fast recipes: narrow networks and high rates that draw within minutes of one core, as measured here.

Nothing of this is published. Those of `acgan`, `cgan`, `sngan-projection`, `sagan` and
`stylegan2-conditional` were raced on Fashion-MNIST (benchmarks/RESULTS.md, "A race to quality"): three seeds,
medians, one core of a processor at 80 GFLOP/s, judged by the data set's own classifier. The others are theirs
carried over, and were tried by training the official weights (benchmarks/RESULTS.md, "Official weights").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Recipes = Mapping[str, tuple[str, Mapping[str, tuple[Any, str]]]]

_RACE: Final = "this zoo's race on Fashion-MNIST"
_SHORT: Final = "this zoo's: a few minutes"
_SAFE: Final = "this zoo's: every minute or so"
_CARRIED: Final = "this zoo's: as in its race on Fashion-MNIST"
_SHARED: Final = "this zoo's race: one pass of the generator less"

_MINUTES: Final[Mapping[str, tuple[Any, str]]] = {
    "training.batch_size": (64, _RACE),
    "training.average_half_life": (4400, _RACE),
    "training.epochs": (5, _SHORT),
    "run.checkpoint_every": (200, _SAFE),
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

_NORMALISED: Final[Mapping[str, tuple[Any, str]]] = {
    "model.channels": (32, _RACE),
    "model.discriminator_channels": (32, _RACE),
    "training.discriminator_steps": (1, _RACE),
    "upsampling.padding": ("replicate", _RACE),
    "training.fresh_fakes": (False, _SHARED),
    "training.dequantise": (False, _RACE),
    "training.schedule": ("constant", _RACE),
    "training.learning_rate": (1e-3, _RACE),
    **_MINUTES,
}

SNGAN_PROJECTION: Final[Recipes] = {
    "fast": (
        "80 % of Fashion-MNIST's samples in the class asked for after 7.2 minutes of one core, a Fréchet "
        "distance of 60 after 4.2",
        _NORMALISED,
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

GAN: Final[Recipes] = {
    "fast": (
        "garments of Fashion-MNIST in ten minutes of one core; "
        "a Fréchet distance of 72 after its 20 epochs, one seed",
        {
            "training.learning_rate": (4e-4, "this zoo's: twice as fast"),
            "training.average_half_life": (20_000, "this zoo's: smooth outlines"),
            "training.epochs": (20, "this zoo's: ten minutes"),
            "run.checkpoint_every": (400, _SAFE),
        },
    )
}

DCGAN: Final[Recipes] = {
    "fast": (
        "garments of Fashion-MNIST in minutes of one core",
        {
            "model.channels": (32, _CARRIED),
            "training.learning_rate": (1e-3, _CARRIED),
            **_MINUTES,
        },
    )
}

SNGAN: Final[Recipes] = {"fast": ("garments of Fashion-MNIST in minutes of one core", _NORMALISED)}

WGAN_GP: Final[Recipes] = {
    "fast": (
        "garments of Fashion-MNIST in minutes of one core",
        {
            "model.channels": (32, _CARRIED),
            "model.discriminator_channels": (32, _CARRIED),
            "training.discriminator_steps": (2, "this zoo's: a critic this narrow needs no five"),
            "upsampling.padding": ("replicate", _CARRIED),
            "training.fresh_fakes": (False, _SHARED),
            "training.schedule": ("constant", _CARRIED),
            "training.learning_rate": (5e-4, "this zoo's"),
            **_MINUTES,
        },
    )
}

STYLEGAN2: Final[Recipes] = {
    "fast": (
        "garments of Fashion-MNIST in minutes of one core",
        {
            "model.channels": (32, _CARRIED),
            "model.latent_dim": (64, _CARRIED),
            "model.style_dim": (64, _CARRIED),
            "augmentation.name": ("none", "this zoo's race: 60,000 images need none for minutes"),
            "training.fresh_fakes": (False, _SHARED),
            **_MINUTES,
        },
    )
}

_LARGE_SCALE: Final[Mapping[str, tuple[Any, str]]] = {
    "model.channels": (16, "this zoo's: a sixth of the width"),
    "model.discriminator_channels": (16, "this zoo's: a sixth of the width"),
    "training.discriminator_steps": (1, _CARRIED),
    "training.fresh_fakes": (False, _SHARED),
    "upsampling.padding": ("replicate", _CARRIED),
    "training.learning_rate": (5e-4, "this zoo's"),
    **_MINUTES,
}

BIGGAN: Final[Recipes] = {"fast": ("garments of Fashion-MNIST in minutes of one core", _LARGE_SCALE)}

REACGAN: Final[Recipes] = {"fast": ("garments of Fashion-MNIST in minutes of one core", _LARGE_SCALE)}

INFOGAN: Final[Recipes] = {
    "fast": (
        "garments of Fashion-MNIST in minutes of one core",
        {
            "model.channels": (32, _CARRIED),
            "training.fresh_fakes": (False, _SHARED),
            **_MINUTES,
        },
    )
}

LIGHTWEIGHT: Final[Recipes] = {
    "fast": (
        "garments of Fashion-MNIST, padded to 32x32, in half an hour of one core; "
        "a Fréchet distance of 12, one seed",
        {
            "model.channels": (16, "this zoo's: a quarter of the width"),
            "model.discriminator_channels": (8, "this zoo's: an eighth of the width"),
            "augmentation.name": ("none", "this zoo's race: 60,000 images need none for minutes"),
            "training.flip": (False, "this zoo's: shoes of Fashion-MNIST point one way"),
            "training.learning_rate": (5e-4, "this zoo's"),
            "training.batch_size": (32, "this zoo's: batch normalisation of eight images is noisy"),
            "training.average_half_life": (4400, _RACE),
            "training.epochs": (3, _SHORT),
            "training.max_steps": (None, "this zoo's: epochs decide"),
            "run.checkpoint_every": (200, _SAFE),
        },
    )
}

R3GAN: Final[Recipes] = {
    "fast": (
        "garments of Fashion-MNIST, 92 % of them in the class asked for, after 3 epochs, half an hour of one "
        "core; few kinds of each, one seed",
        {
            "model.channels": (32, "this zoo's: a 24th of the width"),
            "model.blocks": (1, "this zoo's: half the depth"),
            "regularisation.weight": (
                1.0,
                "this zoo's: at the published 0.05, images of a class are all alike",
            ),
            "regularisation.every": (8, "this zoo's: penalties take most of a step"),
            "augmentation.name": ("none", "this zoo's race: 60,000 images need none for minutes"),
            "training.fresh_fakes": (False, _SHARED),
            "training.flip": (False, "this zoo's: shoes of Fashion-MNIST point one way"),
            "training.learning_rate": (1e-3, "this zoo's"),
            "training.schedule": ("constant", _CARRIED),
            "training.final_penalty_share": (1.0, _CARRIED),
            "training.final_average_half_life": (None, _CARRIED),
            "optimizer.beta2": (0.99, "this zoo's: where the published schedule ends"),
            "optimizer.final_beta2": (None, _CARRIED),
            **_MINUTES,
        },
    )
}
