"""One training of one contender, in a process of its own and a folder of its own, which keeps the result.

A trial that has a result is not repeated; one that was stopped goes on where it was.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ganzoo.errors import UsageError
from ganzoo.files import write_text


@dataclass(frozen=True)
class Trial:
    """What is asked of a process."""

    name: str
    settings: Mapping[str, Any]
    """`"section.key"` to value, complete with data set and seed."""
    ends: Mapping[str, float]
    """When it is over, as the worker understands it."""
    num: int
    """Images that a judgement draws."""


def conduct(worker: str, trial: Trial, folder: Path) -> dict[str, Any]:
    """The result of a trial: from its folder, or from the module `worker`, which goes on with it.

    A trial that fails has the result `{"problem": why}`.

    Raises:
        UsageError: the folder is of another trial.
    """
    path = folder / "trial.json"
    asked = json.loads(json.dumps(asdict(trial)))
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["trial"] != asked:
            raise UsageError(f"{folder} holds a trial of other settings; name another --out, or delete it")
        if kept["result"] is not None:
            return dict(kept["result"])
    folder.mkdir(parents=True, exist_ok=True)
    write_text(path, _dump({"trial": asked, "result": None}))
    result = _run(worker, folder)
    write_text(path, _dump({"trial": asked, "result": result}))
    return result


def _run(worker: str, folder: Path) -> dict[str, Any]:
    folders = (str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH"))
    process = subprocess.run(
        [sys.executable, "-m", worker, str(folder)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, folders))},
        capture_output=True,
        text=True,
    )
    if process.returncode > 128:  # stopped, not failed: the next call goes on
        raise KeyboardInterrupt
    if process.returncode:
        lines = process.stderr.strip().splitlines() or [f"exit code {process.returncode}"]
        return {"problem": lines[-1]}
    return dict(json.loads(process.stdout.splitlines()[-1]))


def _dump(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=1) + "\n"
