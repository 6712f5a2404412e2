"""The metrics of one set of samples; what several of them share is computed once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor

from ganzoo.errors import GanzooError
from ganzoo.evaluation.classes import (
    estimate_class_accuracy,
    estimate_class_score,
    estimate_undivided_class_score,
)
from ganzoo.evaluation.features import FeatureSet
from ganzoo.evaluation.frechet import Moments, estimate_frechet_distance, estimate_intra_class_distance
from ganzoo.evaluation.kernel import estimate_kernel_distance
from ganzoo.evaluation.manifold import ManifoldEstimates, estimate_manifold
from ganzoo.evaluation.measured import estimate_of
from ganzoo.evaluation.memorisation import estimate_memorisation
from ganzoo.evaluation.names import KIND, KnownMetric, metric_named
from ganzoo.evaluation.protocols import ProtocolChoices
from ganzoo.evaluation.resampling import GROUPS, Estimate, deal
from ganzoo.interfaces import Metric
from ganzoo.settings.binding import bind_section
from ganzoo.settings.configuration import Section

MINIMUM: Final = 2 * GROUPS
"""The fewest images of a set that a metric is computed from: two a group."""

KERNEL_SAMPLES: Final = 10_000
"""The most images of each set that the kernel distance uses: its cost grows with their square."""

SEED: Final = 0
"""Decides which images form a group; fixed, so that a figure's interval is the same every time."""


class Computation:
    """Computes metrics of one set of samples; `names.choose` has checked that it can.

    Args:
        generated: features of the samples.
        real: features of the real images.
        real_moments: the moments of `real`.
        of_split: gives the features of a whole split of the real images.
        protocol: says into how many parts the class score divides the samples, and which neighbours count.
        settings: of plugins, by metric, where they are not the defaults.
    """

    def __init__(
        self,
        generated: FeatureSet,
        real: FeatureSet,
        real_moments: Moments,
        of_split: Callable[[str], FeatureSet],
        protocol: ProtocolChoices,
        settings: Mapping[str, Section] = MappingProxyType({}),
    ) -> None:
        self._protocol, self._settings = protocol, settings
        self._generated, self._real, self._moments = generated, real, real_moments
        self._of_split = of_split
        self._groups = _deal(generated)

    def estimate(self, metric: str) -> Estimate:
        """Estimates one metric, of `names.METRICS` or a plugin."""
        generated, groups = self._generated, self._groups
        match metric:
            case "frechet-distance":
                return estimate_frechet_distance(generated.vectors, groups, self._moments)
            case "kernel-distance":
                drawn, real = (s.draw(KERNEL_SAMPLES, SEED) for s in (generated, self._real))
                return estimate_kernel_distance(drawn.vectors, _deal(drawn), real.vectors)
            case "class-score":
                is_divided = self._protocol.score_splits == GROUPS
                estimate_score = estimate_class_score if is_divided else estimate_undivided_class_score
                return estimate_score(_present(generated.logits), groups)
            case "class-accuracy":
                labels = _present(generated.labels)
                return estimate_class_accuracy(_present(generated.logits), labels, groups)
            case "precision" | "recall" | "density" | "coverage":
                estimate: Estimate = getattr(self._manifold, metric)
                return estimate
            case "intra-class-frechet-distance":
                return self._intra_class()
            case "memorisation":
                training, held_out = self._of_split("train").vectors, self._of_split("test").vectors
                return estimate_memorisation(generated.vectors, groups, training, held_out)
        return self._of_plugin(metric_named(metric))

    def _of_plugin(self, metric: KnownMetric) -> Estimate:
        assert metric.plugin is not None, f"{metric.name} is in the table of metrics, but nobody computes it"
        section = self._settings.get(metric.name, Section(KIND, metric.plugin, {}))
        made: Metric = bind_section(section).make()
        return estimate_of(made, metric.name, self._generated, self._real, self._groups, self._of_split)

    @functools.cached_property
    def _manifold(self) -> ManifoldEstimates:
        count = min(len(self._generated), len(self._real))
        drawn = self._generated.draw(count, SEED)
        real = self._real.draw(count, SEED)
        return estimate_manifold(drawn.vectors, _deal(drawn), real.vectors, self._protocol.neighbours)

    def _intra_class(self) -> Estimate:
        labels, real_labels = _present(self._generated.labels), _present(self._real.labels)
        for label in torch.bincount(labels).nonzero().flatten().tolist():
            for images, name in ((labels, "samples"), (real_labels, "real images")):
                require_enough(int((images == label).sum()), f"the {name} of class {label}")
        vectors = self._generated.vectors
        return estimate_intra_class_distance(vectors, labels, self._groups, self._real.vectors, real_labels)


def _deal(features: FeatureSet) -> Tensor:
    return deal(len(features), features.labels, SEED)


def _present(tensor: Tensor | None) -> Tensor:
    assert tensor is not None, "what a metric needs is checked before it is chosen"
    return tensor


def require_enough(count: int, name: str) -> None:
    """Refuses fewer images than `MINIMUM`.

    Raises:
        GanzooError: there are fewer.
    """
    if count < MINIMUM:
        raise GanzooError(f"{name}: {count} images are too few, {MINIMUM} are the least to say anything")
