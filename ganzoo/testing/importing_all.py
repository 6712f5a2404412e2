"""What importing many plugins does, each seen from a process of its own, with torch imported once for all.

Run as `python -m ganzoo.testing.importing_all FOLDER ORIGIN ...`, it copies itself for each ORIGIN, a module
or a file, and writes of the N-th, from 0: to N.out what it printed, to N.json which global state it changed,
and to N.end how the copy ended.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from ganzoo.testing.importing import SECONDS, Import, environment, import_elsewhere, observe


def import_all_elsewhere(origins: Sequence[str]) -> dict[str, Import]:
    """Imports modules and files, each in another process; see `import_elsewhere`."""
    if not hasattr(os, "fork"):
        return {origin: import_elsewhere(origin) for origin in origins}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "ganzoo.testing.importing_all", folder, *origins]
        subprocess.run(command, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return {origin: _read(Path(folder, str(number))) for number, origin in enumerate(origins)}


def _read(files: Path) -> Import:
    output, report, end = (files.with_suffix(suffix) for suffix in (".out", ".json", ".end"))
    printed = output.read_text(encoding="utf-8", errors="replace") if output.is_file() else ""
    if report.is_file():
        return Import(printed, tuple(json.loads(report.read_text(encoding="utf-8"))), None)
    died = end.read_text(encoding="utf-8") if end.is_file() else "the process that imports ends before it"
    return Import(printed, (), died)


def _observe_each(folder: Path, origins: Sequence[str]) -> None:
    import ganzoo.interfaces  # noqa: F401, with torch, once for all copies

    for number, origin in enumerate(origins):
        child = os.fork()
        if child == 0:
            os.dup2(os.open(folder / f"{number}.out", os.O_WRONLY | os.O_CREAT, 0o600), 1)
            observe(folder / f"{number}.json", origin)
            sys.stdout.flush()
            os._exit(0)
        (folder / f"{number}.end").write_text(_end_of(child), encoding="utf-8")


def _end_of(child: int) -> str:
    """Waits for a copy, and tells in words how it ended."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return f"it ends the interpreter with exit code {os.waitstatus_to_exitcode(status)}"
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return f"it does not end within {SECONDS} seconds"


if __name__ == "__main__":
    _observe_each(Path(sys.argv[1]), sys.argv[2:])
