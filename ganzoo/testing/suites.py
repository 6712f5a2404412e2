"""The conformance suite of a kind, which its declaration names."""

from __future__ import annotations

import importlib
from typing import Any

from ganzoo.errors import PluginError
from ganzoo.plugins.discovery import kind_named
from ganzoo.testing.checks import Suite


def suite_of(kind: str) -> Suite[Any]:
    """The checks of a kind.

    Raises:
        UsageError: there is no such kind.
        PluginError: the kind is a third party's, and its checks can't be imported.
    """
    declared = kind_named(kind)
    module, _, name = declared.checks.rpartition(":")
    try:
        suite: Suite[Any] = getattr(importlib.import_module(module), name)
    except Exception as error:
        if declared.distribution is None:
            raise
        raise PluginError(
            f"the checks {declared.checks} of the kind {kind} ({declared.distribution}) can't be "
            f"imported: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(suite, Suite):
        raise PluginError(
            f"the checks {declared.checks} of the kind {kind} ({declared.distribution}) are not a "
            f"ganzoo.testing Suite, but a {type(suite).__name__}"
        )
    return suite
