"""What an evaluation finds out: figures with intervals, the protocol they belong to, and warnings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One metric of one set of samples."""

    metric: str
    name: str
    """With its features, as it is printed: "FID", or "precision (classifier)"."""
    value: float
    low: float
    high: float
    standard_error: float
    is_lower_better: bool | None
    """None where the best is neither low nor high."""


@dataclass(frozen=True)
class Evaluation:
    """Everything that was found out of one set of samples."""

    samples: str
    figures: tuple[Figure, ...]
    protocol: Mapping[str, Any]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The report as JSON can say it."""
        return dataclasses.asdict(self)
