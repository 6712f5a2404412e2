"""`stylegan2`: styles that scale the features of every convolution, without labels.

References:
    Karras, Laine, Aittala, Hellsten, Lehtinen and Aila, 2020, "Analyzing and Improving the Image Quality
    of StyleGAN" (StyleGAN2).
    Karras, Aittala, Hellsten, Laine, Lehtinen and Aila, 2020, "Training Generative Adversarial Networks
    with Limited Data" (StyleGAN2-ADA): this configuration, the one for CIFAR-10, whose released code
    regularises no path length, mixes no styles and has a discriminator without shortcuts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

from ganzoo.interfaces import ImageSpec, Model
from ganzoo_stylegan2.discriminator import StyleGAN2Discriminator
from ganzoo_stylegan2.generator import StyleGAN2Generator
from ganzoo_stylegan2.settings import RECIPE, Settings
from ganzoo_stylegan2.widths import widths_of


@final
class StyleGAN2(Model):
    """Styles that scale every convolution, with ADA and lazy R1 (Karras et al., 2020)."""

    ganzoo_api = 1

    Config = Settings

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = RECIPE

    published: ClassVar[Mapping[str, tuple[float, str]]] = {
        "FID on CIFAR-10": (2.92, "Karras et al., 2020 (ADA), figure 11b"),
    }

    def __init__(self, config: Settings, image: ImageSpec, num_classes: int | None) -> None:
        self._config, self._image = config, image
        self._widths = widths_of(image, config.channels, config.capacity)

    def generator(self) -> StyleGAN2Generator:
        """Builds a freshly initialised generator."""
        config = self._config
        return StyleGAN2Generator(
            config.latent_dim, config.style_dim, config.mapping_layers, self._widths, self._image
        )

    def discriminator(self) -> StyleGAN2Discriminator:
        """Builds a freshly initialised discriminator."""
        config = self._config
        return StyleGAN2Discriminator(self._widths[::-1], config.residual, config.group_size, self._image)
