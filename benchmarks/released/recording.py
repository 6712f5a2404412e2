"""Records what a released network gives: outputs, gradients and changes of three steps, as one small file.

The file holds numbers and a note of where they are from, and no code. `tests/released` reads it: our networks,
with the same weights under our names, must give the same. A step here is one of ours: the discriminator learns,
then the generator, from the same latents. Shapes: B batch, Z latent, C channels, H height, W width.
"""

from __future__ import annotations

import argparse
import datetime
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.utils.spectral_norm import SpectralNorm

STEPS: Final = 3
TILE: Final = 32
"""Longest side of images and noise that are stored; larger ones are made of copies of one tile."""
DATA: Final = Path(__file__).resolve().parents[2] / "tests" / "released" / "data"


@dataclass(frozen=True)
class Turn:
    """What one step is made of."""

    real: Tensor
    """Images `(B, C, H, W)` in [-1, 1], of 256 levels."""
    latents: Tensor
    """`(B, Z)`"""
    labels: Tensor | None
    """`(B,)` int64, of the real and of the generated images alike."""
    drawn: list[Tensor] = field(default_factory=list)
    """What the generator draws beside its latents, in its order."""
    mixed: Tensor | None = None
    """How far the points of a gradient penalty lie from the fakes to the real images, `(B,)` in [0, 1]."""


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
    parser.add_argument("--checkout", type=Path, required=True, help=f"folder with a checkout of {repository}")
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
        for module in network.modules():
            for hook in module._forward_pre_hooks.values():
                if isinstance(hook, SpectralNorm):
                    weight = getattr(module, f"{hook.name}_orig").double()
                    left, _, right = torch.linalg.svd(hook.reshape_weight_to_matrix(weight), full_matrices=False)
                    getattr(module, f"{hook.name}_u").copy_(left[:, 0])
                    getattr(module, f"{hook.name}_v").copy_(right[0])


def turns(
    generator: torch.Generator,
    batch: int,
    shape: tuple[int, int, int],
    latent_dim: int,
    num_classes: int | None = None,
    mixes: bool = False,
) -> list[Turn]:
    """What the steps are made of, drawn: images are bytes, and latents float32 numbers, whatever computes."""
    dtype = torch.get_default_dtype()
    small = (batch, shape[0], min(shape[1], TILE), min(shape[2], TILE))
    return [
        Turn(
            real=tiled(torch.randint(256, small, generator=generator).to(dtype) / 127.5 - 1, (batch, *shape)),
            latents=torch.randn(batch, latent_dim, generator=generator, dtype=torch.float32).to(dtype),
            labels=None if num_classes is None else torch.randint(num_classes, (batch,), generator=generator),
            mixed=torch.rand(batch, generator=generator, dtype=torch.float32).to(dtype) if mixes else None,
        )
        for _ in range(STEPS)
    ]


def tiled(tensor: Tensor, sizes: Sequence[int]) -> Tensor:
    """Copies of a tile `(B, C, h, w)` below and beside each other, as many as make `sizes`."""
    counts = [whole // part for whole, part in zip(sizes, tensor.shape, strict=True)]
    return tensor.repeat(counts)


@contextmanager
def replaying(turn: Turn, generator: torch.Generator) -> Iterator[None]:
    """Within it `torch.randn` gives a turn's numbers, from the first on; those it lacks are drawn, and kept."""
    count, drawn = 0, torch.randn

    def replay(*shape: Any, **_: Any) -> Tensor:
        nonlocal count
        sizes = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        if count == len(turn.drawn):
            small = [min(size, TILE) for size in sizes]
            numbers = drawn(*small, generator=generator, dtype=torch.float32)
            turn.drawn.append(numbers.to(torch.get_default_dtype()))
        count += 1
        return tiled(turn.drawn[count - 1], sizes)

    torch.randn = replay  # type: ignore[assignment]
    try:
        yield
    finally:
        torch.randn = drawn


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
        tensors |= _of_turn(number, turn)
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
        tensors |= _of_turn(number, turn)  # once more: what a generator draws is drawn when it is asked
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
        "command": f"python benchmarks/released/{source.script} --checkout {source.repository.split('/')[-1]}",
        "date": datetime.date.today().isoformat(),
        "torch": torch.__version__,
        **{name: str(value) for name, value in notes.items()},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: _stored(name, tensor) for name, tensor in tensors.items()}, path, metadata)
    print(f"{path}: {len(tensors)} tensors, {path.stat().st_size:,} bytes")


def _of_turn(number: int, turn: Turn) -> dict[str, Tensor]:
    tensors = {
        f"{number}.real": ((turn.real[:, :, :TILE, :TILE] + 1) * 127.5).round().to(torch.uint8),
        f"{number}.latents": turn.latents,
    }
    if turn.labels is not None:
        tensors[f"{number}.labels"] = turn.labels
    if turn.mixed is not None:
        tensors[f"{number}.mixed"] = turn.mixed
    return tensors | {f"{number}.drawn.{index}": drawn for index, drawn in enumerate(turn.drawn)}


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


def _stored(name: str, tensor: Tensor) -> Tensor:
    if not tensor.is_floating_point():
        return tensor.contiguous()
    half = tensor.half()
    is_exact = name.startswith("before.") and torch.equal(half.to(tensor.dtype), tensor)
    return (half if is_exact else tensor.float()).contiguous()
