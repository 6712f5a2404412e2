"""Binding: a section of a configuration becomes an imported class with its `Config`, once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ganzoo.errors import UsageError
from ganzoo.plugins.discovery import Plugin
from ganzoo.plugins.loading import load
from ganzoo.settings.configuration import TRACKER, Configuration, Section
from ganzoo.settings.run import RunSettings
from ganzoo.settings.training import TrainingSettings


@dataclass(frozen=True)
class NoSettings:
    """The `Config` of a plugin that has none."""


@dataclass(frozen=True)
class Bound:
    """A plugin that has been imported, with its settings."""

    plugin: Plugin
    cls: type[Any]
    config: Any
    """The class's `Config`, made of its defaults and what the section gives."""

    def make(self, *arguments: Any, **components: Any) -> Any:
        """Calls the class as its interface says: its `Config` first."""
        return self.cls(self.config, *arguments, **components)

    @property
    def settings(self) -> dict[str, Any]:
        """Every setting, defaults included."""
        return dataclasses.asdict(self.config)


@dataclass(frozen=True)
class BoundConfiguration:
    """A configuration whose plugins have all been imported."""

    sections: Mapping[str, Bound | None]
    """Name to what it is bound to; None is an optional section that names no plugin."""
    slots: tuple[str, ...]
    training: TrainingSettings | None
    run: RunSettings | None
    trackers: tuple[Bound, ...] = ()

    def __getitem__(self, section: str) -> Bound:
        bound = self.sections[section]
        assert bound is not None, f"section {section} names no plugin"
        return bound

    def make_if_any(self, section: str) -> Any:
        """What an optional section's class makes; None where it names no plugin."""
        bound = self.sections[section]
        return None if bound is None else bound.make()

    @property
    def configuration(self) -> Configuration:
        """The configuration with every default written out, so that it replays after one has changed."""
        sections = {
            name: None if bound is None else Section(name, bound.plugin, bound.settings)
            for name, bound in self.sections.items()
        }
        trackers = tuple(
            Section(f"{TRACKER}.{bound.plugin.name}", bound.plugin, bound.settings) for bound in self.trackers
        )
        return Configuration(sections, self.slots, self.training, self.run, trackers)


def bind(configuration: Configuration) -> BoundConfiguration:
    """Imports every plugin of a configuration and makes its `Config`.

    Raises:
        PluginError: a plugin can't be loaded.
        UsageError: a plugin refuses a setting.
    """
    sections = {
        name: None if section is None else bind_section(section)
        for name, section in configuration.sections.items()
    }
    trackers = tuple(map(bind_section, configuration.trackers))
    return BoundConfiguration(
        sections, configuration.slots, configuration.training, configuration.run, trackers
    )


def bind_section(section: Section) -> Bound:
    """Imports the plugin of one section and makes its `Config`; raises as `bind` does."""
    cls = load(section.plugin)
    try:
        config = getattr(cls, "Config", NoSettings)(**section.settings)
    except ValueError as error:
        raise UsageError(f"{section.name} ({section.plugin.name}): {error}") from None
    return Bound(section.plugin, cls, config)
