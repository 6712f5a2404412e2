"""Packages that are not installed, wheels and folders, read without running any of them.

Of a wheel the source text and the metadata are unpacked to a temporary folder, within limits; nothing is ever
imported from it, and no folder of it comes on Python's path.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from ganzoo.errors import UsageError
from ganzoo.files import read_text, require_file
from ganzoo.plugins import discovery
from ganzoo.plugins.discovery import Plugin, with_problem
from ganzoo.plugins.groups import unknown_groups
from ganzoo.plugins.installed import MOST_ENTRIES, Entry, entries_of, normalise
from ganzoo.plugins.kinds import GROUP as KINDS_GROUP
from ganzoo.plugins.kinds import read_kind
from ganzoo.plugins.source import MOST_BYTES, SourceError
from ganzoo.text import printable
from ganzoo.toml_text import parse_toml
from ganzoo.zips import open_zip

_LARGEST: Final = 2**30
"""Bytes of a wheel; those with weights have some hundred MiB."""

_MOST_MEMBERS: Final = 20_000
_MOST_UNPACKED: Final = 2**26
"""Files of a wheel, and bytes that its source text and metadata may unpack to."""

_MOST_OF_ENTRIES: Final = 2**18
"""Bytes of entry_points.txt; no more than a thousand plugins are looked at."""

_MOST_KINDS: Final = 100
_MOST_REQUIRED: Final = 1_000
"""Kinds of its own, and distributions that it needs, which are looked at."""


@dataclass(frozen=True)
class UninstalledPackage:
    """A distribution as it lies in a wheel or a folder."""

    name: str
    version: str
    requires: tuple[str, ...]
    """What pip would install with it."""
    plugins: tuple[Plugin, ...]
    """Those of kinds that are known here."""
    problems: tuple[str, ...]
    """What would go wrong with it, and what to look at before it is installed."""


def is_package(name: str) -> bool:
    """Whether a name that a command is given means a package's file or folder."""
    return name.endswith(".whl") or (Path(name) / "pyproject.toml").is_file()


@contextlib.contextmanager
def opened(path: Path) -> Iterator[UninstalledPackage]:
    """Reads a wheel, or the folder of a package with its `pyproject.toml`.

    Yields:
        The package, whose cards can be read until the context ends.

    Raises:
        UsageError: there is none, or it is damaged or beyond the limits.
    """
    with contextlib.ExitStack() as stack:
        try:
            if path.is_dir():
                package = _of_folder(path.resolve())
            else:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ganzoo-wheel-")))
                package = _of_metadata(folder, _unpack(path, folder))
        except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UsageError(f"the package {path} can't be read: {reason}") from None
        yield package


def _unpack(wheel: Path, folder: Path) -> list[str]:
    """Unpacks source text and metadata; returns the files that Python would run at every start.

    Raises:
        OSError, ValueError: it is too large, or has names that lead elsewhere.
    """
    require_file(wheel, _LARGEST)
    left, runs_at_start = _MOST_UNPACKED, []
    with open_zip(wheel) as archive:
        members = archive.infolist()
        if len(members) > _MOST_MEMBERS:
            raise ValueError(f"it has {len(members):,} files, and at most {_MOST_MEMBERS:,} are read")
        for member in members:
            name = PurePosixPath(member.filename)
            if name.is_absolute() or ".." in name.parts or "\\" in member.filename:
                raise ValueError(f"it has a file {printable(member.filename)!r}, which leads out of it")
            if name.suffix == ".pth":
                runs_at_start.append(member.filename)
            is_metadata = len(name.parts) == 2 and name.parts[0].endswith(".dist-info")
            if member.is_dir() or not (name.suffix == ".py" or is_metadata):
                continue
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError(f"its file {printable(member.filename)!r} is compressed as in no wheel")
            with archive.open(member) as file:
                most = _MOST_OF_ENTRIES if name.name == "entry_points.txt" else MOST_BYTES
                content = file.read(min(left, most) + 1)
            left -= len(content)
            if len(content) > most or left < 0:
                raise ValueError(f"its file {printable(member.filename)!r} unpacks to more than is read")
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    return runs_at_start


