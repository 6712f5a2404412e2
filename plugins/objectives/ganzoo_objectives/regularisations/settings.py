"""The settings that all penalties share, and the range of a weight."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PenaltySettings:
    """How much a penalty weighs, and how often it is taken."""

    weight: float = 10.0
    """Weight of the penalty in the discriminator's loss."""

    every: int = 1
    """Updates of the discriminator from one penalty to the next; the penalty is multiplied by it. 1 is
    every update; StyleGAN2 takes 16 (Karras et al., 2020, section 3.1)."""

    def __post_init__(self) -> None:
        require_weight("weight", self.weight)
        if self.every < 1:
            raise ValueError(f"every must be 1 or more, not {self.every}")


def require_weight(name: str, value: float) -> None:
    """Refuses a weight that would reward what it is to hold back.

    Raises:
        ValueError: it is below zero.
    """
    if not value >= 0:
        raise ValueError(f"{name} must be 0 or more, not {value}")
