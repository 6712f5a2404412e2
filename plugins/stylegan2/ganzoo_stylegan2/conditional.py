"""`stylegan2-conditional`: StyleGAN2 by class, as Karras et al., 2020, configure it for CIFAR-10.

See `stylegan2.py` for the references. The label enters the mapping to styles, and the discriminator's
verdict by projection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

from ganzoo_layers import require_classes, require_positive

from ganzoo.interfaces import ConditioningFactory, ImageSpec, Model
from ganzoo_stylegan2.discriminator import StyleGAN2Discriminator
from ganzoo_stylegan2.generator import StyleGAN2Generator
from ganzoo_stylegan2.settings import RECIPE, Settings
from ganzoo_stylegan2.widths import widths_of


@final
class StyleGAN2Conditional(Model):
    """StyleGAN2 by class: the label beside the latents, projection (Karras et al., 2020)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config(Settings):
        """Settings of `stylegan2-conditional`."""

        label_layers: int = 8
        """Dense layers from a label to what the discriminator's features are projected on."""

        def __post_init__(self) -> None:
            super().__post_init__()
            require_positive(self, "label_layers")

    conditional: ClassVar[bool] = True

    components: ClassVar[Mapping[str, str]] = {"conditioning": "ganzoo-conditioning:one-hot"}

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = RECIPE

    published: ClassVar[Mapping[str, tuple[float, str]]] = {
        "FID on CIFAR-10": (2.31, "PyTorch-StudioGAN: 50k fake against 50k train, best checkpoint"),
        "Inception score on CIFAR-10": (10.53, "PyTorch-StudioGAN"),
    }

    def __init__(
        self, config: Config, image: ImageSpec, num_classes: int | None, *, conditioning: ConditioningFactory
    ) -> None:
        self._num_classes = require_classes("stylegan2-conditional", num_classes)
        self._config, self._image, self._conditioning = config, image, conditioning
        self._widths = widths_of(image, config.channels, config.capacity)

    def generator(self) -> StyleGAN2Generator:
        """Builds a freshly initialised generator."""
        config = self._config
        return StyleGAN2Generator(
            config.latent_dim,
            config.style_dim,
            config.mapping_layers,
            self._widths,
            self._image,
            self._num_classes,
            self._conditioning(self._num_classes),
        )

    def discriminator(self) -> StyleGAN2Discriminator:
        """Builds a freshly initialised discriminator, with a conditioning of its own."""
        config = self._config
        return StyleGAN2Discriminator(
            self._widths[::-1],
            config.residual,
            config.group_size,
            self._image,
            config.label_layers,
            self._num_classes,
            self._conditioning(self._num_classes),
        )
