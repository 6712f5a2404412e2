"""What `r3gan` and `r3gan-conditional` share: settings, and the recipe for CIFAR-10.

See `r3gan.py` for the references.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ganzoo_components.layers import doublings, require_positive

from ganzoo.interfaces import ImageSpec

WIDEST_SIDE: Final = 32
"""Longer side, in pixels, up to which feature maps have all channels."""


@dataclass(frozen=True, kw_only=True)
class R3GANSettings:
    """Settings of `r3gan` and `r3gan-conditional`."""

    latent_dim: int = 64
    """Length of the latent vector."""

    channels: int = 768
    """Channels of every feature map up to 32x32; they halve with every doubling of the sides beyond."""

    blocks: int = 2
    """Residual blocks at each resolution."""

    group_width: int = 16
    """Channels in each group of the 3x3 convolutions; the greatest common divisor of this and the
    convolution's channels where this does not divide them."""

    def __post_init__(self) -> None:
        require_positive(self, "latent_dim", "channels", "blocks", "group_width")


def widths_of(config: R3GANSettings, image: ImageSpec) -> list[int]:
    """Channels of every feature map, from the smallest to the image's size: they halve with every doubling
    of its longer side beyond `WIDEST_SIDE`, as published for FFHQ at 64x64 and 256x256.

    Raises:
        UsageError: the image's sides don't halve evenly to 4 pixels or more, not even once.
    """
    count = doublings("r3gan", image)
    sides = [max(image.height, image.width) >> i for i in reversed(range(count + 1))]
    return [max(1, config.channels * WIDEST_SIDE // max(side, WIDEST_SIDE)) for side in sides]


RECIPE: Final[Mapping[str, tuple[Any, str]]] = {
    "objective.name": ("ganzoo-objectives:relativistic", "Huang et al., 2024, equation 2"),
    "regularisation.name": (
        "ganzoo-objectives:r1-r2",
        "Huang et al., 2024, equation 3; its weight of 0.05 is where they begin on CIFAR-10",
    ),
    "augmentation.name": ("ganzoo-objectives:ada", "Huang et al., 2024, released code"),
    "augmentation.transformations": (
        ("blitting", "geometric", "colour", "cutout"),
        "Huang et al., 2024, released code",
    ),
    "augmentation.colour_share": (0.5, "Huang et al., 2024, released code"),
    "augmentation.target": (None, "Huang et al., 2024, released code: the strength is scheduled"),
    "augmentation.final_strength": (0.55, "Huang et al., 2024, released code, CIFAR10"),
    "augmentation.images": (20_000_000, "Huang et al., 2024, released code, CIFAR10"),
    "training.batch_size": (512, "Huang et al., 2024, appendix"),
    "training.fresh_fakes": (True, "Huang et al., 2024, released code: and fresh real images"),
    "training.schedule": ("cosine", "Huang et al., 2024, released code"),
    "training.schedule_images": (20_000_000, "Huang et al., 2024, released code, CIFAR10"),
    "training.learning_rate": (2e-4, "Huang et al., 2024, released code, CIFAR10"),
    "training.final_learning_rate_share": (0.25, "Huang et al., 2024, released code, CIFAR10: 5e-5"),
    "training.final_penalty_share": (0.1, "Huang et al., 2024, released code, CIFAR10: 0.005"),
    "optimizer.name": ("ganzoo-optimizers:adam", "Huang et al., 2024, released code"),
    "optimizer.beta1": (0.0, "Huang et al., 2024, released code"),
    "optimizer.beta2": (0.9, "Huang et al., 2024, released code, CIFAR10"),
    "optimizer.final_beta2": (0.99, "Huang et al., 2024, released code, CIFAR10"),
    "training.average_half_life": (0, "Huang et al., 2024, released code, CIFAR10"),
    "training.final_average_half_life": (5_000_000, "Huang et al., 2024, released code, CIFAR10"),
    "training.average_ramp": (None, "Huang et al., 2024, released code"),
    "training.flip": (True, "Huang et al., 2024, released code, its command for CIFAR10"),
    "training.epochs": (5000, "Huang et al., 2024: 250 million CIFAR-10 images; fewer change nothing else"),
}
