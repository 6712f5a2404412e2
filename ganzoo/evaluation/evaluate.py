"""The evaluator: samples against one split of a data set, with one feature extractor."""

from __future__ import annotations

import functools
import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import torch

from ganzoo.errors import GanzooError, UsageError
from ganzoo.evaluation import names, protocol, protocols
from ganzoo.evaluation.computation import Computation, require_enough
from ganzoo.evaluation.doubts import doubts, doubts_about_features
from ganzoo.evaluation.features import FeatureSet, extract
from ganzoo.evaluation.figures import Ends, Evaluation, Figure
from ganzoo.evaluation.frechet import Moments, moments
from ganzoo.evaluation.metric_settings import in_words
from ganzoo.evaluation.protocols import ProtocolChoices
from ganzoo.evaluation.reference import digest, draw_real, real_features
from ganzoo.evaluation.resampling import Estimate
from ganzoo.evaluation.samples import Samples, checked, require_known_labels, require_shape
from ganzoo.evaluation.scale import NOISE, SCALED, noise
from ganzoo.evaluation.selection import Selection
from ganzoo.images import Background
from ganzoo.interfaces import Dataset, FeatureExtractor, LabelledImages
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
        require_enough(len(self._real_images.images), f"the {protocol.split} split")

    @property
    def real_images(self) -> LabelledImages:
        """What samples are compared with."""
        return self._real_images

    @functools.cached_property
    def _extractor(self) -> FeatureExtractor:
        with own_torch_state(self._device):
            made: FeatureExtractor = bind_section(self._selection.features).make(lambda: self._load("train"))
        return made.to(self._device).eval().requires_grad_(False)

    def prepare(self) -> None:
        """Makes the feature extractor, which may train or download it; else the first evaluation does.

        Raises:
            UsageError, GanzooError, PluginError: it can't be made.
        """
        self._extractor  # noqa: B018, kept from now on

    def require_comparable(self, samples: Samples) -> None:
        """Refuses what can't be evaluated, before the feature extractor costs minutes.

        Raises:
            UsageError: the images are of another size than the real ones, or have other labels.
            GanzooError: there are too few.
        """
        require_enough(samples.count, samples.name)
        require_known_labels(samples, self._real_images.class_names)
        require_shape(samples, next(samples.open()), self._shape)

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
        require_known_labels(samples, self._real_images.class_names)
        with own_torch_state(self._device):
            warnings = list(samples.warnings)
            available = self._available(samples, asked)
            if asked is not None and names.is_all(asked):
                left_out = names.unmet(available)
                warnings += [f"{metric} is left out: it needs {need}" for metric, need in left_out.items()]
                asked = [metric for metric in asked if metric not in left_out]
            chosen = names.choose(None if asked is None else tuple(asked), available)
            batches = checked(samples, self._shape, warnings.append)
            generated = extract(self._extractor, batches, samples.count, samples.labels)
            warnings += doubts(generated, self._real, chosen)
            computation = self._computation(generated)
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
        facts = self._facts(samples, excepted, chosen)
        return Evaluation(samples.name, figures, facts, tuple(dict.fromkeys(warnings)), samples.training)

    def scale(self, count: int, metrics: Collection[str]) -> dict[str, Ends]:
        """What real images and noise get in metrics, so that a figure can be placed between them.

        Empty where the feature extractor is a large pretrained one, with which it would cost as much as the
        evaluation.

        Args:
            count: images; noise takes no more than `scale.NOISE`.
            metrics: names of `names.METRICS`; those without such a scale are left out.
        """
        if not self._extractor.self_contained:
            return {}
        with own_torch_state(self._device):
            images = noise(min(count, NOISE), self._shape, len(self._real_images.class_names))
            lowest = self._computation(self._features_of(images, digest(images)))
            held_out = self._held_out(count)
            highest = None if held_out is None else self._computation(held_out)
            return {
                metric: Ends(
                    real=None if highest is None else highest.estimate(metric).value,
                    noise=lowest.estimate(metric).value,
                )
                for metric in metrics
                if metric in SCALED
            }

    def doubts_about_features(self) -> tuple[str, ...]:
        """Sentences on why features that were learned from the data set itself may not fit it."""
        if not self._extractor.self_contained:
            return ()
        held_out = self._held_out(len(self._real_images.images))
        return tuple(doubts_about_features(len(self._load("train").images), held_out))

    def _computation(self, features: FeatureSet) -> Computation:
        return Computation(
            features, self._real, self._moments, self._of_split, self._protocol, self._selection.metrics
        )

    def _held_out(self, count: int) -> FeatureSet | None:
        """The features of real images of the other split; None where there is none, or too small a one."""
        try:
            data = draw_real(self._load("test" if self._protocol.split == "train" else "train"), count)
            require_enough(len(data.images), "the other split")
        except GanzooError:
            return None
        return self._features_of(data, digest(data))

    @property
    def _shape(self) -> tuple[int, int, int]:
        _count, channels, height, width = self._real_images.images.shape
        return channels, height, width

    def _facts(self, samples: Samples, excepted: tuple[str, ...], metrics: Sequence[str]) -> dict[str, Any]:
        count = len(self._real_images.images)
        real = {"split": self._protocol.split, "count": count, "sha256": self._sha256}
        dataset, features = self._selection.dataset, self._selection.features
        return protocol.describe(
            self._protocol, excepted, samples, real, dataset, features, self._extractor, metrics
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
        if asked is not None and any("held-out" in names.metric_named(name).needs for name in asked):
            try:
                self._load("test")
            except UsageError:
                if not names.is_all(asked):
                    raise  # it says itself what is missing
            else:
                available.add("held-out")
        return available

    def _figure(self, metric: str, estimate: Estimate, label: str | None = None) -> Figure:
        low, high = estimate.interval
        selection = self._selection
        if not all(map(math.isfinite, (estimate.value, low, high))):
            raise GanzooError(f"{metric} is not finite: {estimate.value}; the images are degenerate")
        known = names.metric_named(metric)
        label = ", ".join(filter(None, (in_words(selection.metrics.get(metric)), label))) or None
        return Figure(
            metric=metric,
            name=names.display_name(metric, selection.features_name, selection.is_standard, label),
            value=estimate.value,
            low=max(low, known.least),
            high=min(high, known.most),
            standard_error=estimate.standard_error,
            is_lower_better=known.is_lower_better,
        )
