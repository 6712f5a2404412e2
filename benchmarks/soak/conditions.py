"""What a process or a folder is put under: small disks, few files, a clock that jumps."""

from __future__ import annotations

import contextlib
import itertools
import resource
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


class CannotMountError(Exception):
    """The user may not mount a disk."""


@dataclass(frozen=True)
class Disk:
    """A disk in memory."""

    path: Path

    def remount(self, options: str) -> None:
        """Changes it: `size=64m`, `ro`, `rw`, `nr_inodes=100`."""
        _mount("-o", f"remount,{options}", str(self.path))


@contextlib.contextmanager
def disk(path: Path, options: str) -> Iterator[Disk]:
    """A new disk, mounted at a new folder: `size=100k`, `nr_inodes=30`.

    Raises:
        CannotMountError: this user may not.
    """
    path.mkdir()
    _mount("-t", "tmpfs", "-o", options, "tmpfs", str(path))
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def _mount(*arguments: str) -> None:
    try:
        done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    except OSError as error:
        raise CannotMountError(str(error)) from None
    if done.returncode:
        raise CannotMountError(done.stderr.strip().splitlines()[-1])


def limit_files(size: int) -> None:
    """Lets no file become larger than so many bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def limit_descriptors(number: int) -> None:
    """Lets the process have so many files open at once."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))


def jump_clock(*offsets: float) -> None:
    """Lets the clock of the day jump: each look at it is off by the next of so many seconds, in a circle."""
    real, real_ns, off = time.time, time.time_ns, itertools.cycle(offsets)
    time.time = lambda: real() + next(off)
    time.time_ns = lambda: real_ns() + int(next(off) * 1e9)
