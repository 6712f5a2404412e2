"""What has to agree between a checkpoint and the run that goes on from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ganzoo.errors import GanzooError
from ganzoo.settings.configuration import RESUMABLE, Configuration, flatten
from ganzoo.text import brief


def require_same_run(checkpoint: Path, metadata: Mapping[str, Any], configuration: Configuration) -> None:
    """Refuses a checkpoint that other networks, settings or plugin versions have made.

    Raises:
        GanzooError: with what differs.
    """
    try:
        before, plugins = flatten(metadata["configuration"]), dict(metadata["plugins"])
    except (KeyError, TypeError, ValueError) as error:
        raise GanzooError(f"the checkpoint {checkpoint} lacks what a run needs: {error}") from None
    now = flatten(configuration.to_json())
    for key in sorted((before.keys() | now.keys()) - set(RESUMABLE)):
        # Lists come back from JSON where tuples went in.
        old, new = (list(v) if isinstance(v, tuple) else v for v in (before.get(key), now.get(key)))
        if old != new:
            raise GanzooError(
                f"the checkpoint {checkpoint} is of another run: its {key} is {brief(old)}, not {brief(new)}"
            )
    for plugin in configuration.plugins():
        if plugins.get(plugin.full_name) != plugin.version:
            raise GanzooError(
                f"the run was made with {plugin.full_name} {plugins.get(plugin.full_name)}, installed is "
                f"{plugin.version}: it can't go on exactly\ninstall that version, or start a new run with "
                "ganzoo train --config RUN/config.json"
            )
