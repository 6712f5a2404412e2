"""Records what a released network gives: outputs, gradients and changes of three steps, as one small file.

The file holds numbers and a note of where they are from, and no code. `tests/released` reads it: our
networks, with the same weights under our names, must give the same. A step here is one of ours: the
discriminator learns, then the generator, from the same latents.
Shapes: B batch, Z latent, C channels, H height, W width.
"""

from __future__ import annotations

import argparse
import datetime
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import save_file
from spectral import converge
from torch import Tensor, nn
from turns import TILE, Turn, stored

DATA: Final = Path(__file__).resolve().parents[2] / "tests" / "released" / "data"


@dataclass(frozen=True)
class Released:
    """Two released networks, and what they learn from."""

    generator: nn.Module
    discriminator: nn.Module
    draw: Callable[[Turn], Tensor]
    """Images `(B, C, H, W)`."""
    judge: Callable[[Tensor, Tensor | None], Tensor]
    """Logits of images and labels."""
    discriminator_backward: Callable[[Turn], Any]
    """Adds the gradients of the discriminator's whole loss to its weights."""
    generator_backward: Callable[[Turn], Any]
    """Adds the gradients of the generator's loss to its weights."""


@dataclass(frozen=True)
class Source:
    """Where a recording is from."""

    repository: str
    licence: str
    checkout: Path
    script: str


def arguments(script: str, repository: str, licence: str) -> tuple[Source, Path]:
    """Reads the command line of a script: where the checkout is, and where its files go.

    The checkout is put on the path of imports.
    """
    parser = argparse.ArgumentParser(description=f"Records {repository} for tests/released.")
    parser.add_argument(
        "--checkout", type=Path, required=True, help=f"folder with a checkout of {repository}"
    )
    parser.add_argument("--output", type=Path, default=DATA, help="folder of the recordings")
    given = parser.parse_args()
    sys.path.insert(0, str(given.checkout.resolve()))
    return Source(repository, licence, given.checkout, script), given.output


def shake(network: nn.Module, generator: torch.Generator, deviation: float = 0.1) -> None:
    """Adds a little noise to all weights, so that none is 0 or 1 and hides what it multiplies.

    They are rounded to float16, in which they are stored. What spectral normalisation remembers of them is
    brought to where more iterations would not move it: implementations differ in the order of theirs.
    """
    with torch.no_grad():
        for parameter in network.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.add_(deviation * noise.to(parameter.dtype))
            parameter.copy_(parameter.half())
    converge(network)


def record(
    released: Released,
    given: list[Turn],
    rates: Mapping[str, float],
    betas: tuple[float, float],
    keep: Callable[[str], bool] = lambda _: True,
    takes_steps: bool = True,
) -> dict[str, Tensor]:
    """All tensors of a recording.

    Args:
        released: the networks.
        given: what each step is made of.
        rates: learning rates of `generator` and `discriminator`, with which Adam takes the steps.
        betas: Adam's.
        keep: whether a weight or buffer of this name is recorded; all others stay unused or constant.
        takes_steps: whether the steps are taken; large networks give outputs and gradients only.
    """
    networks = {"generator": released.generator, "discriminator": released.discriminator}
    learn = {"discriminator": released.discriminator_backward, "generator": released.generator_backward}
    before = {name: _copy(network.state_dict()) for name, network in networks.items()}

    def begin_again() -> None:
        for name, network in networks.items():
            network.load_state_dict(before[name])
            network.zero_grad(set_to_none=True)

    tensors = _named("before", before, keep)
    with torch.no_grad():
        images = released.draw(given[0])
        stride = max(1, images.shape[-1] // TILE)
        tensors["images"] = images[:, :, ::stride, ::stride].clone()
        begin_again()
        tensors["logits"] = released.judge(given[0].real, given[0].labels).clone()
    for name, backward in learn.items():
        begin_again()
        backward(given[0])
        gradients = {key: p.grad for key, p in networks[name].named_parameters() if p.grad is not None}
        tensors |= _named("gradient", {name: gradients}, keep)
    for number, turn in enumerate(given if takes_steps else given[:1]):
        tensors |= stored(number, turn)
    if not takes_steps:
        return tensors
    begin_again()
    optimisers = {
        name: torch.optim.Adam(network.parameters(), lr=rates[name], betas=betas)
        for name, network in networks.items()
    }
    for turn in given:
        for name, backward in learn.items():
            optimisers[name].zero_grad(set_to_none=True)
            backward(turn)
            optimisers[name].step()
    changes = {
        name: {key: p.detach() - before[name][key] for key, p in network.named_parameters()}
        for name, network in networks.items()
    }
    tensors |= _named("change", changes, keep)  # not the weights after: float32 would round these far more
    for number, turn in enumerate(given):
        tensors |= stored(number, turn)  # once more: what a generator draws is drawn when it is asked
    return tensors


def write(tensors: Mapping[str, Tensor], source: Source, path: Path, **notes: object) -> None:
    """Writes a recording, in float32, with a note of where it is from."""
    commit = subprocess.run(
        ["git", "-C", source.checkout, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    metadata = {
        "repository": source.repository,
        "commit": commit,
        "licence": source.licence,
        "command": f"python benchmarks/released/{source.script} --checkout CHECKOUT",
        "date": datetime.date.today().isoformat(),
        "torch": torch.__version__,
        **{name: str(value) for name, value in notes.items()},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: _in_half(name, tensor) for name, tensor in tensors.items()}, path, metadata)
    print(f"{path}: {len(tensors)} tensors, {path.stat().st_size:,} bytes")


def _named(
    prefix: str, networks: Mapping[str, Mapping[str, Tensor]], keep: Callable[[str], bool]
) -> dict[str, Tensor]:
    return {
        f"{prefix}.{network}.{name}": tensor.detach().clone()
        for network, tensors in networks.items()
        for name, tensor in tensors.items()
        if keep(name)
    }


def _copy(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


def _in_half(name: str, tensor: Tensor) -> Tensor:
    if not tensor.is_floating_point():
        return tensor.contiguous()
    half = tensor.half()
    is_exact = name.startswith("before.") and torch.equal(half.to(tensor.dtype), tensor)
    return (half if is_exact else tensor.float()).contiguous()
