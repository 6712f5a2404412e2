"""A configuration: which plugin fills each section, and how it is set."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ganzoo.errors import UsageError
from ganzoo.files import kind_of_file, read_text
from ganzoo.plugins.discovery import Plugin
from ganzoo.settings.old_names import renew_configuration, renew_keys, renew_trackers
from ganzoo.settings.recipes import NO_RECIPE, RECIPE
from ganzoo.settings.run import RunSettings
from ganzoo.settings.training import LENGTH, TrainingSettings
from ganzoo.text import brief
from ganzoo.toml_text import parse_toml

NAME: Final = "name"
"""The key of a section that names its plugin; no setting may be called so."""

NONE: Final = "none"
"""What names no plugin in an optional section, where the model's recipe would name one."""

TRAINING: Final = "training"
"""The section of `TrainingSettings`, which belongs to no plugin."""

RUN: Final = "run"
"""The section of `RunSettings`, which belongs to no plugin."""

TRACKER: Final = "tracker"
"""The section of what follows a training: `tracker.name` names any number of plugins, `tracker.NAME.KEY`
sets one of them."""

SCHEMA: Final = 4
"""Version of the names that configurations in runs and checkpoints are written with; 1 to 3, from before
0.1.0, are read as well."""

_MOST: Final = 2**17
"""Bytes of a configuration's file; those of runs take a few thousand."""

RESUMABLE: Final = (
    *(f"{TRAINING}.{name}" for name in LENGTH),
    *(f"{RUN}.{field.name}" for field in dataclasses.fields(RunSettings)),
)
"""What a resumed run may change besides its trackers: the steps that it has taken do not depend on it."""


def is_resumable(key: str) -> bool:
    """Whether a resumed run may have another value of a setting `"section.key"`."""
    return key in RESUMABLE or key.startswith(f"{TRACKER}.")


@dataclass(frozen=True)
class Section:
    """A plugin, and the settings that it is given."""

    name: str
    plugin: Plugin
    settings: Mapping[str, Any]
    """Those that differ from the class's own defaults, each of its field's type."""


@dataclass(frozen=True)
class Configuration:
    """A checked configuration; without `training` and `run` where nothing is trained."""

    sections: Mapping[str, Section | None]
    """Name to section; None is an optional section that names no plugin."""
    slots: tuple[str, ...] = ()
    """The sections that fill a slot of the model."""
    training: TrainingSettings | None = None
    run: RunSettings | None = None
    trackers: tuple[Section, ...] = ()
    """What follows the training, each called `tracker.NAME`."""

    def plugin(self, section: str) -> Plugin:
        """The plugin that a section names."""
        found = self.sections[section]
        assert found is not None, f"section {section} names no plugin"
        return found.plugin

    def plugins(self) -> list[Plugin]:
        """The plugins of all sections: those that a training depends on, so without the trackers."""
        return [section.plugin for section in self.sections.values() if section is not None]

    def to_json(self) -> dict[str, dict[str, Any]]:
        """The configuration as `parse_file` reads it back, with full names."""
        tables = {
            name: {NAME: NONE} if section is None else {NAME: section.plugin.full_name, **section.settings}
            for name, section in self.sections.items()
        }
        own = {TRAINING: self.training, RUN: self.run}
        tables |= {name: dataclasses.asdict(made) for name, made in own.items() if made is not None}
        if self.trackers:
            names = [tracker.plugin.full_name for tracker in self.trackers]
            each = {tracker.plugin.name: dict(tracker.settings) for tracker in self.trackers}
            tables[TRACKER] = {NAME: names, **each}
        return tables


def parse_file(path: Path) -> dict[str, Any]:
    """Reads a TOML or JSON configuration into `"section.key": value`.

    Raises:
        UsageError: the file can't be read, is not valid, is not a table of sections, or has a schema that
            this version does not know.
    """
    try:
        text = read_text(path, _MOST)
        tables = json.loads(text) if path.suffix == ".json" else parse_toml(text)
    except (OSError, UnicodeDecodeError) as error:
        kind = kind_of_file(path) if isinstance(error, UnicodeDecodeError) else None
        reason = f"it is {kind}" if kind else getattr(error, "strerror", None) or error
        inside = path / "config.json"
        hint = f"; of a run it is {inside}" if inside.is_file() else ""
        raise UsageError(f"the configuration {path} can't be read: {reason}{hint}") from None
    except (ValueError, RecursionError) as error:  # of syntax, or of a number or nesting beyond measure
        hint = "" if path.suffix in (".json", ".toml") else "\nit is TOML, or a run's config.json"
        raise UsageError(f"the configuration {path} is not valid: {error}{hint}") from None
    schema = tables.get("schema", SCHEMA) if isinstance(tables, dict) else SCHEMA
    if schema not in range(1, SCHEMA + 1):
        raise UsageError(
            f"the configuration {path} has schema {brief(schema)}, and this GanZoo reads schemas 1 to "
            f"{SCHEMA}; install a newer ganzoo-torch"
        )
    try:
        return (
            written(tables)
            if isinstance(tables, dict) and "schema" in tables
            else renew_keys(flatten(tables))
        )
    except ValueError as error:
        raise UsageError(
            f"the configuration {path} {error}; "
            'write sections such as [model] with name = "dcgan", [training] with batch_size = 64'
        ) from None


def written(tables: Any) -> dict[str, Any]:
    """`flatten` for what a run has written: every setting, so that no recipe is to come beneath it.

    A setting that the run does not know, because it is newer, has its class's default then.
    """
    return {f"model.{RECIPE}": NO_RECIPE, **flatten(tables)}


def flatten(tables: Any) -> dict[str, Any]:
    """Turns sections of settings into `"section.key": value`; the opposite of `Configuration.to_json`.

    A table with `schema` 1 to 3 is of a run from before 0.1.0, and its names are renewed.

    Raises:
        ValueError: this is not a table of sections; the message completes "the configuration ...".
    """
    if not isinstance(tables, dict):
        raise ValueError("is not a table of sections")
    sections = {name: table for name, table in tables.items() if name != "schema"}
    for name, table in sections.items():
        if not isinstance(table, dict):
            raise ValueError(f"has {name!r} outside a section")
    schema = tables.get("schema", SCHEMA)
    if schema != SCHEMA:
        sections = renew_configuration(sections, schema)
    return renew_trackers(dict(_flattened(sections)))


def _flattened(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    for name, table in tables.items():
        for key, value in table.items():
            if name == TRACKER and isinstance(value, dict):  # the settings of one of several plugins
                yield from ((f"{name}.{key}.{inner}", setting) for inner, setting in value.items())
            else:
                yield f"{name}.{key}", value
