"""ReACGAN: BigGAN's networks, and a classifier that compares normalised features with each other.

References:
    Kang, Shim, Cho and Park, 2021, "Rebooting ACGAN: Auxiliary Classifier GANs with Stable Training", section
    3 (the data-to-data cross-entropy); settings of PyTorch-StudioGAN's configuration CIFAR10/ReACGAN.

A feature is drawn to the proxy of its class, and pushed from the features of other classes in its batch; all
are of length 1, so that gradients can't explode as an auxiliary classifier's do. The discriminator learns
this from real images, the generator from its own. Shapes: B batch, K classes, D embedding, C channels,
H height, W width.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import torch
import torch.nn.functional as F
from ganzoo_components.layers import (
    label_vectors,
    orthogonal_,
    require_classes,
    require_shape,
    spectral_norm_,
)
from torch import Tensor, nn

from ganzoo.interfaces import (
    Conditioning,
    ConditioningFactory,
    Discriminator,
    ImageSpec,
    Judgement,
    Model,
    Released,
    UpsamplingFactory,
    require_labels,
)
from ganzoo_models.biggan.networks import BigGANGenerator, discriminator_layers
from ganzoo_models.biggan.released import read_big_resnet
from ganzoo_models.biggan.settings import BigGANSettings, blocks_of
from ganzoo_models.differences import REACGAN as DIFFERENCES
from ganzoo_models.fast_recipes import REACGAN as FAST
from ganzoo_models.published import REACGAN_OF_STUDIOGAN

_STUDIOGAN: Final = "PyTorch-StudioGAN (Kang et al., 2023), CIFAR10/ReACGAN"


@dataclass(frozen=True, kw_only=True)
class ReACGANSettings(BigGANSettings):
    """Settings of `reacgan`."""

    embedding_features: int = 512
    """Length of the normalised features that are compared."""

    margin: float = 0.98
    """Cosine m to its proxy from which a feature is drawn no further; from features of other classes it is
    pushed no further below 1 - m."""

    temperature: float = 0.5
    """What similarities are divided by; the smaller, the more the hardest pairs count."""

    classifier_weight: float = 0.5
    """Weight of the data-to-data cross-entropy beside the objective, for both players."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.embedding_features < 1:
            raise ValueError(f"embedding_features must be at least 1, not {self.embedding_features}")
        if not 0 < self.margin <= 1:
            raise ValueError(f"margin must be above 0 and at most 1, not {self.margin}")
        for name in ("temperature", "classifier_weight"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")


def data_to_data_cross_entropy(
    features: Tensor, proxies: Tensor, labels: Tensor, margin: float, temperature: float
) -> Tensor:
    """How far each feature is from its class, beside those of other classes (Kang et al., 2021, section 3).

    With s the cosine of two vectors, [x]₋ = min(x, 0) and [x]₊ = max(x, 0), of every feature f with proxy v:

        -log( exp([s(f, v) - m]₋ / τ) / (exp([s(f, v) - m]₋ / τ) + Σ exp([s(f, f') - (1 - m)]₊ / τ)) )

    where f' are the features of other classes.

    Args:
        features: `(B, D)` float, of length 1.
        proxies: `(B, D)` float, of length 1: of each feature's class.
        labels: `(B,)` int64.
        margin: m.
        temperature: τ.

    Returns:
        `(B,)`.
    """
    attraction = ((features * proxies).sum(dim=1) - margin).clamp(max=0) / temperature  # (B,)
    repulsion = (features @ features.T - (1 - margin)).clamp(min=0) / temperature  # (B, B)
    of_one_class = labels[:, None] == labels[None, :]
    terms = repulsion.masked_fill(of_one_class, -torch.inf)
    return torch.logsumexp(torch.cat((attraction[:, None], terms), dim=1), dim=1) - attraction


@final
class ReACGANDiscriminator(Discriminator):
    """BigGAN's blocks, ReLU and the sum over all pixels; then a logit, and a normalised feature of D numbers.

    Every weight is spectrally normalised, the proxies of the classes included.
    """

    head = "logit"

    num_classes: int

    pays_for_fakes: ClassVar[bool] = False

    def __init__(
        self, config: ReACGANSettings, image: ImageSpec, num_classes: int, conditioning: Conditioning
    ) -> None:
        super().__init__()
        self.image, self.num_classes, self.conditioning = image, num_classes, conditioning
        self.config = config
        self.blocks, channels = discriminator_layers("reacgan", config, image)
        self.logit = nn.Linear(channels, 1)
        self.feature = nn.Linear(channels, config.embedding_features)
        self.proxy = nn.Linear(conditioning.features, config.embedding_features, bias=False)
        for part in (self.blocks, self.logit, self.feature, self.proxy):
            orthogonal_(part)
        spectral_norm_(self)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Judgement:
        """Maps images `(B, C, H, W)` in [-1, 1] and labels `(B,)` int64 to logits `(B,)` and to the
        data-to-data cross-entropy `(B,)`, times its weight. The logits know nothing of the labels.
        """
        require_shape("images", images, *self.image.shape)
        vectors = label_vectors(self.conditioning, labels, self.num_classes, images=images)
        hidden = F.relu(self.blocks(images)).sum(dim=(2, 3))  # (B, channels)
        wide = torch.promote_types(hidden.dtype, torch.float32)  # half precision can't tell cosines near 1
        features, proxies = (
            F.normalize(layer.to(wide), dim=1) for layer in (self.feature(hidden), self.proxy(vectors))
        )  # (B, D)
        config = self.config
        checked = require_labels(labels, self.num_classes)
        with nullcontext() if hidden.is_meta else torch.autocast(hidden.device.type, enabled=False):
            loss = data_to_data_cross_entropy(features, proxies, checked, config.margin, config.temperature)
        return Judgement(self.logit(hidden).squeeze(1), config.classifier_weight * loss)


@final
class ReACGAN(Model):
    """Rebooted auxiliary classifier: normalised features compared with each other (Kang et al., 2021)."""

    ganzoo_api = 1
    small: ClassVar[Mapping[str, Any]] = {"channels": 2, "discriminator_channels": 4}

    Config = ReACGANSettings

    conditional: ClassVar[bool] = True

    components: ClassVar[Mapping[str, str]] = {
        "upsampling": "ganzoo-components:resize-conv",
        "conditioning": "ganzoo-components:one-hot",
    }

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {
        "upsampling.kernel_size": (3, "Brock et al., 2019, appendix B"),
        "upsampling.padding": ("zeros", _STUDIOGAN),
        "objective.name": ("ganzoo-objectives:hinge", _STUDIOGAN),
        "training.batch_size": (128, _STUDIOGAN),
        "training.discriminator_steps": (5, _STUDIOGAN),
        "training.fresh_fakes": (True, _STUDIOGAN),
        "training.flip": (True, _STUDIOGAN),
        "training.learning_rate": (2.8284271e-4, _STUDIOGAN),
        "optimizer.name": ("ganzoo-optimizers:adam", _STUDIOGAN),
        "optimizer.beta1": (0.5, _STUDIOGAN),
        "optimizer.beta2": (0.999, _STUDIOGAN),
        "training.average_half_life": (
            4_436_000,
            "PyTorch-StudioGAN (Kang et al., 2023): 0.9999 a step of 640",
        ),
        "training.average_ramp": (0.1, "this zoo's: reached after two thirds; there after 1,000 steps"),
        "training.epochs": (
            1280,
            "PyTorch-StudioGAN (Kang et al., 2023): 100,000 steps of 5 x 128 CIFAR-10 images",
        ),
    }
    recipes = FAST

    published: ClassVar[Mapping[str, tuple[float, Mapping[str, str]]]] = {
        "FID on CIFAR-10, with flips": (3.87, REACGAN_OF_STUDIOGAN),
        "Inception score on CIFAR-10, with flips": (9.85, REACGAN_OF_STUDIOGAN),
    }
    differences = DIFFERENCES

    def __init__(
        self,
        config: ReACGANSettings,
        image: ImageSpec,
        num_classes: int | None,
        *,
        upsampling: UpsamplingFactory,
        conditioning: ConditioningFactory,
    ) -> None:
        self._num_classes = require_classes("reacgan", num_classes)
        blocks_of("reacgan", image)  # refuses the sizes that it can't draw
        self._config, self._image = config, image
        self._upsampling, self._conditioning = upsampling, conditioning

    @classmethod
    def read_released(cls, generator: Mapping[str, Tensor], discriminator: Mapping[str, Tensor]) -> Released:
        """PyTorch-StudioGAN's generator; its discriminator is not as here, and is left out."""
        return read_big_resnet(generator)

    def generator(self) -> BigGANGenerator:
        """Builds a freshly initialised generator."""
        conditioning = self._conditioning(self._num_classes)
        return BigGANGenerator(self._config, self._image, self._num_classes, self._upsampling, conditioning)

    def discriminator(self) -> ReACGANDiscriminator:
        """Builds a freshly initialised discriminator, with a conditioning of its own."""
        conditioning = self._conditioning(self._num_classes)
        return ReACGANDiscriminator(self._config, self._image, self._num_classes, conditioning)
