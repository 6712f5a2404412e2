"""One reading under guard: did it raise, execute, write, hang, or fill the memory?"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

from ganzoo.errors import GanzooError

ROOT: Final = Path(__file__).resolve().parents[3]

_EXECUTION: Final = {
    "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "subprocess.Popen", "pty.spawn",
    "socket.connect", "webbrowser.open",
}  # fmt: skip
"""Audit events that no reading of a file may raise."""

_HARD: Final = resource.getrlimit(resource.RLIMIT_AS)[1]

_ROOM: Final = 4 * 2**30
"""Bytes of addresses that a reading may take: one that takes all memory is not to harm the machine."""

_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True)
class Limits:
    """What a reading may take."""

    seconds: float = 2.0
    """Of the processor: on a machine shared with others the clock says little."""
    waiting: float = 60.0
    """Seconds of the clock, for what waits and does nothing."""
    memory: int = 500 * 10**6
    """Bytes of resident memory above the start."""


@dataclass(frozen=True)
class Outcome:
    """What a reading did."""

    is_refused: bool
    """Whether it ended in an error for people."""
    faults: tuple[str, ...]
    seconds: float
    """Of the processor."""
    memory: int
    """Bytes of resident memory above the start, at its peak."""


class _OverdueError(BaseException):
    """Raised by the alarm; no `except Exception` of a reader swallows it."""


class _Observed:
    """What the audit hook has seen since a reading began; it stays for good, so it is switched on and off."""

    def __init__(self) -> None:
        self.is_on = False
        self.executed: list[str] = []
        self.written: list[str] = []

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.is_on:
            return
        if event in _EXECUTION:
            self.executed.append(event)
        elif event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING:
            self.written.append(str(arguments[0]))


_observed = _Observed()
sys.addaudithook(_observed)


def attempt(read: Callable[[], object], limits: Limits = Limits()) -> Outcome:
    """Calls a reader once, under guard.

    Args:
        read: reads a hostile file. It may return, or raise a `GanzooError`; all else is a fault.
        limits: what it may take.
    """
    before = _start_of_memory()
    start = time.process_time()
    is_refused, faults = False, []
    try:
        with _guarded(limits):
            read()
    except GanzooError as error:
        is_refused = True
        if error.exit_code not in (1, 2, 3) or not str(error).strip():
            faults.append(f"refused without words: {type(error).__name__}")
    except _OverdueError as error:
        is_busy = error.args == (signal.SIGPROF,)
        faults.append(
            f"took more than {limits.seconds:g} s of the processor"
            if is_busy
            else f"took more than {limits.waiting:g} s of waiting"
        )
    except BaseException as error:  # SystemExit, and Rust's panics, which are no Exception
        if isinstance(error, KeyboardInterrupt):
            raise
        faults.append(f"{type(error).__name__} at {_place(error)}")
    seconds = time.process_time() - start
    if seconds > limits.seconds and not faults:  # the alarm came where Python could not raise
        faults.append(f"took more than {limits.seconds:g} s of the processor")
    memory = max(0, _peak_of_memory() - before)
    faults += [f"executed: {event}" for event in dict.fromkeys(_observed.executed)]
    if is_refused and any(map(os.path.lexists, _observed.written)):  # else it was a temporary one
        faults.append("refused, but wrote a file")
    if memory > limits.memory:
        faults.append(f"took more than {limits.memory / 1e6:,.0f} MB")
    return Outcome(is_refused, tuple(faults), seconds, memory)


@contextmanager
def _guarded(limits: Limits) -> Iterator[None]:
    is_reading = True

    def overdue(number: int, _frame: FrameType | None) -> None:
        if is_reading:
            raise _OverdueError(number)

    def unraisable(ignored: sys.UnraisableHookArgs) -> None:
        if not isinstance(ignored.exc_value, _OverdueError):  # raised where Python can't, it comes again
            sys.__unraisablehook__(ignored)

    sys.unraisablehook = unraisable
    room = _status("VmSize:") + _ROOM
    resource.setrlimit(resource.RLIMIT_AS, (room, _HARD))
    previous = {number: signal.signal(number, overdue) for number in (signal.SIGALRM, signal.SIGPROF)}
    # Again and again, since what is interrupted may wait for something else that hangs while it unwinds.
    signal.setitimer(signal.ITIMER_REAL, limits.waiting, 1.0)
    signal.setitimer(signal.ITIMER_PROF, limits.seconds, 1.0)
    _observed.executed, _observed.written, _observed.is_on = [], [], True
    try:
        try:
            yield
        finally:
            is_reading = False  # an alarm in what follows would leave the timers on
    finally:
        _observed.is_on = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, (_HARD, _HARD))
        for number, handler in previous.items():
            signal.signal(number, handler)
        sys.unraisablehook = sys.__unraisablehook__


def _place(error: BaseException) -> str:
    """The innermost line of ours that an exception has passed through, or else the innermost of all."""
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        path = Path(frame.filename)
        is_ours = path.is_relative_to(ROOT) and ".venv" not in path.parts
        if is_ours and not path.is_relative_to(ROOT / "benchmarks"):
            return f"{path.relative_to(ROOT)}:{frame.lineno}"
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"


def _start_of_memory() -> int:
    """Resident bytes now, from where the peak is counted anew."""
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    return _status("VmRSS:")


def _peak_of_memory() -> int:
    return _status("VmHWM:")


def _status(name: str) -> int:
    with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123, a kernel's file, read often
        line = next(line for line in file if line.startswith(name))
    return int(line.split()[1]) * 1024
