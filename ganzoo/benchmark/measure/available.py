"""How much memory this process may still take before the machine swaps or the system ends it; Linux only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def available_memory(root: Path = Path("/")) -> int | None:
    """Bytes: what the kernel could give out without swapping, within the limits of a container.

    None where the system doesn't tell.

    Args:
        root: the folder in which `proc` and `sys` lie.
    """
    known = [
        free for free in (_of_machine(root), *_of_groups(root / "sys/fs/cgroup", root)) if free is not None
    ]
    return max(0, min(known)) if known else None


def _of_machine(root: Path) -> int | None:
    """`MemAvailable` of /proc/meminfo, see proc(5)."""
    available = _fields(root / "proc/meminfo").get("MemAvailable:")
    return None if available is None else available * 1024


def _of_groups(mount: Path, root: Path) -> Iterator[int | None]:
    """The same of every control group that this process is in: of both versions of the interface.

    Files that were read and can be dropped count as used there, so they are taken off.
    """
    for line in _lines(root / "proc/self/cgroup"):
        _number, controllers, path = (*line.split(":", 2), "", "")[:3]
        if controllers == "":
            for folder in _upwards(mount, path):
                yield _of_group(folder, "memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            for folder in _upwards(mount / "memory", path):
                yield _of_group(
                    folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
                )


def _upwards(mount: Path, path: str) -> Iterator[Path]:
    """The group's folder and those above; in a container the mount itself is the group."""
    folder = mount / path.lstrip("/")
    while folder != mount and mount in folder.parents:
        yield folder
        folder = folder.parent
    yield mount


def _of_group(folder: Path, limit: str, usage: str, droppable: str) -> int | None:
    most, used = _number(folder / limit), _number(folder / usage)
    if most is None or used is None:
        return None
    return most - used + _fields(folder / "memory.stat").get(droppable, 0)


def _number(path: Path) -> int | None:
    (text, *_) = (*_lines(path), "")
    return int(text) if text.isdecimal() else None


def _fields(path: Path) -> dict[str, int]:
    """The numbers of lines such as `MemAvailable: 123 kB`."""
    words = [line.split() for line in _lines(path)]
    return {found[0]: int(found[1]) for found in words if len(found) > 1 and found[1].isdecimal()}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
