"""What a run records must not take the longer, the older the run is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ganzoo.runs.folder import Run
from ganzoo.settings.merging import resolve
from ganzoo.training import loop
from ganzoo.training.observer import TrainingStart

IO = Path("/proc/self/io")

SETTINGS = {
    "model.name": "gan", "model.hidden": (8,), "dataset.name": "digits", "training.batch_size": 8,
    "training.max_steps": 2, "run.log_every": 1, "run.evaluate_every": 1, "run.checkpoint_every": 1,
    "run.sample_every": 1,
}  # fmt: skip


class BytesRead:
    """Notes how much this process has read from files by each line of metrics."""

    def __init__(self) -> None:
        self.at_lines: list[int] = []

    def started(self, start: TrainingStart) -> None:
        """The run goes on."""

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        """A line is written."""
        self.at_lines.append(int(IO.read_text(encoding="utf-8").split()[1]))

    def sampled(self, path: Path) -> None:
        """A grid is written."""

    def warned(self, message: str) -> None:
        """Nothing is said here."""


def age(run: Run, lines: int) -> None:
    """Gives a run as many more lines of each kind, as if of long ago."""
    told = run.read_metrics()
    old = [line | {"step": 1} for line in told[:2] for _ in range(lines)]
    run.metrics.write_text("".join(json.dumps(line) + "\n" for line in (*old, *told)))


@pytest.mark.skipif(not IO.is_file(), reason="only Linux counts what a process reads")
def test_no_line_grid_evaluation_or_checkpoint_reads_the_lines_before(tmp_path: Path) -> None:
    def make_evaluation(configuration: Any, device: Any) -> Any:
        return lambda generator: {"distance": {"value": 1.0}}

    run = loop.train(resolve(SETTINGS, {}), tmp_path / "run", {}, BytesRead(), make_evaluation)
    assert run is not None
    assert {line["kind"] for line in run.read_metrics()[:2]} == {"losses", "evaluation"}
    age(run, 1000)
    size = run.metrics.stat().st_size

    read = BytesRead()
    loop.resume(run.path, {"training.max_steps": 8}, read, make_evaluation)

    between = [later - earlier for earlier, later in zip(read.at_lines, read.at_lines[1:], strict=False)]
    assert len(between) == 5
    assert max(between) < size / 20, f"of {size} bytes of lines, between two lines: {between}"
