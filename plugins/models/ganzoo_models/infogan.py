"""InfoGAN: some latents are codes, and the discriminator learns to read them in the images.

References:
    Chen, Duan, Houthooft, Schulman, Sutskever and Abbeel, 2016, "InfoGAN: Interpretable Representation
    Learning by Information Maximizing Generative Adversarial Nets", section 5 (the bound), section 6 and
    appendix C.1 (networks and training for MNIST). What they leave open is as in the released code.

The generator wants the codes to be read, so they come to decide what is seen. At 28x28 it goes (B, 74) →
1024 → 128x7x7 → 64x14x14 → image, and the discriminator back to 1024 features, which both read. B batch,
Z latent, K categories, N numbers, C channels, H height, W width; h, w: sides of the smallest map.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, NamedTuple, final

import torch
import torch.nn.functional as F
from ganzoo_components.layers import SameConv2d, normal_, require_positive, require_shape
from torch import Tensor, nn

from ganzoo.errors import UsageError
from ganzoo.interfaces import Discriminator, Generator, ImageSpec, Judgement, Model, UpsamplingFactory
from ganzoo_models.differences import INFOGAN as DIFFERENCES
from ganzoo_models.fast_recipes import INFOGAN as FAST


class Codes(NamedTuple):
    """What is to be read in an image."""

    categories: Tensor
    """`(B, K)`: 1 for one category, 0 for the others; each is as likely."""
    numbers: Tensor
    """`(B, N)`, uniform in [-1, 1]."""


def codes_of(latents: Tensor, categories: int, numbers: int) -> Codes:
    """Reads the codes off the last K + N of normal latents `(B, Z)`.

    The category is the largest of K independent normal numbers, so that all are as likely; a number is the
    quantile of a normal one. The gradients of the category are those of a softmax (straight through), so that
    `ganzoo invert` can search for it.
    """
    scores, normal = torch.split(latents[:, -(categories + numbers) :], [categories, numbers], dim=1)
    chosen = F.one_hot(scores.argmax(dim=1), categories).to(scores.dtype)
    soft = scores.softmax(dim=1)
    return Codes(chosen + (soft - soft.detach()), torch.erf(normal / math.sqrt(2)))


@final
class InfoGANGenerator(Generator):
    """Two dense layers and two upsamplings; ReLU and batch normalisation after all but the last."""

    def __init__(
        self, config: InfoGAN.Config, image: ImageSpec, upsampling: UpsamplingFactory, base: tuple[int, int]
    ) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = config.latent_dim, image, None
        self._codes = config.categories, config.numbers
        width = 2 * config.channels
        self.base_shape = (width, *base)
        self.dense = nn.Sequential(
            nn.Linear(self.latent_dim, config.dense, bias=False),
            nn.BatchNorm1d(config.dense),
            nn.ReLU(inplace=True),
            nn.Linear(config.dense, width * base[0] * base[1], bias=False),
            nn.BatchNorm1d(width * base[0] * base[1]),
            nn.ReLU(inplace=True),
        )
        self.upsamplings = nn.Sequential(
            upsampling(width, config.channels, bias=False),
            nn.BatchNorm2d(config.channels),
            nn.ReLU(inplace=True),
            upsampling(config.channels, image.channels),
        )
        normal_(self)

    def codes(self, latents: Tensor) -> Codes:
        """The codes that latents `(B, Z)` stand for; all other latents are noise."""
        return codes_of(latents, *self._codes)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)` to images `(B, C, H, W)` in [-1, 1]; labels are not looked at."""
        require_shape("latents", latents, self.latent_dim)
        noise = latents[:, : -sum(self._codes)]
        features = self.dense(torch.cat((noise, *self.codes(latents)), dim=1))  # (B, 2·channels·h·w)
        return torch.tanh(self.upsamplings(features.reshape(-1, *self.base_shape)))  # (B, C, H, W)


