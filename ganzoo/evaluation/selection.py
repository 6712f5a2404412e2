"""Which data set and which features to evaluate with, checked before torch is imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ganzoo import registry
from ganzoo.config import NAME, TRAINING, Configuration, Section, card_of, parse_value
from ganzoo.errors import UsageError, near_matches
from ganzoo.registry import Plugin

FEATURES: Final = "features"
DATASET: Final = "dataset"

KINDS: Final = {FEATURES: "feature-extractor", DATASET: "dataset"}
"""Section of the settings to kind of plugin."""


@dataclass(frozen=True)
class Selection:
    """A data set and a feature extractor with their settings."""

    dataset: Section
    features: Section

    @property
    def features_name(self) -> str:
        """The feature extractor's name, as figures carry it: with what tells its networks apart."""
        plugin = self.features.plugin
        assert plugin is not None, "features name a plugin"
        first = next(iter(card_of(plugin).parameters), None)
        value = self.features.settings.get(first.name) if first else None
        is_choice_of_network = isinstance(value, str) and first is not None and first.name == "model"
        return f"{plugin.name}:{value}" if is_choice_of_network else plugin.name

    @property
    def is_standard(self) -> bool:
        """Whether the features are those of the FID literature."""
        plugin = self.features.plugin
        assert plugin is not None, "features name a plugin"
        return bool(card_of(plugin).attributes.get("standard_inception"))


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
    plugins = {DATASET: registry.find("dataset", dataset)}
    plugins[FEATURES], shorthand = _find_features(features)
    given = {**(recorded or {}), **shorthand, **assignments}
    for key in given:
        section = key.partition(".")[0]
        if section not in plugins:
            raise UsageError(
                f"there is no setting {key!r}{near_matches(key, [f'{name}.' for name in plugins])}\n"
                f"allowed sections: {', '.join(plugins)}"
            )
    sections = {section: _section(section, plugin, given) for section, plugin in plugins.items()}
    return Selection(sections[DATASET], sections[FEATURES])


def selection_of(configuration: Configuration) -> Selection:
    """A training's data set, and the features that its settings name.

    Raises:
        UsageError: there are no such features.
    """
    dataset = configuration.sections[DATASET]
    recorded = {f"{DATASET}.{key}": value for key, value in dataset.settings.items()}
    features = configuration.sections[TRAINING].settings.get("evaluate_features")
    return select(configuration.plugin(DATASET).full_name, features, {}, recorded)


def _find_features(name: str | None) -> tuple[Plugin, dict[str, str]]:
    installed = registry.discover().of_kind(KINDS[FEATURES])
    if name is None:
        own = [p for p in installed if not p.problem and _is_self_contained(p)]
        if len(own) == 1:
            return own[0], {}
        names = ", ".join(plugin.name for plugin in installed) or "none"
        raise UsageError(
            f"no feature extractor is chosen; say which with --features NAME (installed: {names})"
        )
    bare, colon, value = name.partition(":")
    plugin = next((p for p in installed if p.name == bare), None)
    if colon and plugin is not None:
        parameters = card_of(plugin).parameters
        if not parameters:
            raise UsageError(f"{bare!r} has no settings, so {name!r} says too much; use --features {bare}")
        return registry.find(KINDS[FEATURES], plugin.full_name), {f"{FEATURES}.{parameters[0].name}": value}
    return registry.find(KINDS[FEATURES], name), {}


def _is_self_contained(plugin: Plugin) -> bool:
    return bool(card_of(plugin).attributes.get("self_contained"))


def _section(section: str, plugin: Plugin, given: Mapping[str, Any]) -> Section:
    parameters = {f"{section}.{parameter.name}": parameter for parameter in card_of(plugin).parameters}
    settings = {}
    for key, value in given.items():
        if key.partition(".")[0] != section or key == f"{section}.{NAME}":
            continue
        if key not in parameters:
            raise UsageError(
                f"there is no setting {key!r}{near_matches(key, parameters)}\n"
                f"allowed in {section} ({plugin.name}): {', '.join(parameters) or 'none'}"
            )
        settings[parameters[key].name] = parse_value(key, parameters[key].annotation, value)
    for key, parameter in parameters.items():
        if parameter.default is None and parameter.name not in settings:
            raise UsageError(
                f"{key} has no default; give one with --set {key}=VALUE ({parameter.annotation})"
            )
    return Section(plugin, settings)


def instantiate(section: str, chosen: Section, *arguments: Any) -> Any:
    """Imports a plugin and calls its class with its settings.

    Raises:
        PluginError: it can't be loaded.
        UsageError: it refuses a setting.
    """
    plugin = chosen.plugin
    assert plugin is not None, f"section {section} names no plugin"
    from ganzoo.models import NoSettings  # which imports torch

    cls = registry.load(plugin)
    config = getattr(cls, "Config", NoSettings)
    try:
        settings = config(**chosen.settings)
    except ValueError as error:
        raise UsageError(f"{section} ({plugin.name}): {error}") from None
    return cls(settings, *arguments)
