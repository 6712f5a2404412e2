"""`sngan`: spectral normalisation bounds the discriminator (Miyato et al., 2018); without labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

from ganzoo_layers import doublings

from ganzoo.interfaces import ImageSpec, Model, UpsamplingFactory
from ganzoo_sngan.networks import SNGANDiscriminator, SNGANGenerator
from ganzoo_sngan.settings import Settings


@final
class SNGAN(Model):
    """Residual GAN with a spectrally normalised discriminator (Miyato et al., 2018)."""

    ganzoo_api = 1

    Config = Settings

    components: ClassVar[Mapping[str, str]] = {"upsampling": "ganzoo-upsampling:resize-conv"}

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {
        "upsampling.kernel_size": (3, "Miyato et al., 2018, released code"),
        "objective.name": ("ganzoo-objectives:hinge", "Miyato et al., 2018, section 4, equations 16 and 17"),
        "training.batch_size": (64, "Miyato et al., 2018, released code; 128 for its generator"),
        "training.discriminator_steps": (5, "Miyato et al., 2018, appendix B.2"),
        "training.learning_rate": (2e-4, "Miyato et al., 2018, appendix B.2"),
        "training.beta1": (0.0, "Miyato et al., 2018, appendix B.2"),
        "training.beta2": (0.9, "Miyato et al., 2018, appendix B.2"),
        "training.schedule": ("linear", "Miyato et al., 2018, released code"),
        "training.epochs": (
            320,
            "Miyato et al., 2018, released code: 50,000 steps of 5 x 64 CIFAR-10 images",
        ),
    }

    published: ClassVar[Mapping[str, tuple[float, str]]] = {
        "FID on CIFAR-10, 100,000 steps": (16.77, "torch-mimicry's table"),
    }

    def __init__(
        self, config: Settings, image: ImageSpec, num_classes: int | None, *, upsampling: UpsamplingFactory
    ) -> None:
        doublings("sngan", image)  # refuses the sizes that it can't draw
        self._config, self._image, self._upsampling = config, image, upsampling

    def generator(self) -> SNGANGenerator:
        """Builds a freshly initialised generator."""
        return SNGANGenerator(self._config.latent_dim, self._config.channels, self._image, self._upsampling)

    def discriminator(self) -> SNGANDiscriminator:
        """Builds a freshly initialised discriminator."""
        return SNGANDiscriminator(self._config.discriminator_channels, self._image)
