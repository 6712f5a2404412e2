"""The CUDA adapter on a strict stand-in for `torch.cuda`, whose signatures are those of the real module."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch

from ganzoo.benchmark.measure.clocks import take_block
from ganzoo.benchmark.measure.cuda import CudaClock, CudaGauge
from ganzoo.benchmark.measure.gauges import Health, Peaks
from ganzoo.benchmark.measure.memory import activations_peak
from ganzoo.benchmark.measure.rows import is_throttled, joules_per_image
from ganzoo.benchmark.report import Launch

INDEX = 1


class StandInEvent:
    def __init__(self, cuda: StandIn, enable_timing: bool = False) -> None:
        assert enable_timing, "an event without timing has no time"
        self._cuda = cuda
        self.position: float | None = None

    def record(self) -> None:
        self._cuda.calls.append("record")
        self.position = self._cuda.launched_ms
        self._cuda.waited = False

    def elapsed_time(self, end_event: StandInEvent) -> float:
        assert self._cuda.waited, "an event was read before the device had passed it"
        assert self.position is not None
        assert end_event.position is not None
        self._cuda.calls.append("elapsed")
        return end_event.position - self.position


class StandIn:
    """Has what the adapter may use, and nothing else: any other attribute is an AttributeError."""

    class OutOfMemoryError(RuntimeError):
        pass

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.launched_ms = 0.0
        self.waited = False
        self.allocated = self.peak = 1000
        self.clocks: list[int | Exception] = []
        self.powers: list[int | Exception] = [ModuleNotFoundError("nvidia-ml-py")]

    def Event(self, enable_timing: bool = False) -> StandInEvent:
        return StandInEvent(self, enable_timing)

    def launch(self, milliseconds: float) -> None:
        self.calls.append("launch")
        self.launched_ms += milliseconds

    def synchronize(self, device: int) -> None:
        assert device == INDEX
        self.calls.append("synchronize")
        self.waited = True

    def memory_allocated(self, device: int) -> int:
        assert device == INDEX
        return self.allocated

    def max_memory_allocated(self, device: int) -> int:
        assert device == INDEX
        return self.peak

    def max_memory_reserved(self, device: int) -> int:
        assert device == INDEX
        return 5000

    def reset_peak_memory_stats(self, device: int) -> None:
        assert device == INDEX
        self.calls.append("reset")
        self.peak = self.allocated

    def empty_cache(self) -> None:
        self.calls.append("empty")

    def mem_get_info(self, device: int) -> tuple[int, int]:
        assert device == INDEX
        return 3000, 10_000  # free, total

    def clock_rate(self, device: int) -> int:
        assert device == INDEX
        reading = self.clocks.pop(0)
        if isinstance(reading, Exception):
            raise reading
        return reading

    def power_draw(self, device: int) -> int:
        assert device == INDEX
        reading = self.powers.pop(0)
        if isinstance(reading, Exception):
            raise reading
        return reading

    def temperature(self, device: int) -> int:
        raise ModuleNotFoundError("nvidia-ml-py does not seem to be installed")


def test_events_are_recorded_in_a_row_and_waited_for_once() -> None:
    cuda = StandIn()

    block = take_block(CudaClock(cuda, INDEX), lambda: cuda.launch(0.25), 3)

    assert cuda.calls == [
        "record", "launch", "record", "launch", "record", "launch", "record",
        "synchronize", "elapsed", "elapsed", "elapsed",
    ]  # fmt: skip
    assert block.samples_ns == (250_000, 250_000, 250_000)  # events speak milliseconds


def test_a_step_too_short_for_the_events_is_not_zero() -> None:
    cuda = StandIn()

    assert take_block(CudaClock(cuda, INDEX), lambda: cuda.launch(0), 2).samples_ns == (1, 1)


def test_peaks_begin_anew_after_the_cache_is_emptied() -> None:
    cuda = StandIn()
    cuda.peak = 9000
    gauge = CudaGauge(cuda, INDEX)

    gauge.reset_peaks()

    assert cuda.calls == ["synchronize", "empty", "reset"]
    assert gauge.peaks() == Peaks(allocated=1000, reserved=5000, device_used=7000, resident=None)


def test_activations_are_the_peak_above_what_is_held() -> None:
    cuda = StandIn()

    def step() -> None:
        cuda.peak = max(cuda.peak, cuda.allocated + 640)

    assert activations_peak(step, CudaGauge(cuda, INDEX)) == 640


@pytest.mark.parametrize(
    "error",
    [ModuleNotFoundError("nvidia-ml-py"), RuntimeError("driver"), ValueError("NVMLError_NotSupported")],
)
def test_without_nvml_the_clock_is_unknown(error: Exception) -> None:
    cuda = StandIn()
    cuda.clocks = [error]

    assert CudaGauge(cuda, INDEX).health() == Health(clock_mhz=None, temperature_c=None)


def test_the_clock_is_read_where_it_can_be() -> None:
    cuda = StandIn()
    cuda.clocks = [1410]

    assert CudaGauge(cuda, INDEX).health() == Health(clock_mhz=1410, temperature_c=None)


@pytest.mark.parametrize(
    ("clocks", "expected"),
    [((1410, 1400, 1395), False), ((1410, 1410, 1200), True), ((None, None, 1410), False), (None, False)],
)
def test_a_clock_that_falls_by_a_tenth_is_throttling(
    clocks: tuple[int | None, ...] | None, expected: bool
) -> None:
    blocks = ((1,), (1,), (1,))
    launch = Launch(blocks_ns=blocks, wall_ns=(1, 1, 1), dispatch_ns=(1, 1, 1), clock_mhz=clocks)

    assert is_throttled([launch]) == expected


def test_energy_is_power_by_speed() -> None:
    cuda = StandIn()
    cuda.clocks, cuda.powers = [1410, 1410], [300_000, 300_000]  # milliwatts

    assert CudaGauge(cuda, INDEX).health().power_mw == 300_000
    # Another vendor's readings have another unit, and are not taken.
    assert CudaGauge(cuda, INDEX, is_nvidia=False).health().power_mw is None

    launches = [
        Launch(blocks_ns=((1,), (1,)), wall_ns=(1, 1), dispatch_ns=(1, 1), power_mw=powers)
        for powers in ((300_000, 340_000), (None, 350_000), None)
    ]
    assert joules_per_image(launches, 1000) == pytest.approx(0.33)
    assert joules_per_image(launches[2:], 1000) is None


def test_only_the_allocators_own_error_is_out_of_memory() -> None:
    gauge = CudaGauge(StandIn(), INDEX)

    assert gauge.is_out_of_memory(StandIn.OutOfMemoryError("CUDA out of memory"))
    assert not gauge.is_out_of_memory(RuntimeError("CUDA error: an illegal memory access"))


def used() -> list[str]:
    """Every public name of the stand-in that belongs to `torch.cuda`."""
    own = {"calls", "launched_ms", "waited", "allocated", "peak", "clocks", "powers", "launch"}
    return sorted(name for name in {*vars(StandIn), *vars(StandIn())} - own if not name.startswith("_"))


@pytest.mark.parametrize("name", used())
def test_the_real_module_takes_the_same_arguments(name: str) -> None:
    real: Any = getattr(torch.cuda, name)
    if name == "OutOfMemoryError":
        assert issubclass(real, RuntimeError)
        return
    mine = inspect.signature(getattr(StandIn(), name))
    theirs = inspect.signature(real.__init__ if inspect.isclass(real) and name != "Event" else real)
    theirs.bind(**dict.fromkeys(mine.parameters))
    theirs.bind(*[None] * len(mine.parameters))


def test_real_events_take_the_same_arguments() -> None:
    assert list(inspect.signature(torch.cuda.Event.record).parameters)[1:] == ["stream"]
    assert list(inspect.signature(torch.cuda.Event.elapsed_time).parameters)[1:] == ["end_event"]
    assert "enable_timing" in inspect.signature(torch.cuda.Event).parameters
