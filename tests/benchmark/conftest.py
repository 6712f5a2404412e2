"""Builds benchmark reports from times that a test chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ganzoo.benchmark import report
from ganzoo.benchmark.report import (
    Flops,
    KernelTable,
    Key,
    Launch,
    Memory,
    Parameters,
    Part,
    Report,
    Row,
    Summary,
    Timing,
)

PROCESSOR = "cpu, a processor"


def make_key(**changes: Any) -> Key:
    """A key, with what the caller changes."""
    values: dict[str, Any] = {
        "model": "ganzoo-models:dcgan",
        "phase": "train-step",
        "image": "3x32x32",
        "batch_size": 64,
        "precision": "fp32",
        "channels_last": False,
        "compile": False,
        "components": {"upsampling": "ganzoo-components:transposed-conv"},
        "device": PROCESSOR,
        "threads": 2,
    }
    return Key(**{**values, **changes})


def make_timing(
    launches: Sequence[Sequence[int]], *, images: int = 64, clock: str = "perf-counter"
) -> Timing:
    """Times of steps, in blocks of five as a harness takes them."""
    return Timing(
        clock=clock,
        images_per_step=images,
        launches=tuple(_launch(launch) for launch in launches),
        first_step_ns=3 * max(map(max, launches)),
        compile_ns=None,
        warmup_steps=5,
    )


def _launch(samples: Sequence[int]) -> Launch:
    blocks = tuple(tuple(samples[start : start + 5]) for start in range(0, len(samples), 5))
    walls = tuple(sum(block) for block in blocks)
    return Launch(blocks_ns=blocks, wall_ns=walls, dispatch_ns=walls)


def make_row(launches: Sequence[Sequence[int]] | None, **changes: Any) -> Row:
    """A row with these times; fields of the key and of the row can be changed by name."""
    of_the_key = {name: changes.pop(name) for name in list(changes) if name in Key.__dataclass_fields__}
    key = make_key(**of_the_key)
    if launches is None:
        values = {"status": "out-of-memory", "reason": "needs 3 GiB", **changes}
        return Row(key=key, **values)
    timing = changes.pop("timing", None) or make_timing(launches, images=key.batch_size)
    median = sorted(time for launch in launches for time in launch)[sum(map(len, launches)) // 2]
    rate = 1e9 * key.batch_size / median
    if isinstance(changes.get("kernels"), Mapping):
        changes["kernels"] = KernelTable.from_json(changes["kernels"])
    values = {
        "status": "ok",
        "timing": timing,
        "summary": Summary(
            median_ns=median,
            interval_ns=(round(median * 0.99), round(median * 1.01)),
            p05_ns=min(map(min, launches)),
            p95_ns=max(map(max, launches)),
            samples=sum(map(len, launches)),
            wall_ns=median,
            dispatch_ns=median,
            images_per_second=rate,
            images_per_second_interval=(rate / 1.01, rate / 0.99),
            seconds_per_kimg=1000 / rate,
            drift=None,
        ),
        "subphases": {"G.forward": Part(median_ns=median // 4, share=0.25, samples=20)},
        "parameters": Parameters(generator=1_000_000, discriminator=500_000),
        "flops": Flops(
            per_image=1e9,
            per_step=64_000_000_000,
            by_operator={"convolution": 64_000_000_000},
            counts="convolutions",
            achieved_per_second=64e18 / median,
            share_of_peak=0.5,
        ),
        "memory": make_memory(),
        **changes,
    }
    return Row(key=key, **values)


def make_memory(**changes: int | None) -> Memory:
    """Memory of a row on a CPU."""
    values: dict[str, int | None] = {
        "weights": 6_000_000,
        "gradients": 6_000_000,
        "optimizer": 12_000_000,
        "average": 4_000_000,
        "activations_peak": 100_000_000,
        "allocated_peak": None,
        "reserved_peak": None,
        "device_used": None,
        "resident_peak": 600_000_000,
        "resident_baseline": 300_000_000,
    }
    return Memory(**{**values, **changes})  # type: ignore[arg-type]


def make_report(*rows: Row, environment: Mapping[str, Any] | None = None) -> Report:
    """A report of these rows."""
    return Report(
        created="2026-01-01T00:00:00Z",
        command=("ganzoo", "bench"),
        seed=0,
        environment=environment or {"python": "3.11", "versions": {"torch": "2.6.0"}},
        rows=rows,
    )


class Reports:
    """The makers, for tests, which can't import this file."""

    key = staticmethod(make_key)
    timing = staticmethod(make_timing)
    row = staticmethod(make_row)
    memory = staticmethod(make_memory)
    report = staticmethod(make_report)

    def write(self, path: Path, *rows: Row, **changes: Any) -> Path:
        """Writes a report of these rows."""
        report.write(path, make_report(*rows, **changes))
        return path


@pytest.fixture(scope="session")
def reports() -> Reports:
    """Makes reports."""
    return Reports()
