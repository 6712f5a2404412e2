"""`r3gan-conditional`: the modern baseline of Huang et al., 2024, by class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

from ganzoo_layers import require_classes, require_positive

from ganzoo.interfaces import ConditioningFactory, ImageSpec, Model
from ganzoo_r3gan.networks import R3GANDiscriminator, R3GANGenerator, widths_of


@final
class R3GANConditional(Model):
    """R3GAN by class: the label beside the latents, projection (Huang et al., 2024)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `r3gan-conditional`."""

        latent_dim: int = 64
        """Numbers that one image is drawn from, beside its label."""

        channels: int = 768
        """Feature maps of every map up to 32 pixels; they halve with every doubling beyond."""

        blocks: int = 2
        """Residual blocks on each map."""

        group_width: int = 16
        """Channels in a group of the 3x3 convolutions; their greatest common divisor with this where it
        does not divide them."""

        def __post_init__(self) -> None:
            require_positive(self, "latent_dim", "channels", "blocks", "group_width")

    conditional: ClassVar[bool] = True

    components: ClassVar[Mapping[str, str]] = {"conditioning": "ganzoo-conditioning:one-hot"}

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {
        "objective.name": ("ganzoo-objectives:relativistic", "Huang et al., 2024, equation 2"),
        "regularisation.name": (
            "ganzoo-regularisations:r1-r2",
            "Huang et al., 2024, equations 3 and 4; its weight of 0.05 is where they begin on CIFAR-10",
        ),
        "training.batch_size": (512, "Huang et al., 2024, appendix"),
        "training.schedule": ("cosine", "Huang et al., 2024, released code"),
        "training.learning_rate": (2e-4, "Huang et al., 2024, released code, CIFAR10"),
        "training.final_learning_rate_share": (0.25, "Huang et al., 2024, released code, CIFAR10: 5e-5"),
        "training.final_penalty_share": (0.1, "Huang et al., 2024, released code, CIFAR10: 0.005"),
        "training.beta1": (0.0, "Huang et al., 2024, released code"),
        "training.beta2": (0.9, "Huang et al., 2024, released code, CIFAR10"),
        "training.final_beta2": (0.99, "Huang et al., 2024, released code, CIFAR10"),
        "training.ema_decay": (0.9999, "Huang et al., 2024, released code: halves in 5 million images"),
        "training.epochs": (400, "Huang et al., 2024, released code: schedules of 20 million images"),
    }

    published: ClassVar[Mapping[str, tuple[float, str]]] = {
        "FID on CIFAR-10": (1.96, "Huang et al., 2024"),
    }

    def __init__(
        self,
        config: Config,
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
