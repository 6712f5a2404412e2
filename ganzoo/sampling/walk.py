"""Walks: images on the way from one latent to the next, and from one class to the next."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor

from ganzoo.errors import UsageError
from ganzoo.interfaces import Generator
from ganzoo.sampling.generation import generate
from ganzoo.sampling.latents import interpolate
from ganzoo.sampling.mixing import BetweenClasses
from ganzoo.sampling.seeds import latents_of

MOST: Final = 10_000
"""Images of a walk, which are all in memory at once."""


def walk(generator: Generator, seeds: Sequence[int], labels: Sequence[int], steps: int) -> Tensor:
    """Draws the way through images, `(steps - 1) · (points - 1) + 1` frames.

    Latents go along great circles (White, 2016), the vectors of classes along straight lines.

    Args:
        generator: on any device.
        seeds: of the images that the way goes through, or a single one that all share.
        labels: of these images, or a single one that all share; empty for an unconditional generator.
        steps: images from each of them to the next, both included; 2 or more.

    Returns:
        uint8 images `(N, C, H, W)` on the CPU.

    Raises:
        UsageError: seeds and labels don't go together, there is no way between fewer than two points, or the
            generator's classes can't be mixed.
    """
    points = max(len(seeds), len(labels))
    if points < 2 or len(seeds) not in (1, points) or len(labels) not in (0, 1, points):
        raise UsageError(
            f"a walk goes through two images or more, each with its seed and its class: {len(seeds)} seeds "
            f"and {len(labels)} classes don't make that; give as many of both, or one of either"
        )
    if (steps - 1) * (points - 1) >= MOST:
        raise UsageError(f"a walk has at most {MOST:,} images, not {(steps - 1) * (points - 1) + 1:,}")
    if steps < 2:
        raise UsageError(
            f"--walk takes the images from one point to the next, both included: 2 or more, not {steps}"
        )
    ends = latents_of(list(seeds), generator.latent_dim).expand(points, -1)
    latents = joined([interpolate(*pair, steps) for pair in pairwise(ends)])
    if not labels:
        return torch.cat(list(generate(generator, latents, None)))
    classes = torch.tensor(list(labels) * (points if len(labels) == 1 else 1))
    shares = joined([torch.linspace(0, 1, steps)] * (points - 1))
    number = torch.arange(len(shares)).sub(1).clamp(min=0) // (steps - 1)  # of the stretch that a frame is in
    between = BetweenClasses(generator, classes[:-1][number], classes[1:][number], shares)
    if torch.equal(between.first, between.second):
        return torch.cat(list(generate(generator, latents, between.first)))
    return torch.cat(list(generate(between, latents, torch.arange(len(latents)))))


def joined(stretches: Sequence[Tensor]) -> Tensor:
    """Stretches of a way one after another, each beginning where the one before has ended."""
    return torch.cat([stretches[0], *(stretch[1:] for stretch in stretches[1:])])
