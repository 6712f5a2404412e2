"""A model in the manner of BigGAN: a part of the latents at every layer, and its own truncation."""

from __future__ import annotations

from typing import Any, ClassVar, final

import torch
from torch import Tensor, nn

from ganzoo.errors import UsageError
from ganzoo.interfaces import Discriminator, Generator, ImageSpec, Model


class SplitGenerator(Generator):
    """Two dense layers; the first half of the latents enters at the first, the rest at the second."""

    def __init__(self, image: ImageSpec) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes, self.psi = 32, image, None, 1.0
        self.first = nn.Linear(16, 64)
        self.second = nn.Linear(64 + 16, torch.Size(image.shape).numel())

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, 32)` to images `(B, C, H, W)` in [-1, 1]."""
        coarse, fine = (self.psi * latents).chunk(2, dim=1)  # (B, 16) each
        features = torch.cat((self.first(coarse).relu(), fine), dim=1)  # (B, 64 + 16)
        return self.second(features).tanh().reshape(-1, *self.image.shape)

    def truncated(self, psi: float) -> Generator:
        """Scales the latents, from 0 (one image for all) to 1 (as without)."""
        if not 0 <= psi <= 1:
            raise UsageError(f"--truncation of this model is from 0 to 1, not {psi}")
        other = SplitGenerator(self.image)
        other.first, other.second, other.psi = self.first, self.second, psi
        return other.train(self.training)


class SplitDiscriminator(Discriminator):
    """Two dense layers."""

    def __init__(self, image: ImageSpec) -> None:
        super().__init__()
        self.image, self.num_classes = image, None
        pixels = torch.Size(image.shape).numel()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(pixels, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1))

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps images `(B, C, H, W)` to logits `(B,)`."""
        return self.layers(images).squeeze(1)


@final
class SplitLatents(Model):
    """Dense layers, each with its part of the latents (after Brock et al., 2019, appendix B)."""

    ganzoo_api = 1
    recipe: ClassVar[dict[str, tuple[Any, str]]] = {
        "objective.name": ("ganzoo-objectives:hinge", "Brock et al., 2019, section 3"),
        "training.batch_size": (64, "this example's choice"),
    }

    def __init__(self, config: object, image: ImageSpec, num_classes: int | None) -> None:
        self._image = image

    def generator(self) -> SplitGenerator:
        """Builds a freshly initialised generator."""
        return SplitGenerator(self._image)

    def discriminator(self) -> SplitDiscriminator:
        """Builds a freshly initialised discriminator."""
        return SplitDiscriminator(self._image)
