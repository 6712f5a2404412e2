"""What a run's env.json says of its plugins: their versions, and the files of those that are in files."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from ganzoo.files import read_text
from ganzoo.plugins.discovery import Plugin
from ganzoo.plugins.recorded import Versions, checked
from ganzoo.plugins.siblings import digests_of
from ganzoo.plugins.source import SourceError

MOST_OF_ENVIRONMENT: Final = 2**24
"""Bytes of env.json."""


def with_files_of(plugins: Iterable[Plugin], environment: Mapping[str, Any]) -> dict[str, Any]:
    """An environment with the versions of plugins in files too, and the SHA-256 of each of their files."""
    versions, digests = dict(environment.get("plugins", {})), dict[str, str]()
    for plugin in plugins:
        if plugin.distribution is None and plugin.loaded is None:
            versions[plugin.full_name] = plugin.version
            path = plugin.target.rpartition(":")[0]
            if path.endswith(".py"):
                with contextlib.suppress(OSError, SourceError):  # gone since it was imported, or of many files
                    digests |= digests_of(Path(path))
    return {**environment, "plugins": versions} | ({"plugin_files": digests} if digests else {})


def recorded_versions(folder: Path) -> Versions:
    """The versions of plugins that the env.json of a run folder says; none where it can't be read."""
    try:
        said = json.loads(read_text(folder / "env.json", MOST_OF_ENVIRONMENT))
    except (OSError, ValueError, RecursionError):
        return {}
    return checked(said.get("plugins")) if isinstance(said, dict) else {}
