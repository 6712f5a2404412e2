"""The Fréchet distance between two sets of features, each taken for a Gaussian.

    d² = ‖μ₁ - μ₂‖² + tr(Σ₁ + Σ₂ - 2 (Σ₁ Σ₂)^½)

Dowson and Landau, 1982; as a measure of generators, on Inception features and called FID:
Heusel et al., 2017, equation 6. It is biased upwards where samples are few, by an amount that
depends on the generator (Chong and Forsyth, 2020), so only figures from equally many samples compare.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from ganzoo.evaluation.resampling import GROUPS, Estimate, jackknife

_BLOCK = 4096
"""Vectors that are held in float64 at a time."""

_TOLERANCE = 1e-6
"""How negative an eigenvalue may come out, relative to the largest, before rounding can't explain it."""


@dataclass(frozen=True)
class Moments:
    """Count, mean `(D,)` and scatter `(D, D)` (sum of outer products of deviations) in float64."""

    count: int
    mean: Tensor
    scatter: Tensor

    @property
    def covariance(self) -> Tensor:
        """The unbiased covariance matrix `(D, D)`."""
        return self.scatter / (self.count - 1)

    @functools.cached_property
    def root(self) -> Tensor:
        """The symmetric square root of the covariance matrix."""
        values, vectors = torch.linalg.eigh(self.covariance)
        root: Tensor = (vectors * _non_negative(values).sqrt()) @ vectors.T
        return root


def moments(vectors: Tensor) -> Moments:
    """The moments of vectors `(N, D)`, block by block."""
    return merge(_moments_of_block(block.to(torch.float64)) for block in torch.split(vectors, _BLOCK))


def _moments_of_block(block: Tensor) -> Moments:
    mean = block.mean(dim=0)
    deviations = block - mean
    return Moments(len(block), mean, deviations.T @ deviations)


def merge(parts: Iterable[Moments]) -> Moments:
    """The moments of the union of disjoint sets (Chan et al., 1979)."""
    iterator = iter(parts)
    total = next(iterator)
    for part in iterator:
        count = total.count + part.count
        difference = part.mean - total.mean
        scatter = total.scatter + part.scatter
        scatter = scatter.addr(difference, difference, alpha=total.count * part.count / count)
        total = Moments(count, total.mean + difference * (part.count / count), scatter)
    return total


def frechet_distance(first: Moments, second: Moments) -> float:
    """The squared distance, at least 0.

    Σ₁ Σ₂ has the eigenvalues of the symmetric Σ₂^½ Σ₁ Σ₂^½, whose square roots add up to the trace: no
    square root of an asymmetric, perhaps singular, matrix is needed.

    Raises:
        ArithmeticError: an eigenvalue is so negative that the result would be meaningless.
    """
    product = second.root @ first.covariance @ second.root
    trace_of_root = _non_negative(torch.linalg.eigvalsh((product + product.T) / 2)).sqrt().sum()
    means = (first.mean - second.mean).square().sum()
    covariances = first.covariance.trace() + second.covariance.trace() - 2 * trace_of_root
    return max(0.0, (means + covariances).item())


def _non_negative(eigenvalues: Tensor) -> Tensor:
    if eigenvalues.min() < -_TOLERANCE * eigenvalues.abs().max():
        raise ArithmeticError(f"a covariance matrix has the eigenvalue {eigenvalues.min().item():g}")
    return eigenvalues.clamp(min=0)


def estimate_frechet_distance(generated: Tensor, groups: Tensor, real: Moments) -> Estimate:
    """The distance of generated vectors `(N, D)`, dealt into groups `(N,)`, from real ones."""
    parts = [moments(generated[groups == group]) for group in range(GROUPS)]
    without = [frechet_distance(merge(parts[:g] + parts[g + 1 :]), real) for g in range(GROUPS)]
    return jackknife(frechet_distance(merge(parts), real), without)


def estimate_intra_class_distance(
    generated: Tensor, labels: Tensor, groups: Tensor, real: Tensor, real_labels: Tensor
) -> Estimate:
    """The mean over the classes of the distance within a class (Miyato and Koyama, 2018).

    Args:
        generated: vectors `(N, D)`.
        labels: the classes `(N,)` they were asked to be of.
        groups: the groups `(N,)` they are dealt into.
        real: vectors `(M, D)`.
        real_labels: their classes `(M,)`.
    """
    classes = torch.bincount(labels).nonzero().flatten().tolist()
    estimates = []
    without = torch.zeros(len(classes), GROUPS, dtype=torch.float64)
    for row, label in enumerate(classes):
        of_class = labels == label
        reference = moments(real[real_labels == label])
        parts = [moments(generated[of_class & (groups == group)]) for group in range(GROUPS)]
        estimates.append(frechet_distance(merge(parts), reference))
        for g in range(GROUPS):
            without[row, g] = frechet_distance(merge(parts[:g] + parts[g + 1 :]), reference)
    return jackknife(sum(estimates) / len(classes), without.mean(dim=0).tolist())
