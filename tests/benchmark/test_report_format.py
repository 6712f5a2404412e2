"""The report file: what goes in comes back, and what is no report is refused with the reason."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganzoo.benchmark import report
from ganzoo.benchmark.report import (
    KernelTable,
    KernelTotals,
    Key,
    Launch,
    Memory,
    Peak,
    Report,
    Row,
    Summary,
    Timing,
)
from ganzoo.errors import GanzooError, UsageError

KEY = Key(
    model="ganzoo-models:dcgan",
    phase="train-step",
    image="3x32x32",
    batch_size=64,
    precision="bf16",
    channels_last=True,
    compile=False,
    components={"upsampling": "ganzoo-components:transposed-conv"},
    device="cpu (some processor)",
    threads=2,
)
LAUNCH = Launch(blocks_ns=((5, 4), (6,)), wall_ns=(10, 7), dispatch_ns=(9, 6))
SUMMARY = Summary(
    median_ns=5,
    interval_ns=(4, 6),
    p05_ns=4,
    p95_ns=6,
    samples=3,
    wall_ns=5,
    dispatch_ns=4,
    images_per_second=1.28e10,
    images_per_second_interval=None,
    seconds_per_kimg=7.8e-8,
    drift=None,
)
TIMING = Timing(
    clock="perf-counter",
    images_per_step=64,
    launches=(LAUNCH,),
    first_step_ns=50,
    compile_ns=None,
    warmup_steps=3,
)
MEMORY = Memory(
    weights=4,
    gradients=4,
    optimizer=8,
    average=None,
    activations_peak=9,
    allocated_peak=None,
    reserved_peak=None,
    device_used=None,
    resident_peak=10**9,
    resident_baseline=10**8,
)
KERNELS = KernelTable(
    source="operators",
    steps=3,
    profiled_step_ns=60,
    table=(
        KernelTotals(
            name="aten::mm",
            category="gemm",
            calls=3,
            total_ns=12,
            calls_per_step=1.0,
            mean_ns=4,
            share=1.0,
            phase="generator forward",
        ),
    ),
    details={"total_ns": 12, "complete": True},
)
ROW = Row(
    key=KEY,
    status="ok",
    flags=("noisy", "one-launch"),
    timing=TIMING,
    summary=SUMMARY,
    peak=Peak(flops_per_second=None, bytes_per_second=None, source="unknown", measured=False),
    memory=MEMORY,
    kernels=KERNELS,
)
FAILED = Row(key=dataclasses.replace(KEY, phase="generate"), status="failed", reason="it fell over")
REPORT = Report(
    created="2026-01-01T00:00:00+00:00",
    command=("ganzoo", "bench"),
    seed=3,
    environment={"torch": "2.14", "devices": [{"name": "x"}]},
    rows=(ROW, FAILED),
)


@pytest.fixture
def value() -> Any:
    return json.loads(json.dumps(report.to_json(REPORT)))


def at(value: Any, *places: str | int) -> Any:
    for place in places:
        value = value[place]
    return value


def test_a_report_comes_back_from_its_file(tmp_path: Path) -> None:
    report.write(tmp_path / "report.json", REPORT)

    assert report.read(tmp_path / "report.json") == REPORT
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_the_file_has_the_names_that_are_documented(value: Any) -> None:
    assert list(value) == ["schema", "created", "command", "seed", "environment", "rows"]
    assert value["schema"] == 1
    assert at(value, "rows", 0, "timing", "launches", 0, "blocks_ns") == [[5, 4], [6]]
    assert at(value, "rows", 0, "key", "batch_size") == 64
    assert at(value, "rows", 0, "summary", "interval_ns") == [4, 6]
    assert at(value, "rows", 0, "memory", "average") is None  # unknown is null and never 0
    assert at(value, "rows", 1, "timing") is None


def test_unknown_fields_are_ignored(value: Any) -> None:
    value["laboratory"] = {"room": 7}
    at(value, "rows", 0, "key")["colour"] = "grey"
    at(value, "rows", 0, "timing", "launches", 0)["power_w"] = [1.5]

    assert report.from_json(value, "x") == REPORT


def test_a_table_of_operators_has_the_names_that_are_documented(value: Any) -> None:
    assert at(value, "rows", 0, "kernels") == {
        "source": "operators",
        "steps": 3,
        "profiled_step_ns": 60,
        "total_ns": 12,
        "complete": True,
        "table": [
            {
                "name": "aten::mm",
                "category": "gemm",
                "calls": 3,
                "total_ns": 12,
                "calls_per_step": 1.0,
                "mean_ns": 4,
                "share": 1.0,
                "phase": "generator forward",
            }
        ],
    }


def test_a_table_of_kernels_has_the_kernels_of_every_step(value: Any) -> None:
    entry = {"name": "gemm", "category": "gemm", "calls": 4, "total_ns": 8, "calls_per_step": 2.0}
    entry |= {"mean_ns": 2, "share": 1.0, "phase": "generator forward", "shortest_ns": 1, "longest_ns": 3}
    recorded = {"steps": {"kernels": [2, 2], "stable": True}, "gpu": {"busy_ns": 8}, "table": [entry]}
    at(value, "rows", 0)["kernels"] = {"source": "kernels", "profiled_step_ns": 60, **recorded}

    read = report.from_json(value, "x")

    assert read.rows[0].kernels is not None
    assert (read.rows[0].kernels.steps, read.rows[0].kernels.calls_per_step) == (2, 2)
    assert json.loads(json.dumps(report.to_json(read))) == value


def test_rows_are_matched_by_what_was_run(value: Any) -> None:
    same = report.from_json(value, "x").rows[0].key
    at(value, "rows", 0, "key")["components"] = {}

    assert same.identity == KEY.identity
    assert report.from_json(value, "x").rows[0].key.identity != KEY.identity


@pytest.mark.parametrize(
    ("places", "wrong", "said"),
    [
        (["rows", 0, "key", "batch_size"], "64", "rows[0].key.batch_size is '64', not an integer"),
        (["rows", 0, "key", "batch_size"], True, "rows[0].key.batch_size is True, not an integer"),
        (["rows", 0, "key", "batch_size"], 1.5, "rows[0].key.batch_size is 1.5, not an integer"),
        (["rows", 0, "key", "phase"], "rest", "rows[0].key.phase is 'rest', not 'generate' or 'discr"),
        (["rows", 0, "key", "components", "upsampling"], None, "components.upsampling is None, not a text"),
        (["rows", 0, "timing", "launches", 0, "blocks_ns", 1, 0], "6", "blocks_ns[1][0] is '6', not an int"),
        (["rows", 0, "timing", "launches", 0, "wall_ns", 0], -1, "launches[0]: a time is negative"),
        (["rows", 0, "summary", "median_ns"], -5, "summary: a time is negative"),
        (["rows", 0, "summary", "samples"], 0, "a summary is of one sample or more"),
        (["rows", 0, "timing", "launches", 0, "blocks_ns"], [[5], []], "of one sample or more"),
        (["rows", 0, "timing", "launches", 0, "wall_ns"], [1], "have different lengths"),
        (["rows", 0, "timing", "launches"], [], "rows[0].timing: a timing holds one launch or more"),
        (["rows", 0, "summary"], None, "rows[0]: a row that is ok needs a timing and a summary"),
        (["rows", 0, "summary", "interval_ns"], [1, 2, 3], "summary.interval_ns is [1, 2, 3], not a list of"),
        (["rows", 0, "flags"], ["odd"], "rows[0].flags[0] is 'odd', not 'noisy' or"),
        (["rows", 1, "reason"], None, "rows[1]: a row that is 'failed' needs a reason"),
        (["rows"], {}, "rows is {}, not a list"),
        (["environment"], [], "environment is [], not an object"),
    ],
)  # fmt: skip
def test_damage_is_named_by_its_place(value: Any, places: list[str | int], wrong: Any, said: str) -> None:
    at(value, *places[:-1])[places[-1]] = wrong

    with pytest.raises(GanzooError) as raised:
        report.from_json(value, "report.json")

    assert str(raised.value).startswith("report.json is damaged: ")
    assert said in str(raised.value)


def test_a_missing_field_is_named(value: Any) -> None:
    del value["rows"][0]["key"]["image"]

    with pytest.raises(GanzooError, match=r"rows\[0\]\.key\.image is missing"):
        report.from_json(value, "x")


@pytest.mark.parametrize("schema", [2, 0, "1", True, None])
def test_another_version_is_refused(value: Any, schema: Any) -> None:
    value["schema"] = schema

    with pytest.raises(GanzooError, match="this GanZoo reads schema 1"):
        report.from_json(value, "x")


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"traceEvents": []}', '{"schema": NaN, "rows": []}', "[" * 100_000, b"\xff\xfe"],
    ids=["empty", "cut", "list", "null", "trace", "nan", "nested", "not-utf8"],
)
def test_what_is_no_report_is_refused(tmp_path: Path, content: str | bytes) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(GanzooError, match="is not a benchmark report"):
        report.read(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no file '.*nothing\.json'"):
        report.read(tmp_path / "nothing.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.data())
def test_any_damage_is_refused_or_kept(data: st.DataObject) -> None:
    """Whatever stands in any place: an error for people, or a report that is written back the same."""
    value: Any = json.loads(json.dumps(report.to_json(REPORT)))
    value["rows"][0]["kernels"] = None
    holder: Any = value
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(holder[key], dict | list) or not holder[key] or data.draw(st.booleans()):
            break
        holder = holder[key]
    holder[key] = data.draw(JSON)

    try:
        read = report.from_json(value, "x")
    except GanzooError:
        return
    written = json.loads(json.dumps(report.to_json(read)))
    if key == "kernels":  # the only place where what isn't known is left out instead
        assert report.from_json(written, "x") == read
    else:
        assert written == value


def test_a_setting_that_the_recipe_has_anyway_is_as_good_as_none(reports: Any) -> None:
    """So that a report of before rows were named by settings is compared with one of today."""
    plain = reports.key()
    bce = reports.key(settings={"objective.name": "ganzoo-objectives:bce"}, own=("objective.name",))
    hinge = reports.key(settings={"objective.name": "ganzoo-objectives:hinge"})
    assert plain.identity == bce.identity != hinge.identity

    written = report.to_json(reports.report(reports.row([[5, 5], [6, 6], [7, 7]])))
    for row in written["rows"]:
        del row["key"]["settings"], row["key"]["own"]
    (row,) = report.from_json(written, "an earlier report").rows
    assert (row.key.settings, row.key.own) == ({}, ())
