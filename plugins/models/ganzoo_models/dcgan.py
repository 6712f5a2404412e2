"""DCGAN: a generator and its mirror image, both built of strided convolutions.

References:
    Radford, Metz and Chintala, 2015, "Unsupervised Representation Learning with Deep Convolutional
    Generative Adversarial Networks", section 3 (architecture) and section 4 (training).
    Ioffe and Szegedy, 2015, "Batch Normalization".

At 32x32, where H = W = 32, the generator goes (B, 128) → 512x2x2 → 256x4x4 → 128x8x8 → 64x16x16 →
image, and the discriminator the same way back. Shapes: B batch, Z latent, C channels, H height,
W width; h and w are the sides of the smallest map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, final

import torch
from ganzoo_components.layers import SameConv2d, normal_, require_positive, require_shape
from torch import Tensor, nn

from ganzoo.errors import UsageError
from ganzoo.interfaces import Discriminator, Generator, ImageSpec, Model, UpsamplingFactory
from ganzoo_models.differences import DCGAN as DIFFERENCES
from ganzoo_models.fast_recipes import DCGAN as FAST
from ganzoo_models.published import DCGAN_OF_STUDIOGAN


@final
class DCGANGenerator(Generator):
    """A dense layer, then upsamplings down to `channels` feature maps and to the image.

    ReLU after every layer but the last, which is a tanh; batch normalisation after every layer but
    the last (Radford et al., 2015, section 3). `widths` counts the feature maps from the base to the
    image, `base` is the (height, width) of the smallest feature map.
    """

    def __init__(
        self,
        config: DCGAN.Config,
        image: ImageSpec,
        upsampling: UpsamplingFactory,
        base: tuple[int, int],
        widths: list[int],
    ) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = config.latent_dim, image, None
        self.base_shape = (widths[0], *base)
        # Unlike those of the convolutions, this bias is not made redundant by the batch normalisation
        # that follows: it differs from pixel to pixel, the normalisation only from map to map.
        self.dense = nn.Linear(config.latent_dim, widths[0] * base[0] * base[1])
        layers: list[nn.Module] = [nn.BatchNorm2d(widths[0]), _activation(config.generator_slope)]
        for in_channels, out_channels in pairwise(widths):
            layers += [
                upsampling(in_channels, out_channels, bias=config.bias),
                nn.BatchNorm2d(out_channels),
                _activation(config.generator_slope),
            ]
        layers.append(upsampling(widths[-1], image.channels))
        self.upsamplings = nn.Sequential(*layers)
        normal_(self)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)` to images `(B, C, H, W)` in [-1, 1]; labels are not looked at."""
        require_shape("latents", latents, self.latent_dim)
        features = self.dense(latents)  # (B, widths[0]·h·w)
        features = features.reshape(-1, *self.base_shape)  # (B, widths[0], h, w)
        return torch.tanh(self.upsamplings(features))  # (B, C, H, W)


