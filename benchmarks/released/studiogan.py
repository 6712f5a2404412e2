"""Records `biggan`, `reacgan`, `sagan` and `sngan-projection` from PyTorch-StudioGAN's code, at 32x32.

    python benchmarks/released/studiogan.py --checkout PyTorch-StudioGAN

Set as in the papers, the authors' own codes, and ours: ReLU doesn't work in place, which here would change
what shortcuts see; `sngan-projection` and `sagan` add 2e-5 and 1e-5 to variances; in `sagan` the tables of
gains and biases are no spectrally normalised layers; and the loss of ReACGAN leaves the similarities of other
classes as they are, from which the code subtracts each row's largest, but not from the positive one.
"""

from __future__ import annotations

import importlib
import sys
import types
from contextlib import nullcontext
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
from recording import Released, arguments, record, shake, write
from spectral import spectral_norm
from standing_in import TorchWith
from torch import Tensor, nn
from turns import Turn, turns

SIDE, NUM_CLASSES, BATCH = 32, 5, 4
LATENT_DIM, LABEL_FEATURES, EMBEDDING, WIDTH = 8, 6, 12, 2
MARGIN, TEMPERATURE, WEIGHT = 0.98, 0.5, 0.5


@dataclass(frozen=True)
class Kind:
    """Of the networks that are recorded."""

    module: str
    epsilon: float
    rates: tuple[float, float]
    """Of the generator and the discriminator."""
    betas: tuple[float, float]
    attends: bool = True
    spectral: bool = True
    """Whether the generator's weights are spectrally normalised."""
    spectral_tables: bool = False
    """Whether its gains and biases are, too."""
    compares: bool = False
    """Whether features are compared with each other, instead of a projection."""


RECORDED = {
    "biggan": Kind("big_resnet", 1e-4, (2e-4, 2e-4), (0.5, 0.999), spectral_tables=True),
    "reacgan": Kind(
        "big_resnet", 1e-4, (2.8284271e-4, 2.8284271e-4), (0.5, 0.999), spectral_tables=True, compares=True
    ),
    "sagan": Kind("resnet", 1e-5, (1e-4, 4e-4), (0.0, 0.9)),
    "sngan-projection": Kind("resnet", 2e-5, (2e-4, 2e-4), (0.0, 0.9), attends=False, spectral=False),
}


def main() -> None:
    """Writes the recordings."""
    source, folder = arguments("studiogan.py", "POSTECH-CVLab/PyTorch-StudioGAN", "MIT")
    sys.path[0] += "/src"
    # These would import what evaluates, and what compiles kernels.
    for name, names in {
        "utils.misc": {"dummy_context_mgr": nullcontext},
        "utils.style_ops": {"conv2d_gradfix": None},
    }.items():
        module = types.ModuleType(name)
        vars(module).update(names)
        sys.modules[name] = module
        setattr(importlib.import_module("utils"), name.removeprefix("utils."), module)
    importlib.import_module("utils.ops").spectral_norm = spectral_norm  # type: ignore[attr-defined]
    torch.set_default_dtype(torch.float64)
    for name, kind in RECORDED.items():
        drawn = torch.Generator().manual_seed(0)
        tensors = record(
            networks(kind, drawn),
            turns(drawn, BATCH, (3, SIDE, SIDE), LATENT_DIM, NUM_CLASSES),
            rates=dict(zip(("generator", "discriminator"), kind.rates, strict=True)),
            betas=kind.betas,
        )
        write(tensors, source, folder / f"{name}.safetensors", kind=kind)


def networks(kind: Kind, drawn: torch.Generator) -> Released:
    """StudioGAN's networks, narrow, and their losses."""
    ops, code = importlib.import_module("utils.ops"), importlib.import_module(f"models.{kind.module}")
    code.torch = TorchWith(float32=torch.float64)  # type: ignore[attr-defined]
    torch.manual_seed(0)
    generator = code.Generator(
        LATENT_DIM, LABEL_FEATURES, SIDE, WIDTH, kind.attends, [2], "cBN", NUM_CLASSES, "ortho", "N/A", False,
        *_parts(ops, kind),
    )  # fmt: skip
    discriminator = code.Discriminator(
        SIDE, 2 * WIDTH, True, kind.attends, [1], "D2DCE" if kind.compares else "PD", "W/O",
        EMBEDDING if kind.compares else "N/A", kind.compares, NUM_CLASSES, "ortho", "N/A", False,
        *_parts(ops, kind),
    )  # fmt: skip
    for network in (generator, discriminator):
        shake(network, drawn)
        for layer in network.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.eps = kind.epsilon
    losses = importlib.import_module("utils.losses")
    losses.torch = TorchWith(max=_nothing)  # type: ignore[attr-defined]
    comparing = losses.Data2DataCrossEntropyLoss(NUM_CLASSES, TEMPERATURE, MARGIN, "cpu", False)

    def besides(said: dict[str, Any]) -> Tensor | float:
        return WEIGHT * comparing(**said) if kind.compares else 0.0

    def discriminator_backward(turn: Turn) -> None:
        fake = generator(turn.latents, turn.labels).detach()
        real, faked = discriminator(turn.real, turn.labels), discriminator(fake, turn.labels)
        loss = losses.d_hinge(real["adv_output"], faked["adv_output"], False) + besides(real)
        loss.backward()

    def generator_backward(turn: Turn) -> None:
        said = discriminator(generator(turn.latents, turn.labels), turn.labels)
        (losses.g_hinge(said["adv_output"], False) + besides(said)).backward()

    return Released(
        generator,
        discriminator,
        draw=lambda turn: generator(turn.latents, turn.labels),
        judge=lambda images, labels: discriminator(images, labels)["adv_output"],
        discriminator_backward=discriminator_backward,
        generator_backward=generator_backward,
    )


def _parts(ops: Any, kind: Kind) -> tuple[SimpleNamespace, SimpleNamespace]:
    """What their configuration makes of its settings: layers to build of, and what is on."""
    tables = SimpleNamespace(g_linear=ops.snlinear if kind.spectral_tables else ops.linear)
    layers = SimpleNamespace(
        g_bn=lambda features, channels, _: ops.ConditionalBatchNorm2d(features, channels, tables),
        g_conv2d=ops.snconv2d if kind.spectral else ops.conv2d,
        g_linear=ops.snlinear if kind.spectral else ops.linear,
        g_act_fn=nn.ReLU(),
        d_conv2d=ops.snconv2d,
        d_linear=ops.snlinear,
        d_embedding=ops.sn_embedding,
        d_act_fn=nn.ReLU(),
    )
    return layers, SimpleNamespace(info_type="N/A", g_info_injection="N/A")


def _nothing(similarities: Tensor, dim: int, keepdim: bool) -> tuple[Tensor, None]:
    """Stands for the largest of each row."""
    return torch.zeros_like(similarities.amax(dim, keepdim)), None


if __name__ == "__main__":
    main()
