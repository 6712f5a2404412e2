"""Mistakes of a plugin's author, each with the error that mypy reports for its line. Never run."""

from __future__ import annotations

from typing import ClassVar, final

from torch import Tensor

from ganzoo.interfaces import (
    Dataset,
    Discriminator,
    Generator,
    ImageSpec,
    LabelledImages,
    Model,
    Objective,
    Upsampling,
    UpsamplingFactory,
)


@final
class Forgetful(Objective):  # E: misc
    ganzoo_api = 1

    def generator_loss(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        return fake_logits.mean()


class Numbers(Objective):
    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> float:  # E: override
        return 0.0

    def generator_loss(self, real_logits: Tensor) -> Tensor:  # E: override
        return real_logits.mean()


class Halving(Upsampling):
    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:  # E: override
        return images, images


class Unlabelled(Generator):
    def forward(self, latents: Tensor) -> Tensor:  # E: override
        return latents


class Careless(Discriminator):
    def __init__(self, image: ImageSpec) -> None:
        super().__init__()
        self.image = image.shape  # E: assignment
        self.num_classes = "ten"  # E: assignment

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return images[labels]


class Split(Dataset):
    def load(self, split: int) -> LabelledImages:  # E: override
        return LabelledImages([], [])  # E: call-arg, arg-type, arg-type


class Boasting(Model):
    conditional = "yes"  # E: assignment
    components = ("upsampling",)  # E: assignment
    recipe: ClassVar = {"training.batch_size"}  # E: assignment

    def generator(self) -> Tensor:  # E: override
        raise NotImplementedError

    def discriminator(self) -> Discriminator:
        raise NotImplementedError


def build(upsampling: UpsamplingFactory) -> Upsampling:
    return upsampling(1)  # E: call-arg


Forgetful()  # E: abstract
ImageSpec(3, 32)  # E: call-arg
