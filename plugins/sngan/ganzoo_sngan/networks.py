"""SNGAN's two residual networks: `sngan` has them without labels, `sngan-projection` with.

References:
    Miyato, Kataoka, Koyama and Yoshida, 2018, "Spectral Normalization for Generative Adversarial
    Networks": appendix B.4, table 4 (the residual networks for 32x32).
    Miyato and Koyama, 2018, "cGANs with Projection Discriminator".

At 32x32, with the published 256 and 128 channels, the generator goes (B, 128) → 256x4x4 → 256x8x8 →
256x16x16 → 256x32x32 → image; the discriminator goes image → 128x16x16 → 128x8x8 → 128x8x8 → 128x8x8 →
128 sums → logit. Shapes: B batch, Z latent, E label features, C channels, H height, W width; h and w are
the sides of the smallest map.
"""

from __future__ import annotations

import math
from typing import final

import torch
import torch.nn.functional as F
from ganzoo_layers import (
    GeneratorBlock,
    Projection,
    SameConv2d,
    discriminator_blocks,
    doublings,
    glorot_,
    halvings,
    label_vectors,
    require_shape,
    spectral_norm_,
)
from torch import Tensor, nn

from ganzoo.interfaces import Conditioning, Discriminator, Generator, ImageSpec, UpsamplingFactory


@final
class SNGANGenerator(Generator):
    """A dense layer, residual blocks that double the sides, batch normalisation, a convolution and tanh.

    With a conditioning the blocks' batch normalisation is conditional; the last one never is.
    """

    def __init__(
        self,
        latent_dim: int,
        channels: int,
        image: ImageSpec,
        upsampling: UpsamplingFactory,
        num_classes: int | None = None,
        conditioning: Conditioning | None = None,
    ) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = latent_dim, image, num_classes
        self.conditioning = conditioning
        count = doublings("sngan", image)
        self.base_shape = (channels, image.height >> count, image.width >> count)
        label_features = None if conditioning is None else conditioning.features
        self.dense = nn.Linear(latent_dim, math.prod(self.base_shape))
        self.blocks = nn.ModuleList(
            GeneratorBlock(channels, channels, upsampling, label_features) for _ in range(count)
        )
        self.normalisation = nn.BatchNorm2d(channels)
        self.to_image = SameConv2d(channels, image.channels, kernel_size=3)
        glorot_(self.dense)
        glorot_(self.to_image)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)` and, where conditional, labels `(B,)` int64 to images `(B, C, H, W)` in
        [-1, 1].
        """
        require_shape("latents", latents, self.latent_dim)
        vectors = label_vectors(self.conditioning, labels, self.num_classes, latents=latents)  # (B, E)
        features = self.dense(latents).reshape(-1, *self.base_shape)  # (B, channels, h, w)
        for block in self.blocks:
            features = block(features, vectors)  # twice the sides
        features = F.relu(self.normalisation(features), inplace=True)  # (B, channels, H, W)
        return torch.tanh(self.to_image(features))  # (B, C, H, W)


@final
class SNGANDiscriminator(Discriminator):
    """Residual blocks, ReLU, the sum over all pixels, a dense layer; every weight spectrally normalised.

    With a conditioning the sums are projected on the label's vector as well.
    """

    def __init__(
        self,
        channels: int,
        image: ImageSpec,
        num_classes: int | None = None,
        conditioning: Conditioning | None = None,
    ) -> None:
        super().__init__()
        self.image, self.num_classes, self.conditioning = image, num_classes, conditioning
        self.blocks = nn.Sequential(*discriminator_blocks(image.channels, channels, halvings("sngan", image)))
        self.projection = Projection(channels, None if conditioning is None else conditioning.features)
        spectral_norm_(self)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps images `(B, C, H, W)` in [-1, 1] and, where conditional, labels `(B,)` int64 to logits
        `(B,)`.
        """
        require_shape("images", images, *self.image.shape)
        vectors = label_vectors(self.conditioning, labels, self.num_classes, images=images)  # (B, E)
        features = F.relu(self.blocks(images)).sum(dim=(2, 3))  # (B, channels)
        logits: Tensor = self.projection(features, vectors)  # (B,)
        return logits
