"""The data set, the features and the protocol of an evaluation, checked before torch is imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ganzoo.errors import UsageError, near_matches
from ganzoo.evaluation.names import known_metrics
from ganzoo.evaluation.protocols import ProtocolChoices, find_protocol
from ganzoo.plugins import discovery, lookup
from ganzoo.plugins.discovery import Plugin
from ganzoo.plugins.loading import card_of
from ganzoo.settings.configuration import NAME, RUN, Configuration, Section
from ganzoo.settings.keys import keys_of, require_known, settings_from, split
from ganzoo.settings.renaming import former_keys, tell, with_present_keys

FEATURES: Final = "features"
"""The section of the feature extractor's settings."""

FEATURES_KIND: Final = "feature-extractor"

DATASET: Final = "dataset"


@dataclass(frozen=True)
class Selection:
    """A data set and a feature extractor with their settings, and metrics with others than their defaults."""

    dataset: Section
    features: Section
    metrics: Mapping[str, Section] = field(default_factory=dict)
    """By the names that figures know them by."""

    @property
    def features_name(self) -> str:
        """The feature extractor's name, as figures carry it: with what tells its networks apart."""
        plugin = self.features.plugin
        first = next(iter(card_of(plugin).settings), None)
        value = self.features.settings.get(first.name) if first else None
        is_choice_of_network = isinstance(value, str) and first is not None and first.name == "model"
        return f"{plugin.name}:{value}" if is_choice_of_network else plugin.name

    @property
    def is_standard(self) -> bool:
        """Whether the features are those of the FID literature."""
        return bool(card_of(self.features.plugin).attributes.get("standard_inception"))


def select(
    dataset: str,
    features: str | None,
    assignments: Mapping[str, Any],
    recorded: Mapping[str, Any] | None = None,
) -> Selection:
    """Checks what the user chose.

    Args:
        dataset: the data set's name.
        features: the feature extractor's name, or `NAME:VALUE`, where VALUE is its first setting; None for
            the one that needs nothing but the data set.
        assignments: `"features.key"` and `"dataset.key"` to value, as text or typed.
        recorded: `"dataset.key"` to value from the run; they hold while the data set is the run's.

    Raises:
        UsageError: an unknown name or key, or a value that its type doesn't allow.
    """
    extractor, shorthand = _find_features(features)
    plugins = {DATASET: lookup.find("dataset", dataset), FEATURES: extractor}
    given = {**(recorded or {}), **shorthand, **assignments}
    given = {key: value for key, value in given.items() if split(key)[1] != NAME}
    renamed = former_keys(plugins)
    tell(given, renamed)
    given = with_present_keys(given, renamed)
    require_known(given, {section: keys_of(section, plugin) for section, plugin in plugins.items()})
    sections = {
        section: Section(section, plugin, settings_from(section, plugin, given))
        for section, plugin in plugins.items()
    }
    return Selection(sections[DATASET], sections[FEATURES])


def selection_of(configuration: Configuration) -> Selection:
    """A training's data set, and the features that its settings name.

    Raises:
        UsageError: there are no such features.
    """
    dataset, run = configuration.sections[DATASET], configuration.run
    assert dataset is not None, "a training has a data set"
    assert run is not None, "the configuration is of a training"
    recorded = {f"{DATASET}.{key}": value for key, value in dataset.settings.items()}
    return select(dataset.plugin.full_name, run.evaluate_features, {}, recorded)


def protocol_of(configuration: Configuration) -> ProtocolChoices:
    """The protocol of a training's evaluations, with the number of images that its settings name.

    Raises:
        UsageError: there is no such protocol.
    """
    run = configuration.run
    assert run is not None, "the configuration is of a training"
    protocol = find_protocol(run.evaluate_protocol)
    return protocol if run.evaluate_num is None else replace(protocol, count=run.evaluate_num)


def require_known_goal(configuration: Configuration) -> None:
    """Refuses a `run.until` of a metric that no evaluation during a training computes.

    Raises:
        UsageError: it names another one.
    """
    goal = None if configuration.run is None else configuration.run.goal()
    if goal is not None:
        require_periodic(goal.metric, f"{RUN}.until")


def require_periodic(metric: str, what: str) -> None:
    """Refuses what no evaluation during a training computes.

    Args:
        metric: what is asked for, of `names.METRICS`.
        what: the setting or option that names it.

    Raises:
        UsageError: there is no such metric, or it is computed by `ganzoo evaluate` alone.
    """
    allowed = [known.name for known in known_metrics().values() if known.is_default]
    if metric not in allowed:
        alone = (
            ": it is computed by ganzoo evaluate alone"
            if metric in known_metrics()
            else near_matches(metric, allowed)
        )
        raise UsageError(
            f"{what} names the metric {metric!r}, which no training is evaluated by{alone}\n"
            f"metrics: {', '.join(allowed)}"
        )


def _find_features(name: str | None) -> tuple[Plugin, dict[str, str]]:
    installed = discovery.discover().of_kind(FEATURES_KIND)
    if name is None:
        own = [p for p in installed if not p.problem and card_of(p).attributes.get("self_contained")]
        if len(own) == 1:
            return own[0], {}
        names = ", ".join(plugin.name for plugin in installed) or "none"
        raise UsageError(
            f"no feature extractor is chosen; say which with --features NAME (installed: {names})"
        )
    bare, colon, value = name.partition(":")
    plugin = next((p for p in installed if p.name == bare), None)
    if colon and plugin is not None:
        settings = card_of(plugin).settings
        if not settings:
            raise UsageError(f"{bare!r} has no settings, so {name!r} says too much; use --features {bare}")
        return lookup.find(FEATURES_KIND, plugin.full_name), {f"{FEATURES}.{settings[0].name}": value}
    return lookup.find(FEATURES_KIND, name), {}
