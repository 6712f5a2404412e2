"""What is said of a path that is not a run folder, and what it may have been meant for."""

from __future__ import annotations

import shlex
from pathlib import Path

from ganzoo.errors import near_matches
from ganzoo.files import kind_of_file
from ganzoo.plugins.discovery import announced
from ganzoo.run_or_weights import is_run, is_weights


def why_no_run(path: Path) -> str:
    """Why a path is not a run folder; what is said completes the path."""
    if not path.exists():
        return f"does not exist{_meant(path)}"
    if (path / "study.json").is_file():
        return f"is a study, not a run folder: its runs are below {path / 'trainings'}"
    if is_weights(path):
        return (
            "holds trained weights, which have no history, and a run folder is needed here\n"
            f"ganzoo sample {shlex.quote(str(path))} draws with them, ganzoo train MODEL --init-from "
            f"{shlex.quote(str(path))} starts from them"
        )
    lacks = f"it is {kind}" if (kind := kind_of_file(path)) else "it has no config.json"
    hint = f"; {path.parent} is one" if is_run(path.parent) else ""
    return f"is not a run folder: {lacks}{hint}"


def _meant(path: Path) -> str:
    """What a path that leads nowhere may have been meant for."""
    if any(str(path) in (plugin.name, plugin.full_name) for plugin in announced().of_kind("weights")):
        return f": it names trained weights, and a run folder is needed here\nsee: ganzoo show {path}"
    try:
        beside = [each.name for each in path.parent.iterdir() if is_run(each)]
    except OSError:
        return ""
    return near_matches(str(path), (str(path.with_name(name)) for name in beside)) if path.name else ""
