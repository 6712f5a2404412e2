"""The errors that reach a person: each says what is wrong, what is allowed and what to type next.

The command line prints the message of a `GanzooError` and exits with its `exit_code`; any other
exception is a bug of ours and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from ganzoo.near_names import near_names


class GanzooError(Exception):
    """A failure the user can act on (exit code 1)."""

    exit_code: ClassVar[int] = 1


class UsageError(GanzooError):
    """A wrong name, setting, label or size: the command has to be typed differently (exit code 2)."""

    exit_code = 2


class PluginError(GanzooError):
    """An installed plugin could not be loaded (exit code 3)."""

    exit_code = 3


class DivergedError(GanzooError):
    """Training produced a NaN or an infinity (exit code 4)."""

    exit_code = 4


def near_matches(word: str, allowed: Iterable[str]) -> str:
    """Returns `"; did you mean 'a' or 'b'?"`, or an empty string where nothing is near (`near_names`)."""
    near = near_names(word, allowed, likeness=0.66)
    return "; did you mean " + " or ".join(map(repr, near)) + "?" if near else ""
