"""The discriminator of StyleGAN2, without or with residual connections.

Karras et al., 2020, "Analyzing and Improving the Image Quality of StyleGAN", section 4.1. At 32x32, with
512 channels, it goes image → 512x32x32 → 512x16x16 → 512x8x8 → 512x4x4, of which a map shows how much the
images of a group differ, → 512 → logit. Shapes: B batch, E label features, C channels, H height, W width.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import final

from ganzoo_components.layers import MinibatchStandardDeviation, label_vectors, require_shape
from torch import Tensor, nn

from ganzoo.interfaces import Conditioning, Discriminator, ImageSpec
from ganzoo_models.stylegan2.equalised import EqualisedConv2d, EqualisedLinear, activate, normalise
from ganzoo_models.stylegan2.mapping import MappingNetwork
from ganzoo_models.stylegan2.settings import StyleGAN2Settings, widths_of


@final
class HalvingBlock(nn.Module):
    """Two convolutions, of which the second halves the sides; around both a shortcut, where residual."""

    def __init__(self, in_channels: int, out_channels: int, residual: bool) -> None:
        super().__init__()
        self.keep = EqualisedConv2d(in_channels, in_channels, 3)
        self.halve = EqualisedConv2d(in_channels, out_channels, 3, halves=True)
        self.shortcut = (
            EqualisedConv2d(in_channels, out_channels, 1, bias=False, halves=True) if residual else None
        )

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, in_channels, H, W)` to `(B, out_channels, H/2, W/2)`."""
        halved = activate(self.halve(activate(self.keep(images))))
        if self.shortcut is not None:
            halved = (halved + self.shortcut(images)) / math.sqrt(2)  # two signals of variance 1
        return halved


@final
class StyleGAN2Discriminator(Discriminator):
    """Convolutions from the image to a small map, its spread over the batch, two dense layers.

    Where it is conditional, as many features as the last feature map has channels are projected on a mapping
    of the label, of `label_layers` layers.
    """

    head = "to_logits"

    def __init__(
        self,
        config: StyleGAN2Settings,
        image: ImageSpec,
        num_classes: int | None = None,
        conditioning: Conditioning | None = None,
        label_layers: int = 0,
    ) -> None:
        super().__init__()
        self.image, self.num_classes, self.conditioning = image, num_classes, conditioning
        widths = widths_of(config, image)[::-1]
        last = widths[-1]
        self.label: EqualisedLinear | None = None
        if conditioning is not None:
            self.label = EqualisedLinear(conditioning.features, last)
            self.mapping = MappingNetwork(last, last, label_layers)
        self.from_image = EqualisedConv2d(image.channels, widths[0], 1)
        self.blocks = nn.Sequential(*(HalvingBlock(*pair, config.residual) for pair in pairwise(widths)))
        self.spread = MinibatchStandardDeviation(config.group_size)
        self.convolution = EqualisedConv2d(last + 1, last, 3)
        halvings = len(widths) - 1
        self.dense = EqualisedLinear(last * (image.height >> halvings) * (image.width >> halvings), last)
        self.to_logits = EqualisedLinear(last, 1 if conditioning is None else last)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps images `(B, C, H, W)` and, where conditional, labels `(B,)` int64 to logits `(B,)`."""
        require_shape("images", images, *self.image.shape)
        vectors = label_vectors(self.conditioning, labels, self.num_classes, images=images)  # (B, E)
        features = self.blocks(activate(self.from_image(images)))
        features = activate(self.convolution(self.spread(features)))
        features = activate(self.dense(features.flatten(1)))  # (B, widths[-1])
        outputs: Tensor = self.to_logits(features)  # (B, 1), or (B, widths[-1])
        if self.label is None:
            return outputs.squeeze(1)  # (B,)
        direction: Tensor = self.mapping(normalise(self.label(vectors)))  # (B, widths[-1])
        return (outputs * direction).sum(dim=1) / math.sqrt(outputs.shape[1])  # (B,)
