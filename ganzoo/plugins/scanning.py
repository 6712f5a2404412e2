"""What is installed: the kinds of plugin that there are, and the distributions that announce any.

Reads metadata and source text, once for each state of the import path.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ganzoo.plugins.groups import COMMANDS_GROUP, OTHER_GROUPS, unknown_groups
from ganzoo.plugins.installed import Distribution, announcing, read_distributions
from ganzoo.plugins.kinds import GROUP as KINDS_GROUP
from ganzoo.plugins.kinds import Kind, own_kinds, read_kind
from ganzoo.plugins.source import SourceError
from ganzoo.text import printable

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")
"""What a plugin, or a kind, may be called."""

ImportPath = tuple[tuple[str, int | None], ...]
"""Folders that are searched, each with when it was changed."""


def import_path() -> ImportPath:
    """Where plugins are searched now."""
    # What is installed while a notebook runs is found: an installation changes its folder.
    return tuple((entry, _changed(entry)) for entry in sys.path)


def _changed(entry: str) -> int | None:
    try:
        return Path(entry).stat().st_mtime_ns
    except (OSError, ValueError):
        return None


@dataclass(frozen=True)
class Scan:
    """The kinds that there are, and the distributions that announce plugins or kinds."""

    kinds: Mapping[str, Kind]
    distributions: Mapping[str, Distribution]
    warnings: tuple[str, ...]


@functools.lru_cache(maxsize=8)
def scan(_path: ImportPath) -> Scan:
    """Looks through all that is installed."""
    installed = read_distributions()
    declaring, _ = announcing(installed, {KINDS_GROUP})
    known, warnings = _kinds(declaring.values())
    distributions, stale = announcing(installed, {*OTHER_GROUPS, *(kind.group for kind in known.values())})
    groups = [kind.group for kind in known.values()]
    misspelt = [
        problem
        for name, (used, *_) in installed.items()
        for problem in unknown_groups(name, {group for group, _, _ in used.entries}, groups)
    ]
    return Scan(known, distributions, (*warnings, *stale, *misspelt))


def _kinds(declaring: Iterable[Distribution]) -> tuple[dict[str, Kind], list[str]]:
    """The kinds that there are, and a warning for each declaration that can't be used."""
    known = {kind.name: kind for kind in own_kinds()}
    warnings = []
    for distribution in declaring:
        for _group, name, target in sorted(distribution.entries):
            try:
                known[name] = _third_party_kind(name, target, distribution.name, known)
            except SourceError as error:
                warnings.append(f"the kind {printable(name)!r} of {distribution.name} is left out: {error}")
    return {kind.name: kind for kind in sorted(known.values(), key=lambda k: (k.position, k.name))}, warnings


def _third_party_kind(name: str, target: str, distribution: str, known: Mapping[str, Kind]) -> Kind:
    if not NAME.fullmatch(name):
        raise SourceError("its name is not made of a-z, 0-9, '.', '_' and '-'")
    module, _, class_name = printable(target).rpartition(":")
    kind = read_kind(name, module, class_name, distribution)
    if name in known or kind.group in {
        KINDS_GROUP,
        COMMANDS_GROUP,
        *(other.group for other in known.values()),
    }:
        raise SourceError("there is a kind of that name, or with that group, already")
    return kind
