"""Recordings whose times can't be, and several recordings in one: said, with the event, never summed up."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ganzoo import trace
from ganzoo.errors import GanzooError

YEARS = 236 * 365 * 86_400 * 10**9
ROCM = "mi250_rocm_train.json.gz"


def analyse(recording: Any) -> trace.Analysis:
    return trace.analyse(trace.read(recording.write()))


def plausible(recording: Any) -> Any:
    """Three kernels within three milliseconds."""
    for number in (1, 2, 3):
        start = 1_000_000 * number
        recording.call(start, 1_000, number).kernel(start + 10_000, 100, number)
    return recording


SPAN = {"pid": "Spans", "tid": "PyTorch Profiler"}


@pytest.mark.parametrize("has_span", [True, False])
@pytest.mark.parametrize(
    ("start", "duration", "wrong"),
    [
        (3_500_000, YEARS, "kernel longer than the recording, 'gemm' at ts 3500.000 for 236.0 years"),
        (3_500_000, 2**63 - 10**9, "kernel longer than the recording"),  # it ends beyond 64 bits
        (YEARS, 100, "kernel after the recording"),
        (3_500_000, 3 * 86_400 * 10**9, "kernel longer than the recording, .* for 3.0 days"),
    ],
)
def test_a_kernel_of_an_impossible_time_is_left_out_and_named(
    recording: Any, start: int, duration: int, wrong: str, has_span: bool
) -> None:
    plausible(recording).call(3_400_000, 1_000, 4).kernel(start, duration, 4)
    if has_span:
        recording.add("Trace", "PyTorch Profiler (0)", 900_000, 4_000_000, **SPAN)

    analysis = analyse(recording)

    assert (analysis.kernels.count, analysis.kernels.total, analysis.complete) == (3, 300, False)
    assert analysis.span == 2_000_100
    assert any(re.search(f"^1 event left out: {wrong}", problem) for problem in analysis.problems)


@pytest.mark.parametrize(("category", "what"), [("cpu_op", "operator"), ("user_annotation", "range")])
def test_nor_is_any_event_of_the_host_summed_up(recording: Any, category: str, what: str) -> None:
    plausible(recording).add(category, "endless", 1_000, YEARS).add(category, "backward", 1_000, -5)

    analysis = analyse(recording)

    assert not [row for row in (*analysis.operators, *analysis.ranges) if row.name in ("endless", "backward")]
    assert [problem.partition(", '")[0] for problem in analysis.problems] == [
        f"1 event left out: {what} of negative duration",
        f"1 event left out: {what} longer than the recording",
    ]


def test_the_profilers_span_tells_what_is_longer_than_the_recording(recording: Any) -> None:
    plausible(recording).call(3_400_000, 1_000, 4).kernel(3_500_000, 60 * 10**9, 4)
    assert analyse(recording).complete  # without the span, a minute can be

    recording.add("Trace", "PyTorch Profiler (0)", 900_000, 4_000_000, **SPAN)

    assert analyse(recording).problems[-1].startswith("1 event left out: kernel longer than the recording")


@pytest.mark.parametrize("span", [(0, 0), (0, YEARS), (YEARS, 5), (0, -5)])
def test_a_span_that_can_not_be_is_not_believed(recording: Any, span: tuple[int, int]) -> None:
    plausible(recording).add("Trace", "PyTorch Profiler (0)", *span, **SPAN)

    assert analyse(recording).complete


def test_a_real_recording_with_one_kernel_of_years(rewrite: Callable[..., Path]) -> None:
    def lengthen(root: Any) -> None:
        next(e for e in root["traceEvents"] if e.get("cat") == "kernel")["dur"] = Decimal(YEARS) / 1000

    analysis = trace.analyse(trace.read(rewrite(ROCM, lengthen)))

    assert (analysis.kernels.count, analysis.complete) == (13, False)
    assert analysis.kernels.total < 110881
    assert "kernel longer than the recording" in " ".join(analysis.problems)


def test_a_kernel_before_its_launch(recording: Any) -> None:
    plausible(recording).call(9_000_000, 10, 4).kernel(2_500_000, 10, 4, name="early")

    expected = "1 kernel starts more than a millisecond before its launch: 'early'"
    assert analyse(recording).problems == (expected,)


def test_steps_that_overlap(recording: Any) -> None:
    plausible(recording).range("ProfilerStep#1", 1_000_000, 900_000)
    recording.range("ProfilerStep#2", 1_898_000, 1_000_000)  # as far as rounding goes
    assert analyse(recording).complete

    recording.range("ProfilerStep#3", 2_500_000, 1_000_000)

    (problem,) = analyse(recording).problems
    assert problem.startswith("the steps ProfilerStep#2 and ProfilerStep#3 overlap")


# Several recordings in one file


@pytest.mark.parametrize("device", [0, 1])
def test_the_recordings_of_two_ranks_in_one_file(rewrite: Callable[..., Path], device: int) -> None:
    def merge(root: Any) -> None:
        for event in [e for e in root["traceEvents"] if e.get("ph") == "X"]:
            copy = event | {"ts": event["ts"] + 37}
            if event["cat"] in ("kernel", "gpu_memcpy"):
                copy |= {"pid": 2 + device, "args": event["args"] | {"device": 2 + device}}
            elif type(event["pid"]) is int:
                copy["pid"] = event["pid"] + 1
            root["traceEvents"].append(copy)

    message = r"holds several recordings in one, of 2 processes \(597913, 597914\): which kernel"
    with pytest.raises(GanzooError, match=message):
        trace.read(rewrite(ROCM, merge))


def test_two_recordings_of_the_same_process_number_and_time(rewrite: Callable[..., Path]) -> None:
    def merge(root: Any) -> None:  # as of two containers
        root["traceEvents"] += [
            event | {"ts": event["ts"] + 37} for event in root["traceEvents"] if event.get("ph") == "X"
        ]

    with pytest.raises(GanzooError, match="holds several recordings in one, made at the same time"):
        trace.read(rewrite(ROCM, merge))


def test_operators_alone_tell_of_two_processes(recording: Any) -> None:
    for process in (11, 12):
        recording.add("cpu_op", "aten::mm", 1_000, 10, pid=process)

    with pytest.raises(GanzooError, match=r"of 2 processes \(11, 12\)"):
        analyse(recording)


def test_two_lists_of_events(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    events = '"traceEvents": [{"ph": "X", "cat": "kernel", "name": "a", "ts": 5, "dur": 1}]'
    path.write_text(f"{{{events}, {events}}}", encoding="utf-8")

    with pytest.raises(GanzooError, match="is damaged: it has 2 lists of 'traceEvents'"):
        trace.read(path)
