"""A model in the manner of InfoGAN: the discriminator learns to read some of the latents in the images."""

from __future__ import annotations

from typing import Any, ClassVar, final

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Generator, ImageSpec, Judgement, Model

CODES = 2


class CodedGenerator(Generator):
    """Two dense layers."""

    def __init__(self, image: ImageSpec) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 32, image, None
        pixels = torch.Size(image.shape).numel()
        self.layers = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, pixels), nn.Tanh())

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, 32)` to images `(B, C, H, W)` in [-1, 1]."""
        return self.layers(latents).reshape(-1, *self.image.shape)


class ReadingDiscriminator(Discriminator):
    """A dense layer with two heads: one judges, one guesses the first latents."""

    sees_latents = True
    head = "judge"

    def __init__(self, image: ImageSpec) -> None:
        super().__init__()
        self.image, self.num_classes = image, None
        self.dense = nn.Linear(torch.Size(image.shape).numel(), 64)
        self.judge, self.read = nn.Linear(64, 1), nn.Linear(64, CODES)

    def forward(
        self, images: Tensor, labels: Tensor | None = None, latents: Tensor | None = None
    ) -> Judgement:
        """Maps images `(B, C, H, W)`, of fakes with their latents `(B, 32)`, to logits and errors `(B,)`."""
        features = nn.functional.leaky_relu(self.dense(images.flatten(1)), 0.2)
        guesses = self.read(features)  # (B, 2)
        codes = guesses if latents is None else latents[:, :CODES]
        return Judgement(self.judge(features).squeeze(1), (guesses - codes).square().mean(dim=1))


@final
class CodeReading(Model):
    """Dense layers; two of the latents are read in the images (after Chen et al., 2016, section 5)."""

    ganzoo_api = 1
    recipe: ClassVar[dict[str, tuple[Any, str]]] = {
        "objective.name": ("ganzoo-objectives:bce", "Chen et al., 2016, equation 6"),
    }

    def __init__(self, config: object, image: ImageSpec, num_classes: int | None) -> None:
        self._image = image

    def generator(self) -> CodedGenerator:
        """Builds a freshly initialised generator."""
        return CodedGenerator(self._image)

    def discriminator(self) -> ReadingDiscriminator:
        """Builds a freshly initialised discriminator."""
        return ReadingDiscriminator(self._image)
