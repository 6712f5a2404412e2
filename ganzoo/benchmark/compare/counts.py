"""Quantities of a row that need no statistics: they are counted, or nearly the same every time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ganzoo.benchmark.report import Memory, Row


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """One of them."""

    name: str
    unit: str
    value: Callable[[Row], float | None]
    """None where the row doesn't tell."""
    floor: float = 0.0
    """Largest change that means nothing, as a share; 0 where it is exact."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A quantity of two rows."""

    quantity: Quantity
    base: float
    new: float

    @property
    def share(self) -> float | None:
        """The change as a share of the base; None where the base is 0 and the other is not."""
        if self.base == 0:
            return 0.0 if self.new == 0 else None
        return self.new / self.base - 1

    @property
    def word(self) -> Literal["same", "more", "less"]:
        """Whether it changed by more than the floor."""
        if abs(self.new - self.base) <= self.quantity.floor * self.base:
            return "same"
        return "more" if self.new > self.base else "less"

    def exceeds(self, limit: float) -> bool:
        """Whether it grew by more than the share `limit`."""
        return self.word == "more" and (self.share is None or self.share > limit)


def changes(base: Row, new: Row) -> Iterator[Change]:
    """Every quantity that both rows tell."""
    for quantity in QUANTITIES:
        before, after = quantity.value(base), quantity.value(new)
        if before is not None and after is not None:
            yield Change(quantity=quantity, base=before, new=after)


def _parameters(row: Row) -> int | None:
    return row.parameters.generator + row.parameters.discriminator if row.parameters else None


def _operations(row: Row) -> int | None:
    return row.flops.per_step if row.flops else None


def _calls(row: Row) -> float | None:
    return row.kernels.calls_per_step if row.kernels else None


def _of_memory(name: str, part: Callable[[Memory], int | None], floor: float = 0.0) -> Quantity:
    return Quantity(
        name=name, unit="B", value=lambda row: part(row.memory) if row.memory else None, floor=floor
    )


ALLOCATOR_FLOOR: Final = 0.01
"""An allocator's peaks move a little with the order in which memory is asked for and given back."""

RESIDENT_FLOOR: Final = 0.05
"""A process's resident size moves with the system's libraries and the threads they start."""

QUANTITIES: Final = (
    Quantity(name="parameters", unit="", value=_parameters),
    Quantity(name="operations", unit="FLOP/step", value=_operations),
    Quantity(name="calls", unit="/step", value=_calls),
    _of_memory("weights", lambda memory: memory.weights),
    _of_memory("gradients", lambda memory: memory.gradients),
    _of_memory("optimizer", lambda memory: memory.optimizer),
    _of_memory("average", lambda memory: memory.average),
    _of_memory("activations peak", lambda memory: memory.activations_peak, ALLOCATOR_FLOOR),
    _of_memory("allocated peak", lambda memory: memory.allocated_peak, ALLOCATOR_FLOOR),
    _of_memory("reserved peak", lambda memory: memory.reserved_peak, ALLOCATOR_FLOOR),
    _of_memory("resident peak", lambda memory: memory.resident_peak, RESIDENT_FLOOR),
)
"""What is compared besides the time. What a whole device holds is not: other processes are in it."""
