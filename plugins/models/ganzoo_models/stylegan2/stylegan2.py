"""StyleGAN2: styles scale the features of every convolution; without labels and with.

References:
    Karras, Laine, Aittala, Hellsten, Lehtinen and Aila, 2020, "Analyzing and Improving the Image Quality
    of StyleGAN" (StyleGAN2).
    Karras, Aittala, Hellsten, Laine, Lehtinen and Aila, 2020, "Training Generative Adversarial Networks
    with Limited Data" (StyleGAN2-ADA): this configuration, the one for CIFAR-10, whose released code
    regularises no path length, mixes no styles and has a discriminator without shortcuts.

In `stylegan2-conditional` the label enters the mapping to styles, and the discriminator's verdict by
projection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

from ganzoo_components.layers import doublings, require_classes, require_positive
from torch import Tensor

from ganzoo.interfaces import ConditioningFactory, ImageSpec, Model, Released
from ganzoo_models.fast_recipes import STYLEGAN2 as FAST
from ganzoo_models.fast_recipes import STYLEGAN2_CONDITIONAL as FAST_BY_CLASS
from ganzoo_models.modern_differences import STYLEGAN2 as DIFFERENCES
from ganzoo_models.published import STYLEGAN2_OF_AUTHORS, STYLEGAN2_OF_STUDIOGAN
from ganzoo_models.stylegan2.discriminator import StyleGAN2Discriminator
from ganzoo_models.stylegan2.generator import StyleGAN2Generator
from ganzoo_models.stylegan2.released import read_stylegan2
from ganzoo_models.stylegan2.settings import RECIPE, StyleGAN2Settings


@final
class StyleGAN2(Model):
    """Styles that scale every convolution, with ADA and lazy R1 (Karras et al., 2020)."""

    ganzoo_api = 1
    small: ClassVar[Mapping[str, Any]] = {"channels": 16, "latent_dim": 16, "style_dim": 16}

    Config = StyleGAN2Settings

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = RECIPE
    recipes = FAST

    published: ClassVar[Mapping[str, tuple[float, Mapping[str, str]]]] = {
        "FID on CIFAR-10": (2.92, STYLEGAN2_OF_AUTHORS)
    }
    differences = DIFFERENCES

    def __init__(self, config: StyleGAN2Settings, image: ImageSpec, num_classes: int | None) -> None:
        self._config, self._image = config, image
        doublings("stylegan2", image)  # refuses the sizes that it can't draw

    @classmethod
    def read_released(cls, generator: Mapping[str, Tensor], discriminator: Mapping[str, Tensor]) -> Released:
        """Reads a checkpoint of the authors' code."""
        released = read_stylegan2(generator, discriminator)
        if released.num_classes is not None:
            raise ValueError("it takes labels: name the conditional model")
        return released

    def generator(self) -> StyleGAN2Generator:
        """Builds a freshly initialised generator."""
        return StyleGAN2Generator(self._config, self._image)

    def discriminator(self) -> StyleGAN2Discriminator:
        """Builds a freshly initialised discriminator."""
        return StyleGAN2Discriminator(self._config, self._image)


@final
class StyleGAN2Conditional(Model):
    """StyleGAN2 by class: the label beside the latents, projection (Karras et al., 2020)."""

    ganzoo_api = 1
    small: ClassVar[Mapping[str, Any]] = {"channels": 16, "latent_dim": 16, "style_dim": 16}

    @dataclass(frozen=True, kw_only=True)
    class Config(StyleGAN2Settings):
        """Settings of `stylegan2-conditional`."""

        label_layers: int = 8
        """Dense layers from a label to the vector on which the discriminator's features are projected."""

        def __post_init__(self) -> None:
            super().__post_init__()
            require_positive(self, "label_layers")

    conditional: ClassVar[bool] = True

    components: ClassVar[Mapping[str, str]] = {"conditioning": "ganzoo-components:one-hot"}

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = RECIPE
    recipes = FAST_BY_CLASS

    published: ClassVar[Mapping[str, tuple[float, Mapping[str, str]]]] = {
        "FID on CIFAR-10": (2.31, STYLEGAN2_OF_STUDIOGAN),
        "Inception score on CIFAR-10": (10.53, STYLEGAN2_OF_STUDIOGAN),
    }
    differences = DIFFERENCES

    def __init__(
        self, config: Config, image: ImageSpec, num_classes: int | None, *, conditioning: ConditioningFactory
    ) -> None:
        self._num_classes = require_classes("stylegan2-conditional", num_classes)
        self._config, self._image, self._conditioning = config, image, conditioning
        doublings("stylegan2", image)  # refuses the sizes that it can't draw

    @classmethod
    def read_released(cls, generator: Mapping[str, Tensor], discriminator: Mapping[str, Tensor]) -> Released:
        """Reads a checkpoint of the authors' code."""
        released = read_stylegan2(generator, discriminator)
        if released.num_classes is None:
            raise ValueError("it takes no labels: name the model without -conditional")
        return released

    def generator(self) -> StyleGAN2Generator:
        """Builds a freshly initialised generator."""
        conditioning = self._conditioning(self._num_classes)
        return StyleGAN2Generator(self._config, self._image, self._num_classes, conditioning)

    def discriminator(self) -> StyleGAN2Discriminator:
        """Builds a freshly initialised discriminator, with a conditioning of its own."""
        conditioning = self._conditioning(self._num_classes)
        return StyleGAN2Discriminator(
            self._config, self._image, self._num_classes, conditioning, self._config.label_layers
        )
