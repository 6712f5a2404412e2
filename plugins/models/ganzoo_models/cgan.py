"""cGAN: both networks see the label, as one more feature map.

References:
    Mirza and Osindero, 2014, "Conditional Generative Adversarial Nets": the idea, and equation 2, the
    loss.
    Brownlee, 2019, "How to Develop a Conditional GAN (cGAN) From Scratch": these convolutional
    networks for Fashion-MNIST, their initialisation (Keras' defaults) and their training.

At 28x28 the generator goes (B, 128) → 128x7x7, with the label 129x7x7 → 128x14x14 → 128x28x28 →
image; the discriminator goes image, with the label 2x28x28 → 128x14x14 → 128x7x7 → logit. Shapes:
B batch, Z latent, E embedding, C channels, H height, W width; h and w are the sides of the smallest map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, final

import torch
import torch.nn.functional as F
from ganzoo_components.layers import (
    SameConv2d,
    keras_defaults_,
    require_classes,
    require_equal_batches,
    require_positive,
    require_probability,
    require_shape,
)
from torch import Tensor, nn

from ganzoo.errors import UsageError
from ganzoo.interfaces import (
    ConditioningFactory,
    Discriminator,
    Generator,
    ImageSpec,
    Model,
    UpsamplingFactory,
    require_labels,
)
from ganzoo_models.differences import CGAN as DIFFERENCES
from ganzoo_models.fast_recipes import CGAN as FAST


@final
class LabelMap(nn.Module):
    """Maps labels `(B,)` int64 to one feature map each, `(B, 1, height, width)`."""

    def __init__(self, conditioning: ConditioningFactory, num_classes: int, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = height, width
        self.conditioning = conditioning(num_classes)
        self.dense = nn.Linear(self.conditioning.features, height * width)

    def forward(self, labels: Tensor) -> Tensor:
        """Represents the labels, then spreads them over the pixels by a dense layer."""
        features = self.dense(self.conditioning(labels))  # (B, E) → (B, height·width)
        label_map: Tensor = features.reshape(-1, 1, self.height, self.width)  # (B, 1, height, width)
        return label_map


@final
class CGANGenerator(Generator):
    """A dense layer for the latents, a map for the label, then upsamplings and a convolution.

    LeakyReLU 0.2 after every layer of the latents' path but the last, which is a tanh; no
    normalisation. `base` is the (height, width) of the smallest map.
    """

    num_classes: int

    def __init__(
        self,
        config: CGAN.Config,
        image: ImageSpec,
        num_classes: int,
        upsampling: UpsamplingFactory,
        conditioning: ConditioningFactory,
        base: tuple[int, int],
    ) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = config.latent_dim, image, num_classes
        self.base_shape = (config.channels, *base)
        self.dense = nn.Linear(config.latent_dim, config.channels * base[0] * base[1])
        self.label_map = LabelMap(conditioning, num_classes, *base)
        layers: list[nn.Module] = []
        for in_channels in [config.channels + 1] + [config.channels] * (config.layers - 1):
            layers += [upsampling(in_channels, config.channels), nn.LeakyReLU(0.2)]
        # With zeros beyond the edge, pixels there are the last to saturate, so they alone pull on weights
        # shared by all pixels, and may pull the whole image into black (docs/decisions/0012).
        layers.append(SameConv2d(config.channels, image.channels, kernel_size=7, padding_mode="replicate"))
        self.upsamplings = nn.Sequential(*layers)
        if config.initialisation == "keras":
            keras_defaults_(self)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)` and labels `(B,)` int64 to images `(B, C, H, W)` in [-1, 1]."""
        labels = require_labels(labels, self.num_classes)
        require_shape("latents", latents, self.latent_dim)
        require_equal_batches(latents=latents, labels=labels)
        features = F.leaky_relu(self.dense(latents), 0.2)  # (B, channels·h·w)
        features = features.reshape(-1, *self.base_shape)  # (B, channels, h, w)
        features = torch.cat((features, self.label_map(labels)), dim=1)  # (B, channels + 1, h, w)
        return torch.tanh(self.upsamplings(features))  # (B, C, H, W)


