"""What a row costs besides time: parameters, arithmetic and memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Trainable parameters."""

    generator: int
    discriminator: int


@dataclass(frozen=True, kw_only=True)
class Flops:
    """Floating-point operations, counted, not measured: a multiplication and an addition are two."""

    per_image: float
    """Those of a step, divided by its images."""
    per_step: int
    by_operator: Mapping[str, int]
    """Of one step, by operator."""
    counts: str
    """What is counted, and what is not."""
    achieved_per_second: float | None
    """`per_step` divided by the median time."""
    share_of_peak: float | None
    """`achieved_per_second` divided by the device's peak."""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Bytes, by what they hold."""

    weights: int
    """Parameters and buffers of the networks that the phase uses."""
    gradients: int | None
    optimizer: int | None
    average: int | None
    """The moving average of the generator's weights."""
    activations_peak: int | None
    """The most that a step holds at once, beyond what is kept from step to step."""
    allocated_peak: int | None
    """Peak of what torch's allocator had given out (CUDA)."""
    reserved_peak: int | None
    """Peak of what torch's allocator had taken from the device (CUDA)."""
    device_used: int | None
    """Used on the whole device: contexts and other processes included (CUDA)."""
    resident_peak: int | None
    """Peak resident size of the cell's process (CPU)."""
    resident_baseline: int | None
    """Resident size before the networks were built, everything imported (CPU)."""

    @property
    def peak(self) -> int | None:
        """What was needed at most: of the allocator on a GPU, of the process on a CPU."""
        return self.allocated_peak if self.allocated_peak is not None else self.resident_peak
