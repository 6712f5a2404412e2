"""Settings of SNGAN and of what is built of its blocks: sizes and widths."""

from __future__ import annotations

from dataclasses import dataclass

from ganzoo_components.layers import require_positive


@dataclass(frozen=True, kw_only=True)
class SNGANSettings:
    """Settings of `sngan`, of `sngan-projection`, and of `sagan`, which is built of the same blocks."""

    latent_dim: int = 128
    """Length of the latent vector."""

    channels: int = 256
    """Channels of every feature map of the generator."""

    discriminator_channels: int = 128
    """Channels of every feature map of the discriminator."""

    def __post_init__(self) -> None:
        require_positive(self, "latent_dim", "channels", "discriminator_channels")
