"""WGAN-GP: residual networks whose critic is held to slopes of 1 by a penalty, and to nothing else.

References:
    Gulrajani, Ahmed, Arjovsky, Dumoulin and Courville, 2017, "Improved Training of Wasserstein GANs":
    section 4 (the penalty, which is the regularisation `gradient-penalty`), algorithm 1, and the
    appendix on CIFAR-10 with the authors' released code (these networks and their training).

The critic has no normalisation, as published: batch normalisation would make a critic's slope at one image
depend on the others (section 4). At 32x32 the generator goes (B, 128) → 128x4x4 → 128x8x8 → 128x16x16 →
128x32x32 → image; the critic goes image → 128x16x16 → 128x8x8 → 128x8x8 → 128x8x8 → 128 means → logit.
Shapes: B batch, Z latent, C channels, H height, W width; h and w are the sides of the smallest map.
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
    SameConv2d,
    discriminator_blocks,
    doublings,
    glorot_,
    halvings,
    require_positive,
    require_shape,
)
from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Generator, ImageSpec, Model, UpsamplingFactory
from ganzoo_models.differences import WGAN_GP as DIFFERENCES
from ganzoo_models.fast_recipes import WGAN_GP as FAST
from ganzoo_models.published import WGAN_GP_OF_MIMICRY


@final
class WGANGPGenerator(Generator):
    """A dense layer, residual blocks that double the sides, batch normalisation, a convolution and tanh."""

    def __init__(self, config: WGANGP.Config, image: ImageSpec, upsampling: UpsamplingFactory) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = config.latent_dim, image, None
        count, channels = doublings("wgan-gp", image), config.channels
        self.base_shape = (channels, image.height >> count, image.width >> count)
        self.dense = nn.Linear(config.latent_dim, math.prod(self.base_shape))
        self.blocks = nn.Sequential(*(GeneratorBlock(channels, channels, upsampling) for _ in range(count)))
        self.normalisation = nn.BatchNorm2d(channels)
        self.to_image = SameConv2d(channels, image.channels, kernel_size=3)
        glorot_(self.dense)
        glorot_(self.to_image)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)` to images `(B, C, H, W)` in [-1, 1]; labels are not looked at."""
        require_shape("latents", latents, self.latent_dim)
        features = self.dense(latents).reshape(-1, *self.base_shape)  # (B, channels, h, w)
        features = self.blocks(features)  # (B, channels, H, W)
        features = F.relu(self.normalisation(features), inplace=True)
        return torch.tanh(self.to_image(features))  # (B, C, H, W)


@final
class WGANGPCritic(Discriminator):
    """Residual blocks, ReLU, the mean over all pixels and a dense layer; nothing is normalised."""

    head = "dense"

    def __init__(self, config: WGANGP.Config, image: ImageSpec) -> None:
        super().__init__()
        self.image, self.num_classes = image, None
        channels = config.discriminator_channels
        count = halvings("wgan-gp", image)
        self.blocks = nn.Sequential(*discriminator_blocks(image.channels, channels, count))
        self.dense = nn.Linear(channels, 1)
        glorot_(self.dense)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps images `(B, C, H, W)` in [-1, 1] to logits `(B,)`; labels are not looked at."""
        require_shape("images", images, *self.image.shape)
        features = F.relu(self.blocks(images)).mean(dim=(2, 3))  # (B, channels)
        logits: Tensor = self.dense(features).squeeze(1)  # (B,)
        return logits


@final
class WGANGP(Model):
    """Wasserstein GAN with gradient penalty, residual (Gulrajani et al., 2017)."""

    ganzoo_api = 1
    small: ClassVar[Mapping[str, Any]] = {"channels": 8, "discriminator_channels": 8}

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `wgan-gp`."""

        latent_dim: int = 128
        """Length of the latent vector."""

        channels: int = 128
        """Channels of every feature map of the generator."""

        discriminator_channels: int = 128
        """Channels of every feature map of the critic."""

        def __post_init__(self) -> None:
            require_positive(self, "latent_dim", "channels", "discriminator_channels")

    components: ClassVar[Mapping[str, str]] = {"upsampling": "ganzoo-components:resize-conv"}

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {
        "upsampling.kernel_size": (3, "Gulrajani et al., 2017, released code"),
        "upsampling.padding": ("zeros", "Gulrajani et al., 2017, released code"),
        "objective.name": ("ganzoo-objectives:wasserstein", "Gulrajani et al., 2017, equation 3"),
        "regularisation.name": (
            "ganzoo-objectives:gradient-penalty",
            "Gulrajani et al., 2017, equation 3; its weight of 10 is the default",
        ),
        "training.batch_size": (64, "Gulrajani et al., 2017, released code; 128 for its generator"),
        "training.dequantise": (True, "Gulrajani et al., 2017, released code"),
        "training.discriminator_steps": (5, "Gulrajani et al., 2017, algorithm 1"),
        "training.fresh_fakes": (True, "Gulrajani et al., 2017, algorithm 1"),
        "training.learning_rate": (2e-4, "Gulrajani et al., 2017, appendix, CIFAR-10; algorithm 1 has 1e-4"),
        "optimizer.name": ("ganzoo-optimizers:adam", "Gulrajani et al., 2017, algorithm 1"),
        "optimizer.beta1": (0.0, "Gulrajani et al., 2017, algorithm 1"),
        "optimizer.beta2": (0.9, "Gulrajani et al., 2017, algorithm 1"),
        "training.schedule": (
            "linear",
            "Gulrajani et al., 2017, appendix, CIFAR-10: as long as the training",
        ),
        "training.epochs": (640, "Gulrajani et al., 2017, appendix: 100,000 steps of 5 x 64 CIFAR-10 images"),
    }
    recipes = FAST

    published: ClassVar[Mapping[str, tuple[float, Mapping[str, str]]]] = {
        "FID on CIFAR-10": (22.29, WGAN_GP_OF_MIMICRY),
        "Inception score on CIFAR-10": (7.33, WGAN_GP_OF_MIMICRY),
    }
    differences = DIFFERENCES

    def __init__(
        self, config: Config, image: ImageSpec, num_classes: int | None, *, upsampling: UpsamplingFactory
    ) -> None:
        doublings("wgan-gp", image)  # refuses the sizes that it can't draw
        self._config, self._image, self._upsampling = config, image, upsampling

    def generator(self) -> WGANGPGenerator:
        """Builds a freshly initialised generator."""
        return WGANGPGenerator(self._config, self._image, self._upsampling)

    def discriminator(self) -> WGANGPCritic:
        """Builds a freshly initialised critic."""
        return WGANGPCritic(self._config, self._image)
