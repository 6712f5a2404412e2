"""A row's figures worked out by hand, and the marks on rows to be taken with care."""

from __future__ import annotations

import dataclasses

import pytest

from ganzoo.arithmetic import peaks
from ganzoo.benchmark.measure import rows
from ganzoo.benchmark.measure.tasks import Account, Measured
from ganzoo.benchmark.report import Key, Launch, Memory, Parameters, Part, Peak, Row

MS = 1_000_000

ACCOUNT = Account(
    parameters=Parameters(generator=10, discriminator=20),
    flops=6_400_000_000,
    flops_by_operator={"aten.convolution": 6_400_000_000},
    subphases={"data": Part(median_ns=1, share=1.0, samples=3)},
    memory=Memory(
        weights=1,
        gradients=None,
        optimizer=None,
        average=None,
        activations_peak=5,
        allocated_peak=None,
        reserved_peak=None,
        device_used=None,
        resident_peak=7,
        resident_baseline=6,
    ),
    overhead_ns=90,
    kernels=None,
)
PEAK = Peak(flops_per_second=64e9, bytes_per_second=None, source="a sheet", measured=False)


def key(*, is_compiled: bool = False) -> Key:
    return Key(
        model="a:b",
        phase="train-step",
        image="3x32x32",
        batch_size=32,
        precision="fp32",
        channels_last=True,
        compile=is_compiled,
        components={},
        device="cpu (x)",
        threads=1,
    )


def measured(*blocks_ms: list[float], first_ms: float = 900, account: bool = True) -> Measured:
    blocks = tuple(tuple(round(sample * MS) for sample in block) for block in blocks_ms)
    launch = Launch(
        blocks_ns=blocks,
        wall_ns=tuple(sum(block) + 2 * MS for block in blocks),
        dispatch_ns=tuple(sum(block) // 2 for block in blocks),
    )
    return Measured(
        launch=launch,
        clock="perf-counter",
        images_per_step=64,  # two updates of the discriminator, 32 images each
        first_step_ns=round(first_ms * MS),
        warmup_steps=5,
        steps_per_sample=1,
        account=ACCOUNT if account else None,
    )


def row(*launches: Measured, is_compiled: bool = False, peak: Peak = PEAK) -> Row:
    return rows.with_result(key(is_compiled=is_compiled), launches, peak, half_width=0.01, seed=0)


def test_the_figures_of_a_steady_row() -> None:
    result = row(measured([200, 200], [200, 200]), measured([200], [200], account=False, first_ms=700))

    summary, flops, timing = result.summary, result.flops, result.timing
    assert summary is not None
    assert flops is not None
    assert timing is not None
    assert (summary.median_ns, summary.interval_ns) == (200 * MS, (200 * MS, 200 * MS))
    assert summary.images_per_second == pytest.approx(320)  # 64 images in a fifth of a second
    assert summary.images_per_second_interval == pytest.approx((320, 320))
    assert summary.seconds_per_kimg == pytest.approx(3.125)
    assert summary.samples == 6
    # By block, a step's share of the wall: (402, 402) / 2 and 202, 202; their median is 201.5.
    assert summary.wall_ns == 201.5 * MS
    assert summary.dispatch_ns == 100 * MS
    assert summary.overhead_ns == 90
    assert flops.per_image == 1e8
    assert flops.achieved_per_second == pytest.approx(32e9)  # 6.4 GFLOP in a fifth of a second
    assert flops.share_of_peak == pytest.approx(0.5)
    assert timing.first_step_ns == 800 * MS
    assert timing.compile_ns is None
    assert (result.status, result.flags) == ("ok", ())


def test_rates_take_the_interval_the_other_way_round() -> None:
    result = row(measured([100, 110] * 10), measured([104, 112] * 10), measured([101, 109] * 10))

    assert result.summary is not None
    assert result.summary.interval_ns is not None
    assert result.summary.images_per_second_interval is not None
    low, high = result.summary.interval_ns
    assert low < result.summary.median_ns < high
    assert result.summary.images_per_second_interval == pytest.approx((64e9 / high, 64e9 / low), rel=1e-6)


def test_compilation_is_what_the_first_step_takes_beyond_a_usual_one() -> None:
    result = row(measured([200] * 4), is_compiled=True)

    assert result.timing is not None
    assert result.timing.compile_ns == 700 * MS


def test_the_wall_time_of_a_step_is_that_of_its_cycle_by_its_steps() -> None:
    launch = dataclasses.replace(measured([200, 200]), steps_per_sample=16)

    result = row(launch)

    assert result.summary is not None
    assert result.summary.median_ns == 200 * MS
    assert result.summary.wall_ns == round(402 * MS / 2 / 16)


def test_an_unknown_peak_has_no_share() -> None:
    result = row(measured([200] * 4), peak=peaks.unknown("unknown: nobody knows"))

    assert result.flops is not None
    assert result.flops.share_of_peak is None
    assert result.flops.achieved_per_second == pytest.approx(32e9)


STEADY = [200.0] * 12


@pytest.mark.parametrize(
    ("launches", "flags"),
    [
        ([STEADY, STEADY], ()),
        ([STEADY], ("one-launch",)),
        ([STEADY, [230.0] * 12], ("noisy",)),
        ([[200.0] * 6 + [300.0] * 6] * 3, ("noisy", "drifting")),
        ([[200.0] * 6 + [204.0] * 6] * 3, ("noisy",)),
    ],
    ids=["steady", "one launch", "launches differ", "drift", "little drift"],
)
def test_flags(launches: list[list[float]], flags: tuple[str, ...]) -> None:
    assert row(*(measured(launch) for launch in launches)).flags == flags


def test_a_cell_without_result_says_why() -> None:
    result = rows.without_result(key(), "out-of-memory", "there was none left")

    assert (result.status, result.reason) == ("out-of-memory", "there was none left")
    assert result.timing is None
    assert result.summary is None
