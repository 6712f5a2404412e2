"""What a run has recorded of its plugins: said where one is missing or broken, compared with what is here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from ganzoo.errors import GanzooError, PluginError, UsageError
from ganzoo.plugins.discovery import Plugin, is_distribution_name
from ganzoo.plugins.installed import normalise
from ganzoo.text import printable

Versions = Mapping[str, str | None]
"""Full name of a plugin to the version of its distribution; of a file, to its digest."""

MOVED: Final = "GANZOO_PLUGIN_FILES"
"""Environment variable: folders, separated as in PATH, in which a plugin's file is looked for by its name
where it is no longer at its place."""

_VERSION: Final = re.compile(r"[0-9][A-Za-z0-9.!_-]{0,60}")
"""A version as pip takes it (PyPA specification "Version specifiers"), or nearly."""


class UnusableError(GanzooError):
    """A message, and a remedy that whoever knows more replaces by a better one."""

    def __init__(self, message: str, full_name: str, remedy: str = "") -> None:
        super().__init__(message)
        self.full_name = full_name
        self.remedy = remedy

    def __str__(self) -> str:
        return "\n".join(filter(None, (super().__str__(), self.remedy)))


class NotInstalledError(UnusableError, UsageError):
    """There is no plugin of a full name: its distribution is not installed, or its file is gone."""


class LoadError(UnusableError, PluginError):
    """A plugin is there and can't be imported, or is not what it says."""


@contextmanager
def told(versions: Any, remedy: str = "") -> Iterator[None]:
    """Says of a plugin that is missing or broken meanwhile in which version a run was made with it.

    Args:
        versions: what the run has recorded, which may be a stranger's.
        remedy: what else helps.
    """
    try:
        yield
    except (NotInstalledError, LoadError) as error:
        said = _recorded(error.full_name, checked(versions))
        error.remedy = "\n".join(filter(None, (said or error.remedy, remedy)))
        raise


def checked(versions: Any) -> Versions:
    """What of a recording has the right form; it may be a stranger's."""
    items = versions.items() if isinstance(versions, Mapping) else ()
    return {
        name: version
        for name, version in items
        if isinstance(name, str) and (version is None or isinstance(version, str))
    }


def version_of(plugin: Plugin, versions: Versions) -> str | None:
    """The version that was recorded of a plugin; of a file that has moved too, by its name and its class."""
    found = versions.get(plugin.full_name)
    if found is not None or plugin.distribution is not None:
        return found
    of_file = [version for name, version in versions.items() if is_same_file(name, plugin.full_name)]
    return of_file[0] if len(of_file) == 1 else None


def is_same_file(name: str, other: str) -> bool:
    """Whether two full names are of one class in a file of one name, wherever it lies."""
    of_file = all(each.rpartition(":")[0].endswith(".py") for each in (name, other))
    return of_file and re.split(r"[/\\]", name)[-1] == re.split(r"[/\\]", other)[-1]


def differences(plugins: Iterable[Plugin], versions: Versions) -> list[str]:
    """Of each plugin that is here in another version than was recorded: both, in words."""
    return [
        f"{plugin.full_name} was {printable(before, 60)}, and is {plugin.version} now"
        for plugin in plugins
        if (before := version_of(plugin, versions)) is not None and before != plugin.version
    ]


def requirement(full_name: str, version: str | None) -> str | None:
    """What pip installs a plugin's distribution by, `"acme==1.0"`; None of a class in a file or module.

    A version that pip would not understand is left out.
    """
    distribution, colon, name = full_name.partition(":")
    if not colon or not is_distribution_name(distribution) or not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name):
        return None
    return as_pip_takes(distribution, version)


def as_pip_takes(distribution: str, version: str | None) -> str:
    """`acme==1.0`; without a version that pip would not understand, and without the mark of a local build."""
    public = (version or "").partition("+")[0]
    return normalise(distribution) + (f"=={public}" if _VERSION.fullmatch(public) else "")


def _recorded(full_name: str, versions: Versions) -> str:
    version = versions.get(full_name)
    if version is None:
        return ""
    asked = requirement(full_name, version)
    if asked is None:
        return f"the run was made with its version {printable(version, 60)}; {moved_advice()}"
    distribution = asked.partition("==")[0]
    return (
        f"the run was made with {distribution} {printable(version, 60)}; where you trust who publishes it: "
        f"pip install {shlex.quote(asked)}"
    )


def moved_advice() -> str:
    """What to do about a plugin's file that is no longer at its place."""
    return f"if the file has moved, name its folder in the variable {MOVED}: {MOVED}=FOLDER ganzoo ..."
