"""What can be read of a device: time, memory, clock speed, temperature, power."""

from __future__ import annotations

import contextlib
import gc
import sys
from pathlib import Path
from typing import NamedTuple, Protocol

from ganzoo.benchmark.measure.available import available_memory
from ganzoo.benchmark.measure.clocks import Clock, HostClock

try:
    import resource
except ImportError:  # Windows: the peak is unknown there
    resource = None  # type: ignore[assignment]


class Health(NamedTuple):
    """The state of a device; None is what can't be read."""

    clock_mhz: int | None
    temperature_c: int | None
    power_mw: int | None = None
    """Mean of the last second, or less."""


class Peaks(NamedTuple):
    """Peaks of memory since the last reset, in bytes; None is what the device doesn't have."""

    allocated: int | None
    reserved: int | None
    device_used: int | None
    resident: int | None


class Gauge(Protocol):
    """Reads one device."""

    @property
    def clock(self) -> Clock:
        """Times the device."""

    def reset_peaks(self) -> None:
        """Frees what nobody holds and begins the peaks anew."""

    def peaks(self) -> Peaks:
        """The peaks since then."""

    def allocated(self) -> int | None:
        """Bytes that torch's allocator has given out now; None where it keeps no count."""

    def available(self) -> int | None:
        """Bytes that may still be taken; None where that is not known."""

    def health(self) -> Health:
        """The state now."""

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Whether an error says that memory ran out."""


class HostGauge:
    """Reads the CPU and this process."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock: Clock = clock or HostClock()

    def reset_peaks(self) -> None:
        """Begins the peak of the resident size anew, where the kernel lets a process do that."""
        gc.collect()
        with contextlib.suppress(OSError):  # the peak then counts from the start of the process
            Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # proc(5): resets VmHWM

    def peaks(self) -> Peaks:
        """The peak resident size."""
        peak = _status("VmHWM")
        if peak is None and resource is not None:
            usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            peak = usage if sys.platform == "darwin" else usage * 1024
        return Peaks(allocated=None, reserved=None, device_used=None, resident=peak)

    def allocated(self) -> int | None:
        """Torch keeps no count on the CPU."""
        return None

    def available(self) -> int | None:
        """What can be taken without swapping."""
        return available_memory()

    def health(self) -> Health:
        """Not read: a CPU's cores have clocks of their own."""
        return Health(None, None)

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Torch's CPU allocator raises a RuntimeError that says so."""
        words = ("can't allocate memory", "not enough memory", "out of memory")
        return isinstance(error, MemoryError) or (
            isinstance(error, RuntimeError) and any(word in str(error).lower() for word in words)
        )


def resident_bytes() -> int | None:
    """Resident size of this process; None where the system doesn't tell."""
    return _status("VmRSS")


def _status(key: str) -> int | None:
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) * 1024
    return None
