"""Limits of settings: a value outside its range is refused in words."""

from __future__ import annotations

from numbers import Integral
from typing import Final

from ganzoo.errors import UsageError
from ganzoo.text import brief

LARGEST_SEED: Final = 2**63 - 1
"""Seeds are from 0 to this: what fits torch's generators and numpy's on every machine."""

LARGEST_COUNT: Final = 2**31 - 1
"""The most images that can be asked for at once."""


def require(holds: bool, name: str, value: object, allowed: str) -> None:
    """Refuses a value.

    Raises:
        ValueError: it does not hold; the message names the setting, what is allowed and the value.
    """
    if not holds:
        raise ValueError(f"{name} must be {allowed}, not {value}")


def require_positive(settings: object, *names: str) -> None:
    """Refuses settings below 1; None is allowed where a setting may be none.

    Raises:
        ValueError: one is below 1.
    """
    for name in names:
        value = getattr(settings, name)
        require(value is None or value >= 1, name, value, "at least 1")


def require_seed(seed: int) -> None:
    """Refuses a seed outside the range.

    Raises:
        UsageError: it is no integer, negative or too large.
    """
    if not is_integer(seed) or not 0 <= seed <= LARGEST_SEED:
        raise UsageError(f"a seed is a number from 0 to 2**63 - 1, not {brief(seed)}")


def require_count(count: int, what: str = "images") -> None:
    """Refuses a number of images, or of something else.

    Raises:
        UsageError: it is no integer, below 1, or too large.
    """
    if not is_integer(count) or not 1 <= count <= LARGEST_COUNT:
        raise UsageError(f"the number of {what} is from 1 to 2**31 - 1, not {brief(count)}")


def is_integer(value: object) -> bool:
    """Whether Python code gave an integer, of whatever library; a bool is one by accident only."""
    return isinstance(value, Integral) and not isinstance(value, bool)
