"""How hostile files are drawn: functions of a seeded source of random numbers, and how they are combined."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

Draw = Callable[[Random], A]
"""Draws one thing; the same seed gives the same."""


def one_of(*draws: Draw[A]) -> Draw[A]:
    """Each of the draws with the same chance."""
    return lambda random: random.choice(draws)(random)


def mapped(draw: Draw[A], change: Callable[[A], B]) -> Draw[B]:
    """What becomes of a thing that is drawn."""
    return lambda random: change(draw(random))
