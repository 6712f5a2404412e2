"""`sngan-projection`: SNGAN by class, whose discriminator projects its features on the label's vector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

from ganzoo_layers import doublings, require_classes

from ganzoo.interfaces import ConditioningFactory, ImageSpec, Model, UpsamplingFactory
from ganzoo_sngan.networks import SNGANDiscriminator, SNGANGenerator
from ganzoo_sngan.settings import Settings


@final
class SNGANProjection(Model):
    """SNGAN by class: conditional batch normalisation, projection (Miyato and Koyama, 2018)."""

    ganzoo_api = 1

    Config = Settings

    conditional: ClassVar[bool] = True

    components: ClassVar[Mapping[str, str]] = {
        "upsampling": "ganzoo-upsampling:resize-conv",
        "conditioning": "ganzoo-conditioning:one-hot",
    }

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {
        "upsampling.kernel_size": (3, "Miyato et al., 2018, released code"),
        "objective.name": ("ganzoo-objectives:hinge", "Miyato and Koyama, 2018, section 5, equation 8"),
        "training.batch_size": (64, "Miyato et al., 2018, released code; 128 for its generator"),
        "training.discriminator_steps": (5, "Miyato and Koyama, 2018, section 5"),
        "training.learning_rate": (2e-4, "Miyato and Koyama, 2018, section 5"),
        "training.beta1": (0.0, "Miyato and Koyama, 2018, section 5"),
        "training.beta2": (0.9, "Miyato and Koyama, 2018, section 5"),
        "training.schedule": ("linear", "Miyato et al., 2018, released code"),
        "training.epochs": (
            320,
            "Miyato et al., 2018, released code: 50,000 steps of 5 x 64 CIFAR-10 images",
        ),
    }

    published: ClassVar[Mapping[str, tuple[float, str]]] = {
        "FID on CIFAR-10": (
            9.01,
            "PyTorch-StudioGAN: 50,000 images against the training set, best checkpoint",
        ),
        "Inception score on CIFAR-10": (
            8.83,
            "PyTorch-StudioGAN: 50,000 images against the training set, best checkpoint",
        ),
        "FID on CIFAR-10, 100,000 steps": (10.84, "torch-mimicry's table"),
    }

    def __init__(
        self,
        config: Settings,
        image: ImageSpec,
        num_classes: int | None,
        *,
        upsampling: UpsamplingFactory,
        conditioning: ConditioningFactory,
    ) -> None:
        doublings("sngan-projection", image)  # refuses the sizes that it can't draw
        self._num_classes = require_classes("sngan-projection", num_classes)
        self._config, self._image = config, image
        self._upsampling, self._conditioning = upsampling, conditioning

    def generator(self) -> SNGANGenerator:
        """Builds a freshly initialised generator."""
        return SNGANGenerator(
            self._config.latent_dim,
            self._config.channels,
            self._image,
            self._upsampling,
            self._num_classes,
            self._conditioning(self._num_classes),
        )

    def discriminator(self) -> SNGANDiscriminator:
        """Builds a freshly initialised discriminator, with a conditioning of its own."""
        return SNGANDiscriminator(
            self._config.discriminator_channels,
            self._image,
            self._num_classes,
            self._conditioning(self._num_classes),
        )
