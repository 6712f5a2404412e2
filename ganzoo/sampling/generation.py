"""Images from a generator in evaluation mode: as floats, and as bytes of an image file.

An image depends on the weights, its latents and its label alone: not on how many are drawn with it, nor on
what was drawn before. So the generator always sees batches of one size, because arithmetic rounds otherwise
in others; and noise that it draws itself, beside its latents, follows from the latents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from ganzoo.devices import device_of
from ganzoo.errors import GanzooError
from ganzoo.interfaces import Generator
from ganzoo.torch_state import seed_random_numbers


def to_uint8(images: Tensor) -> Tensor:
    """Maps floats in [-1, 1] to the nearest of 0..255."""
    return images.float().add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8)


def to_pixels(images: Tensor) -> Tensor:
    """The same, of what a generator has drawn.

    Raises:
        GanzooError: a pixel is NaN or infinite, which would look like black or white.
    """
    require_finite(images)
    return to_uint8(images)


def require_finite(images: Tensor) -> None:
    """Refuses what a broken generator draws.

    Raises:
        GanzooError: a pixel is NaN or infinite.
    """
    if not torch.isfinite(images).all():
        raise GanzooError("the generator draws NaN or infinite pixels; nothing can be said of such images")


def chunk_size(device: torch.device) -> int:
    """Images that a generator draws at a time; more make a CPU no faster, and a single image dearer."""
    return 16 if device.type == "cpu" else 64


@torch.inference_mode()
def generate_floats(generator: Generator, latents: Tensor, labels: Tensor | None) -> Iterator[Tensor]:
    """Yields float32 images `(batch, channels, height, width)` in [-1, 1] on the CPU, a few at a time.

    The generator is in evaluation mode while this runs and returns to its mode afterwards. Torch's random
    state is left as it was. One that draws noise of its own in evaluation mode draws its images one by
    one, which takes longer.

    Args:
        generator: on any device; the type of the device decides how floats are rounded, and what noise of
            its own a generator draws.
        latents: `(count, latent_dim)` float, on any device.
        labels: `(count,)` int64; None for an unconditional generator.
    """
    device = device_of(generator)
    size = chunk_size(device)
    was_training = generator.training
    generator.eval()
    try:
        for start in range(0, len(latents), size):
            count = min(size, len(latents) - start)
            chosen = torch.arange(start, start + size).clamp(max=len(latents) - 1)  # the last one fills up
            given = [latents[chosen.to(latents.device)].to(device)]
            if labels is not None:
                given.append(labels[chosen.to(labels.device)].to(device))
            yield _draw(generator, given, count, device).float().cpu()
    finally:
        generator.train(was_training)


def generate(generator: Generator, latents: Tensor, labels: Tensor | None) -> Iterator[Tensor]:
    """Yields the images of `generate_floats` as uint8, as an image file holds them.

    Raises:
        GanzooError: a pixel is NaN or infinite.
    """
    return map(to_pixels, generate_floats(generator, latents, labels))


def _draw(generator: Generator, given: list[Tensor], count: int, device: torch.device) -> Tensor:
    """The first `count` images of a chunk of latents `(B, Z)` and perhaps labels `(B,)`."""
    before = _random_states(device)
    with full_float32():
        images: Tensor = generator(*given)
        if all(map(torch.equal, before, _random_states(device))):
            return images[:count]
        try:
            return torch.cat([_draw_one(generator, [part[i : i + 1] for part in given], device)
                              for i in range(count)])  # fmt: skip
        finally:
            _restore_random_states(before, device)


def _draw_one(generator: Generator, given: list[Tensor], device: torch.device) -> Tensor:
    """One image `(1, C, H, W)`, with noise that follows from its latents; other latents, other noise."""
    digest = hashlib.blake2b(given[0].cpu().numpy().tobytes(), digest_size=8).digest()
    number = int.from_bytes(digest, "little")
    seed_random_numbers(number, device)
    images: Tensor = generator(*given)
    return images


def _random_states(device: torch.device) -> list[Tensor]:
    """Torch's random states that a network on a device draws from."""
    states = [torch.get_rng_state()]
    if device.type == "cuda":
        states.append(torch.cuda.get_rng_state(device))
    elif device.type == "mps":
        states.append(torch.mps.get_rng_state())
    return states


def _restore_random_states(states: list[Tensor], device: torch.device) -> None:
    torch.set_rng_state(states[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states[1], device)
    elif device.type == "mps":
        torch.mps.set_rng_state(states[1])


@contextmanager
def full_float32() -> Iterator[None]:
    """Multiplies in float32 on a GPU too, whatever the precision of the training around it."""
    precision = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        with torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False):
            yield
    finally:
        torch.set_float32_matmul_precision(precision)
