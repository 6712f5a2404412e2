"""Settings of a run that `--resume` has changed: config.json as it is now, metrics.jsonl since which step."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ganzoo.runs.folder import Run, read_configuration
from ganzoo.settings.configuration import Configuration, flatten

KIND: Final = "settings"
"""Kind of the lines of metrics.jsonl that tell of it."""


def record_changes(run: Run, configuration: Configuration, keys: Iterable[str], step: int) -> None:
    """Writes config.json anew where a setting differs, after a line of metrics that says from what to what.

    The line comes first: a kill in between leaves a change that is announced and not made, which the same
    command makes then, rather than one that nobody knows of.

    Args:
        run: the folder.
        configuration: of the run as it goes on.
        keys: the settings that were given, `"training.epochs"`.
        step: at which it goes on.

    Raises:
        GanzooError: the disk refuses.
    """
    before, now = (json.loads(json.dumps(flat)) for flat in (read_configuration(run), _flat(configuration)))
    changed = {key: {"from": before.get(key), "to": now.get(key)} for key in sorted(keys)}
    changed = {key: change for key, change in changed.items() if change["from"] != change["to"]}
    if not changed:
        return
    line = {"kind": KIND, "step": step, "changed": changed}
    if line not in run.read_metrics(KIND):
        run.append_metrics(line)
    run.write_configuration(configuration)


def described(line: Mapping[str, Any]) -> str:
    """A line of such a change in words."""
    changed = line.get("changed")
    if not isinstance(changed, dict):
        return "settings were changed"
    told = [
        f"{key} from {change.get('from')} to {change.get('to')}"
        for key, change in changed.items()
        if isinstance(change, dict)
    ]
    return f"settings were changed at step {line.get('step')}: {', '.join(told)}"


def _flat(configuration: Configuration) -> dict[str, Any]:
    return flatten(configuration.to_json())
