"""Records SNGAN's and WGAN-GP's networks, losses and gradient penalty from Mimicry's code, at 32x32.

    python benchmarks/released/mimicry.py --checkout mimicry

Three things are set as in the authors' own codes, in Chainer and TensorFlow, and in ours. Mimicry resizes
bilinearly in its generators, and adds 1e-5 to the variances of SNGAN's, where the first adds 2e-5. And its
ReLU works in place, so that a shortcut in the discriminator sees an input that is no longer what it was.
"""

from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path
from typing import Any

import torch
from recording import Released, arguments, record, shake, write
from spectral import spectral_norm
from torch import Tensor, nn
from turns import Turn, turns

SIDE, LATENT_DIM, CHANNELS, BATCH = 32, 4, 8, 4
MODELS = {"sngan": ("sngan.sngan_32", "SNGAN", 2e-5), "wgan-gp": ("wgan_gp.wgan_gp_32", "WGANGP", 1e-5)}
"""Model to its module, the beginning of its classes' names, and what is added to variances."""


def main() -> None:
    """Writes both recordings."""
    source, folder = arguments("mimicry.py", "kwotsin/mimicry", "MIT")
    torch.set_default_dtype(torch.float64)
    for name in MODELS:
        drawn = torch.Generator().manual_seed(0)
        tensors = record(
            networks(name, drawn),
            turns(drawn, BATCH, (3, SIDE, SIDE), LATENT_DIM, mixes=name == "wgan-gp"),
            rates={"generator": 2e-4, "discriminator": 2e-4},
            betas=(0.0, 0.9),
        )
        write(tensors, source, folder / f"{name}.safetensors", channels=CHANNELS)


def networks(name: str, drawn: torch.Generator) -> Released:
    """Mimicry's networks, narrow, and their losses."""
    package = types.ModuleType("torch_mimicry")  # its own imports metrics, which need TensorFlow
    package.__path__ = [str(Path(sys.path[0]) / "torch_mimicry")]
    sys.modules["torch_mimicry"] = package
    nn.utils.spectral_norm = spectral_norm
    module, prefix, epsilon = MODELS[name]
    code = importlib.import_module(f"torch_mimicry.nets.{module}")
    blocks: Any = importlib.import_module("torch_mimicry.modules.resblocks")
    blocks.F = types.SimpleNamespace(interpolate=_repeat, avg_pool2d=torch.nn.functional.avg_pool2d)
    torch.manual_seed(0)
    generator = getattr(code, f"{prefix}Generator32")(nz=LATENT_DIM, ngf=CHANNELS)
    discriminator = getattr(code, f"{prefix}Discriminator32")(ndf=CHANNELS)
    for network in (generator, discriminator):
        shake(network, drawn)
        for layer in network.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.eps = epsilon
            if isinstance(layer, nn.ReLU):
                layer.inplace = False

    def discriminator_backward(turn: Turn) -> None:
        fake = generator(turn.latents).detach()
        loss = discriminator.compute_gan_loss(discriminator(turn.real), discriminator(fake))
        if name == "wgan-gp":
            original, torch.rand = torch.rand, lambda *sizes: turn.mixed.reshape(sizes)  # type: ignore[assignment, union-attr]
            loss = loss + discriminator.compute_gradient_penalty_loss(turn.real, fake)
            torch.rand = original
        loss.backward()

    return Released(
        generator,
        discriminator,
        draw=lambda turn: generator(turn.latents),
        judge=lambda images, _: discriminator(images).squeeze(1),
        discriminator_backward=discriminator_backward,
        generator_backward=lambda turn: generator.compute_gan_loss(
            discriminator(generator(turn.latents))
        ).backward(),
    )


def _repeat(images: Tensor, scale_factor: int, **_: Any) -> Tensor:
    return torch.nn.functional.interpolate(images, scale_factor=scale_factor, mode="nearest")


if __name__ == "__main__":
    main()
