"""Starts worker processes one at a time, and never leaves one behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

from ganzoo.benchmark.codec import decode, encode
from ganzoo.benchmark.measure.tasks import Answer, LossCurve, Measured, Prepared, Probed, Task, TaskFailure
from ganzoo.benchmark.report import Peak

_GRACE_SECONDS: Final = 5.0
"""Between asking a process to end and ending it."""

_ANSWERS: Final[dict[str, type[Any]]] = {
    cls.__name__: cls for cls in (Measured, Probed, Prepared, Peak, LossCurve, TaskFailure)
}


class Stopped(KeyboardInterrupt):
    """SIGTERM or Ctrl-C has arrived."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(f"stopped by signal {signal_number}")
        self.exit_code = 128 + signal_number


class _Signals:
    """Raises `Stopped` when a signal arrives, or at the end of what must not be cut in two."""

    def __init__(self) -> None:
        self._is_held = False
        self._noted: int | None = None

    def arrive(self, number: int, _frame: FrameType | None = None) -> None:
        """The handler."""
        if self._is_held:
            self._noted = number
        else:
            raise Stopped(number)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Notes a signal and raises afterwards."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self._noted is not None:
            number, self._noted = self._noted, None
            raise Stopped(number)


_SIGNALS: Final = _Signals()
"""Signals are of the whole process, and so is this."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Turns SIGINT and SIGTERM into `Stopped`, so that what is finished can be kept."""
    previous = {number: signal.signal(number, _SIGNALS.arrive) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def ask(task: Task, timeout: float) -> Answer:
    """Has a process of its own do a task; one that dies or takes too long answers with a failure.

    Raises:
        Stopped: a signal has arrived; the process has been ended.
    """
    request = json.dumps({"kind": type(task).__name__, "task": encode(task)})
    try:
        ended = run("ganzoo.benchmark.measure.worker", [], request, timeout)
    except subprocess.TimeoutExpired:
        return _failed(f"its process had not finished after {timeout:.0f} s and was ended")
    if ended.returncode:
        return _failed(death(ended.returncode, ended.stderr))
    try:
        answer = json.loads(ended.stdout)
        decoded: Answer = decode(_ANSWERS[answer["kind"]], answer["answer"])
    except (ValueError, KeyError, TypeError) as error:
        return _failed(f"its process answered nonsense: {error}")
    return decoded


def run(
    module: str, arguments: Sequence[str], request: str, timeout: float
) -> subprocess.CompletedProcess[str]:
    """Runs a module in a process of its own, to its end.

    Args:
        module: what `python -m` takes.
        arguments: what stands behind it.
        request: its standard input.
        timeout: seconds that it may take.

    Raises:
        subprocess.TimeoutExpired: it took longer, and has been ended.
        Stopped: a signal has arrived, within `stoppable`; it has been ended.
    """
    command = [sys.executable, "-m", module, *arguments]
    process: subprocess.Popen[str] | None = None
    try:
        with _SIGNALS.held():  # or a process that was just started would have no name to end it by
            process = _start(command)
        output, errors = process.communicate(request, timeout=timeout)
    finally:
        if process is not None:
            _end(process)
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def _start(command: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",  # what a crashing library writes need not be text
    )


def _end(process: subprocess.Popen[str]) -> None:
    with _SIGNALS.held():
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def death(code: int, errors: str) -> str:
    """How a process ended that failed, in words; the last line of what it wrote says why."""
    last = (errors.strip().splitlines() or [""])[-1]
    if code < 0:
        name = signal.Signals(-code).name
        if name == "SIGKILL":
            return "its process was killed (SIGKILL), which the system does where memory runs out"
        return f"its process crashed ({name})" + (f": {last}" if last else "")
    return f"its process ended with exit code {code}" + (f": {last}" if last else "")


def _failed(reason: str) -> TaskFailure:
    return TaskFailure(status="failed", reason=reason, exit_code=1)
