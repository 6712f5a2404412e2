"""Limits of settings: a value outside its range is refused in words."""

from __future__ import annotations


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
