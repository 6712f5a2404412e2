"""Two recordings against each other: which kernels came, went, grew and shrank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from ganzoo.trace.analysis import Analysis

Word = Literal["came", "went", "grew", "shrank", "same"]

CHANGED: Final = 0.05
"""Share by which a kernel's time has to differ to have grown or shrunk: less is noise."""


@dataclass(frozen=True)
class ChangedKernel:
    """One kernel in two recordings, A and B; 0 where it is not there; each figure of one unit."""

    name: str
    category: str
    base_calls: float
    new_calls: float
    base_ns: float
    new_ns: float

    @property
    def grown_ns(self) -> float:
        """Time in B less that in A."""
        return self.new_ns - self.base_ns

    @property
    def word(self) -> Word:
        """What became of it."""
        if not self.base_calls:
            return "came"
        if not self.new_calls:
            return "went"
        if abs(self.grown_ns) <= CHANGED * self.base_ns:
            return "same"
        return "grew" if self.grown_ns > 0 else "shrank"


@dataclass(frozen=True)
class TraceDifference:
    """What B has otherwise than A."""

    unit: Literal["step", "recording"]
    """What all figures are of: a step where both recordings have steps, else the whole recording."""
    base_ns: float
    """Time of all kernels of A."""
    new_ns: float
    base_kernels: float
    new_kernels: float
    kernels: tuple[ChangedKernel, ...]
    """Every kernel of either, the largest change of time first."""


def difference(base: Analysis, new: Analysis) -> TraceDifference:
    """Compares two analyses kernel by kernel, by name."""
    counts = len(base.steps.kernels), len(new.steps.kernels)
    by_step = all(counts)
    units = counts if by_step else (1, 1)
    before, after = ({kernel.name: kernel for kernel in analysis.table} for analysis in (base, new))
    changes = []
    for name in {**before, **after}:
        old, now = before.get(name), after.get(name)
        changes.append(
            ChangedKernel(
                name=name,
                category=(now or old).category,  # type: ignore[union-attr]  # it is in one of the two
                base_calls=old.calls / units[0] if old else 0.0,
                new_calls=now.calls / units[1] if now else 0.0,
                base_ns=old.total / units[0] if old else 0.0,
                new_ns=now.total / units[1] if now else 0.0,
            )
        )
    return TraceDifference(
        unit="step" if by_step else "recording",
        base_ns=base.kernels.total / units[0],
        new_ns=new.kernels.total / units[1],
        base_kernels=base.kernels.count / units[0],
        new_kernels=new.kernels.count / units[1],
        kernels=tuple(sorted(changes, key=lambda change: (-abs(change.grown_ns), change.name))),
    )
