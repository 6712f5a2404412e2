"""When a launch is warm and when it stops, on a scripted device and clock."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count

import pytest

from ganzoo.benchmark.measure import measurement
from ganzoo.benchmark.measure.gauges import Health
from ganzoo.benchmark.measure.measurement import FEWEST_SAMPLES, Limits, is_stable, take_launch, warm_up


class World:
    """A device whose steps take scripted times, and the only clock there is."""

    name = "scripted"

    def __init__(self, times_ns: Iterator[int]) -> None:
        self.now_ns = 0
        self.steps = 0
        self._times = times_ns
        self.clocks = iter(range(2000, 0, -1))

    def step(self) -> None:
        self.steps += 1
        self.now_ns += next(self._times)

    # As the clock of a gauge, and the gauge itself

    @property
    def clock(self) -> World:
        return self

    def mark(self) -> int:
        return self.now_ns

    def wait(self) -> None:
        pass

    def between_ns(self, begin: int, end: int) -> int:
        return max(1, end - begin)

    def health(self) -> Health:
        return Health(next(self.clocks), 55)

    def seconds(self) -> float:
        return self.now_ns / 1e9


@pytest.fixture(autouse=True)
def one_clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, World]:
    """Lets blocks read the scripted time instead of the machine's."""
    holder: dict[str, World] = {}
    take = measurement.take_block
    monkeypatch.setattr(
        measurement,
        "take_block",
        lambda clock, step, steps: take(clock, step, steps, lambda: holder["world"].now_ns),
    )
    return holder


@pytest.fixture
def make(one_clock: dict[str, World]) -> type[World]:
    def build(times_ns: Iterator[int]) -> World:
        one_clock["world"] = World(times_ns)
        return one_clock["world"]

    return build  # type: ignore[return-value]


def forever(*times: int) -> Iterator[int]:
    while True:
        yield from times


def then(first: list[int], rest: int) -> Iterator[int]:
    yield from first
    yield from forever(rest)


LIMITS = Limits(seconds=10.0, half_width=0.01, seed=0)
MS = 1_000_000


def test_the_first_step_is_a_figure_of_its_own(make: type[World]) -> None:
    world = make(then([500 * MS], 125 * MS))

    warm = warm_up(world, world.step, LIMITS, world.seconds)

    assert warm.first_step_ns == 500 * MS
    assert warm.steps == 11  # ten alike, which is more than a second
    assert world.steps == 11


def test_warming_up_goes_on_while_steps_become_faster(make: type[World]) -> None:
    falling = [int(300 * MS * 0.9**index) for index in range(20)]
    world = make(then([500 * MS, *falling], 30 * MS))

    assert warm_up(world, world.step, LIMITS, world.seconds).steps > 20


def test_warming_up_ends_when_its_time_is_over(make: type[World]) -> None:
    world = make(int(100 * MS * 1.1**index) for index in range(100))
    limits = Limits(seconds=2.0, half_width=0.01, seed=0)

    warm_up(world, world.step, limits, world.seconds)

    assert 2.1 <= world.seconds() <= 2.5


def test_steps_of_many_seconds_are_warm_after_three(make: type[World]) -> None:
    world = make(forever(60_000 * MS))

    assert warm_up(world, world.step, LIMITS, world.seconds).steps == 3


def test_stable_is_two_halves_alike() -> None:
    assert not is_stable([100] * 9)
    assert is_stable([500, *[100] * 5, *[101] * 5])
    assert not is_stable([*[100] * 5, *[97] * 5])


def test_a_quiet_device_is_measured_for_half_a_second(make: type[World]) -> None:
    world = make(forever(10 * MS))

    launch = take_launch(world, world.step, LIMITS, now=world.seconds)

    samples = [sample for block in launch.blocks_ns for sample in block]
    assert set(samples) == {10 * MS}
    assert 0.5 <= world.seconds() <= 0.6
    assert {len(block) for block in launch.blocks_ns[1:]} == {5}  # 50 ms
    assert launch.wall_ns == tuple(sum(block) for block in launch.blocks_ns)
    assert launch.clock_mhz is not None
    assert len(launch.clock_mhz) == len(launch.blocks_ns)
    assert launch.temperature_c == 55


def test_a_noisy_device_uses_up_the_time(make: type[World]) -> None:
    noise = random.Random(0)
    world = make(int(10 * MS * noise.lognormvariate(0, 1)) for _ in count())

    take_launch(world, world.step, LIMITS, now=world.seconds)

    assert 10.0 <= world.seconds() <= 10.8


def test_slow_steps_give_a_few_samples_whatever_the_time(make: type[World]) -> None:
    world = make(forever(60_000 * MS))

    launch = take_launch(world, world.step, LIMITS, now=world.seconds)

    assert sum(map(len, launch.blocks_ns)) == FEWEST_SAMPLES


def test_a_sample_is_the_mean_of_a_cycle(make: type[World]) -> None:
    """A step in three pays a penalty: no sample may hide it, wherever the cycle began."""
    world = make(forever(10 * MS, 40 * MS, 10 * MS))

    launch = take_launch(world, world.step, LIMITS, cycle=3, now=world.seconds)

    assert {sample for block in launch.blocks_ns for sample in block} == {20 * MS}
    assert launch.wall_ns == tuple(3 * sum(block) for block in launch.blocks_ns)
    assert world.steps == 3 * sum(map(len, launch.blocks_ns))


def test_samples_keep_their_order(make: type[World]) -> None:
    world = make(iter(range(200 * MS, 1_000_000 * MS, MS)))

    launch = take_launch(world, world.step, Limits(seconds=3.0, half_width=0.0, seed=0), now=world.seconds)

    samples = [sample for block in launch.blocks_ns for sample in block]
    assert samples == list(range(200 * MS, (200 + len(samples)) * MS, MS))


def test_a_launch_that_nobody_waits_for_ends(make: type[World]) -> None:
    world = make(forever(10 * MS))

    def refuse() -> None:
        raise SystemExit(1)

    with pytest.raises(SystemExit):
        take_launch(world, world.step, LIMITS, keep_on=refuse, now=world.seconds)


def test_the_overhead_is_that_of_a_step_that_does_nothing(make: type[World]) -> None:
    world = make(forever(10 * MS))

    assert measurement.overhead_ns(world) == 1
