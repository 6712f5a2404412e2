"""Settings of metrics, `metric.NAME.KEY`: of an evaluation that is asked for them. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ganzoo.errors import UsageError
from ganzoo.evaluation.names import KIND, METRICS, known_metrics, metric_named
from ganzoo.settings.configuration import NAME, Section
from ganzoo.settings.keys import keys_of, require_known, split
from ganzoo.settings.several import require_chosen, several


def divide(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings `"section.key"` of metrics, and all others."""
    of_metrics = {key: value for key, value in settings.items() if split(key)[0] == KIND}
    return of_metrics, {key: value for key, value in settings.items() if key not in of_metrics}


def sections_of(asked: tuple[str, ...] | None, settings: Mapping[str, Any]) -> dict[str, Section]:
    """The metrics that are set otherwise than by default, by the names that figures know them by.

    Args:
        asked: names of metrics; None for the defaults.
        settings: `"metric.NAME.KEY"` to value.

    Raises:
        UsageError: a metric is not asked for or has no such setting, or a value is not of its type.
    """
    if not settings:
        return {}
    for key in settings:
        name = key.removeprefix(f"{KIND}.").rpartition(".")[0]
        if name in METRICS:
            raise UsageError(f"{key!r}: the metric {name} has no settings; see --protocol")
    names = asked if asked is not None else [m.name for m in known_metrics().values() if m.is_default]
    plugins = {name: metric.plugin for name in names if (metric := metric_named(name)).plugin is not None}
    full_names = [plugin.full_name for plugin in plugins.values() if plugin is not None]
    sections = several(KIND, {**settings, f"{KIND}.{NAME}": full_names})
    require_chosen(KIND, settings, sections)
    require_known(settings, {KIND: [key for each in sections for key in keys_of(each.name, each.plugin)]})
    by_plugin = {section.plugin: section for section in sections if section.settings}
    return {name: by_plugin[plugin] for name, plugin in plugins.items() if plugin in by_plugin}


def in_words(section: Section | None) -> str | None:
    """What figures say of a metric's settings, `order=2.0`; None where they are the defaults."""
    if section is None:
        return None
    return ", ".join(f"{name}={value}" for name, value in section.settings.items())
