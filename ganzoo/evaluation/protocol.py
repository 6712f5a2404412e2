"""The protocol of a figure: everything that moves it, besides the generator."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ganzoo.devices import device_of
from ganzoo.evaluation.computation import KERNEL_SAMPLES, SEED
from ganzoo.evaluation.features import BATCH_SIZE
from ganzoo.evaluation.names import metric_named
from ganzoo.evaluation.protocols import PUBLISHED, ProtocolChoices, Published, label
from ganzoo.evaluation.resampling import GROUPS
from ganzoo.evaluation.samples import Samples
from ganzoo.interfaces import FeatureExtractor
from ganzoo.settings.configuration import Section

DISTRIBUTIONS: Final = ("ganzoo-torch", "torch", "torchvision", "numpy", "pillow")
"""The distributions whose versions may move a figure, besides that of the feature extractor."""


def identity(features: Section, extractor: FeatureExtractor) -> dict[str, Any]:
    """Everything that features depend on besides the images: plugin, version, settings, network."""
    return {**_plugin("plugin", features), **dataclasses.asdict(extractor.protocol)}


def _plugin(name: str, section: Section) -> dict[str, Any]:
    return {
        name: section.plugin.full_name,
        "version": section.plugin.version,
        "settings": dict(section.settings),
    }


def describe(
    protocol: ProtocolChoices,
    excepted: tuple[str, ...],
    samples: Samples,
    real: Mapping[str, Any],
    dataset: Section,
    features: Section,
    extractor: FeatureExtractor,
    metrics: Sequence[str],
) -> dict[str, Any]:
    """The protocol as JSON can say it.

    Args:
        protocol: what was asked for.
        excepted: what was done otherwise than the one of its name has it: `protocols.exceptions`.
        samples: what was evaluated.
        real: split, number and checksum of the real images.
        dataset: the data set's plugin and settings.
        features: the feature extractor's plugin and settings.
        extractor: the feature extractor itself.
        metrics: names of the metrics that are computed.
    """
    found = {name: metric_named(name).plugin for name in metrics}
    measured_by = {name: f"{p.full_name} {p.version or ''}".strip() for name, p in found.items() if p}
    device = device_of(extractor)
    return {
        "name": label(protocol, excepted),
        "published": None if protocol.name is None else _published(PUBLISHED[protocol.name], excepted),
        "samples": {"count": samples.count, **samples.facts},
        "real": {**_plugin("dataset", dataset), **real},
        "features": {
            **identity(features, extractor),
            "length": extractor.features,
            "batch_size": BATCH_SIZE,
        },
        "metrics": {"score_splits": protocol.score_splits, "neighbours": protocol.neighbours},
        **({"metric_plugins": measured_by} if measured_by else {}),
        "intervals": f"95 %, delete-a-group jackknife of the samples, {GROUPS} groups, seed {SEED}; "
        "other samples of the same generator, not another training",
        "limits": f"kernel distance from at most {KERNEL_SAMPLES:,} images of each set; precision, "
        "recall, density and coverage from equally many of both",
        "arithmetic": f"features in float32 on {device.type}, figures in float64",
        "versions": {
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in DISTRIBUTIONS},
        },
    }


def _published(published: Published, excepted: tuple[str, ...]) -> dict[str, Any]:
    return {
        "code": published.code,
        "exceptions": list(excepted),
        "differences": list(published.differences),
    }
