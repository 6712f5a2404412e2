"""What `stylegan2` and `stylegan2-conditional` share: settings, and the recipe for CIFAR-10.

See `stylegan2.py` for the references.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ganzoo_components.layers import doublings, require_positive

from ganzoo.interfaces import ImageSpec


@dataclass(frozen=True, kw_only=True)
class StyleGAN2Settings:
    """Settings of `stylegan2`; its conditional sibling has more."""

    latent_dim: int = 512
    """Length of the latent vector."""

    style_dim: int = 512
    """Length of a style vector."""

    mapping_layers: int = 2
    """Dense layers of the mapping network, from latents to styles: 2 for CIFAR-10, 8 in StyleGAN2."""

    channels: int = 512
    """Channels of a feature map, unless `capacity` allows only fewer."""

    capacity: int = 32_768
    """Upper bound of the channels times the longer side in pixels: with the defaults, feature maps beyond
    64x64 have fewer channels than 512."""

    residual: bool = False
    """Whether the discriminator has residual shortcuts: not for CIFAR-10, but for every other data set."""

    group_size: int = 32
    """Images in a group of the minibatch standard deviation: 32 for CIFAR-10, else 4 or 8."""

    initial_contrast: float = 1.0
    """Factor of what the layers add to the image before anything is learned. With 1, as published, the first
    images of 32x32 have three times the contrast of photographs; with 0.25 none of it has to be unlearned."""

    def __post_init__(self) -> None:
        require_positive(
            self, "latent_dim", "style_dim", "mapping_layers", "channels", "capacity", "group_size"
        )
        if not self.initial_contrast > 0:
            raise ValueError(f"initial_contrast must be above 0, not {self.initial_contrast}")


def widths_of(config: StyleGAN2Settings, image: ImageSpec) -> list[int]:
    """Channels of every feature map in both networks, from the smallest to the image's size: `channels`, or
    fewer where those times the longer side would exceed `capacity`.

    Raises:
        UsageError: the image's sides do not halve evenly to 4 pixels or more, not even once.
    """
    count = doublings("stylegan2", image)
    sides = [max(image.height, image.width) >> i for i in reversed(range(count + 1))]
    return [max(1, min(config.channels, config.capacity // side)) for side in sides]


RECIPE: Final[Mapping[str, tuple[Any, str]]] = {
    "objective.name": ("ganzoo-objectives:bce", "Karras et al., 2020: non-saturating, logistic"),
    "regularisation.name": ("ganzoo-objectives:r1", "Karras et al., 2020 (ADA), appendix"),
    "regularisation.weight": (0.01, "Karras et al., 2020 (ADA), released code, cifar"),
    "regularisation.every": (16, "Karras et al., 2020, section 3.1"),
    "augmentation.name": ("ganzoo-objectives:ada", "Karras et al., 2020 (ADA), section 3"),
    "training.batch_size": (64, "Karras et al., 2020 (ADA), released code, cifar"),
    "training.fresh_fakes": (True, "Karras et al., 2020 (ADA), released code"),
    "training.learning_rate": (
        0.002,
        "Karras et al., 2020 (ADA), released code, cifar: four fifths of 0.0025 for the generator",
    ),
    "training.discriminator_learning_rate": (
        0.0025,
        "Karras et al., 2020 (ADA), released code, cifar; its penalty shares the update here",
    ),
    "optimizer.name": ("ganzoo-optimizers:adam", "Karras et al., 2020 (ADA), released code"),
    "optimizer.beta1": (0.0, "Karras et al., 2020 (ADA), released code"),
    "optimizer.beta2": (0.99, "Karras et al., 2020 (ADA), released code: 0.992 for the generator"),
    "training.average_half_life": (500_000, "Karras et al., 2020 (ADA), released code, cifar"),
    "training.average_ramp": (0.05, "Karras et al., 2020 (ADA), released code, cifar"),
    "training.epochs": (2000, "Karras et al., 2020 (ADA), released code, cifar: 100 million images"),
}
