"""SAGAN: every pixel of one feature map attends to all others, in both networks.

References:
    Zhang, Goodfellow, Metaxas and Odena, 2019, "Self-Attention Generative Adversarial Networks": section
    3 (attention), section 4 (spectral normalisation in both networks, two learning rates).
    Miyato and Koyama, 2018, "cGANs with Projection Discriminator": the residual networks around it.

The paper draws 128x128 and tries attention at 8x8 to 64x64; this model attends one doubling before the
image, at every size. At 32x32, with as many channels as SNGAN has there, the generator goes (B, 128) →
256x4x4 → 256x8x8 → 256x16x16, attention → 256x32x32 → image; the discriminator goes image → 128x16x16,
attention → 128x8x8 → 128x8x8 → 128x8x8 → 128 sums → logit. Shapes: B batch, Z latent, E label features,
C channels, H height, W width; h and w are the sides of the smallest map.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

import torch
import torch.nn.functional as F
from ganzoo_components.layers import (
    GeneratorBlock,
    PooledSelfAttention2d,
    Projection,
    SameConv2d,
    SelfAttention2d,
    discriminator_blocks,
    doublings,
    glorot_,
    halvings,
    label_vectors,
    require_classes,
    require_shape,
    spectral_norm_,
)
from torch import Tensor, nn

from ganzoo.interfaces import (
    Conditioning,
    ConditioningFactory,
    Discriminator,
    Generator,
    ImageSpec,
    Model,
    UpsamplingFactory,
)
from ganzoo_models.differences import SAGAN as DIFFERENCES
from ganzoo_models.fast_recipes import SAGAN as FAST
from ganzoo_models.published import SAGAN_OF_STUDIOGAN
from ganzoo_models.sngan_settings import SNGANSettings


@dataclass(frozen=True, kw_only=True)
class SAGANSettings(SNGANSettings):
    """Settings of `sagan`."""

    pooled_attention: bool = False
    """Whether pixels attend to maxima of 2x2 pixels, with four times as many numbers for each, as in the
    released codes; not so in the paper."""


@final
class SAGANGenerator(Generator):
    """A dense layer, residual blocks that double the sides, attention before the last of them, batch
    normalisation, a convolution and tanh; convolutions and dense layer spectrally normalised.
    """

    def __init__(
        self,
        config: SAGANSettings,
        image: ImageSpec,
        num_classes: int,
        upsampling: UpsamplingFactory,
        conditioning: Conditioning,
    ) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = config.latent_dim, image, num_classes
        self.conditioning = conditioning
        count, channels = doublings("sagan", image), config.channels
        self.base_shape = (channels, image.height >> count, image.width >> count)
        self.dense = nn.Linear(config.latent_dim, math.prod(self.base_shape))
        *blocks, last_block = (
            GeneratorBlock(channels, channels, upsampling, conditioning.features) for _ in range(count)
        )
        self.blocks, self.last_block = nn.ModuleList(blocks), last_block
        self.attention = _attention(config)(channels)
        self.normalisation = nn.BatchNorm2d(channels)
        self.to_image = SameConv2d(channels, image.channels, kernel_size=3)
        glorot_(self.dense)
        glorot_(self.to_image)
        spectral_norm_(self)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)` and labels `(B,)` int64 to images `(B, C, H, W)` in [-1, 1]."""
        require_shape("latents", latents, self.latent_dim)
        vectors = label_vectors(self.conditioning, labels, self.num_classes, latents=latents)  # (B, E)
        features = self.dense(latents).reshape(-1, *self.base_shape)  # (B, channels, h, w)
        for block in self.blocks:
            features = block(features, vectors)  # twice the sides
        features = self.attention(features)  # (B, channels, H/2, W/2)
        features = self.last_block(features, vectors)  # (B, channels, H, W)
        features = F.relu(self.normalisation(features), inplace=True)
        return torch.tanh(self.to_image(features))  # (B, C, H, W)


