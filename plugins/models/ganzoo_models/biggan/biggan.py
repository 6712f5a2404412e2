"""BigGAN: the latents enter at every block, labels share one embedding, weights start orthogonal.

References:
    Brock, Donahue and Simonyan, 2019, "Large Scale GAN Training for High Fidelity Natural Image Synthesis",
    section 3 and appendix B; at 32x32 the widths and settings of PyTorch-StudioGAN's configuration
    CIFAR10/BigGAN, since the paper begins at 128x128.

At 32x32 the latents (B, 80) are cut in four. The first quarter goes (B, 20) → 384x4x4 → 384x8x8 → 384x16x16,
with attention there, → 384x32x32 → image; each of the others joins the label's 128 features in the
normalisations of one block. The discriminator goes image → 192x16x16, with attention there, → 192x8x8 →
192x8x8 → 192x8x8 → sum over pixels → logit. Shapes: B batch, Z latent, E label features, C channels,
H height, W width.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final, final

import torch.nn.functional as F
from ganzoo_components.layers import (
    Projection,
    label_vectors,
    orthogonal_,
    require_classes,
    require_shape,
    spectral_norm_,
)
from torch import Tensor

from ganzoo.interfaces import (
    Conditioning,
    ConditioningFactory,
    Discriminator,
    ImageSpec,
    Model,
    Released,
    UpsamplingFactory,
)
from ganzoo_models.biggan.networks import BigGANGenerator, discriminator_layers
from ganzoo_models.biggan.released import read_big_resnet
from ganzoo_models.biggan.settings import BigGANSettings, blocks_of
from ganzoo_models.differences import BIGGAN as DIFFERENCES
from ganzoo_models.fast_recipes import BIGGAN as FAST
from ganzoo_models.published import BIGGAN_OF_STUDIOGAN

_STUDIOGAN: Final = "PyTorch-StudioGAN (Kang et al., 2023), CIFAR10/BigGAN"


@final
class BigGANDiscriminator(Discriminator):
    """Residual blocks, attention after the first, ReLU, the sum over all pixels, and a projection on the
    label's vector; every weight spectrally normalised.
    """

    head = "projection"

    num_classes: int

    def __init__(
        self, config: BigGANSettings, image: ImageSpec, num_classes: int, conditioning: Conditioning
    ) -> None:
        super().__init__()
        self.image, self.num_classes, self.conditioning = image, num_classes, conditioning
        self.blocks, channels = discriminator_layers("biggan", config, image)
        self.projection = Projection(channels, conditioning.features)
        for part in (self.blocks, self.projection):
            orthogonal_(part)
        spectral_norm_(self)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps images `(B, C, H, W)` in [-1, 1] and labels `(B,)` int64 to logits `(B,)`."""
        require_shape("images", images, *self.image.shape)
        vectors = label_vectors(self.conditioning, labels, self.num_classes, images=images)  # (B, E)
        features = F.relu(self.blocks(images)).sum(dim=(2, 3))  # (B, channels)
        logits: Tensor = self.projection(features, vectors)  # (B,)
        return logits


RECIPE: Final[Mapping[str, tuple[Any, str]]] = {
    "upsampling.kernel_size": (3, "Brock et al., 2019, appendix B"),
    "upsampling.padding": ("zeros", _STUDIOGAN),
    "objective.name": ("ganzoo-objectives:hinge", "Brock et al., 2019, section 3"),
    "training.batch_size": (
        64,
        "PyTorch-StudioGAN (Kang et al., 2023), CIFAR10/BigGAN; 256 to 2,048 in the paper",
    ),
    "training.discriminator_steps": (
        5,
        "PyTorch-StudioGAN (Kang et al., 2023), CIFAR10/BigGAN; 2 in the paper",
    ),
    "training.fresh_fakes": (True, _STUDIOGAN),
    "training.flip": (True, _STUDIOGAN),
    "training.learning_rate": (2e-4, _STUDIOGAN),
    "optimizer.name": ("ganzoo-optimizers:adam", _STUDIOGAN),
    "optimizer.beta1": (0.5, _STUDIOGAN),
    "optimizer.beta2": (0.999, _STUDIOGAN),
    "training.average_half_life": (2_218_000, "PyTorch-StudioGAN (Kang et al., 2023): 0.9999 a step of 320"),
    "training.average_ramp": (0.1, "this zoo's: reached after two thirds; there after 1,000 steps"),
    "training.epochs": (
        640,
        "PyTorch-StudioGAN (Kang et al., 2023): 100,000 steps of 5 x 64 CIFAR-10 images",
    ),
}


@final
class BigGAN(Model):
    """Large-scale GAN by class: split latents, shared embedding, attention (Brock et al., 2019)."""

    ganzoo_api = 1
    small: ClassVar[Mapping[str, Any]] = {"channels": 2, "discriminator_channels": 4}

    Config = BigGANSettings

    conditional: ClassVar[bool] = True

    components: ClassVar[Mapping[str, str]] = {
        "upsampling": "ganzoo-components:resize-conv",
        "conditioning": "ganzoo-components:one-hot",
    }

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = RECIPE
    recipes = FAST

    published: ClassVar[Mapping[str, tuple[float, Mapping[str, str]]]] = {
        "FID on CIFAR-10, with flips": (4.16, BIGGAN_OF_STUDIOGAN),
        "Inception score on CIFAR-10, with flips": (9.96, BIGGAN_OF_STUDIOGAN),
    }
    differences = DIFFERENCES

    def __init__(
        self,
        config: BigGANSettings,
        image: ImageSpec,
        num_classes: int | None,
        *,
        upsampling: UpsamplingFactory,
        conditioning: ConditioningFactory,
    ) -> None:
        self._num_classes = require_classes("biggan", num_classes)
        blocks_of("biggan", image)  # refuses the sizes that it can't draw
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

    def discriminator(self) -> BigGANDiscriminator:
        """Builds a freshly initialised discriminator, with a conditioning of its own."""
        conditioning = self._conditioning(self._num_classes)
        return BigGANDiscriminator(self._config, self._image, self._num_classes, conditioning)
