"""The command line in processes forked from one that has imported all of it, and computed nothing."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final

_FORKSERVER: Final = multiprocessing.get_context("forkserver")
_FORKSERVER.set_forkserver_preload(["benchmarks.soak.preloaded"])

Prepare = Callable[[], object]
"""What a process does before it obeys its command line: limits its files, breaks its disk, moves its clock.
A function of a module, or a `functools.partial` of one."""


def nothing() -> None:
    """Prepares nothing."""


@dataclass(frozen=True)
class Command:
    """A `ganzoo ARGUMENTS...` that was started."""

    arguments: tuple[str, ...]
    process: ForkServerProcess
    log: Path
    """What it prints."""

    @property
    def output(self) -> str:
        """All that it has printed so far, stdout and stderr."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait(self, seconds: float | None = None) -> int | None:
        """Its exit code, the negative number of the signal that killed it; None where it still runs."""
        self.process.join(seconds)
        return self.process.exitcode

    def kill(self) -> int:
        """Kills it where it still runs; its exit code."""
        self.process.kill()
        code = self.wait()
        assert code is not None, "a killed process has ended"
        return code


def start(
    arguments: Sequence[str],
    log: Path,
    prepare: Prepare = nothing,
    environment: Mapping[str, str] | None = None,
) -> Command:
    """Starts `ganzoo ARGUMENTS...`.

    Args:
        arguments: as they are typed.
        log: a file for what it prints, anew.
        prepare: what the process does first.
        environment: variables that it has in addition.
    """
    process = _FORKSERVER.Process(
        target=_obey, args=(list(arguments), log, prepare, dict(environment or {})), daemon=True
    )
    log.write_bytes(b"")
    process.start()
    return Command(tuple(arguments), process, log)


def run(
    arguments: Sequence[str],
    log: Path,
    prepare: Prepare = nothing,
    environment: Mapping[str, str] | None = None,
    seconds: float = 300,
) -> int:
    """Runs `ganzoo ARGUMENTS...` to its end; its exit code.

    Raises:
        TimeoutError: it had not ended after so many seconds; it is killed.
    """
    command = start(arguments, log, prepare, environment)
    code = command.wait(seconds)
    if code is None:
        command.kill()
        raise TimeoutError(f"{' '.join(arguments)} had not ended after {seconds} s:\n{command.output}")
    return code


def _obey(arguments: list[str], log: Path, prepare: Prepare, environment: Mapping[str, str]) -> None:
    """Runs the command line with all that it says in a file; an exception is said there as by Python."""
    file = os.open(log, os.O_WRONLY | os.O_APPEND)
    for descriptor in (1, 2):
        os.dup2(file, descriptor)
    os.close(file)
    os.environ.update(environment)
    from ganzoo.cli import main

    with contextlib.redirect_stdout(os.fdopen(1, "w", closefd=False, errors="replace")):
        try:
            prepare()
            main(arguments)
        except SystemExit:
            raise
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            raise SystemExit(1) from None
