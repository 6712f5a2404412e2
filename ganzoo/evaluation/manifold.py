"""Precision, recall, density and coverage: do the supports of two sets of features overlap?

The support of a set is the union of balls, one around every vector, that reach to its k-th nearest
neighbour in the set. With real x, generated y, and r_k their radii:

    precision = share of y within r₃ of some x              recall = share of x within r₃ of some y
    density   = mean over y of (number of x with y within r₅) / 5
    coverage  = share of x with some y within r₅ of it

Precision and recall: Kynkäänniemi et al., 2019, section 2 (k = 3). Density and coverage: Naeem et al.,
2020 (k = 5), sturdier against outliers. All but precision and density move with
the number of samples; both sets are therefore of one size, as published.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from ganzoo.evaluation.resampling import GROUPS, Estimate, jackknife, jackknife_mean

K_PRECISION_RECALL: Final = 3
K_DENSITY_COVERAGE: Final = 5

_ENTRIES = 2**23
"""Distances that are held at a time (64 MiB in float64)."""


@dataclass(frozen=True)
class ManifoldEstimates:
    """The four figures."""

    precision: Estimate
    recall: Estimate
    density: Estimate
    coverage: Estimate


def distance_blocks(rows: Tensor, columns: Tensor, centre: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """Yields squared distances `(b, M)` float64 between `(N, D)` and `(M, D)`, some rows at a time.

    They are computed around `centre (D,)`: near the origin less is lost to rounding.
    """
    # |x - y|² = (-2x, |x|², 1) · (y, 1, |y|²): one product, and no passes to add the squares.
    columns = columns.to(torch.float64) - centre
    right = torch.cat([columns, torch.ones(len(columns), 1, dtype=torch.float64), _squares(columns)], dim=1)
    step = max(1, _ENTRIES // len(columns))
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        block = rows[part].to(torch.float64) - centre
        left = torch.cat([-2 * block, _squares(block), torch.ones(len(block), 1, dtype=torch.float64)], dim=1)
        yield part, (left @ right.T).clamp_(min=0)


def _squares(vectors: Tensor) -> Tensor:
    return vectors.square().sum(dim=1, keepdim=True)


def estimate_manifold(
    generated: Tensor, groups: Tensor, real: Tensor, neighbours: int = K_PRECISION_RECALL
) -> ManifoldEstimates:
    """All four figures from generated vectors `(N, D)`, dealt into groups `(N,)`, and real ones `(M, D)`.

    Precision and recall are of balls to the k-th neighbour, k = `neighbours`: 3 as published, 5 in
    PyTorch-StudioGAN. Density and coverage are of k = 5 always.
    """
    centre = real.mean(dim=0, dtype=torch.float64)
    order = groups.argsort(stable=True)
    generated, groups = generated[order], groups[order]
    edges = [0, *torch.bincount(groups, minlength=GROUPS).cumsum(0).tolist()]

    real_radii = _radii(real, (neighbours, K_DENSITY_COVERAGE), centre)
    generated_radii = _radii_without_groups(generated, edges, centre, neighbours)

    is_precise = torch.zeros(len(generated), dtype=torch.bool)
    balls = torch.zeros(len(generated), dtype=torch.int64)
    # Column 0: with all samples; column 1 + g: without group g.
    is_recalled = torch.empty(len(real), 1 + GROUPS, dtype=torch.bool)
    is_covered = torch.empty(len(real), 1 + GROUPS, dtype=torch.bool)
    for part, distances in distance_blocks(real, generated, centre):
        narrow, wide = (radii[part, None] for radii in real_radii)
        is_precise |= (distances <= narrow).any(dim=0)
        balls += (distances < wide).sum(dim=0)
        nearest = torch.stack([distances[:, a:b].amin(dim=1) for a, b in _pairs(edges)], dim=1)
        for column in range(1 + GROUPS):
            is_recalled[part, column] = (distances <= generated_radii[column]).any(dim=1)
            kept = torch.arange(GROUPS) != column - 1
            is_covered[part, column] = nearest[:, kept].amin(dim=1) < wide[:, 0]
    return ManifoldEstimates(
        precision=jackknife_mean(is_precise, groups),
        recall=_estimate_of_columns(is_recalled),
        density=jackknife_mean(balls.to(torch.float64) / K_DENSITY_COVERAGE, groups),
        coverage=_estimate_of_columns(is_covered),
    )


def _estimate_of_columns(flags: Tensor) -> Estimate:
    value, *without = flags.to(torch.float64).mean(dim=0).tolist()
    return jackknife(value, without)


def _pairs(edges: list[int]) -> list[tuple[int, int]]:
    return list(itertools.pairwise(edges))


def _radii(vectors: Tensor, ks: tuple[int, ...], centre: Tensor) -> list[Tensor]:
    """The squared distance `(N,)` of each vector to its k-th nearest other, for each k."""
    radii = [torch.empty(len(vectors), dtype=torch.float64) for _ in ks]
    for part, distances in distance_blocks(vectors, vectors, centre):
        distances.diagonal(offset=part.start).fill_(torch.inf)
        nearest = distances.topk(max(ks), largest=False, sorted=True).values
        for radius, k in zip(radii, ks, strict=True):
            radius[part] = nearest[:, k - 1]
    return radii


def _radii_without_groups(vectors: Tensor, edges: list[int], centre: Tensor, k: int) -> list[Tensor]:
    """The k-th radii with all vectors, then without each group; -1 for a group's own, which are gone."""
    radii = torch.empty(1 + GROUPS, len(vectors), dtype=torch.float64)
    for part, distances in distance_blocks(vectors, vectors, centre):
        distances.diagonal(offset=part.start).fill_(torch.inf)
        of_group = [distances[:, a:b].topk(min(k, b - a), largest=False).values for a, b in _pairs(edges)]
        for column in range(1 + GROUPS):
            kept = [nearest for group, nearest in enumerate(of_group) if group != column - 1]
            radii[column, part] = torch.cat(kept, dim=1).topk(k, largest=False, sorted=True).values[:, -1]
    for group, (a, b) in enumerate(_pairs(edges)):
        radii[1 + group, a:b] = -1
    return list(radii)
