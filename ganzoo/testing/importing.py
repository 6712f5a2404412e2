"""What importing a plugin does besides defining it, seen from a process of its own.

Run as `python -m ganzoo.testing.importing REPORT ORIGIN`, it imports ORIGIN, a module or a file, and
writes to the file REPORT which global state has changed.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ganzoo.plugins.importing import import_origin

SECONDS: Final = 60
"""How long an import may take; importing torch takes about two."""


@dataclass(frozen=True)
class Import:
    """What importing a module did."""

    printed: str
    """What went to stdout."""
    changed: tuple[str, ...]
    """Which global state of Python, NumPy or torch is another."""
    died: str | None
    """How the process ended, where it did not survive; an exception is not a death."""


def origin_of(cls: type) -> str | None:
    """The module or file that imports `cls` anew; None for a class made in a notebook or by `exec`."""
    if cls.__module__ == "__main__":
        return None
    package = cls.__module__.partition(".")[0]
    # Not `importlib.util.find_spec`: a module made from a file would be found in `sys.modules`.
    for finder in sys.meta_path:
        if finder.find_spec(package, None) is not None:
            return cls.__module__
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    return str(file) if file and Path(file).is_file() else None


def import_elsewhere(origin: str) -> Import:
    """Imports a module or a file in another process, which has imported ganzoo and torch before.

    This process imports a module once, and a file once for each of its contents; so does this function.
    """
    return _import_elsewhere(origin, Path(origin).stat().st_mtime_ns if origin.endswith(".py") else None)


@functools.cache
def _import_elsewhere(origin: str, _changed: int | None) -> Import:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        try:
            process = _observe_elsewhere(report, origin)
        except subprocess.TimeoutExpired as expired:
            return Import(_text(expired.stdout), (), f"it does not end within {SECONDS} seconds")
        printed = _text(process.stdout)
        if report.is_file():
            return Import(printed, tuple(json.loads(report.read_text(encoding="utf-8"))), None)
        return Import(printed, (), f"it ends the interpreter with exit code {process.returncode}")


def environment() -> dict[str, str]:
    """The variables with which another process imports what this one does."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path or os.curdir for path in sys.path)}


def _observe_elsewhere(report: Path, origin: str) -> subprocess.CompletedProcess[bytes]:
    """Calls `observe` in a new interpreter."""
    return subprocess.run(
        [sys.executable, "-m", "ganzoo.testing.importing", report, origin],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )


def _text(output: bytes | None) -> str:
    return (output or b"").decode(errors="replace")


def _global_state() -> dict[str, Any]:
    import numpy as np
    import torch

    numpy: Any = np.random.get_state()
    return {
        "torch's default dtype": torch.get_default_dtype(),
        "torch's default device": torch.get_default_device(),
        "torch's random state": torch.get_rng_state().tolist(),
        "torch's number of threads": torch.get_num_threads(),
        "torch's gradient mode": torch.is_grad_enabled(),
        "torch's deterministic mode": torch.are_deterministic_algorithms_enabled(),
        "torch's precision of matrix products": torch.get_float32_matmul_precision(),
        "Python's random state": random.getstate(),
        "NumPy's random state": numpy[1].tolist(),
        "the handler of Ctrl-C": signal.getsignal(signal.SIGINT),
        "the current folder": str(Path.cwd()),
    }


def observe(report: Path, origin: str) -> None:
    """Imports a module or a file here, and writes the names of what has changed as JSON."""
    import ganzoo.interfaces  # noqa: F401, what it imports is not the plugin's doing

    before = _global_state()
    with contextlib.suppress(Exception):  # loading it in earnest says so, with a better message
        import_origin(origin)
    after = _global_state()
    report.write_text(json.dumps([name for name in before if before[name] != after[name]]), encoding="utf-8")


if __name__ == "__main__":
    observe(Path(sys.argv[1]), sys.argv[2])
