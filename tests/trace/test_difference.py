"""`ganzoo bench trace A B`: the kernels that came, went, grew and shrank."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def record(recording: Any, name: str, steps: int, kernels: dict[str, int]) -> Path:
    """A recording of steps that each run kernels of these durations, one after the other."""
    recording.events.clear()
    for step in range(steps):
        began = 1_000_000 * step
        recording.range(f"ProfilerStep#{step}", began, 900_000)
        for number, (kernel, duration) in enumerate(kernels.items()):
            correlation = 100 * step + number
            recording.call(began + 10_000 * number + 1000, 2000, correlation)
            recording.kernel(began + 100_000 * number + 50_000, duration, correlation, name=kernel)
    path: Path = recording.write(name)
    return path


def test_kernels_of_a_step_by_hand(recording: Any, ganzoo: Callable[..., Any]) -> None:
    a = record(recording, "a.json", 2, {"gone": 5000, "larger": 10_000, "smaller": 40_000, "alike": 20_000})
    b = record(recording, "b.json", 3, {"larger": 30_000, "smaller": 30_000, "alike": 20_500, "new": 7000})

    result = ganzoo("bench", "trace", a, b, "--json")

    assert result.code == 0, result.err
    found = json.loads(result.out)
    assert (found["unit"], found["base_ns"], found["new_ns"]) == ("step", 75_000, 87_500)
    assert (found["base_kernels"], found["new_kernels"]) == (4, 4)
    assert [(row["name"], row["change"], row["new_ns"] - row["base_ns"]) for row in found["kernels"]] == [
        ("larger", "grew", 20_000),
        ("smaller", "shrank", -10_000),
        ("new", "came", 7000),
        ("gone", "went", -5000),
        ("alike", "same", 500),
    ]
    shown = ganzoo("bench", "trace", a, b, "--top", "2")
    assert shown.out.splitlines()[:2] == [
        "GPU time  0.075 ms to 0.087 ms a step, +16.7 %; kernels 4 to 4",
        "kernels   1 came, 1 went, 1 grew, 1 shrank, 1 same",
    ]
    assert "2 more rows: --top 0 shows all" in shown.err


def test_steps_of_a_real_recording(shared: Callable[[str], Path], ganzoo: Callable[..., Any]) -> None:
    """Against itself nothing changed; the sums of a step are the README's sums over its three steps."""
    path = shared("a100_convnet_ddp_nccl.json.gz")

    found = json.loads(ganzoo("bench", "trace", path, path, "--json").out)

    assert {row["change"] for row in found["kernels"]} == {"same"}
    assert (found["base_kernels"], found["base_ns"]) == (900, 162_532_340 / 3)


def test_what_can_not_be_compared(
    recording: Any, ganzoo: Callable[..., Any], shared: Callable[[str], Path]
) -> None:
    a = record(recording, "a.json", 1, {"gemm": 5000})
    assert "--by is for one recording" in ganzoo("bench", "trace", a, a, "--by", "kernel").err
    refused = ganzoo("bench", "trace", a, shared("cpu_only.json.gz"))
    assert refused.code == 1
    assert "has no kernels to compare" in refused.err
