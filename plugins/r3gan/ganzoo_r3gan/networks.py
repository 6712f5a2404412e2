"""R3GAN's two networks: `r3gan` has them without labels, `r3gan-conditional` with.

Huang et al., 2024; see `blocks.py`. At 32x32, with the published 768 channels, the generator goes (B, 64) →
768x4x4 → 768x8x8 → 768x16x16 → 768x32x32 → image, with two residual blocks on every map, and the
discriminator the same way back. Shapes: B batch, Z latent, E label features, C channels, H height, W
width; h and w are the sides of the smallest map.
"""

from __future__ import annotations

from typing import final

import torch
from ganzoo_layers import doublings, he_, label_vectors, require_shape
from torch import Tensor, nn

from ganzoo.interfaces import Conditioning, Discriminator, Generator, ImageSpec
from ganzoo_r3gan.blocks import (
    DiscriminativeBasis,
    Downsample,
    GenerativeBasis,
    ResidualBlock,
    Upsample,
)


def widths_of(image: ImageSpec, channels: int, widest_side: int = 32) -> list[int]:
    """Channels of every map, from the smallest to the image's size: they halve with every doubling of
    its longer side beyond `widest_side` pixels, as published for FFHQ at 64x64 and 256x256.
    """
    count = doublings("r3gan", image)
    sides = [max(image.height, image.width) >> i for i in reversed(range(count + 1))]
    return [max(1, channels * widest_side // max(side, widest_side)) for side in sides]


@final
class R3GANGenerator(Generator):
    """A learned basis for the smallest map, then residual blocks and bilinear doublings; no tanh.

    Beside the latents, a label's vector enters through a bias-free dense layer of as many features as
    there are latents, where it is conditional.
    """

    def __init__(
        self,
        latent_dim: int,
        widths: list[int],
        blocks: int,
        group_width: int,
        image: ImageSpec,
        num_classes: int | None = None,
        conditioning: Conditioning | None = None,
    ) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = latent_dim, image, num_classes
        self.conditioning = conditioning
        self.label: nn.Linear | None = None
        if conditioning is not None:
            self.label = nn.Linear(conditioning.features, latent_dim, bias=False)
            he_(self.label)
        base = image.height >> (len(widths) - 1), image.width >> (len(widths) - 1)
        layers: list[nn.Module] = []
        for index, channels in enumerate(widths):
            if index == 0:
                features = latent_dim if self.label is None else 2 * latent_dim
                layers.append(GenerativeBasis(features, channels, base))
            else:
                layers.append(Upsample(widths[index - 1], channels))
            layers += [ResidualBlock(channels, group_width, blocks * len(widths)) for _ in range(blocks)]
        self.layers = nn.Sequential(*layers)
        self.to_image = nn.Conv2d(widths[-1], image.channels, kernel_size=1, bias=False)
        he_(self.to_image)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)` and, where conditional, labels `(B,)` int64 to images `(B, C, H, W)`.

        In evaluation mode they are cut to [-1, 1]. In training mode nothing bounds them, as published:
        the discriminator does.
        """
        require_shape("latents", latents, self.latent_dim)
        vectors = label_vectors(self.conditioning, labels, self.num_classes, latents=latents)  # (B, E)
        if self.label is not None:
            latents = torch.cat((latents, self.label(vectors)), dim=1)  # (B, 2Z)
        images: Tensor = self.to_image(self.layers(latents))  # (B, C, H, W)
        return images if self.training else images.clamp(-1, 1)


@final
class R3GANDiscriminator(Discriminator):
    """A 1x1 convolution, residual blocks and bilinear halvings, then a learned basis of the last map.

    Where it is conditional, as many features as there are channels are projected on a bias-free dense
    layer of the label's vector.
    """

    def __init__(
        self,
        widths: list[int],
        blocks: int,
        group_width: int,
        image: ImageSpec,
        num_classes: int | None = None,
        conditioning: Conditioning | None = None,
    ) -> None:
        super().__init__()
        self.image, self.num_classes, self.conditioning = image, num_classes, conditioning
        widths = widths[::-1]
        self.label: nn.Linear | None = None
        if conditioning is not None:
            self.label = nn.Linear(conditioning.features, widths[-1], bias=False)
            he_(self.label, gain=widths[-1] ** -0.5)
        base = image.height >> (len(widths) - 1), image.width >> (len(widths) - 1)
        self.from_image = nn.Conv2d(image.channels, widths[0], kernel_size=1, bias=False)
        he_(self.from_image)
        layers: list[nn.Module] = []
        for index, channels in enumerate(widths):
            layers += [ResidualBlock(channels, group_width, blocks * len(widths)) for _ in range(blocks)]
            if index < len(widths) - 1:
                layers.append(Downsample(channels, widths[index + 1]))
        self.layers = nn.Sequential(*layers)
        self.basis = DiscriminativeBasis(widths[-1], 1 if conditioning is None else widths[-1], base)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps images `(B, C, H, W)` and, where conditional, labels `(B,)` int64 to logits `(B,)`."""
        require_shape("images", images, *self.image.shape)
        vectors = label_vectors(self.conditioning, labels, self.num_classes, images=images)  # (B, E)
        features: Tensor = self.basis(self.layers(self.from_image(images)))  # (B, 1), or (B, widths[-1])
        if self.label is not None:
            features = features * self.label(vectors)
        return features.sum(dim=1)  # (B,)
