"""Which plugin is meant: by name, by file or module, or the class itself; its kind where that is plain."""

from __future__ import annotations

import importlib

from ganzoo import registry
from ganzoo.cards import CardError
from ganzoo.errors import UsageError, near_matches
from ganzoo.registry import KINDS, Plugin


def find_plugin(name: str | type, kind: str | None = None) -> Plugin:
    """Finds one plugin of any kind, without importing it.

    Args:
        name: its name, `distribution:name`, `path/to/file.py:Class`, `package.module:Class` or the class.
        kind: what it is; needed only where the name doesn't tell.

    Raises:
        UsageError: nothing has that name, several kinds have, or its kind can't be told.
    """
    if kind is not None:
        if kind not in KINDS:
            known = ", ".join(KINDS)
            raise UsageError(f"there is no kind {kind!r}{near_matches(kind, KINDS)}\nkinds: {known}")
        return registry.find(kind, name)
    if isinstance(name, type):
        return registry.find(_only(name.__name__, _kinds_of_class(name)), name)
    installed = registry.discover().plugins
    kinds = {p.kind: None for p in installed if name in (p.name, p.full_name)}
    if kinds:
        return registry.find(_only(name, list(kinds)), name)
    if ":" in name:
        # Whatever the kind, the class is the same; its kind is that of the interface it names.
        return registry.find(_only(name, _kinds_of_text(registry.find(next(iter(KINDS)), name))), name)
    names = [n for plugin in installed for n in (plugin.name, plugin.full_name)]
    raise UsageError(
        f"no plugin is called {name!r}{near_matches(name, names)}\n"
        "see: ganzoo list; or name a class: path/to/file.py:Class"
    )


def _only(name: str, kinds: list[str]) -> str:
    if len(kinds) == 1:
        return kinds[0]
    if kinds:
        options = " or ".join(f"--kind {kind}" for kind in kinds)
        raise UsageError(f"{name!r} is the name of several plugins; say which: {options}")
    raise UsageError(
        f"the kind of {name!r} can't be told: no class of ganzoo.interfaces is among its base classes\n"
        f"derive it from one, or say which with --kind: {', '.join(KINDS)}"
    )


def _kinds_of_class(cls: type) -> list[str]:
    interfaces = importlib.import_module("ganzoo.interfaces")
    return [kind.name for kind in KINDS.values() if issubclass(cls, getattr(interfaces, kind.interface))]


def _kinds_of_text(plugin: Plugin) -> list[str]:
    try:
        bases = registry.card(plugin).bases
    except CardError:
        return []
    return [kind.name for kind in KINDS.values() if kind.interface in bases]
