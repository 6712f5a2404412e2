"""The result of an evaluation: figures with intervals, the protocol they belong to, and warnings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ganzoo.runs.training_behind import Training


@dataclass(frozen=True)
class Figure:
    """One metric of one set of samples."""

    metric: str
    """One of `names.METRICS`."""
    name: str
    """With its features, as it is printed: "FID", or "precision (classifier)"."""
    value: float
    low: float
    """The lower end of the 95 % interval."""
    high: float
    standard_error: float
    is_lower_better: bool | None
    """None where the best is neither low nor high."""


@dataclass(frozen=True)
class Ends:
    """The two ends of a metric's scale: what real images get, and what noise gets."""

    real: float | None
    """Of as many real images of the split that isn't compared with; None where there is no such split."""
    noise: float
    """Of random pixels."""


@dataclass(frozen=True)
class Evaluation:
    """All figures of one set of samples, and what they depend on."""

    samples: str
    """What the user called the samples."""
    figures: tuple[Figure, ...]
    protocol: Mapping[str, Any]
    """See `protocol.describe`."""
    warnings: tuple[str, ...]
    """Reasons to trust the figures less, each a sentence."""
    training: Training | None = None
    """That of the generator that drew the samples; None where they are from a file."""
    scale: Mapping[str, Ends] = dataclasses.field(default_factory=dict)
    """The ends of metrics' scales, by metric, where they cost little."""

    def to_json(self) -> dict[str, Any]:
        """The evaluation as JSON can say it."""
        return dataclasses.asdict(self)
