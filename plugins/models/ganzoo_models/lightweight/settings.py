"""Settings of `lightweight`, of which the generator alone is also that of `projected`."""

from __future__ import annotations

from dataclasses import dataclass

from ganzoo_components.layers import require_positive


@dataclass(frozen=True, kw_only=True)
class LightweightSettings:
    """Settings of `lightweight`."""

    latent_dim: int = 256
    """Length of the latent vector."""

    channels: int = 64
    """Unit of the generator's channels: the smallest feature map has 16 times as many."""

    discriminator_channels: int = 64
    """Unit of the discriminator's channels: the last feature map has 8 times as many."""

    reconstruction_weight: float = 1.0
    """Weight of the decoders' reconstruction error beside the discriminator's objective."""

    def __post_init__(self) -> None:
        require_positive(self, "latent_dim", "channels", "discriminator_channels")
        if not self.reconstruction_weight > 0:
            raise ValueError(f"reconstruction_weight must be above 0, not {self.reconstruction_weight}")
