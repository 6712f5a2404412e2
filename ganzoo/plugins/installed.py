"""Installed distributions and the entry points that they announce, each distribution once."""

from __future__ import annotations

import contextlib
import importlib.metadata
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ganzoo.files import require_file
from ganzoo.text import printable

_FIELD: Final = re.compile(r"^(Name|Version):(.*)$", re.MULTILINE | re.IGNORECASE)

_MOST: Final = 16 * 2**20
"""Bytes of a file of metadata; a README with pictures in it may have some."""

_MOST_OF_ENTRY_POINTS: Final = 2 * 2**20
"""Bytes of entry_points.txt."""

MOST_ENTRIES: Final = 1000
"""Plugins of one distribution; the text of each is read whenever plugins are listed."""

Entry = tuple[str, str, str]
"""Group, name and target of an entry point."""


@dataclass(frozen=True)
class Distribution:
    """One metadata folder of an installed distribution."""

    name: str
    """Normalised (PyPA specification "Names and normalization")."""
    version: str
    location: str
    entries: frozenset[Entry]

    def of_groups(self, groups: Collection[str]) -> frozenset[Entry]:
        """The entry points in these groups."""
        return frozenset(entry for entry in self.entries if entry[0] in groups)


def normalise(name: str) -> str:
    """The normalised distribution name (PyPA specification "Names and normalization")."""
    return re.sub(r"[-_.]+", "-", printable(name)).lower()


def read_distributions() -> dict[str, list[Distribution]]:
    """Every installed distribution by name, with all its metadata folders, the valid one first.

    A distribution can be on the path twice, for instance an `.egg-info` that an old build left in a
    checkout beside the `.dist-info` of the real installation. `importlib.metadata` lets the first on
    the path win, which hides plugins added since; here an installed `.dist-info` wins.
    """
    found: dict[str, list[Distribution]] = {}
    for metadata in importlib.metadata.distributions():
        fields = _fields(metadata)
        if name := fields.get("name"):
            location = str(getattr(metadata, "_path", metadata.locate_file("")))
            version = printable(fields.get("version") or "unknown")
            read = Distribution(normalise(name), version, location, entries_of(metadata))
            found.setdefault(read.name, []).append(read)
    for candidates in found.values():
        candidates.sort(key=lambda candidate: not candidate.location.rstrip("/").endswith(".dist-info"))
    return dict(sorted(found.items()))


def announcing(
    found: dict[str, list[Distribution]], groups: Collection[str]
) -> tuple[dict[str, Distribution], list[str]]:
    """The distributions that announce anything in these groups.

    Returns:
        Name to what its valid folder announces, and a warning for each folder that announces otherwise, and
        for one that announces more than `MOST_ENTRIES`.
    """
    chosen: dict[str, Distribution] = {}
    warnings: list[str] = []
    for name, candidates in found.items():
        announced = [replace(candidate, entries=candidate.of_groups(groups)) for candidate in candidates]
        if any(candidate.entries for candidate in announced):
            entries = sorted(announced[0].entries)
            chosen[name] = replace(announced[0], entries=frozenset(entries[:MOST_ENTRIES]))
            warnings += _stale(name, announced)
            if len(entries) > MOST_ENTRIES:
                warnings.append(
                    f"{name} announces {len(entries):,} plugins, of which the first {MOST_ENTRIES:,} are read"
                )
    return chosen, warnings


def _stale(name: str, candidates: Sequence[Distribution]) -> list[str]:
    used, *others = candidates
    return [
        f"{other.location} is stale: it announces {_names(other.entries)} for {name}, "
        f"while {used.location}, which is used, announces "
        f"{_names(used.entries)}; delete the stale folder, or reinstall {name}"
        for other in others
        if other.entries != used.entries
    ]


def _names(announced: Iterable[Entry]) -> str:
    return ", ".join(sorted(printable(name) for _, name, _ in announced)) or "nothing"


def _fields(metadata: importlib.metadata.Distribution) -> dict[str, str]:
    """The fields Name and Version of METADATA; none where it is damaged, which is not ours to fail on.

    `metadata.metadata` would parse all other fields and the README that follows as well.
    """
    try:
        _require_files(metadata, "METADATA", "PKG-INFO", most=_MOST)
        text = metadata.read_text("METADATA") or metadata.read_text("PKG-INFO") or ""
    except Exception:
        return {}
    found = _FIELD.findall(text.partition("\n\n")[0])
    return {name.lower(): value.strip() for name, value in reversed(found)}  # the first of two counts


def _require_files(metadata: importlib.metadata.Distribution, *names: str, most: int) -> None:
    """Refuses what `importlib.metadata` would wait for or read without an end.

    Raises:
        OSError: one of these, where it is there, is no regular file or has more than `most` bytes.
    """
    folder = getattr(metadata, "_path", None)
    if isinstance(folder, Path):  # other finders than Python's own have other things
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                require_file(folder / name, most)


def entries_of(metadata: importlib.metadata.Distribution) -> frozenset[Entry]:
    """The entry points of a distribution; none where they are damaged, which is not ours to fail on."""
    try:
        _require_files(metadata, "entry_points.txt", most=_MOST_OF_ENTRY_POINTS)
        return frozenset((entry.group, entry.name, entry.value) for entry in metadata.entry_points)
    except Exception:  # entry_points.txt that doesn't parse announces nothing
        return frozenset()
