"""What has to be installed to go on with a run, or to draw with it, as the run has recorded it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganzoo.errors import GanzooError
from ganzoo.plugins.recorded import Versions, as_pip_takes, checked, requirement
from ganzoo.run_or_weights import is_run
from ganzoo.runs import checkpoints
from ganzoo.runs.folder import open_run, read_configuration
from ganzoo.runs.record import read_environment
from ganzoo.runs.trained import find_checkpoint
from ganzoo.settings.configuration import NAME, flatten
from ganzoo.settings.keys import split
from ganzoo.settings.several import names_in


@dataclass(frozen=True)
class Requirements:
    """What a run needs."""

    lines: tuple[str, ...]
    """Requirements as pip takes them, `acme==1.0`: the core, torch, then the others in order."""
    elsewhere: Versions
    """Plugins in files and modules, which no package has, to their versions."""


def requirements_of(path: Path) -> Requirements:
    """What a run folder, a checkpoint or weights have recorded of the core, torch and their plugins.

    Raises:
        UsageError: there is nothing of the kind at `path`.
        GanzooError: the checkpoint is damaged.
    """
    if is_run(path) and open_run(path).latest_checkpoint_if_any() is None:
        environment = read_environment(path)
        settings, recorded = read_configuration(open_run(path)), environment.get("plugins")
    else:
        checkpoint = find_checkpoint(path)
        metadata = checkpoints.read_metadata(checkpoint)
        environment = read_environment(checkpoint.parent.parent)
        settings, recorded = _settings(metadata, checkpoint), metadata.get("plugins")
        environment.setdefault("versions", {"torch": metadata.get("torch")})
    plugins, core = checked(recorded), checked(environment.get("versions"))
    named = [names_in(key, name) for key, name in settings.items() if split(key)[1] == NAME]
    names = [str(name) for several in named for name in several]
    asked = {name: requirement(name, plugins.get(name)) for name in names}
    return Requirements(
        (
            *(as_pip_takes(name, core.get(name)) for name in ("ganzoo-torch", "torch")),
            *sorted({line for line in asked.values() if line is not None}),
        ),
        {name: plugins.get(name) for name, line in asked.items() if line is None},
    )


def _settings(metadata: Mapping[str, Any], checkpoint: Path) -> dict[str, Any]:
    try:
        return flatten(metadata["configuration"])
    except (KeyError, ValueError) as error:
        raise GanzooError(f"the checkpoint {checkpoint} doesn't say what it is made of: {error}") from None
