"""The file of a profiler's recording, which torch writes without a word about a disk that is full."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from torch.profiler import profile

from ganzoo.errors import GanzooError


@contextmanager
def recording_file(profiler: profile) -> Iterator[Path]:
    """Writes what a profiler has recorded to a temporary file, which is there for as long as it is read.

    Raises:
        GanzooError: it isn't there whole afterwards.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        profiler.export_chrome_trace(str(path))
        if not _ends(path):
            raise GanzooError(
                f"torch has not written its recording to {path.parent.parent}; "
                "free some space there, or set TMPDIR to another folder"
            )
        yield path


def _ends(path: Path) -> bool:
    """Whether a file of JSON is there to its end."""
    try:
        with path.open("rb") as file:
            file.seek(-min(64, path.stat().st_size), os.SEEK_END)
            return file.read().rstrip().endswith(b"}")
    except OSError:
        return False
