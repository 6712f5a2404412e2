"""`lightweight`: a GAN for a few hundred images of 64 to 256 pixels, trained in hours (FastGAN).

References:
    Liu, Zhu, Song and Elgammal, 2021, "Towards Faster and Stabilized GAN Training for High-fidelity
    Few-shot Image Synthesis": skip-layer excitation, self-supervised discriminator; and their code.
    Zhao et al., 2020, "Differentiable Augmentation for Data-Efficient GAN Training".

What differs from the released code: the decoders are held to the mean absolute difference of the paper's
equation 2, where the code compares features of a pretrained network; the hinge's margin is 1, where the code
draws it between 0.8 and 1; and the halved image is the generator's own image made smaller, where its code
draws a second, smaller one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

from ganzoo_layers import doublings, require_positive

from ganzoo.errors import UsageError
from ganzoo.interfaces import ImageSpec, Model, UpsamplingFactory
from ganzoo_lightweight.discriminator import LightweightDiscriminator
from ganzoo_lightweight.generator import MULTIPLES, LightweightGenerator


@final
class Lightweight(Model):
    """Few images of 64 to 256 pixels: excitation across scales, self-supervision (Liu et al., 2021)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `lightweight`."""

        latent_dim: int = 256
        """Numbers that one image is drawn from."""

        channels: int = 64
        """Multiplies the feature maps of the generator: 16 times as many on the smallest map."""

        discriminator_channels: int = 64
        """Multiplies the feature maps of the discriminator: 8 times as many on the last map."""

        reconstruction_weight: float = 1.0
        """What the decoders' distance from real images counts beside the discriminator's objective."""

        def __post_init__(self) -> None:
            require_positive(self, "latent_dim", "channels", "discriminator_channels")
            if not self.reconstruction_weight > 0:
                raise ValueError(f"reconstruction_weight must be above 0, not {self.reconstruction_weight}")

    components: ClassVar[Mapping[str, str]] = {"upsampling": "ganzoo-upsampling:resize-conv"}

    image_sides: ClassVar[Mapping[str, int]] = {"least": 32, "multiple": 4, "most": 1024}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {
        "upsampling.kernel_size": (3, "Liu et al., 2021, released code"),
        "objective.name": ("ganzoo-objectives:hinge", "Liu et al., 2021, equations 3 and 4"),
        "augmentation.name": ("ganzoo-augmentations:diffaugment", "Liu et al., 2021, section 4"),
        "augmentation.policy": (("colour", "translation"), "Liu et al., 2021, released code"),
        "training.batch_size": (8, "Liu et al., 2021, section 4"),
        "training.learning_rate": (2e-4, "Liu et al., 2021, released code"),
        "training.beta1": (0.5, "Liu et al., 2021, released code"),
        "training.beta2": (0.999, "Liu et al., 2021, released code"),
        "training.ema_decay": (0.999, "Liu et al., 2021, released code"),
        "training.flip": (True, "Liu et al., 2021, released code"),
        "training.max_steps": (50_000, "Liu et al., 2021, released code"),
        "training.epochs": (10_000, "this zoo's choice: enough that training.max_steps decides"),
    }

    def __init__(
        self, config: Config, image: ImageSpec, num_classes: int | None, *, upsampling: UpsamplingFactory
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
        config = self._config
        count = doublings("lightweight", self._image)
        return LightweightGenerator(config.latent_dim, config.channels, self._image, count, self._upsampling)

    def discriminator(self) -> LightweightDiscriminator:
        """Builds a freshly initialised discriminator."""
        config = self._config
        return LightweightDiscriminator(
            config.discriminator_channels,
            config.reconstruction_weight,
            self._image,
            self._halvings,
            self._upsampling,
        )
