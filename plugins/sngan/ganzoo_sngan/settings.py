"""The settings that `sngan` and `sngan-projection` share."""

from __future__ import annotations

from dataclasses import dataclass

from ganzoo_layers import require_positive


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of both models."""

    latent_dim: int = 128
    """Numbers that one image is drawn from."""

    channels: int = 256
    """Feature maps of every layer of the generator."""

    discriminator_channels: int = 128
    """Feature maps of every layer of the discriminator."""

    def __post_init__(self) -> None:
        require_positive(self, "latent_dim", "channels", "discriminator_channels")
