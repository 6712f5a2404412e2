"""Records the networks of `lightweight` from FastGAN's code, at 256x256, and by themselves its decoders.

    python benchmarks/released/fastgan.py --checkout FastGAN-pytorch

The authors' repository, odegeasslbc/FastGAN-pytorch, holds no code any more; this fork has it unchanged. Its
losses need weights that are downloaded. So the hinge is written here, with margin 1, and so is how far the
decoders are from the images, by the paper's equation 2; and the images end in tanh, which the code leaves
out at this size. Decoders are wide whatever the settings: their weights are in no file (see by_name.py).
"""

from __future__ import annotations

import importlib
import re
import tomllib
from types import SimpleNamespace
from typing import Any

import torch
import torch.nn.functional as F
from by_name import drawn, numbers, some
from recording import DATA, Released, arguments, record, shake, write
from spectral import spectral_norm
from torch import Tensor
from turns import Turn, replaying, turns

SIDE, LATENT_DIM, BATCH, QUARTER = 256, 4, 2, 2
NAMES = tomllib.loads((DATA.parent / "names" / "lightweight.toml").read_text())["discriminator"]
"""The beginning of a name there to what it is here."""


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
    write(decoders(), source, folder / "lightweight-decoders.safetensors", ndf=4)


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


def decoders() -> dict[str, Tensor]:
    """What the decoders draw, the logits, and gradients of the hinge and of the distance from the images."""
    code: Any = importlib.import_module("models")
    code.spectral_norm, code.random = spectral_norm, SimpleNamespace(randint=lambda *_: QUARTER)
    network = code.Discriminator(ndf=4, im_size=SIDE)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                tensor.copy_(drawn(our_name(name), tensor))
    real = numbers("real", BATCH, 3, SIDE, SIDE).tanh()
    logits, images, _ = network(real, "real")
    small = real[:, :, ::2, ::2]
    aims = (small, small, real[:, :, SIDE // 2 :, : SIDE // 2])
    distance = sum((image - aim).abs().mean() for image, aim in zip(images, aims, strict=True))
    (F.relu(1 - logits).mean() + distance).backward()
    tensors = {"logits": logits.reshape(2, BATCH, -1).transpose(0, 1).flatten(1).detach()}
    for name, image in zip(("whole", "small", "part"), images, strict=True):
        tensors[f"images.{name}"] = image[:, :, ::4, ::4].detach()
    for name, weight in network.named_parameters():
        tensors[f"gradient.{our_name(name)}"] = some(weight.grad)
    return tensors


def our_name(name: str) -> str:
    """What a weight or buffer of the discriminator is called here."""
    name = name.replace("weight.0._", "weight.0.parametrisation._")
    decoder = re.match(r"decoder_(big|part|small)\.main\.(\d)\.((?:\d\.)?)", name)
    if decoder:
        where = {"big": "whole"}.get(decoder[1], decoder[1])
        part = {"1.": "0.convolution.", "2.": "1."}.get(decoder[3], "")
        return f"decoders.{where}.{int(decoder[2]) - 1}.{part}{name[decoder.end() :]}"
    for theirs, ours in NAMES.items():
        if name.startswith(f"{theirs}."):
            return ours + name.removeprefix(theirs)
    raise ValueError(name)


if __name__ == "__main__":
    main()
