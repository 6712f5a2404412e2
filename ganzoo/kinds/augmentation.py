"""The kind `augmentation`: transformed images for the discriminator, and what every one promises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganzoo.testing.checks import Check, Suite, check, require
from ganzoo.testing.device_checks import ON_THE_DEVICE
from ganzoo.testing.every import EVERY
from ganzoo.testing.gradient_checks import gradients_reach_the_inputs
from ganzoo.testing.module_checks import (
    a_seed_reproduces_it,
    builds,
    builds_on_the_meta_device,
    every_tensor_has_its_own_memory,
    inputs_are_not_modified,
    state_dict_round_trips,
)
from ganzoo.testing.modules import BATCH, ModuleSubject, output_of
from ganzoo.testing.setting_checks import every_setting_has_an_effect


class AugmentationKind:
    """Transforms what the discriminator sees."""

    ganzoo_api = 1
    position = 7
    group = "ganzoo.augmentations"
    interface = "ganzoo.interfaces:Augmentation"
    role = "optional"
    option = "What the discriminator sees transformed, or none."
    checks = "ganzoo.kinds.augmentation:SUITE"
    template = "augmentation.template"
    template_use = "train dcgan --dataset digits --augmentation $name"


_SHAPES: Final = ((3, 8, 8), (1, 28, 28), (3, 7, 12))

_SHOWN: Final = 1_000_000
"""Images after which an augmentation that adapts has found its strength: ADA goes from 0 to 1 in half as many
(Karras et al., 2020, "Training Generative Adversarial Networks with Limited Data", section 3)."""


class AugmentationSubject(ModuleSubject):
    """An augmentation of colour images."""

    def build(self) -> dict[str, nn.Module]:
        """The augmentation, as training makes it."""
        return {"augmentation": self.bound.make()}

    def inputs(self, name: str, batch: int) -> tuple[Tensor, ...]:
        """Images `(batch, 3, 8, 8)`."""
        return (2 * torch.rand(batch, 3, 8, 8) - 1,)

    def draws_alone(self, name: str) -> bool:
        """Every image has a transformation of its own, but which one depends on its place in the batch."""
        return False

    def awake(self) -> Iterator[tuple[str, nn.Module]]:
        """The augmentation after a discriminator that is sure of every real image, so at full strength."""
        for name, augmentation in self.modules().items():
            for _ in range(10):
                augmentation.adapt(self.place(torch.full((_SHOWN // 10,), 10.0)))  # type: ignore[operator]
            yield name, augmentation

    def observed(self) -> list[Tensor]:
        """What it makes of images at first, after a few batches, and at full strength."""
        fresh = self.fresh()["augmentation"]
        found = [output_of(fresh, self.given("augmentation", BATCH))]
        for _ in range(8):  # some adapt at every few
            fresh.adapt(self.place(torch.randn(64) + 1.5))  # type: ignore[operator]
            found += [buffer.clone() for buffer in fresh.buffers()]
        for _, augmentation in self.awake():
            found += [output_of(augmentation, self.given("augmentation", 64))]
        return found


@check(
    why="The discriminator takes the images that it always takes.",
    remedy="Return float32 images of the shape that came in: grey and colour, odd sides and unequal ones.",
)
def images_keep_their_shape(subject: AugmentationSubject) -> None:
    for _, augmentation in subject.awake():
        for shape in _SHAPES:
            for batch in (1, 2, 5):
                images = subject.place(2 * torch.rand(batch, *shape) - 1)
                augmented = output_of(augmentation, (images,))
                same = augmented.shape == images.shape
                require(same, f"images {tuple(images.shape)} become {tuple(augmented.shape)}")
                require(augmented.dtype == torch.float32, f"images become {augmented.dtype}")
                require(
                    bool(augmented.isfinite().all()), f"images {tuple(images.shape)} become NaN or infinite"
                )


@check(
    why="One transformation for a whole batch tells the discriminator which batch an image is from.",
    remedy="Draw the parameters of the transformation with the batch as their first dimension.",
)
def every_image_has_its_own_transformation(subject: AugmentationSubject) -> None:
    for _, augmentation in subject.awake():
        images = subject.place((2 * torch.rand(1, 3, 8, 8) - 1).repeat(64, 1, 1, 1))
        augmented = output_of(augmentation, (images,))
        differ = any(not torch.equal(augmented[0], other) for other in augmented[1:])
        require(differ, "64 copies of one image become the same, at full strength")


@check(
    why="The generator learns through the augmentation, and a gradient penalty differentiates it twice.",
    remedy="Write the transformation with differentiable torch operations; round and index by no pixel "
    "value.",
)
def it_is_differentiable_twice(subject: AugmentationSubject) -> None:
    for _, augmentation in subject.awake():
        images = subject.given("augmentation", 5)[0].requires_grad_()
        smooth = F.softplus(3 * output_of(augmentation, (images,))).sum()
        (gradient,) = torch.autograd.grad(smooth, images, create_graph=True)
        require(gradient.requires_grad, "the gradient can't be differentiated again")
        (second,) = torch.autograd.grad(gradient.square().sum(), images)
        require(bool(second.any()), "the second derivative is zero where the first is not constant")
        require(bool(second.isfinite().all()), "the second derivative is not finite")


@check(
    why="adapt runs after every update. Reading a value there makes an accelerator wait for Python at each.",
    remedy="Compute with tensors to the end, and change buffers in place: no .item(), float() or if.",
)
def adapt_reads_nothing_back(subject: AugmentationSubject) -> None:
    with torch.device("meta"):
        augmentation = subject.bound.make()
        augmentation.adapt(torch.empty(5))


_CHECKS: Final[tuple[Check[Any], ...]] = (
    builds,
    builds_on_the_meta_device,
    every_tensor_has_its_own_memory,
    state_dict_round_trips,
    inputs_are_not_modified,
    a_seed_reproduces_it,
    *ON_THE_DEVICE,
    every_setting_has_an_effect,
    gradients_reach_the_inputs,
    images_keep_their_shape,
    every_image_has_its_own_transformation,
    it_is_differentiable_twice,
    adapt_reads_nothing_back,
)

SUITE = Suite(AugmentationSubject, (*EVERY, *_CHECKS), minimum=15)
