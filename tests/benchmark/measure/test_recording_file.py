"""A recording that torch has not written to its end is told of, not read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ganzoo.benchmark.measure.recording_file import recording_file
from ganzoo.errors import GanzooError


class Recorded:
    """Stands in for a profiler, whose writing a full disk ends somewhere."""

    def __init__(self, written: bytes | None) -> None:
        self._written = written

    def export_chrome_trace(self, path: str) -> None:
        if self._written is not None:
            Path(path).write_bytes(self._written)


@pytest.mark.parametrize("written", [None, b"", b'{"traceEvents": [{"name": "aten::mm"'])
def test_half_a_recording_is_told_of(written: bytes | None) -> None:
    half: Any = Recorded(written)
    with pytest.raises(GanzooError, match="free some space there, or set TMPDIR"), recording_file(half):
        pass


def test_a_whole_recording_is_there_as_long_as_it_is_read() -> None:
    whole: Any = Recorded(b'{"traceEvents": []\n}\n')
    with recording_file(whole) as path:
        assert path.read_bytes().endswith(b"}\n")
    assert not path.exists()
