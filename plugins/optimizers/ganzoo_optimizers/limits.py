"""The ranges of the numbers that optimisers are set by."""

from __future__ import annotations


def require(holds: bool, name: str, value: object, allowed: str) -> None:
    """Refuses a setting.

    Raises:
        ValueError: it does not hold; the message names the setting, what is allowed and the value.
    """
    if not holds:
        raise ValueError(f"{name} must be {allowed}, not {value}")


def require_share(config: object, *names: str) -> None:
    """Refuses decay rates that would forget nothing, or grow; raises as `require` does."""
    for name in names:
        value = getattr(config, name)
        require(0 <= value < 1, name, value, "at least 0 and below 1")


def require_not_negative(config: object, *names: str) -> None:
    """Refuses numbers below 0; raises as `require` does."""
    for name in names:
        value = getattr(config, name)
        require(value >= 0, name, value, "at least 0")
