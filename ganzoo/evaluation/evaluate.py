"""The evaluator: samples against one split of a data set, with one feature extractor."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from ganzoo.errors import GanzooError, UsageError
from ganzoo.evaluation import names, protocol, protocols
from ganzoo.evaluation.computation import SEED, Computation, require_enough
from ganzoo.evaluation.doubts import doubts
from ganzoo.evaluation.features import FeatureSet, extract
from ganzoo.evaluation.figures import Evaluation, Figure
from ganzoo.evaluation.frechet import Moments, moments
from ganzoo.evaluation.protocols import ProtocolChoices
from ganzoo.evaluation.reference import digest, real_features
from ganzoo.evaluation.resampling import Estimate
from ganzoo.evaluation.samples import Samples, checked
from ganzoo.evaluation.selection import Selection
from ganzoo.images import Background
from ganzoo.interfaces import Dataset, FeatureExtractor, LabelledImages
from ganzoo.sampling.latents import random_numbers
from ganzoo.settings.binding import bind_section
from ganzoo.torch_state import own_torch_state


class Evaluator:
    """Evaluates sets of samples against one split of a data set, with one feature extractor.

    The features of the real images are computed once for all sets. Torch's random state is as before when
    a method returns.

    Args:
        selection: data set and feature extractor.
        data_dir: folder with the data set's files; None where they usually are.
        protocol: which real images, and what of the metrics can be chosen.
        device: where the feature extractor runs.

    Raises:
        PluginError: a plugin can't be loaded.
        UsageError: the split or a setting is refused.
        GanzooError: data or weights are missing, or there are too few images.
    """

    def __init__(
        self, selection: Selection, data_dir: Path | None, protocol: ProtocolChoices, device: torch.device
    ) -> None:
        self._selection, self._protocol, self._device = selection, protocol, device
        with own_torch_state(device):
            dataset: Dataset = bind_section(selection.dataset).make(data_dir)
            self.background: Background = dataset.background
            """What is seen behind transparent pixels of the real images."""
            self._load = functools.cache(dataset.load)
            self._real_images = draw_real(self._load(protocol.split), protocol.real_count)
            self._sha256 = digest(self._real_images)
            self._extractor: FeatureExtractor = bind_section(selection.features).make(
                lambda: self._load("train")
            )
        self._extractor.to(device).eval().requires_grad_(False)
        require_enough(len(self._real_images.images), f"the {protocol.split} split")

    @property
    def real_images(self) -> LabelledImages:
        """What samples are compared with."""
        return self._real_images

    def evaluate(self, samples: Samples, asked: Sequence[str] | None = None) -> Evaluation:
        """Evaluates one set of samples.

        Args:
            samples: the images.
            asked: names of `names.METRICS`; None for all defaults that can be computed.

        Raises:
            UsageError: a metric can't be computed from these samples, or they are of another size.
            GanzooError: the images are unusable, or too few.
        """
        require_enough(samples.count, samples.name)
        _require_known_labels(samples, self._real_images.class_names)
        with own_torch_state(self._device):
            chosen = names.choose(None if asked is None else tuple(asked), self._available(samples, asked))
            warnings = list(samples.warnings)
            shape = tuple(self._real_images.images.shape[1:])
            batches = checked(samples, shape, warnings.append)  # type: ignore[arg-type]
            generated = extract(self._extractor, batches, samples.count, samples.labels)
            warnings += doubts(generated, self._real, chosen)
            computation = Computation(generated, self._real, self._moments, self._of_split, self._protocol)
            excepted = protocols.exceptions(
                self._protocol,
                count=samples.count,
                real_count=len(self._real_images.images),
                is_drawn=samples.is_drawn,
            )
            figures = tuple(
                self._figure(
                    metric,
                    computation.estimate(metric),
                    protocols.figure_label(metric, self._protocol, excepted),
                )
                for metric in chosen
            )
        facts = self._facts(samples, excepted)
        return Evaluation(samples.name, figures, facts, tuple(dict.fromkeys(warnings)))

    def _facts(self, samples: Samples, excepted: tuple[str, ...]) -> dict[str, Any]:
        count = len(self._real_images.images)
        real = {"split": self._protocol.split, "count": count, "sha256": self._sha256}
        selection = self._selection
        return protocol.describe(
            self._protocol,
            excepted,
            samples,
            real,
            selection.dataset,
            selection.features,
            self._extractor,
        )

    @functools.cached_property
    def _real(self) -> FeatureSet:
        return self._features_of(self._real_images, self._sha256)

    def _features_of(self, data: LabelledImages, sha256: str) -> FeatureSet:
        identity = protocol.identity(self._selection.features, self._extractor)
        return real_features(data, sha256, self._extractor, identity)

    @functools.cached_property
    def _moments(self) -> Moments:
        return moments(self._real.vectors)

    def _of_split(self, split: str) -> FeatureSet:
        data: LabelledImages = self._load(split)
        if data is self._real_images:
            return self._real
        return self._features_of(data, digest(data))

    def _available(self, samples: Samples, asked: Sequence[str] | None) -> set[str]:
        available = {"logits"} if self._real.logits is not None else set()
        class_names = self._real_images.class_names
        if samples.labels is not None and len(class_names) > 1:
            available.add("labels")
        if self._extractor.class_names and self._extractor.class_names == class_names:
            available.add("classes")
        if asked is not None and "memorisation" in asked:
            self._load("test")  # says itself what is missing
            available.add("held-out")
        return available

    def _figure(self, metric: str, estimate: Estimate, label: str | None = None) -> Figure:
        low, high = estimate.interval
        selection = self._selection
        if not all(map(math.isfinite, (estimate.value, low, high))):
            raise GanzooError(f"{metric} is not finite: {estimate.value}; the images are degenerate")
        known = names.METRICS[metric]
        return Figure(
            metric=metric,
            name=names.display_name(metric, selection.features_name, selection.is_standard, label),
            value=estimate.value,
            low=max(low, known.least),
            high=min(high, known.most),
            standard_error=estimate.standard_error,
            is_lower_better=known.is_lower_better,
        )


def draw_real(data: LabelledImages, count: int | None) -> LabelledImages:
    """So many images, drawn without replacement and in their order; all where there are no more."""
    if count is None or count >= len(data.images):
        return data
    order = torch.randperm(len(data.images), generator=random_numbers(SEED, "real images"))
    chosen = order[:count].sort().values
    return LabelledImages(data.images[chosen], data.labels[chosen], data.class_names)


def _require_known_labels(samples: Samples, class_names: Sequence[str]) -> None:
    labels = samples.labels
    if labels is not None and not 0 <= int(labels.min()) <= int(labels.max()) < len(class_names):
        raise UsageError(
            f"{samples.name} has labels {int(labels.min())} to {int(labels.max())}, "
            f"the data set 0 to {len(class_names) - 1}"
        )
