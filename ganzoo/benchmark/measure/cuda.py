"""The one place where the benchmark touches CUDA: events, peaks of memory, clock, temperature and power.

Everything goes through `torch.cuda`, handed over as an argument, so that the order of the calls and
the arithmetic can be tested without a GPU.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any, Protocol

from ganzoo.benchmark.measure.gauges import Health, Peaks


class CudaApi(Protocol):
    """The part of `torch.cuda` that is used."""

    Event: Any
    OutOfMemoryError: type[Exception]
    synchronize: Callable[..., None]
    memory_allocated: Callable[..., int]
    max_memory_allocated: Callable[..., int]
    max_memory_reserved: Callable[..., int]
    reset_peak_memory_stats: Callable[..., None]
    empty_cache: Callable[[], None]
    mem_get_info: Callable[..., tuple[int, int]]
    clock_rate: Callable[..., int]
    temperature: Callable[..., int]
    power_draw: Callable[..., int]


class CudaClock:
    """Events on the current stream; the time between two is the device's own."""

    name = "cuda-event"

    def __init__(self, cuda: CudaApi, index: int) -> None:
        self._cuda, self._index = cuda, index

    def mark(self) -> Any:
        """Records an event behind everything launched so far."""
        event = self._cuda.Event(enable_timing=True)
        event.record()
        return event

    def wait(self) -> None:
        """Waits for the device."""
        self._cuda.synchronize(self._index)

    def between_ns(self, begin: Any, end: Any) -> int:
        """Events give milliseconds, half a microsecond fine; at least 1, since a time is positive."""
        return max(1, round(float(begin.elapsed_time(end)) * 1e6))


class CudaGauge:
    """Reads one GPU.

    Args:
        cuda: `torch.cuda`, or what stands in for it.
        index: of the GPU.
        is_nvidia: whether its power is read, which torch gives in milliwatts for NVIDIA's GPUs.
    """

    def __init__(self, cuda: CudaApi, index: int, is_nvidia: bool = True) -> None:
        self._cuda, self._index, self._is_nvidia = cuda, index, is_nvidia
        self.clock = CudaClock(cuda, index)

    def reset_peaks(self) -> None:
        """Gives cached blocks back first: what warm-up needed and a step doesn't is no part of the peak."""
        gc.collect()
        self._cuda.synchronize(self._index)
        self._cuda.empty_cache()
        self._cuda.reset_peak_memory_stats(self._index)

    def peaks(self) -> Peaks:
        """Peaks of torch's allocator; the whole device's use is that of now."""
        free, total = self._cuda.mem_get_info(self._index)
        return Peaks(
            allocated=self._cuda.max_memory_allocated(self._index),
            reserved=self._cuda.max_memory_reserved(self._index),
            device_used=total - free,
            resident=None,
        )

    def allocated(self) -> int | None:
        """Bytes that torch's allocator has given out now."""
        return self._cuda.memory_allocated(self._index)

    def available(self) -> int | None:
        """What the driver has left."""
        free, _total = self._cuda.mem_get_info(self._index)
        return free

    def health(self) -> Health:
        """Clock, temperature and power by NVML, which is an optional package."""
        return Health(
            self._ask(self._cuda.clock_rate),
            self._ask(self._cuda.temperature),
            self._ask(self._cuda.power_draw) if self._is_nvidia else None,
        )

    def _ask(self, question: Callable[..., int]) -> int | None:
        try:
            return question(self._index)
        except Exception:  # NVML is missing, or the driver keeps it to itself: its errors are its own
            return None

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Whether torch's allocator could get no more."""
        return isinstance(error, self._cuda.OutOfMemoryError)
