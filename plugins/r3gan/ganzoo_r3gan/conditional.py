"""`r3gan-conditional`: the modern baseline of Huang et al., 2024, by class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

from ganzoo_layers import require_classes

from ganzoo.interfaces import ConditioningFactory, ImageSpec, Model
from ganzoo_r3gan.networks import R3GANDiscriminator, R3GANGenerator, widths_of
from ganzoo_r3gan.settings import RECIPE, Settings


@final
class R3GANConditional(Model):
    """R3GAN by class: the label beside the latents, projection (Huang et al., 2024)."""

    ganzoo_api = 1

    Config = Settings

    conditional: ClassVar[bool] = True

    components: ClassVar[Mapping[str, str]] = {"conditioning": "ganzoo-conditioning:one-hot"}

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = RECIPE

    published: ClassVar[Mapping[str, tuple[float, str]]] = {
        "FID on CIFAR-10": (1.96, "Huang et al., 2024"),
    }

    def __init__(
        self,
        config: Settings,
        image: ImageSpec,
        num_classes: int | None,
        *,
        conditioning: ConditioningFactory,
    ) -> None:
        self._num_classes = require_classes("r3gan-conditional", num_classes)
        self._config, self._image, self._conditioning = config, image, conditioning
        self._widths = widths_of(image, config.channels)

    def generator(self) -> R3GANGenerator:
        """Builds a freshly initialised generator."""
        config = self._config
        return R3GANGenerator(
            config.latent_dim,
            self._widths,
            config.blocks,
            config.group_width,
            self._image,
            self._num_classes,
            self._conditioning(self._num_classes),
        )

    def discriminator(self) -> R3GANDiscriminator:
        """Builds a freshly initialised discriminator, with a conditioning of its own."""
        config = self._config
        return R3GANDiscriminator(
            self._widths,
            config.blocks,
            config.group_width,
            self._image,
            self._num_classes,
            self._conditioning(self._num_classes),
        )
