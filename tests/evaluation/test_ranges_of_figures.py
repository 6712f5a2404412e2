"""An interval stops where the range of its metric does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ganzoo.evaluation.evaluate import Evaluator
from ganzoo.evaluation.resampling import Estimate


@pytest.mark.parametrize(
    ("metric", "value", "low", "high"),
    [
        ("class-accuracy", 0.99, 0.99 - 0.0452, 1.0),  # 2.26 standard errors of 0.02
        ("recall", 0.01, 0.0, 0.01 + 0.0452),
        ("frechet-distance", 0.01, 0.0, 0.01 + 0.0452),
        ("kernel-distance", 0.01, 0.01 - 0.0452, 0.01 + 0.0452),  # unbiased, so it may be negative
    ],
)
def test_an_interval_stays_within_the_range(metric: str, value: float, low: float, high: float) -> None:
    selection: Any = SimpleNamespace(features_name="classifier", is_standard=False, metrics={})
    evaluator = object.__new__(Evaluator)
    evaluator._selection = selection
    figure = evaluator._figure(metric, Estimate(value, 0.02))
    assert (figure.low, figure.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))
