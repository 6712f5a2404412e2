"""Finds one plugin by what a person calls it, and refuses names that could run a stranger's code."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from ganzoo.errors import PluginError, UsageError, near_matches
from ganzoo.plugins.api import SUPPORTED_API
from ganzoo.plugins.card import declares_api, read_bases
from ganzoo.plugins.discovery import (
    Plugin,
    announced,
    card,
    discover,
    kind_named,
    kinds,
    with_problem,
)
from ganzoo.plugins.installed import normalise
from ganzoo.plugins.loading import interface_of
from ganzoo.plugins.recorded import MOVED, NotInstalledError, moved_advice
from ganzoo.plugins.siblings import digest_of
from ganzoo.plugins.source import ClassNotFoundError, SourceError
from ganzoo.plugins.unknown import all_names, run_instead, unknown
from ganzoo.text import brief, printable


def find(kind: str, name: str | type) -> Plugin:
    """Finds one plugin by bare name, `distribution:name`, `file.py:Class`, `module:Class` or class.

    Raises:
        UsageError: nothing has that name, or several do, or a file gave something that is no name.
    """
    if isinstance(name, type):
        return Plugin(kind, name.__name__, f"{name.__module__}:{name.__qualname__}", loaded=name)
    if not isinstance(name, str):
        raise UsageError(f"{brief(name)} is no name of a plugin of the kind {kind}")
    known = announced().of_kind(kind)
    matches = [plugin for plugin in known if name == plugin.name or _is_full_name(name, plugin)]
    if len(matches) == 1:
        return with_problem(matches[0])
    if matches:
        full_names = " and ".join(plugin.full_name for plugin in matches)
        raise UsageError(f"{kind} {name!r} is provided twice; say which: {full_names}")
    origin, colon, class_name = name.rpartition(":")
    if colon and origin.endswith(".py"):
        return _plugin_from_file(kind, origin, class_name)
    if colon and all(part.isidentifier() for part in (*origin.split("."), class_name)):
        plugin = Plugin(kind, class_name, name)
        try:
            _require_exists(plugin, near_matches(name, all_names(known)))
        except UsageError:
            if class_name.islower() and "." not in origin:  # a plugin's name rather than a class's
                raise unknown(kind, name, known) from None
            raise
        return with_problem(replace(plugin, name=class_name.lower()))
    raise unknown(kind, name, known)


def find_all(name: str) -> list[Plugin]:
    """Every plugin of that name, of any kind.

    The kind of a class in a file or module is told by its base classes; where they don't tell, it is taken
    for a model.

    Raises:
        UsageError: nothing has that name.
    """
    found = _installed(name)
    if found:
        return found
    written = _class_in_text(name)
    return [find(kind, name) for kind in _kinds_of_text(written)] or [written]


def find_any(name: str | type, kind: str | None = None) -> Plugin:
    """Finds one plugin of any kind, without importing it.

    Args:
        name: its name, `distribution:name`, `path/to/file.py:Class`, `package.module:Class` or the class.
        kind: what it is; needed only where the name doesn't tell.

    Raises:
        UsageError: nothing has that name, several kinds have, or its kind can't be told.
    """
    if kind is not None:
        return find(kind_named(kind).name, name)
    if isinstance(name, type):
        of_class = [known for known in kinds() if issubclass(name, interface_of(known))]
        return find(_only(name.__name__, of_class), name)
    found = list(dict.fromkeys(plugin.kind for plugin in _installed(name)))
    return find(_only(name, found or _kinds_of_text(_class_in_text(name))), name)


def _installed(name: str) -> list[Plugin]:
    return [plugin for plugin in discover().plugins if name in (plugin.name, plugin.full_name)]


def _class_in_text(name: str) -> Plugin:
    """The class at `file.py:Class` or `module:Class`, as if it were of the first kind.

    Raises:
        UsageError: there is none.
    """
    if ":" not in name:
        raise UsageError(
            f"no plugin is called {name!r}"
            f"{run_instead(name) or near_matches(name, all_names(discover().plugins))}\n"
            "see: ganzoo list; or name a class: path/to/file.py:Class"
        )
    return find(next(iter(kinds())), name)


def _only(name: str, found: list[str]) -> str:
    if len(found) == 1:
        return found[0]
    if found:
        options = " or ".join(f"--kind {kind}" for kind in found)
        raise UsageError(f"{name!r} is the name of several plugins; say which: {options}")
    raise UsageError(
        f"the kind of {name!r} can't be told: no class of ganzoo.interfaces is among its base classes\n"
        f"derive it from one, or say which with --kind: {', '.join(kinds())}"
    )


def _kinds_of_text(plugin: Plugin) -> list[str]:
    origin, _, class_name = plugin.target.rpartition(":")
    try:
        bases = set(read_bases(origin, class_name))
    except SourceError:
        return []
    return [kind.name for kind in kinds().values() if not bases.isdisjoint(kind.interface_names)]


def _is_full_name(name: str, plugin: Plugin) -> bool:
    distribution, colon, bare = name.partition(":")
    return bool(colon) and bare == plugin.name and normalise(distribution) == plugin.distribution


def _plugin_from_file(kind: str, origin: str, class_name: str) -> Plugin:
    try:
        path = _place_of(Path(origin).expanduser().resolve())
        version = digest_of(path)
    except FileNotFoundError as error:
        raise NotInstalledError(
            f"the {kind} can't be read from {printable(origin)!r}: {error.strerror}",
            f"{origin}:{class_name}",
            moved_advice(),
        ) from None
    except (OSError, RuntimeError, ValueError) as error:  # no such user, no possible path
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"the {kind} can't be read from {origin!r}: {reason}") from None
    plugin = Plugin(kind, class_name.lower(), f"{path}:{class_name}", version=version)
    _require_exists(plugin)
    return with_problem(plugin)


def _place_of(path: Path) -> Path:
    """The file or, where it is gone, the one of its name in the first of the folders that has it."""
    folders = filter(None, os.environ.get(MOVED, "").split(os.pathsep))
    moved = (Path(folder).expanduser().resolve() / path.name for folder in folders)
    return path if path.exists() else next((other for other in moved if other.is_file()), path)


def _require_exists(plugin: Plugin, hint: str = "") -> None:
    try:
        card(plugin)
    except ClassNotFoundError as error:
        raise UsageError(f"no {plugin.kind} is called {plugin.target!r}: {error}{hint}") from None
    except SourceError:
        pass  # it exists; what its text doesn't tell, the imported class will


def require_written_as_plugin(kind: str, name: str) -> None:
    """Refuses a name from a stranger's file that would have any module imported.

    Installed plugins are welcome. A class in a file or module has to say in its source text that it is
    a plugin, and a file has to be named by its absolute path, as the core writes it.

    Raises:
        UsageError: it doesn't, or nothing has that name.
        PluginError: the class is not written as a plugin.
    """
    plugin = find(kind, name)
    if plugin.distribution is not None:
        return
    origin, _, class_name = name.rpartition(":")
    if origin.endswith(".py") and not Path(origin).is_absolute():
        raise PluginError(f"the {kind} {name!r} is refused: where its file is meant to be is not said")
    if not declares_api(origin, class_name):
        raise PluginError(
            f"the {kind} {name!r} is refused: it is not written as a plugin\n"
            f"its class needs 'ganzoo_api = {SUPPORTED_API[-1]}' in its own body, at the top of its file"
        )
