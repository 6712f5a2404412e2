"""GAN: both networks are stacks of dense layers; what `dcgan` and `cgan` improve on.

References:
    Goodfellow et al., 2014, "Generative Adversarial Networks", section 5: fully connected networks on
    MNIST, dropout in the discriminator.
    Radford et al., 2015, section 3 (tanh, LeakyReLU) and section 4 (Adam).
    Glorot and Bengio, 2010: the initialisation.

Shapes: B batch, Z latent, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, final

import torch
from ganzoo_components.layers import keras_defaults_, require_positive, require_probability, require_shape
from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Generator, ImageSpec, Model
from ganzoo_models.differences import GAN as DIFFERENCES
from ganzoo_models.fast_recipes import GAN as FAST


@final
class GANGenerator(Generator):
    """Dense layers with LeakyReLU 0.2 after each but the last, which is a tanh."""

    def __init__(self, config: GAN.Config, image: ImageSpec) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = config.latent_dim, image, None
        layers: list[nn.Module] = []
        widths = [config.latent_dim, *config.hidden]
        for in_features, out_features in pairwise(widths):
            layers += [nn.Linear(in_features, out_features), nn.LeakyReLU(0.2, inplace=True)]
        layers.append(nn.Linear(widths[-1], image.channels * image.height * image.width))
        self.layers = nn.Sequential(*layers)
        keras_defaults_(self)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)` to images `(B, C, H, W)` in [-1, 1]; labels are not looked at."""
        require_shape("latents", latents, self.latent_dim)
        pixels = torch.tanh(self.layers(latents))  # (B, C·H·W)
        return pixels.reshape(-1, *self.image.shape)  # (B, C, H, W)


@final
class GANDiscriminator(Discriminator):
    """The generator's hidden layers in reverse order, with LeakyReLU 0.2 and dropout after each."""

    def __init__(self, config: GAN.Config, image: ImageSpec) -> None:
        super().__init__()
        self.image, self.num_classes = image, None
        layers: list[nn.Module] = []
        widths = [image.channels * image.height * image.width, *reversed(config.hidden)]
        for in_features, out_features in pairwise(widths):
            layers += [
                nn.Linear(in_features, out_features),
                nn.LeakyReLU(0.2, inplace=True),
                nn.Dropout(config.dropout),
            ]
        self.head = f"layers.{len(layers)}"
        layers.append(nn.Linear(widths[-1], 1))
        self.layers = nn.Sequential(*layers)
        keras_defaults_(self)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps images `(B, C, H, W)` in [-1, 1] to logits `(B,)`; labels are not looked at."""
        require_shape("images", images, *self.image.shape)
        pixels = images.flatten(1)  # (B, C·H·W)
        logits: Tensor = self.layers(pixels).squeeze(1)  # (B,)
        return logits


@final
class GAN(Model):
    """The first GAN: fully connected networks (Goodfellow et al., 2014)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `gan`."""

        latent_dim: int = 100
        """Length of the latent vector."""

        hidden: tuple[int, ...] = (256, 512, 1024)
        """Widths of the generator's hidden layers, latents first; the discriminator has them in reverse."""

        dropout: float = 0.3
        """Dropout probability after every hidden layer of the discriminator."""

        def __post_init__(self) -> None:
            require_positive(self, "latent_dim")
            if not self.hidden or min(self.hidden) < 1:
                raise ValueError(f"hidden must be one width or more, each 1 or more, not {self.hidden}")
            require_probability(self, "dropout")

    conditional: ClassVar[bool] = False

    small: ClassVar[Mapping[str, Any]] = {"hidden": (8, 8)}
    image_sides: ClassVar[Mapping[str, int]] = {"least": 1}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {
        "objective.name": ("ganzoo-objectives:bce", "Goodfellow et al., 2014, section 3"),
        "training.batch_size": (128, "this zoo's choice: that of dcgan"),
        "training.learning_rate": (2e-4, "this zoo's choice: Radford et al., 2015, section 4"),
        "optimizer.name": ("ganzoo-optimizers:adam", "this zoo's choice: Radford et al., 2015, section 4"),
        "optimizer.beta1": (0.5, "this zoo's choice: Radford et al., 2015, section 4"),
        "optimizer.beta2": (0.999, "Kingma and Ba, 2015, algorithm 1"),
        "training.epochs": (100, "this zoo's choice"),
    }
    recipes = FAST
    differences = DIFFERENCES

    def __init__(self, config: Config, image: ImageSpec, num_classes: int | None) -> None:
        self._config, self._image = config, image

    def generator(self) -> GANGenerator:
        """Builds a freshly initialised generator."""
        return GANGenerator(self._config, self._image)

    def discriminator(self) -> GANDiscriminator:
        """Builds a freshly initialised discriminator."""
        return GANDiscriminator(self._config, self._image)
