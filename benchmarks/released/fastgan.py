"""Records the networks of `lightweight` from FastGAN's code, at 256x256, without decoders.

    python benchmarks/released/fastgan.py --checkout FastGAN-pytorch

The authors' repository, odegeasslbc/FastGAN-pytorch, holds no code any more; this fork has it unchanged. Its
decoders are wide whatever the settings, and its losses need weights that are downloaded. So the hinge is
written here, with margin 1; and the images end in tanh, which the code leaves out at this size.
"""

from __future__ import annotations

import importlib

import torch
import torch.nn.functional as F
from recording import Released, arguments, record, shake, write
from torch import Tensor
from turns import Turn, replaying, turns

SIDE, LATENT_DIM, BATCH = 256, 4, 2


def main() -> None:
    """Writes the recording."""
    source, folder = arguments(
        "fastgan.py", "andreasjansson/FastGAN-pytorch", "GPL-3.0; only numbers are here"
    )
    torch.set_default_dtype(torch.float64)
    drawn = torch.Generator().manual_seed(0)
    tensors = record(
        networks(drawn),
        turns(drawn, BATCH, (3, SIDE, SIDE), LATENT_DIM),
        rates={"generator": 2e-4, "discriminator": 2e-4},
        betas=(0.5, 0.999),
        keep=lambda name: not name.startswith(("decoder", "to_128")),
        takes_steps=False,
    )
    write(tensors, source, folder / "lightweight.safetensors", ngf=2, ndf=4)


def networks(drawn: torch.Generator) -> Released:
    """The networks, narrow, and their hinge loss."""
    code = importlib.import_module("models")
    torch.manual_seed(0)
    generator = code.Generator(ngf=2, nz=LATENT_DIM, im_size=SIDE)
    discriminator = code.Discriminator(ndf=4, im_size=SIDE)
    for network in (generator, discriminator):
        network.apply(code.weights_init)
        shake(network, drawn)

    def draw(turn: Turn) -> Tensor:
        with replaying(turn, drawn):
            return torch.tanh(generator(turn.latents)[0])

    def judge(images: Tensor, _: Tensor | None = None) -> Tensor:
        logits: Tensor = discriminator(images, "fake")  # those of one branch, then those of the other
        return logits.reshape(2, len(images), -1).transpose(0, 1).flatten(1)

    def discriminator_backward(turn: Turn) -> None:
        (F.relu(1 - judge(turn.real)).mean() + F.relu(1 + judge(draw(turn).detach())).mean()).backward()

    return Released(
        generator,
        discriminator,
        draw=draw,
        judge=judge,
        discriminator_backward=discriminator_backward,
        generator_backward=lambda turn: (-judge(draw(turn)).mean()).backward(),
    )


if __name__ == "__main__":
    main()
