"""Records DCGAN's networks and loss from PyTorch's example, at 64x64.

    python benchmarks/released/dcgan.py --checkout examples

The example is a script. It is run without a single epoch, on made-up images, for the networks that it builds.
"""

from __future__ import annotations

import runpy
import sys
import tempfile

import torch
from recording import Released, arguments, record, shake, write
from torch import Tensor
from turns import Turn, turns

SIDE, LATENT_DIM, CHANNELS, BATCH = 64, 4, 4, 4


def main() -> None:
    """Writes the recording."""
    source, folder = arguments("dcgan.py", "pytorch/examples", "BSD-3-Clause")
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as out:
        options = {
            "dataset": "fake",
            "niter": 0,
            "ngf": CHANNELS,
            "ndf": CHANNELS,
            "nz": LATENT_DIM,
            "outf": out,
        }
        sys.argv = ["main.py", *(f"--{name}={value}" for name, value in options.items()), "--manualSeed=0"]
        script = runpy.run_path(str(source.checkout / "dcgan" / "main.py"))
    torch.set_default_dtype(torch.float64)
    drawn = torch.Generator().manual_seed(0)
    generator, discriminator = (script[name].cpu().double() for name in ("netG", "netD"))
    for network in (generator, discriminator):
        shake(network, drawn, 0.02)

    def draw(turn: Turn) -> Tensor:
        images: Tensor = generator(turn.latents[:, :, None, None])
        return images

    def loss(images: Tensor, target: float) -> Tensor:
        found: Tensor = script["criterion"](discriminator(images), torch.full((len(images),), target))
        return found

    tensors = record(
        Released(
            generator,
            discriminator,
            draw=draw,
            judge=lambda images, _: discriminator.main[:-1](images).flatten(),
            discriminator_backward=lambda turn: (
                loss(turn.real, 1.0) + loss(draw(turn).detach(), 0.0)
            ).backward(),
            generator_backward=lambda turn: loss(draw(turn), 1.0).backward(),
        ),
        turns(drawn, BATCH, (3, SIDE, SIDE), LATENT_DIM),
        rates={"generator": 2e-4, "discriminator": 2e-4},
        betas=(0.5, 0.999),
        takes_steps=False,
    )
    write(tensors, source, folder / "dcgan.safetensors", channels=CHANNELS)


if __name__ == "__main__":
    main()
