"""Packages that a tracker needs, which the user installs as an extra."""

from __future__ import annotations

import importlib

from ganzoo.errors import UsageError


def require(tracker: str, module: str) -> None:
    """Refuses a training whose tracker lacks its package.

    Args:
        tracker: its name, which is that of the extra too.
        module: what it imports.

    Raises:
        UsageError: it can't be imported.
    """
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise UsageError(
            f"the tracker {tracker} needs the package {tracker} ({error})\n"
            f"install it with: pip install 'ganzoo-trackers[{tracker}]', or go without: --tracker none"
        ) from None
