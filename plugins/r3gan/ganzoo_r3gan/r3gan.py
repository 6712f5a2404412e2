"""`r3gan`: the modern baseline of Huang et al., 2024, without labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

from ganzoo.interfaces import ImageSpec, Model
from ganzoo_r3gan.networks import R3GANDiscriminator, R3GANGenerator, widths_of
from ganzoo_r3gan.settings import RECIPE, Settings


@final
class R3GAN(Model):
    """Modern baseline: relativistic loss, R1 and R2, no normalisation (Huang et al., 2024)."""

    ganzoo_api = 1

    Config = Settings

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = RECIPE

    def __init__(self, config: Settings, image: ImageSpec, num_classes: int | None) -> None:
        self._config, self._image = config, image
        self._widths = widths_of(image, config.channels)

    def generator(self) -> R3GANGenerator:
        """Builds a freshly initialised generator."""
        config = self._config
        return R3GANGenerator(config.latent_dim, self._widths, config.blocks, config.group_width, self._image)

    def discriminator(self) -> R3GANDiscriminator:
        """Builds a freshly initialised discriminator."""
        config = self._config
        return R3GANDiscriminator(self._widths, config.blocks, config.group_width, self._image)
