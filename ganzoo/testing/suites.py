"""The checks of each kind, each kind's in the file of `ganzoo/testing/kinds/` that bears its name."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from ganzoo.errors import UsageError
from ganzoo.testing import kinds
from ganzoo.testing.checks import Suite


def suite_of(kind: str) -> Suite[Any]:
    """The checks of a kind.

    Raises:
        UsageError: nobody has written any for it.
    """
    module = kind.replace("-", "_")
    if module not in {found.name for found in pkgutil.iter_modules(kinds.__path__)}:
        raise UsageError(
            f"there are no checks of the kind {kind}: they belong in ganzoo/testing/kinds/{module}.py"
        )
    suite: Suite[Any] = importlib.import_module(f"{kinds.__name__}.{module}").SUITE
    return suite


def kinds_with_checks() -> tuple[str, ...]:
    """The names of the kinds that have checks."""
    return tuple(sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(kinds.__path__)))
