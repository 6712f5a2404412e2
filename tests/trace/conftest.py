"""Recordings for tests: the shared ones of real GPUs, and synthetic ones built event by event."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "traces"


def as_json(root: Any) -> str:
    """JSON in which a Decimal is a number with all its digits."""
    text = json.dumps(root, default=lambda number: f"@{number:f}@")
    return re.sub(r'"@([-0-9.]+)@"', r"\1", text)


def microseconds(nanoseconds: int) -> Decimal:
    """The profiler's unit."""
    return Decimal(nanoseconds) / 1000


class Recording:
    """A synthetic recording; times are integer nanoseconds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.events: list[Any] = []

    def add(self, category: str, name: str, start: int, duration: int, **event: Any) -> Recording:
        """Adds one event."""
        event = {"ph": "X", "cat": category, "name": name, "pid": 1, "tid": 1, **event}
        self.events.append(event | {"ts": microseconds(start), "dur": microseconds(duration)})
        return self

    def kernel(
        self, start: int, duration: int, correlation: int, name: str = "gemm", **args: Any
    ) -> Recording:
        """Adds a kernel."""
        args = {"device": 0, "stream": 7, "correlation": correlation} | args
        return self.add("kernel", name, start, duration, pid=0, tid=7, args=args)

    def call(self, start: int, duration: int, correlation: int, name: str = "cudaLaunchKernel") -> Recording:
        """Adds a call of the CUDA runtime."""
        return self.add("cuda_runtime", name, start, duration, args={"correlation": correlation})

    def range(self, name: str, start: int, duration: int, thread: int = 1) -> Recording:
        """Adds a range."""
        return self.add("user_annotation", name, start, duration, tid=thread)

    def write(self, name: str = "trace.json", root: Any = None) -> Path:
        """Writes the file; gzipped if its name says so."""
        text = as_json({"schemaVersion": 1, "traceEvents": self.events} if root is None else root)
        path = self._folder / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return path


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """An empty synthetic recording."""
    return Recording(tmp_path)


@pytest.fixture
def shared() -> Callable[[str], Path]:
    """Finds a shared recording of a real GPU."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"the shared recordings are not beside the repository: {path}")
        return path

    return find


@pytest.fixture
def rewrite(shared: Callable[[str], Path], tmp_path: Path) -> Callable[..., Path]:
    """Writes a shared recording anew after a change of its parsed JSON."""

    def write(name: str, change: Callable[[Any], Any] = lambda root: None, to: str = "changed.json") -> Path:
        path = shared(name)
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        root = json.loads(content, parse_float=Decimal)
        changed = change(root)
        text = as_json(root if changed is None else changed).encode()
        target = tmp_path / to
        target.write_bytes(gzip.compress(text) if to.endswith(".gz") else text)
        return target

    return write
