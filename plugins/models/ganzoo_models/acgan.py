"""ACGAN: the discriminator also tells the classes apart, and both players want it to be right.

References:
    Odena, Olah and Shlens, 2017, "Conditional Image Synthesis With Auxiliary Classifier GANs", section 3
    (the two losses) and the appendix's table for CIFAR-10 (these networks and their training).

The networks are those that the paper gives for CIFAR-10, rather than a later residual backbone, so that
what the classifier adds can be seen next to `dcgan`. Its optional noise on activations is left out.

At 32x32 with ten classes the generator goes (B, 100) and the label's 10 features → 384x4x4 → 192x8x8 →
96x16x16 → image; the discriminator goes image → 16x16x16 → 32x16x16 → 64x8x8 → 128x8x8 → 256x4x4 →
512x4x4 → logit and 10 class logits. Shapes: B batch, Z latent, E label features, K classes, C channels,
H height, W width; h and w are the sides of the smallest map.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, final

import torch
import torch.nn.functional as F
from ganzoo_components.layers import (
    SameConv2d,
    doublings,
    normal_,
    require_classes,
    require_equal_batches,
    require_positive,
    require_probability,
    require_shape,
)
from torch import Tensor, nn

from ganzoo.interfaces import (
    ConditioningFactory,
    Discriminator,
    Generator,
    ImageSpec,
    Judgement,
    Model,
    UpsamplingFactory,
    require_labels,
)
from ganzoo_models.differences import ACGAN as DIFFERENCES
from ganzoo_models.fast_recipes import ACGAN as FAST


@final
class ACGANGenerator(Generator):
    """A dense layer of latents and label, then upsamplings; ReLU and batch normalisation between them.

    The dense layer has no batch normalisation, as published. `widths` counts the feature maps from the
    smallest map to the image.
    """

    num_classes: int

    def __init__(
        self,
        config: ACGAN.Config,
        image: ImageSpec,
        num_classes: int,
        upsampling: UpsamplingFactory,
        conditioning: ConditioningFactory,
        widths: list[int],
    ) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = config.latent_dim, image, num_classes
        self.conditioning = conditioning(num_classes)
        self.base_shape = (widths[0], image.height >> len(widths), image.width >> len(widths))
        self.dense = nn.Linear(config.latent_dim + self.conditioning.features, math.prod(self.base_shape))
        layers: list[nn.Module] = [nn.ReLU(inplace=True)]
        for in_channels, out_channels in pairwise(widths):
            layers += [
                upsampling(in_channels, out_channels, bias=False),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(inplace=True),
            ]
        layers.append(upsampling(widths[-1], image.channels))
        self.upsamplings = nn.Sequential(*layers)
        normal_(self)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)` and labels `(B,)` int64 to images `(B, C, H, W)` in [-1, 1]."""
        labels = require_labels(labels, self.num_classes)
        require_shape("latents", latents, self.latent_dim)
        require_equal_batches(latents=latents, labels=labels)
        features = self.dense(torch.cat((latents, self.conditioning(labels)), dim=1))  # (B, widths[0]·h·w)
        features = features.reshape(-1, *self.base_shape)  # (B, widths[0], h, w)
        return torch.tanh(self.upsamplings(features))  # (B, C, H, W)


@final
class ACGANDiscriminator(Discriminator):
    """Convolutions, every other one with stride 2, then two dense layers: real or fake, and which class.

    LeakyReLU 0.2 and dropout after every convolution, batch normalisation after all but the first.
    `widths` counts the feature maps, two for each halving of the sides.
    """

    head = "dense"

    num_classes: int

    def __init__(self, config: ACGAN.Config, image: ImageSpec, num_classes: int, widths: list[int]) -> None:
        super().__init__()
        self.image, self.num_classes = image, num_classes
        self.classifier_weight = config.classifier_weight
        layers: list[nn.Module] = []
        for index, (in_channels, out_channels) in enumerate(pairwise([image.channels, *widths])):
            is_first = index == 0
            layers += [
                SameConv2d(
                    in_channels, out_channels, kernel_size=3, stride=1 if index % 2 else 2, bias=is_first
                ),
                nn.Identity() if is_first else nn.BatchNorm2d(out_channels),
                nn.LeakyReLU(0.2, inplace=True),  # neither convolution nor normalisation needs its output
                nn.Dropout(config.dropout),
            ]
        self.convolutions = nn.Sequential(*layers)
        halvings = len(widths) // 2
        features = widths[-1] * (image.height >> halvings) * (image.width >> halvings)
        self.dense = nn.Linear(features, 1)
        self.classifier = nn.Linear(features, num_classes)
        normal_(self)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Judgement:
        """Maps images `(B, C, H, W)` in [-1, 1] and labels `(B,)` int64 to logits `(B,)` and to the
        classifier's cross-entropy `(B,)`, times its weight. The logits know nothing of the labels.
        """
        labels = require_labels(labels, self.num_classes)
        require_shape("images", images, *self.image.shape)
        require_equal_batches(images=images, labels=labels)
        features = self.convolutions(images).flatten(1)  # (B, widths[-1]·h·w)
        class_logits = self.classifier(features)  # (B, K)
        class_logits = class_logits.to(torch.promote_types(class_logits.dtype, torch.float32))
        cross_entropy = F.cross_entropy(class_logits, labels, reduction="none")  # (B,)
        return Judgement(self.dense(features).squeeze(1), self.classifier_weight * cross_entropy)


