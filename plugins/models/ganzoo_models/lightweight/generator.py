"""The generator of Liu et al., 2021: one convolution a map, and small maps that gate large ones.

At 256x256, with the published 64 channels, it goes (B, 256) → 1024x4x4 → 512x8x8 → 256x16x16 → 128x32x32 →
128x64x64 → 64x128x128 → 32x256x256 → image; the maps of 4, 8 and 16 pixels gate those of 64, 128 and 256.
Shapes: B batch, Z latent, C channels, H height, W width; h and w are the sides of the smallest map.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Final, final

import torch
from ganzoo_components.layers import SameConv2d, doublings, require_shape, spectral_norm_
from torch import Tensor, nn

from ganzoo.interfaces import Generator, ImageSpec, UpsamplingFactory
from ganzoo_models.lightweight.blocks import GatedLinearUnit, SkipLayerExcitation, upsampling_block
from ganzoo_models.lightweight.settings import LightweightSettings

MULTIPLES: Final = (16.0, 8.0, 4.0, 2.0, 2.0, 1.0, 0.5, 0.25, 0.125)
"""Channels of every map in multiples of `channels`, from the smallest on (released code)."""

EXCITED_AFTER: Final = 4
"""Doublings from a map to the one that it gates (section 3.1)."""


@final
class LightweightGenerator(Generator):
    """Upsamplings with gated linear units, skip-layer excitation, a convolution and tanh; everything is
    spectrally normalised.

    `initialise` draws the weights, before they are; none: they are drawn as torch does.
    """

    def __init__(
        self,
        config: LightweightSettings,
        image: ImageSpec,
        upsampling: UpsamplingFactory,
        initialise: Callable[[nn.Module], None] | None = None,
    ) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = config.latent_dim, image, None
        count = doublings("lightweight", image)
        widths = [max(1, int(multiple * config.channels)) for multiple in MULTIPLES[: count + 1]]
        base = image.height >> count, image.width >> count
        self.first = nn.Sequential(
            nn.ConvTranspose2d(config.latent_dim, 2 * widths[0], kernel_size=base, bias=False),
            nn.BatchNorm2d(2 * widths[0]),
            GatedLinearUnit(),
        )
        self.blocks = nn.ModuleList(
            upsampling_block(in_channels, out_channels, upsampling, has_noise=index % 2 == 0)
            for index, (in_channels, out_channels) in enumerate(pairwise(widths))
        )
        self.excitations = nn.ModuleList(
            SkipLayerExcitation(widths[index], widths[index + EXCITED_AFTER])
            for index in range(count + 1 - EXCITED_AFTER)
        )
        self.to_image = SameConv2d(widths[-1], image.channels, kernel_size=3, bias=False)
        if initialise is not None:
            initialise(self)
        spectral_norm_(self)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)` to images `(B, C, H, W)` in [-1, 1]; labels are not looked at."""
        require_shape("latents", latents, self.latent_dim)
        maps = [self.first(latents[:, :, None, None])]  # (B, widths[0], h, w)
        for index, block in enumerate(self.blocks, start=1):
            features = block(maps[-1])  # twice the sides
            if index >= EXCITED_AFTER:
                small = index - EXCITED_AFTER
                features = self.excitations[small](maps[small], features)
            maps.append(features)
        return torch.tanh(self.to_image(maps[-1]))  # (B, C, H, W)
