"""A model under check: which images it draws, how it is built, what its networks are given."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import torch
from torch import Tensor, nn

from ganzoo import models
from ganzoo.errors import UsageError
from ganzoo.interfaces import ImageSpec
from ganzoo.models import GAN
from ganzoo.settings.binding import Bound, BoundConfiguration, bind
from ganzoo.settings.configuration import NAME
from ganzoo.settings.merging import resolve
from ganzoo.testing.checks import Failure, require
from ganzoo.testing.modules import ModuleSubject

IMAGES: Final = tuple(
    ImageSpec(*shape)
    for shape in (
        (3, 32, 32),
        (1, 28, 28),
        (1, 8, 8),
        (3, 64, 64),
        (3, 128, 128),
        (3, 256, 256),
    )
)
"""The images to try; the checks use the first that the model can draw."""

ODD_IMAGES: Final = (ImageSpec(1, 1, 1), ImageSpec(3, 7, 5), ImageSpec(1, 12, 16))
"""Images that few models can draw: a pixel, odd sides, unequal sides."""

CLASSES: Final = 3


class ModelSubject(ModuleSubject):
    """A model with its default components, for the first of `IMAGES` that it can draw."""

    def require_settings(self) -> None:
        """Checks the settings of the model and of its components; see `Subject.require_settings`."""
        resolve({f"model.{NAME}": self.cls}, self.settings, training=False)

    @cached_property
    def _whole(self) -> BoundConfiguration:
        """The model and its components."""
        return bind(resolve({f"model.{NAME}": self.cls}, self.settings, training=False))

    @property
    def bound(self) -> Bound:
        """The model with its `Config`."""
        return self._whole["model"]

    @cached_property
    def num_classes(self) -> int | None:
        """How many classes it draws here."""
        return CLASSES if self.cls.conditional else None

    @cached_property
    def image(self) -> ImageSpec:
        """The first image that it can draw."""
        refusals = []
        for image in IMAGES:
            try:
                self.create(image)
            except UsageError as error:
                refusals.append(f"{image}: {error}")
            else:
                return image
        raise Failure("it draws none of the images tried. " + "; ".join(refusals))

    def create(self, image: ImageSpec) -> GAN:
        """Builds the pair anew."""
        return models.build(self._whole, image, self.num_classes)

    def build(self) -> dict[str, nn.Module]:
        """Both networks."""
        gan = self.create(self.image)
        return {"generator": gan.generator, "discriminator": gan.discriminator}

    def inputs(self, name: str, batch: int) -> tuple[Tensor, ...]:
        """Latents or images, labels where there are any, and latents for a discriminator that sees them."""
        if name == "generator":
            first = torch.randn(batch, self._latent_dim)
        else:
            first = 2 * torch.rand(batch, *self.image.shape) - 1
            if self._built["discriminator"].sees_latents:
                return first, self.labels(batch), torch.randn(batch, self._latent_dim)
        return (first, self.labels(batch)) if self.num_classes else (first,)

    def answers(self, name: str) -> tuple[int, ...]:
        """The latents that a discriminator learns to read."""
        return (2,) if name == "discriminator" else ()

    @cached_property
    def _latent_dim(self) -> int:
        return int(self.create(self.image).generator.latent_dim)

    def labels(self, batch: int) -> Tensor:
        """Labels `(batch,)`, each class in turn."""
        return torch.arange(batch) % CLASSES

    def observed(self) -> list[Tensor]:
        """See `ModuleSubject`; settings with which it draws no image are refused."""
        try:
            self.image  # noqa: B018, tried
        except Failure as failure:
            raise UsageError(str(failure)) from None
        found = super().observed()
        images = [each for each in found if each.shape[1:] == self.image.shape]
        require(bool(images), f"no result has the shape {self.image.shape} of its images")
        return found

    def draws_alone(self, name: str) -> bool:
        """A discriminator may compare the images of a batch (Salimans et al., 2016, section 3.2)."""
        return name == "generator"
