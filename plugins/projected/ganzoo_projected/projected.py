"""`projected`: the discriminator sees images through the features of a pretrained, frozen network.

References:
    Sauer, Chitta, Müller and Geiger, 2021, "Projected GANs Converge Faster".
    Liu et al., 2021: the generator, which is that of `lightweight`, as in the paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

from ganzoo_components.layers import doublings, require_positive
from ganzoo_models.lightweight import LightweightGenerator, LightweightSettings

from ganzoo.interfaces import ImageSpec, Model, UpsamplingFactory
from ganzoo_projected.discriminator import ProjectedDiscriminator
from ganzoo_projected.features import ProjectedFeatures


@final
class Projected(Model):
    """Discriminates in the feature space of a pretrained network of timm (Sauer et al., 2021)."""

    ganzoo_api = 1
    small: ClassVar[Mapping[str, Any]] = {
        "backbone": "test_resnet",
        "weights": "random",
        "resolution": 64,
        "channels": 1,
        "projection_channels": 2,
        "discriminator_channels": 2,
    }

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `projected`."""

        backbone: str = "tf_efficientnet_lite0"
        """The pretrained network, by its name in timm."""

        weights: str = "hub"
        """Its weights: hub (timm's, downloaded once), or a file, .safetensors or .pth, under timm's names;
        random, to see what pretraining is worth. Without the weights that are asked for, nothing runs."""

        resolution: int = 224
        """Side, in pixels, to which smaller images are resized for the backbone."""

        latent_dim: int = 256
        """Length of the latent vector."""

        channels: int = 128
        """Unit of the generator's channels: the smallest feature map has 16 times as many."""

        projection_channels: int = 64
        """Channels of the largest map of features that the discriminators see; smaller ones have more."""

        discriminator_channels: int = 64
        """Unit of the discriminators' channels: their last feature map has 8 times as many."""

        def __post_init__(self) -> None:
            require_positive(
                self, "resolution", "latent_dim", "channels", "projection_channels", "discriminator_channels"
            )
            if not self.weights:
                raise ValueError("weights must be hub, random or a file, not nothing")

    components: ClassVar[Mapping[str, str]] = {"upsampling": "ganzoo-components:resize-conv"}

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2, "most": 1024}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {
        "upsampling.kernel_size": (3, "Liu et al., 2021, released code"),
        "upsampling.padding": ("zeros", "Liu et al., 2021, released code"),
        "objective.name": ("ganzoo-objectives:hinge", "Sauer et al., 2021, released code"),
        "augmentation.name": ("ganzoo-objectives:diffaugment", "Sauer et al., 2021, section 4"),
        "augmentation.cutout": (0.2, "Sauer et al., 2021, released code"),
        "training.batch_size": (64, "Sauer et al., 2021, section 4"),
        "training.fresh_fakes": (True, "Sauer et al., 2021, released code"),
        "training.learning_rate": (2e-4, "Sauer et al., 2021, released code, fastgan"),
        "training.discriminator_learning_rate": (
            1.8824e-4,
            "Sauer et al., 2021, released code, fastgan: 16/17 of 2e-4, a trace of lazy regularisation",
        ),
        "optimizer.name": ("ganzoo-optimizers:adam", "Sauer et al., 2021, released code"),
        "optimizer.beta1": (0.0, "Sauer et al., 2021, released code"),
        "optimizer.beta2": (0.99, "Sauer et al., 2021, released code"),
        "training.average_half_life": (20_000, "Sauer et al., 2021, released code: 312.5 batches of 64"),
        "training.average_ramp": (0.05, "Sauer et al., 2021, released code"),
        "training.epochs": (500, "Sauer et al., 2021, released code: 25 million images, 500 times CIFAR-10"),
    }

    recipes: ClassVar[Mapping[str, tuple[str, Mapping[str, tuple[Any, str]]]]] = {
        "fast": (
            "garments of Fashion-MNIST in an hour of one core; the backbone sees them at 64x64",
            {
                "model.resolution": (64, "this zoo's: a twelfth of the backbone's work"),
                "model.channels": (8, "this zoo's: a 16th of the width"),
                "model.projection_channels": (16, "this zoo's: a quarter of the width"),
                "model.discriminator_channels": (16, "this zoo's: a quarter of the width"),
                "training.learning_rate": (5e-4, "this zoo's"),
                "training.discriminator_learning_rate": (5e-4, "this zoo's"),
                "training.average_half_life": (4400, "this zoo's race on Fashion-MNIST"),
                "training.epochs": (3, "this zoo's: an hour"),
                "run.checkpoint_every": (100, "this zoo's: every minute or so"),
            },
        )
    }

    differences: ClassVar[Mapping[str, tuple[str, str]]] = {
        "the generator is that of lightweight": (
            "released code: normalises latents, has noise and two convolutions in every block, a bias in the "
            "last layer, no tanh, and draws 128x128 or more",
            "the paper's; a Generator promises [-1, 1], at every size",
        ),
        "the backbone gets images in the range of its own pretraining": (
            "released code: in [-1, 1]",
            "the same for the published backbone, and right for others",
        ),
        "beta2 is 0.99 for both networks": (
            "released code: 0.9906 for the discriminator",
            "a trace of a lazy penalty that it never uses",
        ),
        "the discriminator learns first in every step": (
            "released code: the generator",
            "the order of Goodfellow et al., algorithm 1, for all models; only the first update is another",
        ),
        "the average also averages the statistics of batch normalisation": (
            "released code: copies the newest",
            "averaged weights see features of averaged weights (decision 0010)",
        ),
        "a gradient that is not a number ends the training": (
            "released code: it counts as 0, an infinite one as 100,000",
            "what has diverged is said, not covered (exit code 4)",
        ),
    }

    def __init__(
        self, config: Config, image: ImageSpec, num_classes: int | None, *, upsampling: UpsamplingFactory
    ) -> None:
        doublings("projected", image)  # refuses the sizes that it can't draw
        self._config, self._image, self._upsampling = config, image, upsampling

    def generator(self) -> LightweightGenerator:
        """Builds a freshly initialised generator."""
        config = self._config
        settings = LightweightSettings(latent_dim=config.latent_dim, channels=config.channels)
        return LightweightGenerator(settings, self._image, self._upsampling)

    def discriminator(self) -> ProjectedDiscriminator:
        """Builds freshly initialised discriminators on pretrained features.

        Raises:
            UsageError: timm has no such backbone, or it has not enough maps.
            GanzooError: the weights can't be had, or are another network's.
        """
        config = self._config
        features = ProjectedFeatures(
            config.backbone, config.weights, config.projection_channels, config.resolution
        )
        return ProjectedDiscriminator(features, config.discriminator_channels, self._image)
