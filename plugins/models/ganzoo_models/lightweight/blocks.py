"""The parts that both networks are made of: excitation across scales, and gated upsampling.

Liu, Zhu, Song and Elgammal, 2021, "Towards Faster and Stabilized GAN Training for High-fidelity Few-shot
Image Synthesis", section 3, and the authors' released code. Shapes: B batch, C channels, H height, W width.
"""

from __future__ import annotations

from typing import final

import torch
import torch.nn.functional as F
from ganzoo_components.layers import normal_
from torch import Tensor, nn

from ganzoo.interfaces import UpsamplingFactory


@final
class SkipLayerExcitation(nn.Module):
    """Multiplies the channels of a large map by what a small map says of them (equation 1)."""

    def __init__(self, small_channels: int, large_channels: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(4)
        self.first = nn.Conv2d(small_channels, large_channels, kernel_size=4, bias=False)
        self.second = nn.Conv2d(large_channels, large_channels, kernel_size=1, bias=False)

    def forward(self, small: Tensor, large: Tensor) -> Tensor:
        """Maps `(B, small_channels, h, w)` and `(B, large_channels, H, W)` to the latter's shape."""
        gates = self.second(F.silu(self.first(self.pool(small))))  # (B, large_channels, 1, 1)
        return large * torch.sigmoid(gates)


@final
class NoiseInjection(nn.Module):
    """Adds noise, one map for all channels, times a learned number that starts at 0; in training only, so
    that an image drawn in evaluation mode is decided by its latents.
    """

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.zeros(1))

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, C, H, W)` to the same shape."""
        if not self.training:
            return images
        batch, _, height, width = images.shape
        noise = torch.randn(batch, 1, height, width, device=images.device, dtype=images.dtype)
        return images + self.scale.to(images.dtype) * noise


@final
class GatedLinearUnit(nn.Module):
    """Multiplies one half of the channels by what the other half lets through (Dauphin et al., 2017).

    Computes what `nn.GLU(dim=1)` does, but its gradients keep the memory format of their map. Torch's never
    have the channels last, which makes the batch normalisation before it up to twenty times as slow.
    """

    def forward(self, maps: Tensor) -> Tensor:
        """Maps `(B, 2C, H, W)` to `(B, C, H, W)`."""
        values, gates = maps.chunk(2, dim=1)
        return values * torch.sigmoid(gates)


def upsampling_block(
    in_channels: int, out_channels: int, upsampling: UpsamplingFactory, *, has_noise: bool = False
) -> nn.Sequential:
    """Doubles height and width of `(B, in_channels, H, W)`: upsampling, batch normalisation, gated linear
    unit. With noise, a second round of convolution, noise, normalisation and gate follows.
    """
    layers: list[nn.Module] = [upsampling(in_channels, 2 * out_channels, bias=False)]
    if has_noise:
        layers += [
            NoiseInjection(),
            nn.BatchNorm2d(2 * out_channels),
            GatedLinearUnit(),
            nn.Conv2d(out_channels, 2 * out_channels, kernel_size=3, padding=1, bias=False),
            NoiseInjection(),
        ]
    return nn.Sequential(*layers, nn.BatchNorm2d(2 * out_channels), GatedLinearUnit())


def initialise_(network: nn.Module) -> None:
    """Draws all weights from N(0, 0.02²), those of batch normalisations from N(1, 0.02²) (released code)."""
    normal_(network)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, mean=1.0, std=0.02)
