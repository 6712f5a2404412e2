"""Records R3GAN's networks, loss and penalties from the authors' code, without labels and with.

    python benchmarks/released/r3gan.py --checkout R3GAN
"""

from __future__ import annotations

import importlib

import torch
import torch.nn.functional as F
from recording import Released, arguments, record, shake, turns, write

WIDTHS, GROUP_WIDTH, BLOCKS = [8, 8, 8, 8, 4], 4, 1
LATENT_DIM, GAMMA, CLASSES = 8, 0.05, 5


def main() -> None:
    """Writes both recordings."""
    source, path = arguments("r3gan.py", "brownvc/R3GAN", "none stated", "r3gan.safetensors")
    torch.set_default_dtype(torch.float64)
    for num_classes in (None, CLASSES):
        drawn = torch.Generator().manual_seed(0)
        released = networks(num_classes, drawn)
        tensors = record(
            released,
            turns(drawn, 2, (3, 64, 64), LATENT_DIM, num_classes),
            rates={"generator": 2e-4, "discriminator": 2e-4},
            betas=(0.0, 0.9),
            keep=lambda name: not name.endswith("Kernel"),  # the filter, a constant
        )
        suffix = "" if num_classes is None else "-conditional"
        write(tensors, source, path.with_stem(path.stem + suffix), widths=WIDTHS, gamma=GAMMA)


def networks(num_classes: int | None, drawn: torch.Generator) -> Released:
    """The authors' networks, narrow, and their two functions that accumulate gradients."""
    code, trainer = importlib.import_module("R3GAN.Networks"), importlib.import_module("R3GAN.Trainer")
    torch.manual_seed(0)
    groups = [2 * width // GROUP_WIDTH for width in WIDTHS]
    blocks = [BLOCKS] * len(WIDTHS)
    labelled = {} if num_classes is None else {"ConditionDimension": num_classes}
    generator = code.Generator(
        LATENT_DIM, WIDTHS, groups, blocks, 2, ConditionEmbeddingDimension=LATENT_DIM if labelled else 0, **labelled
    )
    discriminator = code.Discriminator(
        WIDTHS[::-1], groups[::-1], blocks, 2, ConditionEmbeddingDimension=WIDTHS[0] if labelled else 0, **labelled
    )
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
