"""What may lie in a file's place and is no file to read: pipes, devices, loops, folders, endless zeros."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

Make = Callable[[Path], object]
"""Puts something hostile at a path."""

HUGE: Final = 20 * 2**30
"""Bytes of a file that takes none on the disk."""


def content(data: bytes) -> Make:
    """A file with this content."""
    return lambda path: path.write_bytes(data)


def sparse(head: bytes, size: int = HUGE) -> Make:
    """A file that begins so, and goes on with zeros that take no space."""

    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.write(head)
            file.truncate(size)

    return make


SPECIAL: Final[Mapping[str, Make]] = {
    "a pipe": os.mkfifo,
    "a link to /dev/zero": lambda path: path.symlink_to("/dev/zero"),
    "a link to /dev/tty": lambda path: path.symlink_to("/dev/tty"),
    "a link to itself": lambda path: path.symlink_to(path),
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a link to its own folder": lambda path: path.symlink_to(path.parent),
    "a folder": Path.mkdir,
    "no bytes": content(b""),
    "one byte": content(b"\x80"),
    "20 GiB of zeros": sparse(b""),
}
"""What is tried in the place of every file."""
