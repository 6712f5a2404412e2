"""R3GAN, a modern baseline: no normalisation, a relativistic loss and two penalties; without and with labels.

References:
    Huang, Gokaslan, Kuleshov and Tompkin, 2024, "The GAN is dead; long live the GAN! A Modern GAN
    Baseline", section 3 (config E) and appendix D (hyperparameters), with the authors' released code.

At 32x32, with the published 768 channels, the generator goes (B, 64) → 768x4x4 → 768x8x8 → 768x16x16 →
768x32x32 → image, with two residual blocks at every resolution, and the discriminator the same way back.
Shapes: B batch, Z latent, E label features, C channels, H height, W width; h and w are the smallest sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

import torch
from ganzoo_components.layers import doublings, he_, label_vectors, require_classes, require_shape
from torch import Tensor, nn

from ganzoo.interfaces import (
    Conditioning,
    ConditioningFactory,
    Discriminator,
    Generator,
    ImageSpec,
    Model,
    Released,
)
from ganzoo_models.fast_recipes import R3GAN as FAST
from ganzoo_models.modern_differences import R3GAN as WITHOUT_LABELS
from ganzoo_models.modern_differences import R3GAN_CONDITIONAL as WITH_LABELS
from ganzoo_models.published import R3GAN_OF_AUTHORS
from ganzoo_models.r3gan.blocks import (
    DiscriminativeBasis,
    Downsample,
    GenerativeBasis,
    Upsample,
    residual_blocks,
)
from ganzoo_models.r3gan.released import read_r3gan
from ganzoo_models.r3gan.settings import RECIPE, R3GANSettings, widths_of


@final
class R3GANGenerator(Generator):
    """A learned basis for the smallest feature map, then residual blocks and bilinear doublings; no tanh.

    Where it is conditional, a label's vector enters beside the latents, through a bias-free dense layer.
    """

    def __init__(
        self,
        config: R3GANSettings,
        image: ImageSpec,
        num_classes: int | None = None,
        conditioning: Conditioning | None = None,
    ) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = config.latent_dim, image, num_classes
        self.conditioning = conditioning
        latent_dim, widths = config.latent_dim, widths_of(config, image)
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
            layers += residual_blocks(channels, config.group_width, config.blocks, len(widths))
        self.layers = nn.Sequential(*layers)
        self.to_image = nn.Conv2d(widths[-1], image.channels, kernel_size=1, bias=False)
        he_(self.to_image)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)` and, where conditional, labels `(B,)` int64 to images `(B, C, H, W)`, cut
        to [-1, 1] in evaluation mode; in training mode the discriminator alone bounds them, as published.
        """
        require_shape("latents", latents, self.latent_dim)
        vectors = label_vectors(self.conditioning, labels, self.num_classes, latents=latents)  # (B, E)
        if self.label is not None:
            latents = torch.cat((latents, self.label(vectors)), dim=1)  # (B, 2Z)
        images: Tensor = self.to_image(self.layers(latents))  # (B, C, H, W)
        return images if self.training else images.clamp(-1, 1)


@final
class R3GANDiscriminator(Discriminator):
    """A 1x1 convolution, residual blocks and bilinear halvings, then a learned basis of the last feature map.

    Where it is conditional, as many features as there are channels are projected on a bias-free dense
    layer of the label's vector.
    """

    def __init__(
        self,
        config: R3GANSettings,
        image: ImageSpec,
        num_classes: int | None = None,
        conditioning: Conditioning | None = None,
    ) -> None:
        super().__init__()
        self.image, self.num_classes, self.conditioning = image, num_classes, conditioning
        widths = widths_of(config, image)[::-1]
        self.label: nn.Linear | None = None
        if conditioning is not None:
            self.label = nn.Linear(conditioning.features, widths[-1], bias=False)
            he_(self.label, gain=widths[-1] ** -0.5)
        base = image.height >> (len(widths) - 1), image.width >> (len(widths) - 1)
        self.from_image = nn.Conv2d(image.channels, widths[0], kernel_size=1, bias=False)
        he_(self.from_image)
        layers: list[nn.Module] = []
        for index, channels in enumerate(widths):
            layers += residual_blocks(channels, config.group_width, config.blocks, len(widths))
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


@final
class R3GAN(Model):
    """Modern baseline: relativistic loss, R1 and R2, no normalisation (Huang et al., 2024)."""

    ganzoo_api = 1
    small: ClassVar[Mapping[str, Any]] = {"channels": 16}

    Config = R3GANSettings

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = RECIPE
    recipes = FAST
    differences = WITHOUT_LABELS

    def __init__(self, config: R3GANSettings, image: ImageSpec, num_classes: int | None) -> None:
        self._config, self._image = config, image
        doublings("r3gan", image)  # refuses the sizes that it can't draw

    @classmethod
    def read_released(cls, generator: Mapping[str, Tensor], discriminator: Mapping[str, Tensor]) -> Released:
        """Reads a checkpoint of the authors' code."""
        released = read_r3gan(generator, discriminator)
        if released.num_classes is not None:
            raise ValueError("it takes labels: name the conditional model")
        return released

    def generator(self) -> R3GANGenerator:
        """Builds a freshly initialised generator."""
        return R3GANGenerator(self._config, self._image)

    def discriminator(self) -> R3GANDiscriminator:
        """Builds a freshly initialised discriminator."""
        return R3GANDiscriminator(self._config, self._image)


@final
class R3GANConditional(Model):
    """R3GAN by class: the label beside the latents, projection (Huang et al., 2024)."""

    ganzoo_api = 1
    small: ClassVar[Mapping[str, Any]] = {"channels": 16}

    Config = R3GANSettings

    conditional: ClassVar[bool] = True

    components: ClassVar[Mapping[str, str]] = {"conditioning": "ganzoo-components:one-hot"}

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = RECIPE
    recipes = FAST

    published: ClassVar[Mapping[str, tuple[float, Mapping[str, str]]]] = {
        "FID on CIFAR-10": (1.96, R3GAN_OF_AUTHORS)
    }
    differences = WITH_LABELS

    def __init__(
        self,
        config: R3GANSettings,
        image: ImageSpec,
        num_classes: int | None,
        *,
        conditioning: ConditioningFactory,
    ) -> None:
        self._num_classes = require_classes("r3gan-conditional", num_classes)
        self._config, self._image, self._conditioning = config, image, conditioning
        doublings("r3gan", image)  # refuses the sizes that it can't draw

    @classmethod
    def read_released(cls, generator: Mapping[str, Tensor], discriminator: Mapping[str, Tensor]) -> Released:
        """Reads a checkpoint of the authors' code."""
        released = read_r3gan(generator, discriminator)
        if released.num_classes is None:
            raise ValueError("it takes no labels: name the model without -conditional")
        return released

    def generator(self) -> R3GANGenerator:
        """Builds a freshly initialised generator."""
        conditioning = self._conditioning(self._num_classes)
        return R3GANGenerator(self._config, self._image, self._num_classes, conditioning)

    def discriminator(self) -> R3GANDiscriminator:
        """Builds a freshly initialised discriminator, with a conditioning of its own."""
        conditioning = self._conditioning(self._num_classes)
        return R3GANDiscriminator(self._config, self._image, self._num_classes, conditioning)
