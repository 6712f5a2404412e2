"""Directions in which a generator's images change most, read off its first layer.

Shen and Zhou, 2021, "Closed-Form Factorization of Latent Semantics in GANs" (SeFa): of all unit vectors n
those for which A n is longest, where A is the weight of the first layer; they are the eigenvectors of A^T A.
Where a generator has a space of styles the directions are in there, else among its latents.
Shapes: B batch, Z latent, S style, F features of the first layer, N images.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from ganzoo.devices import device_of
from ganzoo.errors import UsageError
from ganzoo.interfaces import Generator
from ganzoo.sampling.latents import draw_latents
from ganzoo.torch_state import own_torch_state

STEPS: Final = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)
"""How far the images of a strip are moved along a direction, in standard deviations."""

_MEASURED: Final = 1024
"""Styles from which their standard deviation is computed."""


@dataclass(frozen=True)
class Directions:
    """The directions of a generator, and where they are."""

    generator: Generator
    """Draws from what is moved: the generator itself, or one that takes styles as its latents."""
    vectors: Tensor
    """`(D, Z)` or `(D, S)` float32 on the CPU, the strongest first, each one standard deviation long."""
    in_styles: bool
    _of: Generator

    def points(self, latents: Tensor, labels: Tensor | None) -> Tensor:
        """What is moved, on the CPU: the latents `(B, Z)` themselves, or their styles `(B, S)`.

        Args:
            latents: `(B, Z)` float on the CPU.
            labels: `(B,)` int64, None where the generator takes none.
        """
        space = self._of.style_space()
        if space is None:
            return latents
        device = device_of(self._of)
        with torch.no_grad():
            given = None if labels is None else labels.to(device)
            return space.styles(latents.to(device), given).float().cpu()

    def moved(self, points: Tensor, amounts: Sequence[float]) -> Tensor:
        """Points `(B, ...)` moved along the first directions, by so many standard deviations each.

        Raises:
            UsageError: there are more amounts than directions.
        """
        if len(amounts) > len(self.vectors):
            raise UsageError(f"there are {len(self.vectors)} directions, and not {len(amounts)}")
        return points + torch.tensor(list(amounts)) @ self.vectors[: len(amounts)] if amounts else points


def directions_of(generator: Generator, count: int) -> Directions:
    """The strongest directions of a generator in evaluation mode.

    Args:
        generator: on any device.
        count: how many, at most as many as latents or styles have numbers.

    Raises:
        UsageError: there are fewer, or its first layer is not one that factorises.
    """
    space = generator.style_space()
    matrix = _first_layer(generator) if space is None else space.first_layer
    most = min(matrix.shape)
    if not 1 <= count <= most:
        raise UsageError(f"this generator has 1 to {most} directions, not {count}")
    vectors = torch.linalg.svd(matrix.float().cpu(), full_matrices=False).Vh[:count]
    # Of the two signs, the one with which the largest number is positive: the same on every machine.
    largest = vectors.gather(1, vectors.abs().argmax(dim=1, keepdim=True))
    vectors = vectors * largest.sign()
    found = Directions(generator if space is None else space.generator, vectors, space is not None, generator)
    if space is None:
        return found  # latents are standard normal, in every direction
    classes = generator.num_classes
    labels = None if classes is None else torch.arange(_MEASURED) % classes
    styles = found.points(draw_latents(_MEASURED, generator.latent_dim, 0), labels)
    deviations = (styles @ vectors.T).std(dim=0)
    return Directions(found.generator, vectors * deviations[:, None], True, generator)


def strip_points(directions: Directions, point: Tensor) -> Tensor:
    """One point `(1, ...)` moved along each direction by `STEPS`, `(D * len(STEPS), ...)`, row by row."""
    steps = torch.tensor(STEPS)
    return (point + steps[None, :, None] * directions.vectors[:, None, :]).flatten(0, 1)


class _FoundError(Exception):
    """Ends a pass through a generator: its first layer has been seen."""

    def __init__(self, matrix: Tensor) -> None:
        super().__init__()
        self.matrix = matrix


def _first_layer(generator: Generator) -> Tensor:
    """The weight `(F, Z)` of the first layer that latents enter; measured: unit vectors give its columns.

    Raises:
        UsageError: no layer depends on latents, or the first that does is not affine in them.
    """
    size, device = generator.latent_dim, device_of(generator)
    probe = draw_latents(1, size, 0)
    latents = torch.cat([torch.zeros(1, size), torch.eye(size), probe]).to(device)
    labels = (
        None if generator.num_classes is None else torch.zeros(len(latents), dtype=torch.int64, device=device)
    )

    def look(module: nn.Module, _given: Any, output: Any) -> None:
        if not isinstance(output, Tensor) or len(output) != len(latents):
            return
        rows = output.flatten(1).float()
        matrix = (rows[1:-1] - rows[0]).T  # (F, Z)
        if not matrix.any():
            return  # labels alone have been through it
        expected = rows[0] + matrix @ latents[-1].float()
        if not torch.allclose(expected, rows[-1], rtol=1e-2, atol=1e-3 * float(rows.abs().max())):
            raise UsageError("the generator's first layer is not linear in the latents: it has no directions")
        raise _FoundError(matrix)

    weighty = [module for module in generator.modules() if _has_matrix(module)]
    hooks = [module.register_forward_hook(look) for module in weighty]
    was_training = generator.training
    try:
        with own_torch_state(), torch.no_grad():
            generator.eval()(latents, labels)
    except _FoundError as found:
        return found.matrix
    finally:
        generator.train(was_training)
        for hook in hooks:
            hook.remove()
    raise UsageError("no layer of this generator takes the latents: it has no directions")


def _has_matrix(module: nn.Module) -> bool:
    """Whether a module itself has a weight that multiplies what goes in."""
    return is_parametrized(module) or any(weight.dim() > 1 for weight in module.parameters(recurse=False))
