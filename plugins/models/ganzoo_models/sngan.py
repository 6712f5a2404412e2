"""SNGAN: spectral normalisation bounds the slope of a residual discriminator; without and with labels.

References:
    Miyato, Kataoka, Koyama and Yoshida, 2018, "Spectral Normalization for Generative Adversarial Networks".
    Miyato and Koyama, 2018, "cGANs with Projection Discriminator": `sngan-projection`.

At 32x32 (appendix B.4, table 4), with 256 and 128 channels, the generator goes (B, 128) → 256x4x4 → 256x8x8 →
256x16x16 → 256x32x32 → image; the discriminator goes image → 128x16x16 → 128x8x8, thrice → 128 sums → logit.
Shapes: B batch, Z latent, E label features, C channels, H height, W width; h and w are the smallest sides.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Final, final

import torch
import torch.nn.functional as F
from ganzoo_components.layers import (
    GeneratorBlock,
    Projection,
    SameConv2d,
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
from ganzoo_models.differences import SNGAN as DIFFERENCES
from ganzoo_models.fast_recipes import SNGAN as FAST
from ganzoo_models.fast_recipes import SNGAN_PROJECTION as FAST_BY_CLASS
from ganzoo_models.published import SNGAN_OF_MIMICRY, SNGAN_OF_STUDIOGAN
from ganzoo_models.sngan_settings import SNGANSettings

EPSILON: Final = 2e-5
"""Added to the variances of batch normalisation (Miyato et al., 2018, released code)."""


_BOTH_PAPERS: Final = "Miyato et al., 2018, appendix B.2; Miyato and Koyama, 2018, section 5"
_RECIPE: Final[Mapping[str, tuple[Any, str]]] = {
    "upsampling.kernel_size": (3, "Miyato et al., 2018, released code"),
    "upsampling.padding": ("zeros", "Miyato et al., 2018, released code"),
    "training.batch_size": (64, "Miyato et al., 2018, released code; 128 for its generator"),
    "training.dequantise": (True, "Miyato et al., 2018, released code"),
    "training.schedule": ("linear", "Miyato et al., 2018, released code: as long as the training"),
    "training.epochs": (320, "Miyato et al., 2018, released code: 50,000 steps of 5 x 64 CIFAR-10 images"),
    "training.discriminator_steps": (5, _BOTH_PAPERS),
    "training.fresh_fakes": (True, "Miyato et al., 2018, released code"),
    "training.learning_rate": (2e-4, _BOTH_PAPERS),
    "optimizer.name": ("ganzoo-optimizers:adam", _BOTH_PAPERS),
    "optimizer.beta1": (0.0, _BOTH_PAPERS),
    "optimizer.beta2": (0.9, _BOTH_PAPERS),
}


@final
class SNGANGenerator(Generator):
    """A dense layer, residual blocks that double the sides, batch normalisation, a convolution and tanh. With
    a conditioning the blocks' batch normalisation is conditional; the last one never is.
    """

    def __init__(
        self,
        config: SNGANSettings,
        image: ImageSpec,
        upsampling: UpsamplingFactory,
        num_classes: int | None = None,
        conditioning: Conditioning | None = None,
    ) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = config.latent_dim, image, num_classes
        self.conditioning = conditioning
        count, channels = doublings("sngan", image), config.channels
        self.base_shape = (channels, image.height >> count, image.width >> count)
        label_features = None if conditioning is None else conditioning.features
        self.dense = nn.Linear(config.latent_dim, math.prod(self.base_shape))
        self.blocks = nn.ModuleList(
            GeneratorBlock(channels, channels, upsampling, label_features, EPSILON) for _ in range(count)
        )
        self.normalisation = nn.BatchNorm2d(channels, EPSILON)
        self.to_image = SameConv2d(channels, image.channels, kernel_size=3)
        glorot_(self.dense)
        glorot_(self.to_image)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)` and, where conditional, labels `(B,)` to images `(B, C, H, W)` in [-1, 1]."""
        require_shape("latents", latents, self.latent_dim)
        vectors = label_vectors(self.conditioning, labels, self.num_classes, latents=latents)  # (B, E)
        features = self.dense(latents).reshape(-1, *self.base_shape)  # (B, channels, h, w)
        for block in self.blocks:
            features = block(features, vectors)  # twice the sides
        features = F.relu(self.normalisation(features), inplace=True)  # (B, channels, H, W)
        return torch.tanh(self.to_image(features))  # (B, C, H, W)


