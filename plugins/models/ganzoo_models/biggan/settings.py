"""Settings of BigGAN and of what is built on it: sizes and widths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ganzoo_components.layers import doublings, require_positive

from ganzoo.errors import UsageError
from ganzoo.interfaces import ImageSpec

GENERATOR_WIDTHS: Final = {
    4: (16, 8, 4, 2, 1),
    5: (16, 16, 8, 4, 2, 1),
}
"""Doublings to the multiple of `channels` of every feature map, the smallest first (Brock et al., 2019,
appendix B; 64x64 as in PyTorch-StudioGAN)."""

DISCRIMINATOR_WIDTHS: Final = {
    4: (1, 2, 4, 8, 16),
    5: (1, 2, 4, 8, 16, 16),
}
"""Halvings to the multiple of `discriminator_channels` after every block, of which the last leaves the sides
as they are."""


@dataclass(frozen=True, kw_only=True)
class BigGANSettings:
    """Settings of `biggan`, and of the networks that `reacgan` takes from it."""

    latent_dim: int = 80
    """Length of the latent vector; the first layer and each block take an equal part of it."""

    label_features: int = 128
    """Length of the embedding of a label, which all blocks of the generator share."""

    channels: int = 96
    """Channels of the generator's last feature map from 64x64 on; below, every map has 4 times as many."""

    discriminator_channels: int = 96
    """Channels of the discriminator's first feature map from 64x64 on; below, every map has twice as many."""

    def __post_init__(self) -> None:
        require_positive(self, "latent_dim", "label_features", "channels", "discriminator_channels")


def blocks_of(model: str, image: ImageSpec) -> int:
    """Doublings from the smallest feature map to the image.

    Raises:
        UsageError: its sides don't halve evenly to 4 pixels or more, or halve more than five times.
    """
    count = doublings(model, image)
    if count > max(GENERATOR_WIDTHS):
        raise UsageError(
            f"{model} draws images that halve five times at most, such as 128x128, not "
            f"{image.height}x{image.width}"
        )
    return count
