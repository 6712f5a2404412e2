"""The checks of a model's generator: the shape and the range of its images."""

from __future__ import annotations

from typing import Any, Final

import torch

from ganzoo.testing.checks import Check, check, require
from ganzoo.testing.model_subject import ModelSubject
from ganzoo.testing.modules import BATCH, batches_of, output_of


@check(
    why="Whatever takes images expects this shape, for a batch of any size: the last of a sample is a "
    "small one.",
    remedy="Return (batch, channels, height, width) as ImageSpec says; keep the batch first and squeeze "
    "nothing.",
)
def images_have_the_asked_shape(subject: ModelSubject) -> None:
    generator = subject.modules()["generator"]
    for batch in batches_of(generator):
        images = output_of(generator, subject.given("generator", batch))
        expected = (batch, *subject.image.shape)
        require(tuple(images.shape) == expected, f"images are {tuple(images.shape)}, not {expected}")
        require(images.dtype == torch.float32, f"images are {images.dtype}")


@check(
    why="Images are written as bytes from [-1, 1], the range that real ones are scaled to. What lies "
    "outside is cut off, and what is NaN ends the run.",
    remedy="End the generator with tanh.",
)
def images_are_finite_and_in_range(subject: ModelSubject) -> None:
    generator = dict(subject.awake())["generator"].eval()
    for scale in (1, 1000):
        latents, *labels = subject.given("generator", BATCH)
        with torch.no_grad():
            images = output_of(generator, (scale * latents, *labels))
        finite, low, high = torch.isfinite(images).all(), float(images.min()), float(images.max())
        require(bool(finite), f"latents times {scale} give images with NaN or infinity")
        require(low >= -1 and high <= 1, f"latents times {scale} give images from {low:.3g} to {high:.3g}")


GENERATOR: Final[tuple[Check[Any], ...]] = (images_have_the_asked_shape, images_are_finite_and_in_range)