@final
class CGANDiscriminator(Discriminator):
    """A map for the label beside the image, strided convolutions, dropout, then a dense layer.

    LeakyReLU 0.2 after every convolution; no normalisation. `base` is the (height, width) of the
    smallest map.
    """

    head = "dense"

    num_classes: int

    def __init__(
        self,
        config: CGAN.Config,
        image: ImageSpec,
        num_classes: int,
        conditioning: ConditioningFactory,
        base: tuple[int, int],
    ) -> None:
        super().__init__()
        self.image, self.num_classes = image, num_classes
        self.label_map = LabelMap(conditioning, num_classes, image.height, image.width)
        layers: list[nn.Module] = []
        for in_channels in [image.channels + 1] + [config.channels] * (config.layers - 1):
            layers += [
                SameConv2d(in_channels, config.channels, kernel_size=3, stride=2),
                nn.LeakyReLU(0.2, inplace=True),  # a convolution does not need its output again
            ]
        self.convolutions = nn.Sequential(*layers)
        self.dropout = nn.Dropout(config.dropout)
        self.dense = nn.Linear(config.channels * base[0] * base[1], 1)
        if config.initialisation == "keras":
            keras_defaults_(self)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps images `(B, C, H, W)` in [-1, 1] and labels `(B,)` int64 to logits `(B,)`."""
        labels = require_labels(labels, self.num_classes)
        require_shape("images", images, *self.image.shape)
        require_equal_batches(images=images, labels=labels)
        features = torch.cat((images, self.label_map(labels)), dim=1)  # (B, C + 1, H, W)
        features = self.convolutions(features)  # (B, channels, h, w)
        features = self.dropout(features.flatten(1))  # (B, channels·h·w)
        logits: Tensor = self.dense(features).squeeze(1)  # (B,)
        return logits


@final
class CGAN(Model):
    """Conditional GAN: both networks see the label as a feature map (Mirza and Osindero, 2014)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `cgan`."""

        latent_dim: int = 128
        """Length of the latent vector."""

        channels: int = 128
        """Channels of every feature map."""

        layers: int = 2
        """Doublings from the smallest feature map to the image; its sides must divide by 2 to this power."""

        dropout: float = 0.4
        """Dropout probability before the discriminator's last layer."""

        initialisation: Literal["keras", "torch"] = "keras"
        """How weights start: with Keras' defaults, or with torch's own, with which this network collapses."""

        def __post_init__(self) -> None:
            require_positive(self, "latent_dim", "channels", "layers")
            require_probability(self, "dropout")

    conditional: ClassVar[bool] = True

    components: ClassVar[Mapping[str, str]] = {
        "upsampling": "ganzoo-components:transposed-conv",
        "conditioning": "ganzoo-components:embedding",
    }

    small: ClassVar[Mapping[str, Any]] = {"channels": 8}
    image_sides: ClassVar[Mapping[str, int]] = {"least": 4, "multiple": 4}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {
        "upsampling.kernel_size": (4, "Brownlee, 2019"),
        "conditioning.features": (50, "Brownlee, 2019"),
        "objective.name": ("ganzoo-objectives:bce", "Mirza and Osindero, 2014, equation 2"),
        "training.batch_size": (128, "Brownlee, 2019"),
        "training.learning_rate": (2e-4, "Brownlee, 2019"),
        "optimizer.name": ("ganzoo-optimizers:adam", "Brownlee, 2019"),
        "optimizer.beta1": (0.5, "Brownlee, 2019"),
        "optimizer.beta2": (0.999, "Kingma and Ba, 2015, algorithm 1"),
        "training.epochs": (100, "Brownlee, 2019"),
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
        self._num_classes = require_classes("cgan", num_classes)
        self._config, self._image = config, image
        self._upsampling, self._conditioning = upsampling, conditioning
        self._base = _base(image, config.layers)

    def generator(self) -> CGANGenerator:
        """Builds a freshly initialised generator."""
        return CGANGenerator(
            self._config, self._image, self._num_classes, self._upsampling, self._conditioning, self._base
        )

    def discriminator(self) -> CGANDiscriminator:
        """Builds a freshly initialised discriminator, with a conditioning of its own."""
        return CGANDiscriminator(self._config, self._image, self._num_classes, self._conditioning, self._base)


def _base(image: ImageSpec, layers: int) -> tuple[int, int]:
    """Returns the (height, width) that `layers` doublings take to the image.

    Raises:
        UsageError: the sides do not divide that often.
    """
    divisor = 2 ** min(layers, 32)  # beyond any image; a stranger's number could be beyond any memory
    if image.height % divisor or image.width % divisor:
        nearest = "x".join(
            str(max(1, round(side / divisor)) * divisor) for side in (image.height, image.width)
        )
        raise UsageError(
            f"cgan halves the sides of an image {layers} times: they must divide by {divisor}, such as "
            f"{nearest}, not {image.height}x{image.width}; or set another number of layers"
        )
    return image.height // divisor, image.width // divisor
