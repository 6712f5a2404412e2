"""The table of peaks: dense figures with a source, and nothing for a device that is not in it."""

from __future__ import annotations

import re

import pytest
import torch

from ganzoo.arithmetic import peaks
from ganzoo.benchmark.measure import calibration


@pytest.mark.parametrize(
    ("name", "precision", "teraflops", "gigabytes"),
    [
        ("NVIDIA H100 80GB HBM3", "bf16", 989.5, 3350),  # 1979 is the figure with sparsity
        ("NVIDIA A100-SXM4-80GB", "bf16", 312, 2039),
        ("NVIDIA A100-SXM4-80GB", "tf32", 156, 2039),
        ("NVIDIA A100-SXM4-80GB", "fp32", 19.5, 2039),
        ("A100-SXM4-40GB", "fp16", 312, 1555),
        ("NVIDIA L4", "bf16", 121, 300),  # 242 with sparsity; some tables say 3350 GB/s
        ("Tesla T4", "fp16", 65, 320),
        ("Tesla V100-SXM2-16GB", "fp16", 125, 900),
    ],
)
def test_known_devices(name: str, precision: str, teraflops: float, gigabytes: float) -> None:
    peak = peaks.look_up(name, precision)

    assert peak.flops_per_second == teraflops * 1e12
    assert peak.bytes_per_second == gigabytes * 1e9
    assert not peak.measured
    assert "NVIDIA" in peak.source


@pytest.mark.parametrize(
    "name",
    ["NVIDIA GeForce RTX 4090 Laptop GPU", "NVIDIA A100-SXM4-40GB MIG 1g.5gb", "NVIDIA L40", "AMD Instinct"],
)
def test_a_device_that_is_not_in_the_table_is_not_guessed(name: str) -> None:
    peak = peaks.look_up(name, "bf16")

    assert peak.flops_per_second is None
    assert peak.bytes_per_second is None
    assert name in peak.source


def test_a_precision_that_a_device_does_not_multiply_has_no_peak() -> None:
    peak = peaks.look_up("Tesla T4", "bf16")

    assert peak.flops_per_second is None
    assert peak.bytes_per_second == 320e9


@pytest.mark.parametrize("sheet", peaks.SHEETS, ids=lambda sheet: sheet.pattern)
def test_a_sheet_is_in_order(sheet: peaks.Sheet) -> None:
    assert re.compile(sheet.pattern)
    assert sheet.source
    assert set(sheet.teraflops) <= {"fp32", "tf32", "bf16", "fp16"}
    assert list(sheet.teraflops.values()) == sorted(sheet.teraflops.values())
    # No device of the table moves less than 4 or more than 220 operations' worth of a byte in fp32.
    assert 4 < sheet.teraflops["fp32"] * 1e3 / sheet.gigabytes_per_second < 220


def test_a_name_is_found_once() -> None:
    for name in ("NVIDIA H100 80GB HBM3", "NVIDIA H100 PCIe", "NVIDIA L4", "NVIDIA L40S", "Tesla T4"):
        assert sum(bool(re.fullmatch(sheet.pattern, name)) for sheet in peaks.SHEETS) == 1


def test_a_cpu_is_measured_and_labelled_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "_SIDE", 256)
    monkeypatch.setattr(calibration, "_ELEMENTS", 2**20)

    peak = calibration.measure_peak(torch.float32, seconds=0.02)

    assert peak.measured
    assert peak.source.startswith("measured here: matrix products of 256 x 256 in float32")
    assert peak.flops_per_second is not None
    assert peak.bytes_per_second is not None
    assert 1e8 < peak.flops_per_second < 1e14
    assert 1e8 < peak.bytes_per_second < 1e13


def test_the_rate_of_a_call_is_the_time_by_the_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def work() -> None:
        nonlocal now
        now += 0.25

    monkeypatch.setattr(calibration.time, "perf_counter", lambda: now)

    assert calibration._seconds(work, 0.9) == 0.25
