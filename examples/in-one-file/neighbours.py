"""A metric with a setting, and a figure for each image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ganzoo.interfaces import LabelledFeatures, Metric


class Neighbours(Metric):
    """Mean distance from a generated image to one of its nearest real ones."""

    ganzoo_api = 1
    lower_is_better = True
    least = 0.0

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `Neighbours`."""

        rank: int = 1
        """Which of them: 1 is the nearest."""

    def __init__(self, config: Config) -> None:
        self._rank = config.rank

    def measure(
        self,
        generated: LabelledFeatures,
        real: LabelledFeatures,
        of_split: Callable[[str], LabelledFeatures],
    ) -> Tensor:
        """The distance of each generated image, `(N,)`."""
        distances = torch.cdist(generated.vectors.double(), real.vectors.double())
        return distances.kthvalue(self._rank, dim=1).values
