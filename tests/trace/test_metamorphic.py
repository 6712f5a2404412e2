"""What a change of a real recording must and must not change."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ganzoo import trace

A100 = "a100_convnet_ddp_nccl.json.gz"
ROCM = "mi250_rocm_train.json.gz"
OLD = "gpu_metrics_input.2021schema.json"
MANY = ["a100_alexnet.json.gz", ROCM, OLD, "cpu_only.json.gz", "a100_triton_inductor.json.gz"]

Rewrite = Callable[..., Path]


def result(path: Path) -> dict[str, Any]:
    return trace.to_json(trace.analyse(trace.read(path)))


def kernels(root: Any) -> list[dict[str, Any]]:
    return [event for event in root["traceEvents"] if event.get("cat") in ("kernel", "Kernel")]


@pytest.mark.parametrize("name", MANY)
def test_the_order_of_events_does_not_matter(
    rewrite: Rewrite, shared: Callable[[str], Path], name: str
) -> None:
    changed = rewrite(name, lambda root: random.Random(1).shuffle(root["traceEvents"]))

    assert result(changed) == result(shared(name))


@pytest.mark.parametrize("name", MANY)
def test_gzipped_or_plain_does_not_matter(rewrite: Rewrite, name: str) -> None:
    assert result(rewrite(name, to="a.json")) == result(rewrite(name, to="a.json.gz"))


def test_the_content_tells_whether_a_file_is_gzipped(rewrite: Rewrite) -> None:
    packed = rewrite(ROCM, to="a.json.gz")

    assert result(packed.rename(packed.with_name("packed.json"))) == result(rewrite(ROCM))


@pytest.mark.parametrize("name", MANY)
@pytest.mark.parametrize("shift", [Decimal("1000000000000000"), Decimal("0.001"), Decimal("123456789.987")])
def test_the_origin_of_the_clock_does_not_matter(
    rewrite: Rewrite, shared: Callable[[str], Path], name: str, shift: Decimal
) -> None:
    def later(root: Any) -> None:
        for event in root["traceEvents"]:
            if "ts" in event:
                event["ts"] += shift

    assert result(rewrite(name, later)) == result(shared(name))


@pytest.mark.parametrize("name", MANY)
def test_numbers_may_be_text(rewrite: Rewrite, shared: Callable[[str], Path], name: str) -> None:
    def as_text(root: Any) -> None:
        for event in root["traceEvents"]:
            event.update({key: str(event[key]) for key in ("ts", "dur") if key in event})

    assert result(rewrite(name, as_text)) == result(shared(name))


def test_a_list_of_events_is_a_recording_too(rewrite: Rewrite, shared: Callable[[str], Path]) -> None:
    bare = result(rewrite(ROCM, lambda root: root["traceEvents"]))
    whole = result(shared(ROCM))

    assert [device.pop("name") for device in bare["devices"]] == [None]  # it stands outside the list
    assert [device.pop("name") for device in whole["devices"]] == ["AMD Radeon Graphics"]
    assert bare == whole


def test_half_a_kernel_and_its_other_half_are_the_kernel(
    rewrite: Rewrite, shared: Callable[[str], Path]
) -> None:
    def split(root: Any) -> None:
        for event in kernels(root):
            first = event["dur"] // 2
            root["traceEvents"].append(event | {"ts": event["ts"] + first, "dur": event["dur"] - first})
            event["dur"] = first

    before, after = result(shared(A100)), result(rewrite(A100, split))

    assert after["kernels"]["count"] == 2 * before["kernels"]["count"] == 5400
    for key in ("total_ns", "union_ns"):
        assert after["kernels"][key] == before["kernels"][key]
    for key in ("gpu", "idle", "memcpy", "complete"):
        assert after[key] == before[key]
    for old in before["ranges"]:
        new = next(row for row in after["ranges"] if row["name"] == old["name"])
        assert (new["kernels"], new["total_ns"]) == (2 * old["kernels"], old["total_ns"])


def test_a_second_stream_that_does_the_same(rewrite: Rewrite, shared: Callable[[str], Path]) -> None:
    def double(root: Any) -> None:
        root["traceEvents"] += [
            event | {"tid": 99, "args": event["args"] | {"stream": 99}} for event in kernels(root)
        ]

    before, after = result(shared(ROCM)), result(rewrite(ROCM, double))

    assert after["kernels"]["total_ns"] == 2 * before["kernels"]["total_ns"]
    assert after["kernels"]["union_ns"] == before["kernels"]["union_ns"]
    assert (after["gpu"], after["idle"], after["complete"]) == (before["gpu"], before["idle"], True)


@pytest.mark.parametrize("percent", [10, 100])
def test_dropped_kernels_are_noticed(rewrite: Rewrite, percent: int) -> None:
    lost = 0

    def drop(root: Any) -> None:
        nonlocal lost
        chosen = kernels(root)
        lost = len(chosen) * percent // 100
        gone = {id(event) for event in random.Random(2).sample(chosen, lost)}
        root["traceEvents"] = [event for event in root["traceEvents"] if id(event) not in gone]

    after = result(rewrite(A100, drop))

    assert after["complete"] is False
    assert after["launches"]["dropped"] == lost
    assert after["problems"] == [f"{lost:,} of 2,700 launches have no kernel: the profiler lost them"]
    assert after["kernels"]["count"] == 2700 - lost


def test_one_dropped_kernel_is_noticed(rewrite: Rewrite) -> None:
    def drop(root: Any) -> None:
        root["traceEvents"].remove(kernels(root)[3])

    assert result(rewrite(ROCM, drop))["launches"]["dropped"] == 1


def test_a_lost_copy_or_fill_that_a_driver_never_reports_is_no_alarm(shared: Callable[[str], Path]) -> None:
    # 235 of the 380 calls of cudaMemsetAsync in this recording have no event on the GPU.
    assert result(shared("v100_convnet_nsres.json.gz"))["complete"] is True


TRANSLATION = {
    "Kernel": "kernel", "Memcpy": "gpu_memcpy", "Runtime": "cuda_runtime", "Operator": "cpu_op",
}  # fmt: skip


def test_both_vocabularies_say_the_same(rewrite: Rewrite, shared: Callable[[str], Path]) -> None:
    def translate(root: Any) -> None:
        root["deviceProperties"] = root.pop("computeProperties")
        for event in root["traceEvents"]:
            word = event.get("cat")
            event["cat"] = TRANSLATION.get(word, word)
            if event["name"].startswith(("ProfilerStep#", "Optimizer.", "enumerate(DataLoader)#")):
                event["cat"] = "user_annotation"
            arguments = event.get("args", {})
            if "external id" in arguments:
                arguments["External id"] = arguments.pop("external id")
            if str(event.get("tid", "")).isdigit():
                event["tid"] = int(event["tid"])

    assert result(rewrite(OLD, translate)) == result(shared(OLD))


def test_kernels_without_a_recorded_launch_belong_to_no_range(rewrite: Rewrite) -> None:
    def drop(root: Any) -> None:
        root["traceEvents"] = [e for e in root["traceEvents"] if e.get("cat") != "cuda_runtime"]

    after = result(rewrite(ROCM, drop))

    assert after["kernels"]["total_ns"] == 110881
    assert after["unattributed"] == {"kernels": 14, "total_ns": 110881}
    assert after["launches"]["joined_kernels"] == 0
    assert after["complete"] is True  # all kernels are there


def test_two_recordings_of_the_same_correlations_in_one(rewrite: Rewrite) -> None:
    def merge(root: Any) -> None:
        # Of another process and an hour later, as when the recordings of two ranks are merged.
        root["traceEvents"] += [
            event | {"ts": event["ts"] + 3_600_000_000}
            for event in root["traceEvents"]
            if event.get("ph") == "X"
        ]

    def merge_and_drop(root: Any) -> None:
        merge(root)
        root["traceEvents"].remove(kernels(root)[-1])

    after = result(rewrite(ROCM, merge))
    step = next(row for row in after["ranges"] if row["name"] == "ProfilerStep#1")
    assert (step["kernels"], step["total_ns"]) == (2 * 14, 2 * 110881)
    assert after["complete"] is True
    assert result(rewrite(ROCM, merge_and_drop))["launches"]["dropped"] == 1