@final
class ACGAN(Model):
    """Auxiliary classifier GAN: the discriminator names the class as well (Odena et al., 2017)."""

    ganzoo_api = 1
    small: ClassVar[Mapping[str, Any]] = {"channels": 8, "discriminator_channels": 4}

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `acgan`."""

        latent_dim: int = 100
        """Length of the latent vector."""

        channels: int = 96
        """Channels of the generator's feature maps at half the image's sides; they double with every further
        halving."""

        discriminator_channels: int = 16
        """Channels after the discriminator's first convolution; every further convolution doubles them."""

        max_channels: int = 512
        """Upper bound of the channels of either network, where the doubling stops."""

        dropout: float = 0.5
        """Dropout probability after every convolution of the discriminator."""

        classifier_weight: float = 1.0
        """Weight of the classifier's cross-entropy beside the objective, for both players."""

        def __post_init__(self) -> None:
            require_positive(self, "latent_dim", "channels", "discriminator_channels", "max_channels")
            require_probability(self, "dropout")
            if not self.classifier_weight > 0:
                raise ValueError(f"classifier_weight must be above 0, not {self.classifier_weight}")

    conditional: ClassVar[bool] = True

    components: ClassVar[Mapping[str, str]] = {
        "upsampling": "ganzoo-components:transposed-conv",
        "conditioning": "ganzoo-components:one-hot",
    }

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {
        "upsampling.kernel_size": (5, "Odena et al., 2017, appendix, table for CIFAR-10"),
        "objective.name": ("ganzoo-objectives:bce", "Odena et al., 2017, equation 2"),
        "training.batch_size": (100, "Odena et al., 2017, appendix, table for CIFAR-10"),
        "training.learning_rate": (2e-4, "Odena et al., 2017, appendix: one of 1e-4, 2e-4 and 3e-4"),
        "optimizer.name": ("ganzoo-optimizers:adam", "Odena et al., 2017, appendix, table for CIFAR-10"),
        "optimizer.beta1": (0.5, "Odena et al., 2017, appendix, table for CIFAR-10"),
        "optimizer.beta2": (0.999, "Odena et al., 2017, appendix, table for CIFAR-10"),
        "training.epochs": (100, "Odena et al., 2017, appendix: 50,000 steps of 100 CIFAR-10 images"),
    }
    recipes = FAST
    differences = DIFFERENCES

    def __init__(
        self,
        config: Config,
        image: ImageSpec,
        num_classes: int | None,
        *,
        upsampling: UpsamplingFactory,
        conditioning: ConditioningFactory,
    ) -> None:
        self._num_classes = require_classes("acgan", num_classes)
        self._config, self._image = config, image
        self._upsampling, self._conditioning = upsampling, conditioning
        self._doublings = doublings("acgan", image)

    def generator(self) -> ACGANGenerator:
        """Builds a freshly initialised generator."""
        config = self._config
        widths = [min(config.max_channels, config.channels << i) for i in reversed(range(self._doublings))]
        return ACGANGenerator(
            config, self._image, self._num_classes, self._upsampling, self._conditioning, widths
        )

    def discriminator(self) -> ACGANDiscriminator:
        """Builds a freshly initialised discriminator."""
        config = self._config
        widths = [
            min(config.max_channels, config.discriminator_channels << i) for i in range(2 * self._doublings)
        ]
        return ACGANDiscriminator(config, self._image, self._num_classes, widths)