@final
class SNGANDiscriminator(Discriminator):
    """Residual blocks, ReLU, the sum over all pixels, a dense layer; every weight spectrally normalised. With
    a conditioning the sums are projected on the label's vector as well.
    """

    head = "projection"

    def __init__(
        self,
        config: SNGANSettings,
        image: ImageSpec,
        num_classes: int | None = None,
        conditioning: Conditioning | None = None,
    ) -> None:
        super().__init__()
        self.image, self.num_classes, self.conditioning = image, num_classes, conditioning
        channels = config.discriminator_channels
        self.blocks = nn.Sequential(*discriminator_blocks(image.channels, channels, halvings("sngan", image)))
        self.projection = Projection(channels, None if conditioning is None else conditioning.features)
        spectral_norm_(self)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps images `(B, C, H, W)` in [-1, 1] and, where conditional, labels `(B,)` to logits `(B,)`."""
        require_shape("images", images, *self.image.shape)
        vectors = label_vectors(self.conditioning, labels, self.num_classes, images=images)  # (B, E)
        features = F.relu(self.blocks(images)).sum(dim=(2, 3))  # (B, channels)
        logits: Tensor = self.projection(features, vectors)  # (B,)
        return logits


@final
class SNGAN(Model):
    """Residual GAN with a spectrally normalised discriminator (Miyato et al., 2018)."""

    ganzoo_api = 1
    small: ClassVar[Mapping[str, Any]] = {"channels": 8, "discriminator_channels": 8}

    Config = SNGANSettings

    components: ClassVar[Mapping[str, str]] = {"upsampling": "ganzoo-components:resize-conv"}

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {
        **_RECIPE,
        "objective.name": ("ganzoo-objectives:hinge", "Miyato et al., 2018, section 4, equations 16 and 17"),
    }
    recipes = FAST

    published: ClassVar[Mapping[str, tuple[float, Mapping[str, str]]]] = {
        "FID on CIFAR-10": (16.77, SNGAN_OF_MIMICRY),
        "Inception score on CIFAR-10": (7.97, SNGAN_OF_MIMICRY),
    }
    differences = DIFFERENCES

    def __init__(
        self,
        config: SNGANSettings,
        image: ImageSpec,
        num_classes: int | None,
        *,
        upsampling: UpsamplingFactory,
    ) -> None:
        doublings("sngan", image)  # refuses the sizes that it can't draw
        self._config, self._image, self._upsampling = config, image, upsampling

    def generator(self) -> SNGANGenerator:
        """Builds a freshly initialised generator."""
        return SNGANGenerator(self._config, self._image, self._upsampling)

    def discriminator(self) -> SNGANDiscriminator:
        """Builds a freshly initialised discriminator."""
        return SNGANDiscriminator(self._config, self._image)


@final
class SNGANProjection(Model):
    """SNGAN by class: conditional batch normalisation, projection (Miyato and Koyama, 2018)."""

    ganzoo_api = 1
    small: ClassVar[Mapping[str, Any]] = {"channels": 8, "discriminator_channels": 8}

    Config = SNGANSettings

    conditional: ClassVar[bool] = True

    components: ClassVar[Mapping[str, str]] = {
        "upsampling": "ganzoo-components:resize-conv",
        "conditioning": "ganzoo-components:one-hot",
    }

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {
        **_RECIPE,
        "objective.name": ("ganzoo-objectives:hinge", "Miyato and Koyama, 2018, section 5, equation 8"),
    }
    recipes = FAST_BY_CLASS

    published: ClassVar[Mapping[str, tuple[float, Mapping[str, str]]]] = {
        "FID on CIFAR-10": (10.84, SNGAN_OF_MIMICRY),
        "Inception score on CIFAR-10": (8.25, SNGAN_OF_MIMICRY),
        "FID on CIFAR-10, with flips": (9.01, SNGAN_OF_STUDIOGAN),
        "Inception score on CIFAR-10, with flips": (8.83, SNGAN_OF_STUDIOGAN),
    }
    differences = DIFFERENCES

    def __init__(
        self,
        config: SNGANSettings,
        image: ImageSpec,
        num_classes: int | None,
        *,
        upsampling: UpsamplingFactory,
        conditioning: ConditioningFactory,
    ) -> None:
        doublings("sngan-projection", image)  # refuses the sizes that it can't draw
        self._num_classes = require_classes("sngan-projection", num_classes)
        self._config, self._image = config, image
        self._upsampling, self._conditioning = upsampling, conditioning

    def generator(self) -> SNGANGenerator:
        """Builds a freshly initialised generator."""
        conditioning = self._conditioning(self._num_classes)
        return SNGANGenerator(self._config, self._image, self._upsampling, self._num_classes, conditioning)

    def discriminator(self) -> SNGANDiscriminator:
        """Builds a freshly initialised discriminator, with a conditioning of its own."""
        conditioning = self._conditioning(self._num_classes)
        return SNGANDiscriminator(self._config, self._image, self._num_classes, conditioning)
