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


ENVIRONMENT_SCHEMA: Final = 1
"""Version of the layout of env.json."""


def record(environment: Mapping[str, Any], plugins: Iterable[Plugin]) -> dict[str, Any]:
    """What env.json holds: an environment, versions of plugins in files, the SHA-256 of each such file."""
    versions, digests = dict(environment.get("plugins", {})), dict[str, str]()
    for plugin in plugins:
        if plugin.distribution is None and plugin.loaded is None:
            versions[plugin.full_name] = plugin.version
            path = plugin.target.rpartition(":")[0]
            if path.endswith(".py"):
                with contextlib.suppress(
                    OSError, SourceError
                ):  # gone since it was imported, or of many files
                    digests |= digests_of(Path(path))
    recorded = {"schema": ENVIRONMENT_SCHEMA, **environment, "plugins": versions}
    return recorded | ({"plugin_files": digests} if digests else {})


def recorded_versions(folder: Path) -> Versions:
    """The versions of plugins that the env.json of a run folder says; none where it can't be read."""
    return checked(read_environment(folder).get("plugins"))


def read_environment(folder: Path) -> dict[str, Any]:
    """The env.json of a run folder, which may be a stranger's; empty where it can't be read."""
    try:
        said = json.loads(read_text(folder / "env.json", MOST_OF_ENVIRONMENT))
    except (OSError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
