"""Records BigGAN's networks and hinge from its author's code, at 128x128, narrow.

    python benchmarks/released/biggan.py --checkout BigGAN-PyTorch

Weights, images and latents are in no file: see by_name.py. 1e-4 is added to variances, as in ours and
PyTorch-StudioGAN; the code's default is 1e-5. It iterates its singular vectors in another order than ours, so
no steps are taken, and both begin with the true ones.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping

import torch
from by_name import drawn, numbers, some
from recording import arguments, write
from torch import Tensor, nn

SIDE, NUM_CLASSES, LATENT_DIM, LABEL_FEATURES = 128, 5, 12, 6
LABELS = torch.tensor([1, 3])
BLOCK = {
    "bn1.": "first_normalisation.", "bn2.": "second_normalisation.", "conv_sc.": "shortcut.",
    "theta.": "query.", "phi.": "key.", "g.": "value.", "o.": "output.", "gamma": "scale",
}  # fmt: skip
OF_GENERATOR = {"conv1.": "upsampling.convolution.", "conv2.": "convolution."}
OF_DISCRIMINATOR = {"conv1.": "first_convolution.", "conv2.": "second_convolution."}
OTHERS = {
    "shared.": "embedding.", "output_layer.0.gain": "normalisation.weight",
    "output_layer.0.bias": "normalisation.bias", "output_layer.2.": "to_image.",
    "embed.": "projection.label.",
}  # fmt: skip
LAST = 4
"""The generator's last block; attention is before it."""


def main() -> None:
    """Writes the recording."""
    source, folder = arguments("biggan.py", "ajbrock/BigGAN-PyTorch", "MIT")
    code, losses = importlib.import_module("BigGAN"), importlib.import_module("losses")
    torch.set_default_dtype(torch.float64)
    generator = code.Generator(
        G_ch=4, dim_z=LATENT_DIM, resolution=SIDE, G_attn="64", n_classes=NUM_CLASSES,
        shared_dim=LABEL_FEATURES, hier=True, BN_eps=1e-4, no_optim=True,
    )  # fmt: skip
    generator.output_layer[0].eps = 1e-4
    discriminator = code.Discriminator(D_ch=8, resolution=SIDE, D_attn="64", n_classes=NUM_CLASSES)
    networks = {"generator": generator, "discriminator": discriminator}
    for player, network in networks.items():
        fill(player, network)
    real = numbers("real", len(LABELS), 3, SIDE, SIDE).tanh()
    latents = numbers("latents", len(LABELS), LATENT_DIM)
    images = generator(latents, generator.shared(LABELS))
    said = [discriminator(x, LABELS) for x in (real, images.detach())]
    tensors = {"images": images[:, :, ::4, ::4].detach(), "logits": torch.cat(said, 1).detach()}
    sum(losses.discriminator_loss(said[1], said[0])).backward()
    tensors |= gradients("discriminator", discriminator)
    losses.generator_loss(discriminator(images, LABELS)).backward()
    tensors |= gradients("generator", generator)
    write(tensors, source, folder / "biggan-author.safetensors")


def fill(player: str, network: nn.Module) -> None:
    """Draws all weights, and finds the singular vectors of those that are normalised by them."""
    with torch.no_grad():
        for name, weight in network.named_parameters():
            ours = our_name(player, name)
            is_table = isinstance(network.get_submodule(name.rpartition(".")[0]), nn.Embedding)
            weight.copy_(drawn(ours, weight.T).T if is_table else drawn(ours, weight))
        for module in network.modules():
            if hasattr(module, "u0"):
                matrix = module.weight.reshape(len(module.weight), -1)  # type: ignore[operator, arg-type]
                module.u0.copy_(torch.linalg.svd(matrix, full_matrices=False)[0][:, 0])  # type: ignore[operator]


def gradients(player: str, network: nn.Module) -> dict[str, Tensor]:
    """Some numbers of the gradient of each weight, transposed where ours is."""
    found = {}
    for name, weight in network.named_parameters():
        is_table = isinstance(network.get_submodule(name.rpartition(".")[0]), nn.Embedding)
        assert weight.grad is not None
        found[f"gradient.{our_name(player, name)}"] = some(weight.grad.T if is_table else weight.grad)
    return found


def our_name(player: str, name: str) -> str:
    """What a weight is called here."""
    is_generator = player == "generator"
    block = re.match(r"blocks\.(\d)\.(\d)\.", name)
    if block:
        number, rest = int(block[1]), name[block.end() :]
        named = replaced(rest, BLOCK | (OF_GENERATOR if is_generator else OF_DISCRIMINATOR))
        if is_generator:
            where = "attention" if block[2] == "1" else "last_block" if number == LAST else f"blocks.{number}"
        else:
            where = f"blocks.{number + int(block[2]) + (number > 0)}"
        ours = f"{where}.{named}"
    else:
        ours = replaced(name, OTHERS | {"linear.": "dense." if is_generator else "projection.dense."})
    if ours.endswith("weight") and not ours.startswith(("embedding.", "normalisation.")):
        ours = f"{ours.removesuffix('weight')}parametrizations.weight.original"
    return f"{player}.{ours}"


def replaced(name: str, beginnings: Mapping[str, str]) -> str:
    """A name with another beginning."""
    for theirs, ours in beginnings.items():
        if name.startswith(theirs):
            return ours + name.removeprefix(theirs)
    raise ValueError(name)


if __name__ == "__main__":
    main()