def _of_metadata(folder: Path, runs_at_start: list[str]) -> UninstalledPackage:
    found = list(importlib.metadata.distributions(path=[str(folder)]))
    metadata = found[0].metadata if len(found) == 1 else None  # each time it is asked for, it is read anew
    if metadata is None or not metadata["Name"]:
        raise ValueError("it is no wheel: it has no METADATA with a name")
    entries, requires = set(entries_of(found[0])), metadata.get_all("Requires-Dist") or []
    problems = [f"Python runs its file {printable(name)!r} at every start" for name in runs_at_start]
    if len(requires) > _MOST_REQUIRED:
        problems.append(f"it needs {len(requires):,} distributions; the first {_MOST_REQUIRED:,} are shown")
    return _package(
        metadata["Name"], metadata["Version"] or "unknown", requires[:_MOST_REQUIRED], entries,
        (str(folder),), problems,
    )  # fmt: skip


def _of_folder(folder: Path) -> UninstalledPackage:
    project: Mapping[str, Any] = parse_toml(read_text(folder / "pyproject.toml", 2**17)).get("project", {})
    if not isinstance(project, dict) or not isinstance(project.get("name"), str):
        raise ValueError("its pyproject.toml has no [project] with a name")
    announced = project.get("entry-points", {})
    entries = {
        (str(group), str(name), str(target))
        for group, table in (announced.items() if isinstance(announced, dict) else ())
        if isinstance(table, dict)
        for name, target in table.items()
    }
    requires = project.get("dependencies", [])
    if not isinstance(requires, list) or not all(isinstance(each, str) for each in requires):
        raise ValueError("the dependencies in its pyproject.toml are no list of texts")
    return _package(
        project["name"], str(project.get("version", "unknown")), requires, entries,
        (str(folder), str(folder / "src")), [],
    )  # fmt: skip


def _package(
    name: str,
    version: str,
    requires: list[str],
    entries: set[Entry],
    path: tuple[str, ...],
    problems: list[str],
) -> UninstalledPackage:
    distribution, version = normalise(name), printable(version)
    known = {kind.group: kind.name for kind in discovery.kinds().values()}
    own = []
    kinds = sorted(entry for entry in entries if entry[0] == KINDS_GROUP)
    for _, kind, target in kinds[:_MOST_KINDS]:
        module, _, class_name = target.rpartition(":")
        try:
            own.append(read_kind(kind, module, class_name, distribution, path).group)
        except SourceError as error:
            problems.append(f"the kind {printable(kind)!r} can't be read: {error}")
    announced = {group for group, _, _ in entries}
    problems += unknown_groups(distribution, announced, [*known, *own])
    ours = sorted(entry for entry in entries if entry[0] in known)
    plugins = [
        with_problem(
            Plugin(known[group], printable(plugin), printable(target), distribution, version, path=path)
        )
        for group, plugin, target in ours[:MOST_ENTRIES]
    ]
    problems += [problem for plugin in plugins for problem in _problems_of(plugin)]
    if not ours and not own:
        problems.append("it announces no plugin of a kind that is known here")
    if distribution != "ganzoo-torch" and not any(
        normalise(each.strip()).startswith("ganzoo-torch") for each in requires
    ):
        problems.append("it does not say that it needs ganzoo-torch")
    return UninstalledPackage(
        distribution, version, tuple(map(printable, requires)), tuple(plugins), tuple(problems)
    )


def _problems_of(plugin: Plugin) -> list[str]:
    named = f"the {plugin.kind} {plugin.name!r}"
    if plugin.problem:
        return [f"{named}: {plugin.problem}"]
    try:
        discovery.card(plugin)
    except SourceError as error:
        return [f"{named} can't be read without importing it: {error}"]
    return []
