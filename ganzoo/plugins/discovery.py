"""Finds plugins through entry points, without importing any.

A plugin is a class that an installed distribution names in the entry-point group of its kind. Finding reads
metadata and source text only.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ganzoo.errors import UsageError, near_matches
from ganzoo.plugins.api import api_problem
from ganzoo.plugins.card import Card, card_of_class, read_card
from ganzoo.plugins.installed import Distribution, normalise
from ganzoo.plugins.kinds import Kind
from ganzoo.plugins.scanning import NAME, ImportPath, import_path, scan
from ganzoo.plugins.source import SourceError
from ganzoo.text import printable

VARIABLE: Final = "GANZOO_PLUGINS"
"""Environment variable: unset, every distribution's plugins; a comma list, only those named."""

_DISTRIBUTION: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
"""A normalised distribution name (PyPA specification "Names and normalization")."""


@dataclass(frozen=True)
class Plugin:
    """One plugin, found but not imported."""

    kind: str
    name: str
    target: str
    """`module:Class`, or `path/to/file.py:Class`."""
    distribution: str | None = None
    """Who provides it; None for a class named by file or module."""
    version: str | None = None
    problem: str | None = None
    """Why it can't be used, known before importing it."""
    path: tuple[str, ...] = ()
    """Folders that its modules lie in where it is not installed, and is only to be read."""
    loaded: type | None = None
    """The class itself, where the caller handed one over."""

    @property
    def full_name(self) -> str:
        """The unambiguous name: `distribution:name`, or the target where no distribution provides it."""
        return f"{self.distribution}:{self.name}" if self.distribution else self.target

    @property
    def provider(self) -> str:
        """`distribution version`, or where the class comes from."""
        return f"{self.distribution} {self.version}" if self.distribution else self.target.rpartition(":")[0]


@dataclass(frozen=True)
class Discovery:
    """Everything found, and what looked wrong on the way."""

    plugins: tuple[Plugin, ...]
    warnings: tuple[str, ...]

    def of_kind(self, kind: str) -> tuple[Plugin, ...]:
        """The plugins of one kind, by name."""
        return tuple(plugin for plugin in self.plugins if plugin.kind == kind)


def kinds() -> Mapping[str, Kind]:
    """Every kind of plugin by name, as listings show them: the core's own and those of third parties."""
    return scan(import_path()).kinds


def kind_named(name: str) -> Kind:
    """The kind of that name.

    Raises:
        UsageError: there is none.
    """
    known = kinds()
    if name not in known:
        raise UsageError(
            f"there is no kind {printable(name)!r}{near_matches(name, known)}\nkinds: {', '.join(known)}"
        )
    return known[name]


def discover() -> Discovery:
    """Finds every plugin of every installed distribution without importing any.

    Raises:
        UsageError: `GANZOO_PLUGINS` names a distribution that provides no plugin.
    """
    return _discover(import_path(), os.environ.get(VARIABLE))


def announced() -> Discovery:
    """The same without a look into their sources, which takes as long as all the rest: no plugin says yet
    why it can't be used.

    Raises:
        UsageError: as `discover` does.
    """
    return _announced(import_path(), os.environ.get(VARIABLE))


def entries_of(group: str) -> list[tuple[Distribution, str, str]]:
    """Distribution, name and target of each entry point of a group, as text fit to print.

    Raises:
        UsageError: `GANZOO_PLUGINS` names a distribution that provides nothing.
    """
    found = scan(import_path())
    chosen = _chosen_distributions(found.distributions, os.environ.get(VARIABLE))
    return [
        (distribution, printable(name), printable(target))
        for distribution in found.distributions.values()
        if chosen is None or distribution.name in chosen
        for _group, name, target in sorted(distribution.of_groups({group}))
    ]


@functools.lru_cache(maxsize=8)
def _discover(path: ImportPath, variable: str | None) -> Discovery:
    found = _announced(path, variable)
    return Discovery(tuple(map(with_problem, found.plugins)), found.warnings)


@functools.lru_cache(maxsize=8)
def _announced(path: ImportPath, variable: str | None) -> Discovery:
    found = scan(path)
    chosen = _chosen_distributions(found.distributions, variable)
    groups = {kind.group: kind.name for kind in found.kinds.values()}
    plugins = [
        Plugin(groups[group], printable(name), printable(target), distribution.name, distribution.version)
        for distribution in found.distributions.values()
        if chosen is None or distribution.name in chosen
        for group, name, target in sorted(distribution.of_groups(groups))
    ]
    order = list(found.kinds)
    plugins.sort(key=lambda plugin: (order.index(plugin.kind), plugin.name, plugin.full_name))
    return Discovery(tuple(plugins), found.warnings)


def is_distribution_name(name: str) -> bool:
    """Whether a distribution may be called so, normalised."""
    return _DISTRIBUTION.fullmatch(normalise(name)) is not None


def _chosen_distributions(known: Iterable[str], value: str | None) -> set[str] | None:
    if value is None:
        return None
    known = list(known)
    chosen = {normalise(name) for name in value.split(",") if name.strip()}
    for name in sorted(chosen):
        if name not in known:
            raise UsageError(
                f"{VARIABLE} names {name!r}, which provides no plugin{near_matches(name, known)}\n"
                f"installed: {', '.join(known) or 'none'}; unset {VARIABLE} to use them all"
            )
    return chosen


def with_problem(plugin: Plugin) -> Plugin:
    """The plugin, with why it can't be used where that is known before importing it."""
    if plugin.distribution and not _DISTRIBUTION.fullmatch(plugin.distribution):
        return replace(plugin, problem="the name of its distribution is not made of a-z, 0-9 and '-'")
    if not NAME.fullmatch(plugin.name):
        return replace(plugin, problem="its name is not made of a-z, 0-9, '.', '_' and '-'")
    module, _, class_name = plugin.target.rpartition(":")
    if not module or not class_name.isidentifier():
        return replace(plugin, problem=f"its entry point {plugin.target!r} is not 'module:Class'")
    try:
        problem = api_problem(card(plugin).api)
    except SourceError:
        return plugin
    return replace(plugin, problem=problem) if problem else plugin


@functools.lru_cache(maxsize=1024)
def card(plugin: Plugin) -> Card:
    """The card of a plugin, read without importing it; `loading.card_of` imports it where it must.

    Raises:
        SourceError: the source text doesn't tell; the message is the reason.
    """
    kind = kinds()[plugin.kind]
    if plugin.loaded is not None:
        return card_of_class(plugin.loaded, kind)
    origin, _, class_name = plugin.target.rpartition(":")
    return read_card(origin, class_name, kind, plugin.path)
