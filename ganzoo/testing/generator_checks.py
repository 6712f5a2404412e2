"""The checks of a model's generator: the shape and the range of its images."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor

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
    "outside is cut off, and what is NaN ends the run. Training must show the discriminator what is drawn "
    "later: beyond the range at most what evaluation mode cuts off.",
    remedy="End the generator with tanh, in both modes.",
)
def images_are_finite_and_in_range(subject: ModelSubject) -> None:
    generator = dict(subject.awake())["generator"]
    for scale in (1, 10, 1000):
        latents, *labels = subject.given("generator", BATCH)
        drawn = {}
        for mode in ("evaluation", "training"):
            with torch.no_grad():
                drawn[mode] = output_of(generator.train(mode == "training"), (scale * latents, *labels))
            finite = bool(torch.isfinite(drawn[mode]).all())
            require(finite, f"latents times {scale} give images with NaN or infinity in {mode} mode")
        for mode, images in drawn.items():
            low, high = float(images.min()), float(images.max())
            seen = f"latents times {scale} give images from {low:.3g} to {high:.3g} in {mode} mode"
            within = low >= -1 and high <= 1
            require(within or (mode == "training" and _is_cut(drawn[mode], drawn["evaluation"])), seen)


def _is_cut(beyond: Tensor, images: Tensor) -> bool:
    """Whether evaluation mode cuts at -1 and 1 what lies beyond in training mode, so that it ends there."""
    share = float((images.abs() == 1).float().mean())
    return share > 0.5 * float((beyond.abs() > 1).float().mean())


GENERATOR: Final[tuple[Check[Any], ...]] = (images_have_the_asked_shape, images_are_finite_and_in_range)
