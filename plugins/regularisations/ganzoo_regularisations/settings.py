"""The ranges of settings that several regularisations share."""

from __future__ import annotations


def require_weight(name: str, value: float) -> None:
    """Refuses a weight that would reward what it is to hold back.

    Raises:
        ValueError: it is below zero.
    """
    if not value >= 0:
        raise ValueError(f"{name} must be 0 or more, not {value}")


def require_every(value: int) -> None:
    """Refuses an interval that has no length.

    Raises:
        ValueError: it is below one.
    """
    if value < 1:
        raise ValueError(f"every must be 1 or more, not {value}")
