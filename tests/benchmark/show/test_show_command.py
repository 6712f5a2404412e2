"""`ganzoo bench show`: tables for people and programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Ganzoo = Callable[..., Any]

TIMES = [[64_000_000] * 5 for _ in range(3)]


@pytest.fixture
def swept(reports: Any, tmp_path: Path) -> Path:
    """A report of three batch sizes, one of which did not fit."""
    path: Path = reports.write(
        tmp_path / "swept.json",
        reports.row([[10_000_000] * 5] * 3, batch_size=8),
        reports.row(TIMES, flags=("noisy", "drifting")),
        reports.row(None, batch_size=4096),
    )
    return path


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# The command


def test_the_table_of_times(ganzoo: Ganzoo, swept: Path) -> None:
    lines = ganzoo("bench", "show", swept).out.splitlines()

    assert lines[0].startswith("all rows: phase train-step, image 3x32x32, precision fp32, channels last no")
    cells = [line.split() for line in lines[2:]]
    # 64 images in 64 ms, ± 1 %
    assert cells[2][:5] == ["dcgan", "64", "1,000", "1.0", "%"]
    assert cells[2][-2:] == ["noisy,", "drifting"]
    assert " ".join(cells[3]).endswith("out-of-memory: needs 3 GiB")
    assert len(cells) == 4


def test_csv_is_unrounded_and_empty_where_nothing_is_known(ganzoo: Ganzoo, swept: Path) -> None:
    rows = read_csv(ganzoo("bench", "show", "--format", "csv", swept).out)

    assert [row["batch_size"] for row in rows] == ["8", "64", "4096"]
    assert rows[1]["median_ns"] == "64000000"
    assert float(rows[1]["images_per_second"]) == 1000
    assert rows[1]["interval_low_ns"] == "63360000"
    assert rows[1]["launches"] == "3"
    assert rows[1]["peak_bytes"] == "600000000"
    assert rows[1]["components"] == "upsampling=ganzoo-components:transposed-conv"
    assert (rows[2]["median_ns"], rows[2]["status"]) == ("", "out-of-memory")


def test_json_is_one_object(ganzoo: Ganzoo, swept: Path) -> None:
    result = ganzoo("bench", "show", "--json", swept)

    assert (result.json["schema"], result.json["table"]) == (1, "times")
    assert [row["median_ns"] for row in result.json["rows"]] == [10_000_000, 64_000_000, None]


def test_markdown_is_a_table_that_github_reads(ganzoo: Ganzoo, swept: Path) -> None:
    lines = ganzoo("bench", "show", "--format", "markdown", swept).out.splitlines()

    assert lines[0].startswith("All rows: phase train-step")
    assert lines[2].startswith("| model | batch | images/s | ± |")
    assert lines[3].startswith("| --- | ---: | ---: | ---: |")
    assert lines[5].startswith("| dcgan | 64 | 1,000 | 1.0 % |")
    assert len({line.count("|") for line in lines[2:]}) == 1


def test_rows_are_sorted_by_any_column(ganzoo: Ganzoo, swept: Path) -> None:
    def batches(column: str) -> list[str]:
        out = ganzoo("bench", "show", "--format", "csv", "--sort", column, swept).out
        return [row["batch_size"] for row in read_csv(out)]

    assert batches("median_ns") == ["64", "8", "4096"]
    assert batches("images_per_second") == ["64", "8", "4096"]
    assert batches("status") == ["8", "64", "4096"]


def test_an_unknown_column_is_a_usage_error(ganzoo: Ganzoo, swept: Path) -> None:
    result = ganzoo("bench", "show", "--sort", "images_per_secnd", swept)

    assert result.code == 2
    assert "did you mean 'images_per_second'" in result.err


def test_several_reports_are_one_table(ganzoo: Ganzoo, reports: Any, tmp_path: Path) -> None:
    one = reports.write(tmp_path / "one.json", reports.row(TIMES))
    two = reports.write(tmp_path / "two.json", reports.row(TIMES, model="other:dcgan"))

    lines = ganzoo("bench", "show", one, two).out.splitlines()

    # Two distributions have a model of that name: the full names are shown.
    assert [line.split()[:2] for line in lines[-2:]] == [
        ["one", "ganzoo-models:dcgan"],
        ["two", "other:dcgan"],
    ]
    assert ganzoo("bench", "show", one, one).code == 2


def test_reports_of_one_file_name_are_told_apart_by_path(
    ganzoo: Ganzoo, reports: Any, tmp_path: Path
) -> None:
    paths = [tmp_path / folder / "report.json" for folder in ("x", "y")]
    for path in paths:
        path.parent.mkdir()
        reports.write(path, reports.row(TIMES))

    out = ganzoo("bench", "show", *paths).out

    assert all(str(path) in out for path in paths)


def test_components_are_shown_where_a_model_has_several(ganzoo: Ganzoo, reports: Any, tmp_path: Path) -> None:
    rows = [reports.row(TIMES, components={"upsampling": f"ups:{name}"}) for name in ("resize", "shuffle")]
    path = reports.write(tmp_path / "report.json", *rows)

    lines = ganzoo("bench", "show", path).out.splitlines()

    assert [line.split()[:2] for line in lines[2:]] == [
        ["model", "components"], ["dcgan", "resize"], ["dcgan", "shuffle"],
    ]  # fmt: skip


def test_the_table_of_memory(ganzoo: Ganzoo, swept: Path) -> None:
    result = ganzoo("bench", "show", "--table", "memory", swept)

    assert "gradients" in result.out
    assert "allocated peak" not in result.out, "nothing is known of it on a CPU"
    # 6,000,000 / 1024²
    assert "5.72 MiB" in result.out
    row = read_csv(ganzoo("bench", "show", "--table", "memory", "--format", "csv", swept).out)[1]
    assert (row["weights_bytes"], row["allocated_peak_bytes"]) == ("6000000", "")


def test_the_table_of_parts(ganzoo: Ganzoo, swept: Path) -> None:
    (first, second) = read_csv(ganzoo("bench", "show", "--table", "parts", "--format", "csv", swept).out)

    assert (first["batch_size"], first["part"], first["median_ns"]) == ("8", "G.forward", "2500000")
    assert (second["batch_size"], second["median_ns"], second["share"]) == ("64", "16000000", "0.25")


def put_kernels(path: Path, kernels: Any) -> None:
    """Writes a table of kernels into a report, whatever it holds."""
    value = json.loads(path.read_text(encoding="utf-8"))
    value["rows"][0]["kernels"] = kernels
    path.write_text(json.dumps(value), encoding="utf-8")


def test_the_table_of_kernels(ganzoo: Ganzoo, reports: Any, tmp_path: Path) -> None:
    entries = [
        {"name": "volta_sgemm", "category": "gemm", "calls": 3, "total_ns": 750},
        {"name": "bn_fw", "category": "norm", "calls": 1, "total_ns": 250},
        {"name": "broken", "category": "norm", "calls": None, "total_ns": 1},
        "broken",
    ]
    path = reports.write(tmp_path / "r.json", reports.row(TIMES))
    put_kernels(path, {"steps": 1, "table": entries})

    rows = read_csv(ganzoo("bench", "show", "--table", "kernels", "--format", "csv", path).out)

    assert [(row["kernel"], row["category"], row["calls"], row["share"]) for row in rows] == [
        ("volta_sgemm", "gemm", "3", "0.75"),
        ("bn_fw", "norm", "1", "0.25"),
    ]


@pytest.mark.parametrize("kernels", [None, {}, {"table": 3}, {"steps": "x", "table": {}}])
def test_a_report_without_kernels_says_so(
    ganzoo: Ganzoo, reports: Any, tmp_path: Path, kernels: dict[str, Any] | None
) -> None:
    path = reports.write(tmp_path / "r.json", reports.row(TIMES))
    put_kernels(path, kernels)

    result = ganzoo("bench", "show", "--table", "kernels", path)

    assert (result.code, result.out) == (0, "")
    assert "no row has kernels" in result.err
