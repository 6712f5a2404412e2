"""How a command ended, and whether that is as documented: in words, with a documented exit code."""

from __future__ import annotations

import contextlib
import io
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.soak import processes
from benchmarks.soak.calls import Died
from ganzoo.cli import main


@dataclass(frozen=True)
class Ending:
    """How a command ended."""

    code: int | None
    """The exit code; None: it died."""
    output: str
    """All that it has said, and the traceback where it fell over something."""

    def complaints(self, *codes: int) -> list[str]:
        """What is wrong with it where only these exit codes are right."""
        if "Traceback" in self.output:
            return [f"shows a traceback:\n{self.output}"]
        says_why = not self.code or "error: " in self.output
        return [] if self.code in codes and says_why else [f"exit code {self.code}:\n{self.output}"]


def here(arguments: Sequence[str]) -> Ending:
    """Runs `ganzoo ARGUMENTS...` in this process."""
    written = io.BytesIO()
    output, errors = (
        io.TextIOWrapper(written, encoding="utf-8", errors=handling, newline="", write_through=True)
        for handling in ("strict", "backslashreplace")  # as Python has them
    )

    def said() -> str:
        return written.getvalue().decode("utf-8", errors="surrogateescape")

    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            main(list(arguments))
        except SystemExit as error:
            return Ending(int(error.code or 0), said())
        except Died:
            return Ending(None, said())
        except Exception:
            return Ending(1, said() + traceback.format_exc())
    raise AssertionError("the command line ends with an exit code")


def elsewhere(arguments: Sequence[str], log: Path, prepare: processes.Prepare = processes.nothing) -> Ending:
    """Runs `ganzoo ARGUMENTS...` in a process of its own, which prepares itself first."""
    code = processes.run(arguments, log, prepare)
    return Ending(code, log.read_text(encoding="utf-8", errors="replace"))
