"""The kernel distance between two sets of features: the squared maximum mean discrepancy.

    MMD² = mean k(x, x') + mean k(y, y') - 2 mean k(x, y)    with x ≠ x', y ≠ y'
    k(a, b) = (a·b / D + 1)³

Gretton et al., 2012, equation 3; as a measure of generators, on Inception features and called KID:
Bińkowski et al., 2018, section 4. Unbiased, so that it may come out below zero where the sets are alike.
The literature averages over random subsets of 1,000; here every pair counts, which estimates the
same quantity with less variance and without chance.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ganzoo.evaluation.resampling import GROUPS, Estimate, jackknife

_ENTRIES = 2**24
"""Entries of a kernel matrix that are held at a time (128 MiB in float64)."""


def kernel(first: Tensor, second: Tensor) -> Tensor:
    """k(a, b) of every pair: `(N, D)` and `(M, D)` float64 to `(N, M)`."""
    return (first @ second.T / first.shape[1] + 1) ** 3


def estimate_kernel_distance(generated: Tensor, groups: Tensor, real: Tensor) -> Estimate:
    """The distance of generated vectors `(N, D)`, dealt into groups `(N,)`, from real ones `(M, D)`."""
    generated, real = generated.to(torch.float64), real.to(torch.float64)
    rows = generated.shape[0], real.shape[0]
    membership = torch.nn.functional.one_hot(groups, GROUPS).to(torch.float64)
    among_generated = torch.zeros(GROUPS, GROUPS, dtype=torch.float64)
    to_real = torch.zeros(GROUPS, dtype=torch.float64)
    for start in range(0, rows[0], step := max(1, _ENTRIES // max(rows))):
        part = slice(start, start + step)
        values = kernel(generated[part], generated)
        values.diagonal(offset=start).zero_()
        among_generated += membership[part].T @ (values @ membership)
        to_real += membership[part].T @ kernel(generated[part], real).sum(dim=1)
    among_real = 0.0
    for start in range(0, rows[1], step):
        values = kernel(real[start : start + step], real)
        values.diagonal(offset=start).zero_()
        among_real += values.sum().item()
    mean_among_real = among_real / (rows[1] * (rows[1] - 1))
    counts = membership.sum(dim=0)

    def distance(kept: Tensor) -> float:
        """MMD² from the samples of some groups."""
        count = counts[kept].sum()
        own = among_generated[kept][:, kept].sum() / (count * (count - 1))
        return float(own + mean_among_real - 2 * to_real[kept].sum() / (count * rows[1]))

    everything = torch.arange(GROUPS)
    return jackknife(distance(everything), [distance(everything[everything != g]) for g in range(GROUPS)])
