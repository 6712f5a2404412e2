"""`ganzoo bench compare`: what it prints, the gate, and what it refuses."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STEADY = [[10_000_000, 10_010_000, 9_990_000, 10_000_000] for _ in range(3)]
SLOWER = [[round(1.06 * time) for time in launch] for launch in STEADY]

Ganzoo = Callable[..., Any]


@pytest.fixture
def same_and_slower(reports: Any, tmp_path: Path) -> tuple[Path, Path]:
    """Two reports of two rows; the second row takes 6 % longer in B."""
    a = reports.write(tmp_path / "a.json", reports.row(STEADY, batch_size=1), reports.row(STEADY))
    b = reports.write(
        tmp_path / "b.json",
        reports.row([launch[::-1] for launch in STEADY], batch_size=1),
        reports.row(SLOWER),
        environment={"python": "3.12", "versions": {"torch": "2.6.0"}, "governor": "powersave"},
    )
    return a, b


def test_the_environments_come_first_then_a_row_each(
    ganzoo: Ganzoo, same_and_slower: tuple[Path, Path]
) -> None:
    result = ganzoo("bench", "compare", *same_and_slower)

    lines = [line.split() for line in result.out.splitlines()]
    assert result.code == 0
    assert lines[:3] == [
        ["Environments", "differ"],
        ["governor", "None", "->", "powersave"],
        ["python", "3.11", "->", "3.12"],
    ]
    heading, first, second = lines[-3:]
    assert heading[:4] == ["model", "batch", "verdict", "time"]
    assert first[:3] == ["dcgan", "1", "same"]
    assert second[:5] == ["dcgan", "64", "slower", "+6.0", "%"]
    assert "phase train-step, image 3x32x32, precision fp32" in result.out


def test_json_is_one_object_with_everything(ganzoo: Ganzoo, same_and_slower: tuple[Path, Path]) -> None:
    result = ganzoo("bench", "compare", "--json", "--gate", 5, *same_and_slower)

    assert result.code == 1
    assert result.json["schema"] == 1
    assert result.json["environment"][1] == {"name": "python", "base": "3.11", "new": "3.12"}
    row = result.json["rows"][1]
    assert (row["model"], row["verdict"]) == ("ganzoo-models:dcgan", "slower")
    assert row["time_change"] == pytest.approx(0.06, abs=1e-6)
    assert row["interval_low"] <= row["time_change"] <= row["interval_high"]
    assert set(row["reasons"]) == {"significant"}
    assert {"name": "weights", "unit": "B", "base": 6e6, "new": 6e6, "verdict": "same"} in row["measures"]
    assert result.json["gate"] == {"percent": 5.0, "regressions": [f"{NAME}: time +6.0 %"]}


NAME = "ganzoo-models:dcgan train-step 3x32x32 batch 64 fp32 upsampling=ganzoo-components:transposed-conv"


@pytest.mark.parametrize(("gate", "code"), [(5, 1), (7, 0)])
def test_the_gate_stops_a_slower_row(
    ganzoo: Ganzoo, same_and_slower: tuple[Path, Path], gate: float, code: int
) -> None:
    result = ganzoo("bench", "compare", "--gate", gate, *same_and_slower)

    assert result.code == code
    assert ("error: 1 regression above 5 %" in result.err) == bool(code)
    assert (f"{NAME}: time +6.0 %" in result.err) == bool(code)


def test_the_gate_lets_what_became_faster_pass(ganzoo: Ganzoo, same_and_slower: tuple[Path, Path]) -> None:
    result = ganzoo("bench", "compare", "--gate", 0, *reversed(same_and_slower))

    assert result.code == 0
    assert "faster" in result.out


def test_the_gate_needs_no_quiet_machine_for_what_is_counted(
    ganzoo: Ganzoo, reports: Any, tmp_path: Path
) -> None:
    before = {"weights": 1000, "activations_peak": 1000, "resident_peak": 1000, "gradients": 0}
    noisy = [[5_000_000] * 4, [10_000_000] * 4, [20_000_000] * 4]

    def gated(name: str, gate: float = 0, **after: int) -> tuple[int, str]:
        a = reports.write(tmp_path / "a.json", reports.row(noisy, memory=reports.memory(**before)))
        memory = reports.memory(**{**before, **after})
        b = reports.write(tmp_path / f"{name}.json", reports.row(noisy[::-1], memory=memory))
        result = ganzoo("bench", "compare", "--gate", gate, a, b)
        return result.code, result.err.splitlines()[-1].split("conv: ")[-1] if result.err else ""

    assert gated("same") == (0, "")
    assert gated("more", weights=1001) == (1, "weights +0.10 %")
    assert gated("below the gate", gate=1, weights=1001) == (0, "")
    assert gated("less", weights=999) == (0, "")
    assert gated("below the floor", activations_peak=1010, resident_peak=1050) == (0, "")
    assert gated("above the floor", activations_peak=1011) == (1, "activations peak +1.10 %")
    assert gated("from nothing", gate=50, gradients=8) == (1, "gradients 0 to 8")


def test_the_gate_stops_a_row_that_fails_in_b_only(ganzoo: Ganzoo, reports: Any, tmp_path: Path) -> None:
    runs = reports.write(tmp_path / "runs.json", reports.row(STEADY))
    fails = reports.write(tmp_path / "fails.json", reports.row(None))

    assert ganzoo("bench", "compare", "--gate", 50, runs, fails).code == 1
    assert ganzoo("bench", "compare", "--gate", 50, fails, runs).code == 0
    assert ganzoo("bench", "compare", "--gate", 50, fails, fails).code == 0
    assert "out-of-memory: needs 3 GiB" in ganzoo("bench", "compare", runs, fails).out


def test_kernels_are_counted_a_step(ganzoo: Ganzoo, reports: Any, tmp_path: Path) -> None:
    def kernels(steps: Any, calls: int) -> dict[str, Any]:
        entry = {"name": "gemm", "category": "gemm", "calls": calls, "total_ns": 1000 * calls}
        return {"steps": steps, "table": [entry, {"name": "not a kernel"}]}

    a = reports.write(tmp_path / "a.json", reports.row(STEADY, kernels=kernels(3, 30)))
    # The recording of a GPU lists the kernels of each step.
    b = reports.write(
        tmp_path / "b.json", reports.row(STEADY, kernels=kernels({"kernels": [11, 11], "stable": True}, 22))
    )

    result = ganzoo("bench", "compare", "--explain", "--gate", 0, a, b)

    assert result.code == 1
    assert "calls +10.00 %" in result.err
    assert "gemm                10.0 to 11.0 µs, 10 to 11 calls a step" in result.out


def test_what_was_chosen_is_not_repeated_and_csv_has_it_all(
    ganzoo: Ganzoo, same_and_slower: tuple[Path, Path]
) -> None:
    result = ganzoo("bench", "compare", "--format", "csv", *same_and_slower)

    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert [row["verdict"] for row in rows] == ["same", "slower"]
    assert rows[1]["device"] == "cpu, a processor"
    assert float(rows[1]["base_ns"]) == pytest.approx(10_000_000)
    assert float(rows[1]["new_ns"]) == pytest.approx(10_600_000)
    assert "python 3.11 -> 3.12" in result.err


def test_explain_says_what_a_verdict_rests_on(ganzoo: Ganzoo, same_and_slower: tuple[Path, Path]) -> None:
    out = ganzoo("bench", "compare", "--explain", *same_and_slower).out

    assert f"{NAME}: slower" in out
    assert "why (significant)" in out
    assert "G.forward           2.50 to 2.65 ms" in out


def test_lines_are_not_cut_in_a_pipe(ganzoo: Ganzoo, reports: Any, tmp_path: Path) -> None:
    reason = "because " * 100 + "of this."
    a = reports.write(tmp_path / "a.json", reports.row(STEADY))
    b = reports.write(tmp_path / "b.json", reports.row(None, reason=reason))

    assert reason in ganzoo("bench", "compare", a, b).out


def test_a_report_can_not_control_the_terminal(ganzoo: Ganzoo, reports: Any, tmp_path: Path) -> None:
    a = reports.write(tmp_path / "a.json", reports.row(STEADY), environment={"a": "\x1b[2Jb"})
    b = reports.write(tmp_path / "b.json", reports.row(None, reason="\x1b[31mred\nline"))

    result = ganzoo("bench", "compare", "--explain", a, b)

    assert "\x1b[31m" not in result.out
    assert "\x1b[2J" not in result.out + result.err


# Refusals


def test_different_devices_are_refused_unless_asked(ganzoo: Ganzoo, reports: Any, tmp_path: Path) -> None:
    a = reports.write(tmp_path / "a.json", reports.row(STEADY))
    b = reports.write(tmp_path / "b.json", reports.row(SLOWER, device="NVIDIA H100", threads=None))

    refused = ganzoo("bench", "compare", a, b)
    assert (refused.code, refused.out) == (2, "")
    assert "NVIDIA H100" in refused.err
    assert "--across-devices" in refused.err
    assert "slower" in ganzoo("bench", "compare", "--across-devices", a, b).out


def test_another_schema_is_refused(ganzoo: Ganzoo, reports: Any, tmp_path: Path) -> None:
    a = reports.write(tmp_path / "a.json", reports.row(STEADY))
    b = tmp_path / "b.json"
    b.write_text(json.dumps({**json.loads(a.read_text()), "schema": 2}))

    result = ganzoo("bench", "compare", a, b)

    assert (result.code, result.out) == (1, "")
    assert "schema 2" in result.err


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda text: text[: len(text) // 2], "b.json is not a benchmark report"),
        (lambda text: text.replace('"batch_size": 64', '"batch_size": "64"'), "batch_size is '64'"),
        (lambda text: text.replace('"median_ns"', '"median"'), "median_ns is missing"),
        (lambda text: "", "b.json is not a benchmark report"),
        (lambda text: "[]", "b.json is not a benchmark report"),
    ],
)
def test_a_damaged_report_is_refused_with_the_reason(
    ganzoo: Ganzoo, reports: Any, tmp_path: Path, damage: Callable[[str], str], reason: str
) -> None:
    a = reports.write(tmp_path / "a.json", reports.row(STEADY))
    b = tmp_path / "b.json"
    b.write_text(damage(a.read_text()))

    result = ganzoo("bench", "compare", a, b)

    assert (result.code, result.out) == (1, "")
    assert reason in result.err


@pytest.mark.parametrize(
    "options", [["--gate", "-1"], ["--gate", "x"], ["--json", "--explain"], ["--format", "yaml"]]
)
def test_a_wrong_option_is_a_usage_error(
    ganzoo: Ganzoo, reports: Any, tmp_path: Path, options: list[str]
) -> None:
    a = reports.write(tmp_path / "a.json", reports.row(STEADY))

    assert ganzoo("bench", "compare", *options, a, a).code == 2


def test_a_missing_report_is_said(ganzoo: Ganzoo) -> None:
    result = ganzoo("bench", "compare", "nowhere.json", "nowhere.json")

    assert (result.code, result.err) == (2, "error: there is no file 'nowhere.json'\n")
