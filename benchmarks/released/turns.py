"""What the steps of a recording are made of: images, latents, labels and noise, drawn once and replayed.

Shapes: B batch, Z latent, C channels, H height, W width; h and w are at most `TILE`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import torch
from torch import Tensor

STEPS: Final = 3
TILE: Final = 32
"""Longest side of images and noise that are stored; larger ones are made of copies of one tile."""


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
    """Within it `torch.randn` gives a turn's numbers from the first on; what it lacks is drawn, and kept."""
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


def stored(number: int, turn: Turn) -> dict[str, Tensor]:
    """The tensors of the step of this number, by their names in a recording."""
    tensors = {
        f"{number}.real": ((turn.real[:, :, :TILE, :TILE] + 1) * 127.5).round().to(torch.uint8),
        f"{number}.latents": turn.latents,
    }
    if turn.labels is not None:
        tensors[f"{number}.labels"] = turn.labels
    if turn.mixed is not None:
        tensors[f"{number}.mixed"] = turn.mixed
    return tensors | {f"{number}.drawn.{index}": drawn for index, drawn in enumerate(turn.drawn)}
