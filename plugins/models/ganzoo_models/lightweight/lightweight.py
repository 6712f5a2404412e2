"""`lightweight`: a GAN for a few hundred images of 64 to 256 pixels, trained in hours (FastGAN).

References:
    Liu, Zhu, Song and Elgammal, 2021, "Towards Faster and Stabilized GAN Training for High-fidelity
    Few-shot Image Synthesis": skip-layer excitation, self-supervised discriminator; and their code.
    Zhao et al., 2020, "Differentiable Augmentation for Data-Efficient GAN Training".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

from ganzoo_components.layers import doublings

from ganzoo.errors import UsageError
from ganzoo.interfaces import ImageSpec, Model, UpsamplingFactory
from ganzoo_models.fast_recipes import LIGHTWEIGHT as FAST
from ganzoo_models.lightweight.blocks import initialise_
from ganzoo_models.lightweight.discriminator import LightweightDiscriminator
from ganzoo_models.lightweight.generator import MULTIPLES, LightweightGenerator
from ganzoo_models.lightweight.settings import LightweightSettings
from ganzoo_models.modern_differences import LIGHTWEIGHT as DIFFERENCES


@final
class Lightweight(Model):
    """Few images of 64 to 256 pixels: excitation across scales, self-supervision (Liu et al., 2021)."""

    ganzoo_api = 1
    small: ClassVar[Mapping[str, Any]] = {"channels": 2, "discriminator_channels": 2}

    Config = LightweightSettings

    components: ClassVar[Mapping[str, str]] = {"upsampling": "ganzoo-components:resize-conv"}

    image_sides: ClassVar[Mapping[str, int]] = {"least": 32, "multiple": 4, "most": 1024}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {
        "upsampling.kernel_size": (3, "Liu et al., 2021, released code"),
        "upsampling.padding": ("zeros", "Liu et al., 2021, released code"),
        "objective.name": ("ganzoo-objectives:hinge", "Liu et al., 2021, equations 3 and 4"),
        "augmentation.name": ("ganzoo-objectives:diffaugment", "Liu et al., 2021, section 4"),
        "augmentation.policy": (("colour", "translation"), "Liu et al., 2021, released code"),
        "training.batch_size": (8, "Liu et al., 2021, section 4"),
        "training.learning_rate": (2e-4, "Liu et al., 2021, released code"),
        "optimizer.name": ("ganzoo-optimizers:adam", "Liu et al., 2021, released code"),
        "optimizer.beta1": (0.5, "Liu et al., 2021, released code"),
        "optimizer.beta2": (0.999, "Liu et al., 2021, released code"),
        "training.average_half_life": (5542, "Liu et al., 2021, released code: 0.999 a step of 8 images"),
        "training.average_ramp": (None, "Liu et al., 2021, released code"),
        "training.flip": (True, "Liu et al., 2021, released code"),
        "training.max_steps": (50_000, "Liu et al., 2021, released code"),
        "training.epochs": (10_000, "this zoo's choice: enough that training.max_steps decides"),
    }
    recipes = FAST
    differences = DIFFERENCES

    def __init__(
        self,
        config: LightweightSettings,
        image: ImageSpec,
        num_classes: int | None,
        *,
        upsampling: UpsamplingFactory,
    ) -> None:
        self._halvings = doublings("lightweight", image, smallest=8)
        if not 2 <= self._halvings < len(MULTIPLES) - 1:
            raise UsageError(
                f"lightweight draws sides that halve 2 to {len(MULTIPLES) - 2} times down to 8 pixels or "
                f"more, such as 32x32 or 256x256, not {image.height}x{image.width}"
            )
        self._config, self._image, self._upsampling = config, image, upsampling

    def generator(self) -> LightweightGenerator:
        """Builds a freshly initialised generator."""
        return LightweightGenerator(self._config, self._image, self._upsampling, initialise_)

    def discriminator(self) -> LightweightDiscriminator:
        """Builds a freshly initialised discriminator."""
        return LightweightDiscriminator(self._config, self._image, self._halvings, self._upsampling)
