"""Records R3GAN's networks, loss and penalties from the authors' code, without labels and with.

python benchmarks/released/r3gan.py --checkout R3GAN
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from recording import Released, arguments, record, shake, write
from turns import turns

GROUP_WIDTH, LATENT_DIM, GAMMA = 4, 8, 0.05


@dataclass(frozen=True)
class Size:
    """Of the networks that are recorded."""

    side: int
    widths: list[int]
    blocks: int
    num_classes: int | None


RECORDED = {
    "r3gan": Size(64, [8, 8, 8, 8, 4], 1, None),  # the channels halve beyond 32x32
    "r3gan-conditional": Size(16, [8, 8, 8], 2, 5),
}


def main() -> None:
    """Writes both recordings."""
    source, folder = arguments("r3gan.py", "brownvc/R3GAN", "none stated")
    torch.set_default_dtype(torch.float64)
    for name, size in RECORDED.items():
        drawn = torch.Generator().manual_seed(0)
        tensors = record(
            networks(size, drawn),
            turns(drawn, 2, (3, size.side, size.side), LATENT_DIM, size.num_classes),
            rates={"generator": 2e-4, "discriminator": 2e-4},
            betas=(0.0, 0.9),
            keep=lambda name: not name.endswith("Kernel"),  # the filter, a constant
        )
        write(tensors, source, folder / f"{name}.safetensors", size=size, gamma=GAMMA)


def networks(size: Size, drawn: torch.Generator) -> Released:
    """The authors' networks, narrow, and their two functions that accumulate gradients."""
    code, trainer = importlib.import_module("R3GAN.Networks"), importlib.import_module("R3GAN.Trainer")
    widths, num_classes = size.widths, size.num_classes
    torch.manual_seed(0)
    groups, blocks = [2 * width // GROUP_WIDTH for width in widths], [size.blocks] * len(widths)
    of_generator, of_discriminator = ({}, {})
    if num_classes is not None:
        of_generator = {"ConditionDimension": num_classes, "ConditionEmbeddingDimension": LATENT_DIM}
        of_discriminator = {"ConditionDimension": num_classes, "ConditionEmbeddingDimension": widths[0]}
    generator = code.Generator(LATENT_DIM, widths, groups, blocks, 2, **of_generator)
    discriminator = code.Discriminator(widths[::-1], groups[::-1], blocks, 2, **of_discriminator)
    for network in (generator, discriminator):
        shake(network, drawn)
        for stage in network.MainLayers:
            stage.DataType = torch.float64
        for module in network.modules():
            if hasattr(module, "Kernel"):
                module.Kernel = module.Kernel.float()  # it is asked to be
    training = trainer.AdversarialTraining(generator, discriminator)

    def vectors(labels: torch.Tensor | None) -> torch.Tensor | None:
        return None if labels is None or num_classes is None else F.one_hot(labels, num_classes).double()

    return Released(
        generator,
        discriminator,
        draw=lambda turn: generator(turn.latents, vectors(turn.labels)),
        judge=lambda images, labels: discriminator(images, vectors(labels)),
        discriminator_backward=lambda turn: training.AccumulateDiscriminatorGradients(
            turn.latents, turn.real, vectors(turn.labels), GAMMA
        ),
        generator_backward=lambda turn: training.AccumulateGeneratorGradients(
            turn.latents, turn.real, vectors(turn.labels)
        ),
    )


if __name__ == "__main__":
    main()
