"""What is foretold of a training; importable without torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Forecast:
    """What a training will take; times in seconds, sizes in bytes."""

    steps: int
    """Until it ends: all of them, or so many as `run.max_seconds` has time for."""
    all_steps: int
    """Of the whole training, were there no `run.max_seconds`."""
    measured: int
    """Steps that the speed rests on."""
    seconds: float
    interval: tuple[float, float]
    """95 % interval of `seconds`, as far as the spread of the measured steps tells."""
    seconds_per_step: float
    memory: int | None
    """Peak so far: of torch's allocator on a CUDA device, of the process elsewhere; None where not known."""
    checkpoint: int
    """One checkpoint."""
    disk: int
    """The run folder at its largest: checkpoints, grids at most, metrics."""