@final
class InfoGANDiscriminator(Discriminator):
    """Two strided convolutions, a dense layer; from there a logit, and a second head, Q, which reads codes.

    LeakyReLU 0.1 after every layer but the last ones, batch normalisation after all of these but the first.
    """

    sees_latents: ClassVar[bool] = True
    head = "logit"

    def __init__(self, config: InfoGAN.Config, image: ImageSpec, base: tuple[int, int]) -> None:
        super().__init__()
        self.image, self.num_classes = image, None
        self.information_weight = config.information_weight
        self._codes = config.categories, config.numbers
        width = 2 * config.channels
        self.shared = nn.Sequential(
            SameConv2d(image.channels, config.channels, kernel_size=4, stride=2),
            nn.LeakyReLU(0.1, inplace=True),
            SameConv2d(config.channels, width, kernel_size=4, stride=2, bias=False),
            nn.BatchNorm2d(width),
            nn.LeakyReLU(0.1, inplace=True),
            nn.Flatten(),
            nn.Linear(width * base[0] * base[1], config.dense, bias=False),
            nn.BatchNorm1d(config.dense),
            nn.LeakyReLU(0.1, inplace=True),
        )
        self.logit = nn.Linear(config.dense, 1)
        self.reading = nn.Sequential(
            nn.Linear(config.dense, config.reading, bias=False),
            nn.BatchNorm1d(config.reading),
            nn.LeakyReLU(0.1, inplace=True),
            nn.Linear(config.reading, sum(self._codes)),
        )
        normal_(self)

    def forward(
        self, images: Tensor, labels: Tensor | None = None, latents: Tensor | None = None
    ) -> Judgement:
        """Maps images `(B, C, H, W)` in [-1, 1] to logits `(B,)`, and with the latents `(B, Z)` that
        they were drawn from to λ·(-log Q(c|x)) `(B,)`, which is 0 without. Labels are not looked at.
        """
        require_shape("images", images, *self.image.shape)
        features = self.shared(images)  # (B, dense)
        logits = self.logit(features).squeeze(1)  # (B,)
        if latents is None:
            return Judgement(logits, logits.new_zeros(len(logits)))
        with torch.no_grad():
            codes = codes_of(latents, *self._codes)
        surprise = surprise_of(codes, *self._read(features))
        return Judgement(logits, self.information_weight * surprise)

    def read(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """What Q reads in images `(B, C, H, W)`: logits of the categories `(B, K)`, and numbers `(B, N)`."""
        return self._read(self.shared(images))

    def _read(self, features: Tensor) -> tuple[Tensor, Tensor]:
        read = self.reading(features)  # (B, K + N)
        read = read.to(torch.promote_types(read.dtype, torch.float32))
        categories, numbers = torch.split(read, list(self._codes), dim=1)
        return categories, numbers


def surprise_of(codes: Codes, categories: Tensor, numbers: Tensor) -> Tensor:
    """-log Q(c|x) `(B,)`: the cross-entropy of the category, logits `(B, K)`, and of the numbers, each normal
    about what is read `(B, N)` with variance 1, as in the released code for MNIST.

    The entropy of the codes less its mean is the lower bound of what an image tells of them (equation 5).
    """
    of_category = -(codes.categories * categories.log_softmax(dim=1)).sum(dim=1)
    of_numbers = (codes.numbers - numbers).square() / 2 + math.log(2 * math.pi) / 2
    return of_category + of_numbers.sum(dim=1)


_PAPER: Final = "Chen et al., 2016, appendix C.1"
_CODE: Final = "Chen et al., 2016, released code for MNIST"


@final
class InfoGAN(Model):
    """Codes among the latents, which the discriminator learns to read (Chen et al., 2016)."""

    ganzoo_api = 1
    small: ClassVar[Mapping[str, Any]] = {"channels": 4, "dense": 16, "reading": 8}

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `infogan`."""

        noise_dim: int = 62
        """Latents that are noise; the codes come after them."""

        categories: int = 10
        """K, from which one is chosen with equal chances: ten for ten digits. Each takes a latent."""

        numbers: int = 2
        """N, codes that are uniform in [-1, 1]: of digits, they came to be slant and width."""

        channels: int = 64
        """Channels of the feature maps at half the image's sides; there are twice as many at a quarter."""

        dense: int = 1024
        """Width of the dense layers of either network."""

        reading: int = 128
        """Width of the dense layer before the codes that are read."""

        information_weight: float = 1.0
        """λ, the weight of the information on the codes beside the objective, for both players."""

        def __post_init__(self) -> None:
            require_positive(self, "noise_dim", "numbers", "channels", "dense", "reading")
            if self.categories < 2:
                raise ValueError(f"categories must be 2 or more, not {self.categories}")
            if not self.information_weight > 0:
                raise ValueError(f"information_weight must be above 0, not {self.information_weight}")

        @property
        def latent_dim(self) -> int:
            """Length of the latent vector: noise, categories, numbers."""
            return self.noise_dim + self.categories + self.numbers

    components: ClassVar[Mapping[str, str]] = {"upsampling": "ganzoo-components:transposed-conv"}
    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 4}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {
        "upsampling.kernel_size": (4, _PAPER),
        "objective.name": ("ganzoo-objectives:bce", "Chen et al., 2016, equation 1"),
        "training.batch_size": (128, _CODE),
        "training.learning_rate": (1e-3, "Chen et al., 2016, appendix C; the released code"),
        "training.discriminator_learning_rate": (2e-4, "Chen et al., 2016, appendix C; the released code"),
        "training.fresh_fakes": (True, _CODE),
        "optimizer.name": ("ganzoo-optimizers:adam", "Chen et al., 2016, appendix C"),
        "optimizer.beta1": (0.5, _CODE),
        "optimizer.beta2": (0.999, _CODE),
        "training.epochs": (11, "Chen et al., 2016, released code: 5,000 steps of 128 MNIST images"),
    }
    recipes = FAST
    differences = DIFFERENCES

    def __init__(
        self, config: Config, image: ImageSpec, num_classes: int | None, *, upsampling: UpsamplingFactory
    ) -> None:
        if min(image.height, image.width) < 8 or image.height % 4 or image.width % 4:
            raise UsageError(
                "infogan halves the sides of an image twice: they must divide by 4 and be at least 8, such "
                f"as 28x28, not {image.height}x{image.width}"
            )
        self._config, self._image, self._upsampling = config, image, upsampling
        self._base = image.height // 4, image.width // 4

    def generator(self) -> InfoGANGenerator:
        """Builds a freshly initialised generator."""
        return InfoGANGenerator(self._config, self._image, self._upsampling, self._base)

    def discriminator(self) -> InfoGANDiscriminator:
        """Builds a freshly initialised discriminator."""
        return InfoGANDiscriminator(self._config, self._image, self._base)
