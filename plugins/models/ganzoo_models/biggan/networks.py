"""The networks of BigGAN that other models take from it: the generator, and the discriminator's blocks.

Shapes: B batch, Z latent, E label features, C channels, H height, W width; h and w are the smallest sides.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Final, final

import torch
import torch.nn.functional as F
from ganzoo_components.layers import (
    ConditionalBatchNorm2d,
    DiscriminatorBlock,
    GeneratorBlock,
    PooledSelfAttention2d,
    SameConv2d,
    halvings,
    label_vectors,
    orthogonal_,
    require_shape,
    spectral_norm_,
)
from torch import Tensor, nn

from ganzoo.interfaces import Conditioning, Generator, ImageSpec, UpsamplingFactory
from ganzoo_models.biggan.settings import (
    DISCRIMINATOR_WIDTHS,
    GENERATOR_WIDTHS,
    BigGANSettings,
    blocks_of,
)

_EPSILON: Final = 1e-4
"""Of every batch normalisation, in the released code."""


@final
class BigGANGenerator(Generator):
    """A dense layer, residual blocks that double the sides, attention before the last, a convolution, tanh.

    Spectrally normalised throughout, but for the embedding of the labels.
    """

    num_classes: int

    def __init__(
        self,
        config: BigGANSettings,
        image: ImageSpec,
        num_classes: int,
        upsampling: UpsamplingFactory,
        conditioning: Conditioning,
    ) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = config.latent_dim, image, num_classes
        count = blocks_of("biggan", image)
        widths = [config.channels * multiple for multiple in GENERATOR_WIDTHS.get(count, (4,) * (count + 1))]
        # As equal as they can be: all the same where the number of parts divides the latents.
        self.parts = [len(part) for part in torch.arange(config.latent_dim).tensor_split(count + 1)]
        self.base_shape = (widths[0], image.height >> count, image.width >> count)
        self.dense = nn.Linear(self.parts[0], math.prod(self.base_shape))
        *blocks, last_block = (
            GeneratorBlock(in_channels, out_channels, upsampling, config.label_features + part)
            for (in_channels, out_channels), part in zip(pairwise(widths), self.parts[1:], strict=True)
        )
        self.blocks, self.last_block = nn.ModuleList(blocks), last_block
        self.attention = PooledSelfAttention2d(widths[-2])
        self.normalisation = nn.BatchNorm2d(widths[-1])
        self.to_image = SameConv2d(widths[-1], image.channels, kernel_size=3)
        orthogonal_(self)
        spectral_norm_(self)
        for module in list(self.modules()):
            if isinstance(module, ConditionalBatchNorm2d):
                spectral_norm_(module)  # gains and biases as well, as published
            if isinstance(module, nn.BatchNorm2d):
                module.eps = _EPSILON
        self.conditioning = conditioning
        self.embedding = nn.Linear(conditioning.features, config.label_features, bias=False)
        orthogonal_(self.embedding)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)` and labels `(B,)` int64 to images `(B, C, H, W)` in [-1, 1]."""
        require_shape("latents", latents, self.latent_dim)
        vectors = label_vectors(self.conditioning, labels, self.num_classes, latents=latents)
        embedded = self.embedding(vectors)  # (B, E)
        first, *others = torch.split(latents, self.parts, dim=1)
        conditions = [torch.cat((embedded, part), dim=1) for part in others]
        features = self.dense(first).reshape(-1, *self.base_shape)  # (B, widths[0], h, w)
        for block, condition in zip(self.blocks, conditions[:-1], strict=True):
            features = block(features, condition)  # twice the sides
        features = self.attention(features)  # (B, widths[-2], H/2, W/2)
        features = self.last_block(features, conditions[-1])  # (B, widths[-1], H, W)
        features = F.relu(self.normalisation(features), inplace=True)
        return torch.tanh(self.to_image(features))  # (B, C, H, W)


def discriminator_layers(model: str, config: BigGANSettings, image: ImageSpec) -> tuple[nn.Sequential, int]:
    """The residual blocks with attention after the first, from images to feature maps, and their channels."""
    count = blocks_of(model, image)
    down = count if count in DISCRIMINATOR_WIDTHS else halvings(model, image)
    multiples = DISCRIMINATOR_WIDTHS.get(count, (2,) * (down + 2))
    widths = [image.channels, *(config.discriminator_channels * multiple for multiple in multiples)]
    first, *others = (
        DiscriminatorBlock(*ends, downsample=index < down, is_first=index == 0)
        for index, ends in enumerate(pairwise(widths))
    )
    return nn.Sequential(first, PooledSelfAttention2d(widths[1]), *others), widths[-1]
