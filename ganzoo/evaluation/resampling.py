"""Intervals by resampling the generated images: the delete-a-group jackknife.

The samples are dealt at random into G groups. A statistic is computed without each group in turn; the
spread of those G values estimates the standard error of the statistic on all samples (Quenouille,
1956; Tukey, 1958; Kott, 2001). Unlike the bootstrap it never shows a sample twice, which would
make nearest neighbours out of copies and covariances narrower than they are.

An interval says how much the figure would move with other samples of the same generator, as many
of them, against the same real images. It says nothing of another training.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from ganzoo.statistics import student_quantile

GROUPS: Final = 10
"""Groups the samples are dealt into."""

FREEDOM: Final = GROUPS - 1
"""Degrees of freedom of Student's t, which an estimate over its standard error follows."""


@dataclass(frozen=True)
class Estimate:
    """A figure and how far it can be trusted."""

    value: float
    standard_error: float

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval."""
        reach = student_quantile(0.95, FREEDOM) * self.standard_error
        return self.value - reach, self.value + reach


def deal(count: int, labels: Tensor | None, seed: int) -> Tensor:
    """Deals `count` samples into groups as equal as can be, each class `(count,)` too where there are any:
    the group `(count,)` int64 of each.
    """
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    if labels is not None:
        order = order[labels[order].argsort(stable=True)]
    groups = torch.empty(count, dtype=torch.int64)
    groups[order] = torch.arange(count) % GROUPS
    return groups


def jackknife(value: float, without: Sequence[float]) -> Estimate:
    """The estimate of a statistic from its value on all samples and its values without each group.

    Its variance is (G - 1)/G Σ_g (θ_g - mean θ)² (Kott, 2001).
    """
    mean = math.fsum(without) / len(without)
    variance = (len(without) - 1) / len(without) * math.fsum((v - mean) ** 2 for v in without)
    return Estimate(value, math.sqrt(variance))


def jackknife_mean(values: Tensor, groups: Tensor) -> Estimate:
    """The estimate of the mean of values `(N,)`, of which each belongs to one sample."""
    values = values.to(torch.float64)
    totals = torch.zeros(GROUPS, dtype=torch.float64).index_add_(0, groups, values)
    counts = torch.bincount(groups, minlength=GROUPS)
    without = (totals.sum() - totals) / (len(values) - counts)
    return jackknife((totals.sum() / len(values)).item(), without.tolist())
