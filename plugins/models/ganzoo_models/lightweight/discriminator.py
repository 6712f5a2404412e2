"""The discriminator of Liu et al., 2021, which learns to draw real images again from its own features.

At 256x256, with the published 64 channels, it goes image → 16x256x256 → 32x128x128 → 64x64x64 → 128x32x32 →
256x16x16 → 512x8x8 → 5x5 logits; the maps of 256, 128 and 64 pixels gate those of 32, 16 and 8. A second,
plain branch sees every other row and column of the image and ends in 256x8x8 → 5x5 logits. Three decoders
draw the halved image from 512x8x8 and from 256x8x8 of the second branch, and a quarter of the image from a
quarter of 256x16x16. Shapes: B batch, C channels, H height, W width.
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar, Final, final

import torch
from ganzoo_components.layers import SameConv2d, require_shape, spectral_norm_
from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, ImageSpec, Judgement, UpsamplingFactory
from ganzoo_models.lightweight.blocks import SkipLayerExcitation, initialise_, upsampling_block
from ganzoo_models.lightweight.settings import LightweightSettings

EXCITED_AFTER: Final = 3
"""Halvings from a map to the one that it gates (released code)."""

_DECODER_WIDTHS: Final = (128, 64, 64, 32, 16)


@final
class DownsamplingBlock(nn.Module):
    """Halves height and width: the mean of a strided and a plain convolution, and of pooling and a 1x1
    convolution; batch normalisation and LeakyReLU 0.2 after each.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            *_convolution(in_channels, out_channels, kernel_size=4, stride=2),
            *_convolution(out_channels, out_channels, kernel_size=3),
        )
        self.direct = nn.Sequential(nn.AvgPool2d(2), *_convolution(in_channels, out_channels, kernel_size=1))

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, in_channels, H, W)` to `(B, out_channels, H/2, W/2)`."""
        halved: Tensor = (self.main(images) + self.direct(images)) / 2
        return halved


@final
class LightweightDiscriminator(Discriminator):
    """Two branches of strided convolutions and three decoders; everything is spectrally normalised.

    `halvings` counts from the image to the last map, of 8 pixels or more, and is 2 or more.
    """

    self_supervised: ClassVar[bool] = True

    def __init__(
        self,
        config: LightweightSettings,
        image: ImageSpec,
        halvings: int,
        upsampling: UpsamplingFactory,
    ) -> None:
        super().__init__()
        self.image, self.num_classes = image, None
        self.reconstruction_weight = config.reconstruction_weight
        widths = [
            max(1, (8 * config.discriminator_channels) >> (halvings - index)) for index in range(halvings + 1)
        ]
        self.from_image = nn.Sequential(
            SameConv2d(image.channels, widths[0], kernel_size=3, bias=False), nn.LeakyReLU(0.2)
        )
        self.blocks = nn.ModuleList(DownsamplingBlock(*pair) for pair in pairwise(widths))
        self.excitations = nn.ModuleList(
            SkipLayerExcitation(widths[index], widths[index + EXCITED_AFTER])
            for index in range(halvings + 1 - EXCITED_AFTER)
        )
        self.to_logits = nn.Sequential(
            *_convolution(widths[-1], 2 * widths[-1], kernel_size=1),
            nn.Conv2d(2 * widths[-1], 1, kernel_size=4, bias=False),
        )
        small_widths = widths[1:-1]
        layers: list[nn.Module] = [
            SameConv2d(image.channels, small_widths[0], kernel_size=4, stride=2, bias=False),
            nn.LeakyReLU(0.2),
        ]
        for pair in pairwise(small_widths):
            layers += _convolution(*pair, kernel_size=4, stride=2)
        self.small_branch = nn.Sequential(*layers)
        self.small_to_logits = nn.Conv2d(small_widths[-1], 1, kernel_size=4, bias=False)
        decoded = {"whole": widths[-1], "part": widths[-2], "small": small_widths[-1]}
        self.decoders = nn.ModuleDict(
            {
                name: _decoder(width, image.channels, halvings - 1, upsampling)
                for name, width in decoded.items()
            }
        )
        initialise_(self)
        spectral_norm_(self)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Judgement:
        """Maps images `(B, C, H, W)` in [-1, 1] to logits `(B, P)`, those of both branches' patches, and to
        how far the decoders are from the images `(B,)`, times its weight: 0 while nothing in here learns.
        Labels are not looked at.
        """
        require_shape("images", images, *self.image.shape)
        halved = images[:, :, ::2, ::2]  # the nearest pixels, as the released code resizes
        maps = [self.from_image(images)]  # (B, widths[0], H, W)
        for index, block in enumerate(self.blocks, start=1):
            features = block(maps[-1])  # half the sides
            if index >= EXCITED_AFTER:
                large = index - EXCITED_AFTER
                features = self.excitations[large](maps[large], features)
            maps.append(features)
        small = self.small_branch(halved)
        logits = torch.cat(
            (self.to_logits(maps[-1]).flatten(1), self.small_to_logits(small).flatten(1)), dim=1
        )  # (B, P)
        if not next(self.decoders.parameters()).requires_grad:  # the generator's turn
            return Judgement(logits, logits.new_zeros(len(logits)))
        part, part_of_image = self._one_quarter(maps[-2], images)
        errors = (
            _distance(self.decoders["whole"](maps[-1]), halved)
            + _distance(self.decoders["small"](small), halved)
            + _distance(self.decoders["part"](part), part_of_image)
        )
        return Judgement(logits, self.reconstruction_weight * errors)

    def _one_quarter(self, features: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
        """The same quarter of the features and of the images: a random one while training, else the first.

        Which one is decided on the device, and is not read back.
        """
        if not self.training:
            return _quarters(features)[0], _quarters(images)[0]
        which = torch.randint(4, (1,), device=images.device)
        of_features, of_images = (_quarters(x).index_select(0, which).squeeze(0) for x in (features, images))
        return of_features, of_images


def _convolution(in_channels: int, out_channels: int, kernel_size: int, stride: int = 1) -> list[nn.Module]:
    return [
        SameConv2d(in_channels, out_channels, kernel_size, stride=stride, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.LeakyReLU(0.2),
    ]


def _decoder(
    in_channels: int, image_channels: int, doublings: int, upsampling: UpsamplingFactory
) -> nn.Sequential:
    widths = [in_channels, *(_DECODER_WIDTHS[min(i, len(_DECODER_WIDTHS) - 1)] for i in range(doublings))]
    return nn.Sequential(
        *(upsampling_block(*pair, upsampling) for pair in pairwise(widths)),
        SameConv2d(widths[-1], image_channels, kernel_size=3, bias=False),
        nn.Tanh(),
    )


def _quarters(images: Tensor) -> Tensor:
    """Cuts `(B, C, H, W)` into quarters, `(4, B, C, H/2, W/2)`."""
    return torch.stack([part for rows in images.chunk(2, dim=2) for part in rows.chunk(2, dim=3)])


def _distance(drawn: Tensor, images: Tensor) -> Tensor:
    """The mean absolute difference of each image, `(B,)` (equation 2, without the perceptual network)."""
    return (drawn.to(images.dtype) - images).abs().mean(dim=(1, 2, 3))
