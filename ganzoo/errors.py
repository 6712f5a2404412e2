"""The errors that reach a person: each says what is wrong, what is allowed and what to type next.

The command line prints the message of a `GanzooError` and exits with its `exit_code`; any other
exception is a bug of ours and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar


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


def plain(name: str) -> str:
    """A name without case and punctuation, as people type it from memory."""
    return "".join(filter(str.isalnum, name.lower()))


def near_matches(word: str, allowed: Iterable[str]) -> str:
    """Returns `"; did you mean 'a' or 'b'?"`, or an empty string where nothing is near.

    Case and punctuation make no difference: `CIFAR-10` is `cifar10`.
    """
    candidates = list(allowed)
    alike: dict[str, str] = {}
    for name in filter(plain, candidates):
        alike.setdefault(plain(name), name)
    near = [alike[found] for found in get_close_matches(plain(word), alike, n=3, cutoff=0.66)]
    # A forgotten prefix (`latent_dim` for `model.latent_dim`) is closer in meaning than in letters.
    near += [name for name in candidates if name.endswith(f".{word}") and name not in near]
    if not near:
        return ""
    return "; did you mean " + " or ".join(repr(name) for name in near[:3]) + "?"
