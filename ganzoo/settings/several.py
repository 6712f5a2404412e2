"""Kinds of which several plugins are chosen: `tracker.name` names them, `tracker.NAME.KEY` sets one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

from ganzoo.errors import UsageError
from ganzoo.plugins.discovery import Plugin
from ganzoo.plugins.lookup import find
from ganzoo.settings.configuration import NAME, NONE, Section
from ganzoo.settings.keys import settings_from, split
from ganzoo.text import brief


def names_in(key: str, value: Any) -> list[str | type]:
    """The plugins that a value names: text with commas between names, a list of names, a class, or none.

    Raises:
        UsageError: it is nothing of the kind.
    """
    if isinstance(value, type):
        return [value]
    if isinstance(value, str):
        return [name for word in value.split(",") if (name := word.strip()) and name != NONE]
    if isinstance(value, (list, tuple)) and all(isinstance(each, (str, type)) for each in value):
        return [name for each in value for name in names_in(key, each)]
    raise UsageError(f"{key} takes names of plugins with commas between them, not {brief(value)}")


def several(kind: str, settings: Mapping[str, Any]) -> tuple[Section, ...]:
    """The chosen plugins of a kind, each with the settings that are given for it.

    Args:
        kind: what they are.
        settings: `"kind.name"` and `"kind.NAME.key"` to values, among others.

    Raises:
        UsageError: there is no such plugin, two go by one name, or a value is not of its setting's type.
    """
    key = f"{kind}.{NAME}"
    plugins: dict[str, Plugin] = {}
    for name in names_in(key, settings.get(key, NONE)):
        plugin = find(kind, name)
        if plugins.setdefault(plugin.name, plugin).target != plugin.target:
            raise UsageError(f"two plugins of {key} are called {plugin.name!r}; choose one of them")
    return tuple(
        Section(section, plugin, settings_from(section, plugin, settings))
        for name, plugin in plugins.items()
        for section in [f"{kind}.{name}"]
    )


def of_those_named(kind: str, settings: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """Settings without what earlier sources have set of plugins of a kind that are no longer chosen.

    Args:
        kind: what they are.
        settings: `"section.key"` to value.
        value: the new names.
    """
    kept = {f"{kind}.{name}" for name in _plugin_names(kind, value)}
    return {
        key: setting
        for key, setting in settings.items()
        if split(key)[0] != kind or key.rpartition(".")[0] in {kind, *kept}
    }


def _plugin_names(kind: str, value: Any) -> Iterable[str]:
    for name in names_in(f"{kind}.{NAME}", value):
        with contextlib.suppress(UsageError):  # said later, if it is asked for
            yield find(kind, name).name


def require_chosen(kind: str, settings: Iterable[str], sections: Iterable[Section]) -> None:
    """Refuses a setting of a plugin that is not chosen.

    Raises:
        UsageError: it belongs to another one, or doesn't say to which.
    """
    chosen = [section.name for section in sections]
    for key in settings:
        section = key.rpartition(".")[0]
        if split(key)[0] == kind and section not in {kind, *chosen}:
            name = section.removeprefix(f"{kind}.")
            raise UsageError(
                f"{key!r} sets a {kind} that is not chosen\nadd --{kind} {name}, or leave it out"
            )
        if section == kind and key != f"{kind}.{NAME}":
            example = f"{chosen[0] if chosen else f'{kind}.NAME'}.{split(key)[1]}"
            raise UsageError(f"{key!r} does not say which {kind} it sets\nwrite {example}=VALUE")