@final
class DCGANDiscriminator(Discriminator):
    """Strided convolutions from the image to the smallest map, then a dense layer.

    LeakyReLU 0.2 after every convolution; batch normalisation after all but the first (Radford et
    al., 2015, section 3). `widths` and `base` are the generator's.
    """

    head = "dense"

    def __init__(
        self, config: DCGAN.Config, image: ImageSpec, base: tuple[int, int], widths: list[int]
    ) -> None:
        super().__init__()
        self.image, self.num_classes = image, None
        layers: list[nn.Module] = [
            SameConv2d(image.channels, widths[-1], config.kernel_size, stride=2),
            _activation(0.2),
        ]
        for in_channels, out_channels in pairwise(reversed(widths)):
            layers += [
                SameConv2d(in_channels, out_channels, config.kernel_size, stride=2, bias=config.bias),
                nn.BatchNorm2d(out_channels),
                _activation(0.2),
            ]
        self.convolutions = nn.Sequential(*layers)
        self.dense = nn.Linear(widths[0] * base[0] * base[1], 1)
        normal_(self)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps images `(B, C, H, W)` in [-1, 1] to logits `(B,)`; labels are not looked at."""
        require_shape("images", images, *self.image.shape)
        features = self.convolutions(images)  # (B, widths[0], h, w)
        features = features.flatten(1)  # (B, widths[0]·h·w)
        logits: Tensor = self.dense(features).squeeze(1)  # (B,)
        return logits


@final
class DCGAN(Model):
    """Deep convolutional GAN (Radford et al., 2015)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `dcgan`."""

        latent_dim: int = 128
        """Length of the latent vector."""

        channels: int = 64
        """Channels of the feature maps at half the image's sides; they double with every further halving."""

        max_channels: int = 512
        """Upper bound of the channels, where the doubling stops."""

        layers: int = 4
        """Upper bound of the doublings from the smallest feature map to the image; there are fewer where the
        image's sides don't halve evenly so often, or would become smaller than 2 pixels."""

        kernel_size: int = 5
        """Side of the discriminator's kernels, in pixels."""

        generator_slope: float = 0.0
        """Negative slope of the generator's LeakyReLU; 0 is ReLU. The discriminator's is 0.2."""

        bias: bool = False
        """Whether convolutions before a batch normalisation have a bias, which it makes redundant."""

        def __post_init__(self) -> None:
            require_positive(self, "latent_dim", "channels", "max_channels", "layers", "kernel_size")
            if not 0 <= self.generator_slope < 1:
                raise ValueError(f"generator_slope must be 0 or more and below 1, not {self.generator_slope}")

    components: ClassVar[Mapping[str, str]] = {"upsampling": "ganzoo-components:transposed-conv"}

    small: ClassVar[Mapping[str, Any]] = {"channels": 8, "max_channels": 16}
    image_sides: ClassVar[Mapping[str, int]] = {"least": 4, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {
        "upsampling.kernel_size": (5, "Radford et al., 2015, figure 1; their released code"),
        "objective.name": ("ganzoo-objectives:bce", "Goodfellow et al., 2014, section 3"),
        "training.batch_size": (128, "Radford et al., 2015, section 4"),
        "training.learning_rate": (2e-4, "Radford et al., 2015, section 4"),
        "optimizer.name": ("ganzoo-optimizers:adam", "Radford et al., 2015, section 4"),
        "optimizer.beta1": (0.5, "Radford et al., 2015, section 4"),
        "optimizer.beta2": (0.999, "Kingma and Ba, 2015, algorithm 1"),
        "training.epochs": (150, "this zoo's choice; the chapter it follows shows samples after 10 and 150"),
    }
    recipes = FAST

    published: ClassVar[Mapping[str, tuple[float, Mapping[str, str]]]] = {
        "FID on CIFAR-10": (48.29, DCGAN_OF_STUDIOGAN),
        "Inception score on CIFAR-10": (6.11, DCGAN_OF_STUDIOGAN),
    }
    differences = DIFFERENCES

    def __init__(
        self, config: Config, image: ImageSpec, num_classes: int | None, *, upsampling: UpsamplingFactory
    ) -> None:
        doublings = _doublings(image, config.layers)
        self._config, self._image, self._upsampling = config, image, upsampling
        self._base = image.height >> doublings, image.width >> doublings
        self._widths = [min(config.max_channels, config.channels << i) for i in reversed(range(doublings))]

    def generator(self) -> DCGANGenerator:
        """Builds a freshly initialised generator."""
        return DCGANGenerator(self._config, self._image, self._upsampling, self._base, self._widths)

    def discriminator(self) -> DCGANDiscriminator:
        """Builds a freshly initialised discriminator."""
        return DCGANDiscriminator(self._config, self._image, self._base, self._widths)


def _activation(slope: float) -> nn.Module:
    """LeakyReLU, or ReLU at slope 0. In place: neither a convolution nor a batch normalisation needs its
    output again.
    """
    return nn.LeakyReLU(slope, inplace=True) if slope else nn.ReLU(inplace=True)


def _doublings(image: ImageSpec, most: int) -> int:
    """Counts how often both sides halve evenly without falling below 2 pixels, at most `most` times.

    Raises:
        UsageError: they do not halve even once.
    """
    doublings = min(_halvings(image.height, most), _halvings(image.width, most))
    if doublings == 0:
        nearest = "x".join(str(max(4, side - side % 2)) for side in (image.height, image.width))
        raise UsageError(
            f"dcgan halves the sides of an image evenly down to 2 pixels or more, at least once: they must "
            f"be even and at least 4, such as {nearest}, not {image.height}x{image.width}"
        )
    return doublings


def _halvings(side: int, most: int) -> int:
    halvings = 0
    while halvings < most and side % 2 == 0 and side >= 4:
        side //= 2
        halvings += 1
    return halvings
