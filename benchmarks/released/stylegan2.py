"""Records StyleGAN2's networks, loss and lazy R1 from the authors' code, without labels and with.

    python benchmarks/released/stylegan2.py --checkout stylegan2-ada-pytorch

The code imports `requests` and `pkg_resources`, which setuptools had up to 81.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from recording import Released, arguments, record, shake, write
from standing_in import TorchWith
from turns import Turn, replaying, turns

SIDE, LATENT_DIM, STYLE_DIM, GAMMA, EVERY, BATCH = 16, 8, 8, 0.01, 16, 4


@dataclass(frozen=True)
class Kind:
    """Of the networks that are recorded."""

    architecture: str
    num_classes: int | None


RECORDED = {"stylegan2": Kind("orig", None), "stylegan2-conditional": Kind("resnet", 5)}
CONSTANTS = ("resample_filter", "w_avg")


def main() -> None:
    """Writes both recordings."""
    source, folder = arguments(
        "stylegan2.py", "NVlabs/stylegan2-ada-pytorch", "NVIDIA Source Code License; only numbers are here"
    )
    torch.set_default_dtype(torch.float64)
    for name, kind in RECORDED.items():
        drawn = torch.Generator().manual_seed(0)
        given = turns(drawn, BATCH, (3, SIDE, SIDE), LATENT_DIM, kind.num_classes)
        tensors = record(
            networks(kind, drawn, given[0]),
            given,
            rates={"generator": 0.002, "discriminator": 0.0025},
            betas=(0.0, 0.99),
            keep=lambda name: not name.endswith(CONSTANTS),
        )
        write(tensors, source, folder / f"{name}.safetensors", kind=kind, gamma=GAMMA, every=EVERY)


def networks(kind: Kind, drawn: torch.Generator, first: Turn) -> Released:
    """The authors' networks, narrow, and their loss; R1 is due in the first step alone."""
    code, losses = importlib.import_module("training.networks"), importlib.import_module("training.loss")
    code.torch = TorchWith(float32=torch.float64)  # type: ignore[attr-defined]
    torch.manual_seed(0)
    widths = {"channel_base": 96, "channel_max": 8}
    c_dim = kind.num_classes or 0
    generator = code.Generator(
        LATENT_DIM, c_dim, STYLE_DIM, SIDE, 3, mapping_kwargs={"num_layers": 2}, synthesis_kwargs=widths
    ).train()
    discriminator = code.Discriminator(
        c_dim,
        SIDE,
        3,
        kind.architecture,
        **widths,
        mapping_kwargs={"num_layers": 3} if c_dim else {},
        epilogue_kwargs={"mbstd_group_size": 2},
    )
    for network in (generator, discriminator):
        shake(network.double(), drawn)
        for module in network.modules():
            if hasattr(module, "resample_filter"):
                module.resample_filter = module.resample_filter.float()  # it is asked to be
    loss = losses.StyleGAN2Loss(
        torch.device("cpu"),
        generator.mapping,
        generator.synthesis,
        discriminator,
        style_mixing_prob=0,
        r1_gamma=GAMMA,
        pl_weight=0,
    )

    def vectors(labels: torch.Tensor | None, batch: int) -> torch.Tensor:
        return torch.zeros(batch, 0) if labels is None else F.one_hot(labels, c_dim).double()

    def backward(turn: Turn, phase: str, gain: float = 1.0) -> None:
        labels = vectors(turn.labels, BATCH)
        with replaying(turn, drawn):
            loss.accumulate_gradients(phase, turn.real, labels, turn.latents, labels, sync=True, gain=gain)

    def discriminator_backward(turn: Turn) -> None:
        generator.requires_grad_(False)  # as its training loop does
        backward(turn, "Dmain")
        if turn is first:
            backward(turn, "Dreg", gain=EVERY)
        generator.requires_grad_(True)

    def generator_backward(turn: Turn) -> None:
        discriminator.requires_grad_(False)
        backward(turn, "Gmain")
        discriminator.requires_grad_(True)

    def draw(turn: Turn) -> torch.Tensor:
        with replaying(turn, drawn):
            images: torch.Tensor = generator(turn.latents, vectors(turn.labels, BATCH))
        return images

    return Released(
        generator,
        discriminator,
        draw=draw,
        judge=lambda images, labels: discriminator(images, vectors(labels, len(images))).squeeze(1),
        discriminator_backward=discriminator_backward,
        generator_backward=generator_backward,
    )


if __name__ == "__main__":
    main()
