"""Images from a generator in evaluation mode, batch by batch: as floats, and as bytes of an image file."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ganzoo.errors import GanzooError
from ganzoo.interfaces import Generator


def to_uint8(images: Tensor) -> Tensor:
    """Maps floats in [-1, 1] to the nearest of 0..255."""
    return images.float().add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8)


def to_pixels(images: Tensor) -> Tensor:
    """The same, of what a generator has drawn.

    Raises:
        GanzooError: a pixel is NaN or infinite, which would look like black or white.
    """
    if not torch.isfinite(images).all():
        raise GanzooError("the generator draws NaN or infinite pixels; nothing can be said of such images")
    return to_uint8(images)


@torch.inference_mode()
def generate_floats(
    generator: Generator, latents: Tensor, labels: Tensor | None, batch_size: int = 256
) -> Iterator[Tensor]:
    """Yields float32 images `(batch, channels, height, width)` in [-1, 1] on the CPU, a batch at a time.

    The generator is in evaluation mode while this runs and returns to its mode afterwards, so an
    image depends on its own latents and label and on nothing else in the batch.

    Args:
        generator: on any device.
        latents: `(count, latent_dim)` float, on any device.
        labels: `(count,)` int64; None for an unconditional generator.
        batch_size: images that the generator draws at a time.
    """
    device = next(generator.parameters()).device
    was_training = generator.training
    generator.eval()
    try:
        for start in range(0, len(latents), batch_size):
            part = slice(start, start + batch_size)
            images = generator(latents[part].to(device), None if labels is None else labels[part].to(device))
            yield images.float().cpu()
    finally:
        generator.train(was_training)


def generate(
    generator: Generator, latents: Tensor, labels: Tensor | None, batch_size: int = 256
) -> Iterator[Tensor]:
    """Yields the images of `generate_floats` as uint8, as an image file holds them.

    Raises:
        GanzooError: a pixel is NaN or infinite.
    """
    return map(to_pixels, generate_floats(generator, latents, labels, batch_size))
