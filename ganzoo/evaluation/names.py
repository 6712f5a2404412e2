"""The metrics: which can be asked for, what each needs, and what its figure is called. Needs no torch.

A Fréchet distance is called FID, and a kernel distance KID, on the standard Inception features alone.
On any other features they are other quantities, and the features are part of the name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ganzoo.errors import UsageError, near_matches
from ganzoo.plugins import discovery, lookup
from ganzoo.plugins.discovery import Plugin
from ganzoo.plugins.loading import card_of
from ganzoo.text import printable


@dataclass(frozen=True)
class KnownMetric:
    """A quantity that can be asked for."""

    name: str
    standard_name: str | None
    """What the literature calls it on the standard Inception features; None where by the same name."""
    is_lower_better: bool | None
    """None where the best is neither low nor high."""
    needs: tuple[str, ...] = ()
    """Keys of `NEEDS`: what it is computed from besides the features of both sets."""
    is_default: bool = True
    """Whether it is computed where no metric is named."""
    least: float = -math.inf
    most: float = math.inf
    """The ends of its range, where an interval stops."""
    plugin: Plugin | None = None
    """What computes it; None where the core does."""


METRICS: Final[Mapping[str, KnownMetric]] = {
    metric.name: metric
    for metric in (
        KnownMetric("frechet-distance", "FID", True, least=0),
        KnownMetric("kernel-distance", "KID", True),
        KnownMetric("class-score", "inception-score", False, ("logits",), least=1),
        KnownMetric("precision", None, False, least=0, most=1),
        KnownMetric("recall", None, False, least=0, most=1),
        KnownMetric("density", None, False, least=0),
        KnownMetric("coverage", None, False, least=0, most=1),
        KnownMetric("class-accuracy", None, False, ("labels", "classes"), least=0, most=1),
        KnownMetric(
            "intra-class-frechet-distance", "intra-FID", True, ("labels",), is_default=False, least=0
        ),
        KnownMetric("memorisation", None, None, ("held-out",), is_default=False, least=0, most=1),
    )
}

KIND: Final = "metric"
"""The kind of plugin that measures what the core does not."""

NEEDS: Final[Mapping[str, str]] = {
    "logits": "features that tell classes apart",
    "labels": "labelled samples, from a conditional model or a file with labels",
    "classes": "features whose classes are the data set's",
    "held-out": "a data set with a test split, beside the training images",
}
"""What a metric may be computed from besides features, in words."""

ALIASES: Final = {"fid": "frechet-distance", "kid": "kernel-distance", "is": "class-score"}
"""Names of the literature, which are right on the standard Inception features only."""


def known_metrics() -> dict[str, KnownMetric]:
    """The core's metrics and those of installed plugins that can be used, by name.

    A plugin called as another metric is known by its full name alone.
    """
    plugins = [plugin for plugin in discovery.discover().of_kind(KIND) if not plugin.problem]
    bare = [*METRICS, *ALIASES, *(plugin.name for plugin in plugins)]
    named = ((p.name if bare.count(p.name) == 1 else p.full_name, p) for p in plugins)
    return {**METRICS, **{name: _of_plugin(name, plugin) for name, plugin in named}}


def metric_named(name: str) -> KnownMetric:
    """The metric of that name: the core's, a plugin's, or that of a class in a file or module.

    Raises:
        UsageError: there is none.
        PluginError: it can't be imported, and its text does not tell.
    """
    known = known_metrics()
    if name in known:
        return known[name]
    if ":" in name:
        return _of_plugin(name, lookup.find(KIND, name))
    if full := [full for full in known if full.rpartition(":")[2] == name]:
        raise UsageError(f"metric {printable(name)!r} is provided twice; say which: {' and '.join(full)}")
    allowed = [*known, *ALIASES]
    raise UsageError(
        f"there is no metric {printable(name)!r}{near_matches(name, allowed)}\n"
        f"metrics: {', '.join(allowed)}, or all"
    )


def _of_plugin(name: str, plugin: Plugin) -> KnownMetric:
    said = card_of(plugin).attributes
    needs = tuple(said.get("needs", ()))
    for need in needs:
        if need not in NEEDS:
            raise UsageError(f"the metric {name} needs {need!r}, which is none of {', '.join(NEEDS)}")
    return KnownMetric(
        name,
        None,
        said.get("lower_is_better"),
        needs,
        is_default=said.get("usual", False),
        least=said.get("least", -math.inf),
        most=said.get("most", math.inf),
        plugin=plugin,
    )


def parse_metrics(text: str | None, features: str, is_standard: bool) -> tuple[str, ...] | None:
    """The names in a comma list; None where none is named.

    Args:
        text: what the user typed: names of metrics or `ALIASES`, or "all".
        features: the feature extractor's name.
        is_standard: whether it is the Inception network of the FID literature.

    Raises:
        UsageError: there is no such metric, or the name is not that of a metric on these features.
    """
    if text is None:
        return None
    typed = [word.strip() for word in text.split(",") if word.strip()]
    words = [word if ":" in word else word.lower() for word in typed]  # a path keeps its letters
    if words == ["all"]:
        return tuple(known_metrics())
    for word in words:
        if word in ALIASES and not is_standard:
            name = ALIASES[word]
            raise UsageError(
                f"{word} is the {name} on the standard Inception features, not on {features!r}\n"
                f"ask for --metric {name}, or choose those features with --features (see ganzoo list "
                "feature-extractor)"
            )
        if word not in ALIASES:
            metric_named(word)
    if not words:
        raise UsageError(f"--metric names no metric; metrics: {', '.join(known_metrics())}, or all")
    return tuple(dict.fromkeys(ALIASES.get(word, word) for word in words))


def is_all(asked: Iterable[str]) -> bool:
    """Whether every metric was asked for, as `all` does; then those that can't be computed are left out."""
    return set(asked) == set(known_metrics())


def unmet(available: Iterable[str]) -> dict[str, str]:
    """The metrics that can't be computed, each with what it needs and there is not, in words.

    Args:
        available: the keys of `NEEDS` that are met.
    """
    met = set(available)
    return {
        name: NEEDS[next(need for need in metric.needs if need not in met)]
        for name, metric in known_metrics().items()
        if not met.issuperset(metric.needs)
    }


def choose(asked: tuple[str, ...] | None, available: Iterable[str]) -> tuple[str, ...]:
    """The metrics to compute: those asked for, else all defaults whose needs are met.

    Args:
        asked: names of metrics, or None.
        available: the keys of `NEEDS` that are met.

    Raises:
        UsageError: a metric that was asked for needs what is not there.
    """
    met = set(available)
    if asked is None:
        return tuple(m.name for m in known_metrics().values() if m.is_default and met.issuperset(m.needs))
    for name in asked:
        for need in metric_named(name).needs:
            if need not in met:
                raise UsageError(f"{name} needs {NEEDS[need]}; leave it out of --metric")
    return asked


def display_name(metric: str, features: str, is_standard: bool, protocol: str | None = None) -> str:
    """What a figure is called: "FID", or "frechet-distance (classifier)", with a protocol's name where it has
    one: "FID (studiogan)", "frechet-distance (classifier, studiogan)".
    """
    standard = metric_named(metric).standard_name if is_standard else None
    details = ", ".join(part for part in (None if standard else features, protocol) if part)
    return f"{standard or metric} ({details})" if details else standard or metric
