"""The command line in processes that can be killed, forked from one that has imported torch already."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import pytest

COMMAND = """
import os, sys
for number in (1, 2):
    os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
from ganzoo.cli import main
main(arguments)
"""


@dataclass(frozen=True)
class Command:
    """A running `ganzoo ARGUMENTS...`."""

    process: ForkServerProcess
    path: Path
    """What it prints."""

    @property
    def output(self) -> str:
        """All that it has printed so far, stdout and stderr."""
        return self.path.read_text(encoding="utf-8")

    @property
    def has_ended(self) -> bool:
        return self.process.exitcode is not None

    def send(self, number: signal.Signals) -> None:
        """Sends a signal, which may come too late: it has ended then, and its exit code says how."""
        assert self.process.pid is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, number)

    def exit_code(self, seconds: float = 120) -> int:
        """Waits for the end; the negative number of the signal that killed it."""
        self.process.join(seconds)
        assert self.process.exitcode is not None, f"still running after {seconds} seconds"
        return self.process.exitcode


Start = Callable[..., Command]


@pytest.fixture(scope="session")
def start(forkserver: ForkServerContext, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts `ganzoo ARGUMENTS...` on one thread."""
    started: list[Command] = []

    def begin(*arguments: str) -> Command:
        path = tmp_path_factory.mktemp("output") / "output.txt"
        path.touch()
        names = {"path": str(path), "arguments": arguments}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OMP_NUM_THREADS", "1")  # read where the first of them is started
            process = forkserver.Process(target=exec, args=(COMMAND, names))
            process.start()
        started.append(Command(process, path))
        return started[-1]

    yield begin
    for command in started:
        command.process.kill()
        command.process.join()