@final
class SAGANDiscriminator(Discriminator):
    """Residual blocks, attention after the first, ReLU, the sum over all pixels, and a projection on the
    label's vector; every weight spectrally normalised.
    """

    head = "projection"

    def __init__(
        self, config: SAGANSettings, image: ImageSpec, num_classes: int, conditioning: Conditioning
    ) -> None:
        super().__init__()
        self.image, self.num_classes, self.conditioning = image, num_classes, conditioning
        channels = config.discriminator_channels
        first, *others = discriminator_blocks(image.channels, channels, halvings("sagan", image))
        self.blocks = nn.Sequential(first, _attention(config)(channels), *others)
        self.projection = Projection(channels, conditioning.features)
        spectral_norm_(self)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps images `(B, C, H, W)` in [-1, 1] and labels `(B,)` int64 to logits `(B,)`."""
        require_shape("images", images, *self.image.shape)
        vectors = label_vectors(self.conditioning, labels, self.num_classes, images=images)  # (B, E)
        features = F.relu(self.blocks(images)).sum(dim=(2, 3))  # (B, channels)
        logits: Tensor = self.projection(features, vectors)  # (B,)
        return logits


@final
class SAGAN(Model):
    """Self-attention GAN by class, spectrally normalised throughout (Zhang et al., 2019)."""

    ganzoo_api = 1
    small: ClassVar[Mapping[str, Any]] = {"channels": 8, "discriminator_channels": 8}

    Config = SAGANSettings

    conditional: ClassVar[bool] = True

    components: ClassVar[Mapping[str, str]] = {
        "upsampling": "ganzoo-components:resize-conv",
        "conditioning": "ganzoo-components:one-hot",
    }

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {
        "upsampling.kernel_size": (3, "Zhang et al., 2019, released code"),
        "upsampling.padding": ("zeros", "Zhang et al., 2019, released code"),
        "objective.name": ("ganzoo-objectives:hinge", "Zhang et al., 2019, equation 4"),
        "training.batch_size": (256, "Zhang et al., 2019, released code: four devices of 64"),
        "training.discriminator_steps": (1, "Zhang et al., 2019, section 4.2"),
        "training.fresh_fakes": (True, "Zhang et al., 2019, released code"),
        "training.learning_rate": (1e-4, "Zhang et al., 2019, section 5"),
        "training.discriminator_learning_rate": (4e-4, "Zhang et al., 2019, section 5"),
        "optimizer.name": ("ganzoo-optimizers:adam", "Zhang et al., 2019, section 5"),
        "optimizer.beta1": (0.0, "Zhang et al., 2019, section 5"),
        "optimizer.beta2": (0.9, "Zhang et al., 2019, section 5"),
        "training.epochs": (500, "this zoo's choice: about 100,000 steps of 256 CIFAR-10 images"),
    }
    recipes = FAST

    published: ClassVar[Mapping[str, tuple[float, Mapping[str, str]]]] = {
        "FID on CIFAR-10, with flips": (10.35, SAGAN_OF_STUDIOGAN),
        "Inception score on CIFAR-10, with flips": (8.64, SAGAN_OF_STUDIOGAN),
    }
    differences = DIFFERENCES

    def __init__(
        self,
        config: SAGANSettings,
        image: ImageSpec,
        num_classes: int | None,
        *,
        upsampling: UpsamplingFactory,
        conditioning: ConditioningFactory,
    ) -> None:
        self._num_classes = require_classes("sagan", num_classes)
        doublings("sagan", image)  # refuses the sizes that it can't draw
        self._config, self._image = config, image
        self._upsampling, self._conditioning = upsampling, conditioning

    def generator(self) -> SAGANGenerator:
        """Builds a freshly initialised generator."""
        conditioning = self._conditioning(self._num_classes)
        return SAGANGenerator(self._config, self._image, self._num_classes, self._upsampling, conditioning)

    def discriminator(self) -> SAGANDiscriminator:
        """Builds a freshly initialised discriminator, with a conditioning of its own."""
        conditioning = self._conditioning(self._num_classes)
        return SAGANDiscriminator(self._config, self._image, self._num_classes, conditioning)


def _attention(config: SAGANSettings) -> type[SelfAttention2d | PooledSelfAttention2d]:
    return PooledSelfAttention2d if config.pooled_attention else SelfAttention2d
