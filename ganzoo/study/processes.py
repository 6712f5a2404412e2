"""Trainings as processes of their own: `ganzoo train` with a fixed number of threads, and what it cost."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Final

from ganzoo.errors import PluginError
from ganzoo.files import disk_errors, require_file
from ganzoo.runs.lock import unfollowed

_THREADS: Final = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""The variables that say how many threads torch and numpy use."""

_PAUSE: Final = 0.2
"""Seconds between two looks at a training that is watched."""

_TOLD: Final = 1500
"""Characters of what a training said that are kept as the reason of its failure."""

_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGKILL", "SIGHUP", "SIGQUIT")
_NUMBERS: Final = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
_KILLED: Final = {*(-number for number in _NUMBERS), 128 + signal.SIGINT, 128 + signal.SIGTERM}
"""Exit codes of processes that somebody ended: of a signal's own doing, and of who was asked to stop."""

_DISK: Final = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
"""What no training can do anything about."""


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    code: int
    """Its exit code; negative: the signal that killed it."""
    seconds: float
    peak_bytes: int | None
    """The most memory that it held; None where the system doesn't tell."""


def start(
    arguments: Sequence[str], log: Path, threads: int, lock: FileIO | None = None
) -> subprocess.Popen[bytes]:
    """Starts `ganzoo train` with these arguments; what it says is added to a file.

    Args:
        arguments: of `ganzoo train`.
        log: the file.
        threads: of its tensor operations.
        lock: an open file that the process holds as well.

    Raises:
        GanzooError: the file can't be written, or is a link or a pipe.
    """
    with disk_errors(log, "free some space, or remove what is in its place"):
        log.parent.mkdir(parents=True, exist_ok=True)
        said = open(log, "ab", opener=unfollowed)  # noqa: SIM115, closed below
    with said:
        return subprocess.Popen(
            [sys.executable, "-m", "ganzoo", "train", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=os.environ | dict.fromkeys(_THREADS, str(threads)),
            pass_fds=() if lock is None or sys.platform == "win32" else (lock.fileno(),),
        )


def wait(process: subprocess.Popen[bytes], look: Callable[[], None] | None = None) -> Ended:
    """Waits for a process, and looks at what it does now and then."""
    began = time.monotonic()
    if sys.platform == "win32":
        while process.poll() is None:
            time.sleep(_PAUSE)
            if look is not None:
                look()
        return Ended(process.returncode, time.monotonic() - began, None)
    while True:
        number, status, usage = os.wait4(process.pid, 0 if look is None else os.WNOHANG)
        if number:
            break
        time.sleep(_PAUSE)
        if look is not None:
            look()
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return Ended(process.returncode, time.monotonic() - began, usage.ru_maxrss * unit)


def finish(process: subprocess.Popen[bytes], look: Callable[[], None] | None = None) -> Ended:
    """Waits as `wait` does for a process of which nothing is kept; who is interrupted leaves none behind."""
    try:
        return wait(process, look)
    except BaseException:
        process.kill()
        process.wait()
        raise


def stop(process: subprocess.Popen[bytes]) -> None:
    """Asks a training to stop; it writes a checkpoint first."""
    if process.returncode is not None:
        return
    if sys.platform == "win32":
        process.terminate()
    else:  # Popen's own way would take the exit code from whoever waits for it in another thread
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGTERM)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Lets SIGTERM, by which systems ask to stop, do what Ctrl-C does: raise KeyboardInterrupt."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def was_killed(code: int) -> bool:
    """Whether somebody has ended a process from outside, which says nothing about what it did."""
    return code in _KILLED


def is_of_the_machine(code: int, said: str) -> bool:
    """Whether a training failed for want of something that this machine lacks, such as room on a disk.

    Args:
        code: its exit code.
        said: why it failed, in its own words.
    """
    return code == PluginError.exit_code or any(os.strerror(number) in said for number in _DISK)


def reason(log: Path) -> str:
    """Why a training failed, in its own words."""
    try:
        require_file(log)
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 20 * _TOLD))
            lines = file.read(20 * _TOLD).decode("utf-8", errors="replace").splitlines()
    except OSError:
        return "it left no message"
    begins = [index for index, line in enumerate(lines) if line.startswith("error: ")]
    told = lines[begins[-1] :] if begins else lines[-3:]
    return "\n".join(told).removeprefix("error: ")[:_TOLD] or "it left no message"
