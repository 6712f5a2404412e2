"""What is said of a name that no plugin has."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from pathlib import Path

from ganzoo.errors import UsageError, near_matches
from ganzoo.plugins.discovery import VARIABLE, Plugin, discover, is_distribution_name
from ganzoo.plugins.installed import normalise
from ganzoo.plugins.recorded import NotInstalledError, requirement
from ganzoo.run_or_weights import is_run, is_weights
from ganzoo.text import printable, with_article


def all_names(known: Iterable[Plugin]) -> list[str]:
    """The bare and the full names of plugins."""
    return [name for plugin in known for name in (plugin.name, plugin.full_name)]


def unknown(kind: str, name: str, known: tuple[Plugin, ...]) -> UsageError:
    """Why nothing of a kind has a name, what is near it, and what gets it.

    Args:
        kind: what was looked for.
        name: bare or full.
        known: the plugins of the kind.
    """
    if not known and VARIABLE not in os.environ:
        return UsageError(
            f"no {kind} is installed, so there is no {printable(name)!r}\n"
            "install the official plugins with: pip install 'ganzoo-torch[zoo]'"
        )
    distribution, colon, bare = name.partition(":")
    if colon and is_distribution_name(distribution):
        return _absent(kind, distribution, bare, known)
    elsewhere = [plugin.kind for plugin in discover().plugins if plugin.name == name]
    hint = _what_it_is(kind, name)
    if not hint and elsewhere:
        hint = f" (there is {with_article(elsewhere[0])} of that name)"
    names = ", ".join(sorted({plugin.name for plugin in known})) or "none"
    hidden = f" ({VARIABLE}={os.environ[VARIABLE]!r} hides others)" if VARIABLE in os.environ else ""
    return UsageError(
        f"no {kind} is called {printable(name)!r}{hint}{near_matches(name, all_names(known))}\n"
        f"installed: {names}{hidden}; or name a class: path/to/file.py:Class"
    )


def run_instead(name: str) -> str:
    """What to type where a name is that of a folder with a run or with weights; empty where it is neither."""
    path = shlex.quote(name)
    try:
        if is_run(Path(name)):
            return (
                f": it is a run; ganzoo train --resume {path} goes on with it, ganzoo report {path} shows it"
            )
        if is_weights(Path(name)):
            return f": it is a folder of trained weights; ganzoo sample {path} draws with them"
    except OSError:  # longer than a file can be called, for instance
        pass
    return ""


def _what_it_is(kind: str, name: str) -> str:
    """What was named in place of a plugin of this kind, and what to type; empty where it is not known."""
    if kind == "dataset" and Path(name).exists():
        what = "a folder" if Path(name).is_dir() else "a file"
        return f": it is {what}; name the data set that reads it, and say --data-dir {shlex.quote(name)}"
    if kind == "dataset" and "/" in name and ":" not in name:
        return ": a path goes behind --data-dir, beside the name of the data set that reads it"
    if kind == "model" and any(
        plugin.kind == "weights" and plugin.name == name for plugin in discover().plugins
    ):
        return (
            " (trained weights are called so: ganzoo sample "
            f"{name} draws with them, ganzoo train --init-from {name} starts from them)"
        )
    return run_instead(name) if kind == "model" else ""


def _absent(kind: str, distribution: str, bare: str, known: tuple[Plugin, ...]) -> NotInstalledError:
    """Why there is no plugin of a full name: its distribution has none, or is not installed."""
    name, full_name = f"{distribution}:{bare}", f"{normalise(distribution)}:{bare}"
    installed = {plugin.distribution: plugin.version for plugin in discover().plugins if plugin.distribution}
    version = installed.get(normalise(distribution))
    if version is not None:
        own = ", ".join(plugin.name for plugin in known if plugin.distribution == normalise(distribution))
        return NotInstalledError(
            f"no {kind} is called {printable(name)!r}{near_matches(full_name, all_names(known))}\n"
            f"{distribution} {version} is installed, and has {own or f'no {kind}'}",
            full_name,
        )
    hidden = f", or {VARIABLE}={os.environ[VARIABLE]!r} hides it" if VARIABLE in os.environ else ""
    asked = requirement(full_name, None)
    return NotInstalledError(
        f"the {kind} {printable(name)!r} is not there: {distribution!r} is not installed{hidden}"
        f"{near_matches(normalise(distribution), installed)}",
        full_name,
        f"where you trust who publishes it: pip install {shlex.quote(asked)}" if asked else "",
    )
