"""A recording made here and now, against what PyTorch's own table says of the same events."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile, record_function

from ganzoo import trace


def test_operators_agree_with_torchs_own_table(tmp_path: Path) -> None:
    network = nn.Sequential(
        nn.ConvTranspose2d(4, 8, 4, 2, 1), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(512, 1)
    )
    optimizer = torch.optim.Adam(network.parameters())
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        for _ in range(2):
            with record_function("discriminator step"):
                network(torch.randn(2, 4, 4, 4)).mean().backward()
                optimizer.step()
    path = tmp_path / "trace.json.gz"
    profiler.export_chrome_trace(str(path))

    analysis = trace.analyse(trace.read(path))

    found = {row.name: row for row in analysis.operators}
    expected = {
        row.key: row for row in profiler.key_averages() if not row.is_user_annotation and row.key in found
    }
    assert len(expected) == len(found) > 30
    assert found["aten::convolution_backward"].calls == 2
    for name, row in expected.items():
        # Torch counts an operator that calls itself, as aten::mean does, once.
        assert found[name].calls >= row.count, name
        # Torch's table is in microseconds and takes each event's start and end to the nanosecond.
        assert abs(found[name].own / 1e3 - row.self_cpu_time_total) <= 0.002 * row.count, name
    assert {row.name: row.instances for row in analysis.ranges}["discriminator step"] == 2
    assert analysis.bottleneck.kind == "no-gpu-activity"
    assert analysis.complete
