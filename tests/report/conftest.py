"""Runs to report on: tiny ones that were really trained, and hostile ones written by hand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ganzoo.cli import main

TRAIN = [
    "--dataset", "digits", "--max-steps", "6", "--batch-size", "16", "--set", "model.channels=4",
    "--set", "run.log_every=1", "--sample-every", "2", "--device", "cpu",
]  # fmt: skip


def trained(folder: Path, model: str, name: str, *more: str) -> Path:
    with pytest.raises(SystemExit) as stopped:
        main(["train", model, *TRAIN, *more, "--out", str(folder / name)])
    assert stopped.value.code == 0
    return folder / name


@pytest.fixture(scope="session")
def real_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the runs `conditional`, `another` (other settings) and `unconditional`."""
    folder = tmp_path_factory.mktemp("runs")
    trained(folder, "cgan", "conditional")
    trained(folder, "cgan", "another", "--learning-rate", "0.001", "--max-steps", "4")
    trained(folder, "dcgan", "unconditional")
    return folder


@pytest.fixture
def forged(real_runs: Path, tmp_path: Path) -> Callable[..., Path]:
    """Copies a real run and changes what it says: lines of metrics, settings, environment."""

    def forge(
        name: str = "forged",
        lines: list[Mapping[str, Any]] | None = None,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        environment: Any = None,
    ) -> Path:
        run = tmp_path / name
        shutil.copytree(real_runs / "conditional", run)
        if lines is not None:
            (run / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        configuration = json.loads((run / "config.json").read_text())
        for section, table in (settings or {}).items():
            configuration.setdefault(section, {}).update(table)
        (run / "config.json").write_text(json.dumps(configuration))
        if environment is not None:
            (run / "env.json").write_text(json.dumps(environment))
        return run

    return forge
