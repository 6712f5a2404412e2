"""Metrics: a quantity that says how generated images differ from real ones, as far as features tell."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor


@dataclass(frozen=True)
class LabelledFeatures:
    """The features of a set of N images; the images themselves are not kept."""

    vectors: Tensor
    """`(N, D)` float32."""
    logits: Tensor | None
    """`(N, K)` float32."""
    labels: Tensor | None
    """`(N,)` int64: the classes the images are of, or were asked to be of."""


class Metric(ABC):
    """Compares generated images with real ones. The core calls `Class(config)`.

    The core reads and draws the images, makes their features, and estimates the interval. The class
    attributes are literals.
    """

    lower_is_better: ClassVar[bool | None] = None
    """Left out where the best is neither low nor high."""

    usual: ClassVar[bool] = False
    """Whether it is computed where no metric is named, as while a training runs. A study or `--until` can go
    by such a metric alone."""

    needs: ClassVar[tuple[str, ...]] = ()
    """What it is computed from besides vectors. The core refuses where it is not there.

    - `logits`: of features that tell classes apart;
    - `labels`: of generated images, which a conditional model has;
    - `classes`: the logits are of the data set's classes;
    - `held-out`: the data set has a split `test`.
    """

    least: ClassVar[float] = -math.inf
    most: ClassVar[float] = math.inf
    """The ends of its range, where an interval stops."""

    @abstractmethod
    def measure(
        self,
        generated: LabelledFeatures,
        real: LabelledFeatures,
        of_split: Callable[[str], LabelledFeatures],
    ) -> float | Tensor:
        """Computes the figure. The order of images says nothing.

        Args:
            generated: of N generated images, N > 1, on the CPU.
            real: of the real images that they are compared with.
            of_split: gives those of all real images of a split, "train" or "test".

        Returns:
            The figure; for its interval the core then calls this ten times more, each without a tenth of the
            generated images. Or a number for each generated image, `(N,)`: the figure is their mean, and
            this one call is enough.
        """
