"""Images from a generator: in evaluation mode, batch by batch, as the bytes that an image file would hold."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ganzoo.interfaces import Generator


def to_uint8(images: Tensor) -> Tensor:
    """Maps floats in [-1, 1] to the nearest of 0..255."""
    return images.float().add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8)


@torch.inference_mode()
def generate(
    generator: Generator, latents: Tensor, labels: Tensor | None, batch_size: int = 256
) -> Iterator[Tensor]:
    """Yields uint8 images `(batch, channels, height, width)` on the CPU, a batch at a time.

    The generator is in evaluation mode while this runs and returns to its mode afterwards, so an
    image depends on its own latents and label and on nothing else in the batch.
    """
    device = next(generator.parameters()).device
    was_training = generator.training
    generator.eval()
    try:
        for start in range(0, len(latents), batch_size):
            part = slice(start, start + batch_size)
            images = generator(latents[part].to(device), None if labels is None else labels[part].to(device))
            yield to_uint8(images).cpu()
    finally:
        generator.train(was_training)
