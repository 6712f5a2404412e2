"""What recordings contain besides the plain case: graphs, several GPUs, captures, nested ranges, odd events.

All recordings here are synthetic. The graph's shape is that of a real one, where the 429 kernels of each
replay share the correlation of its launch (Holistic Trace Analysis, tests/data/trace_diff/test).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ganzoo import trace
from ganzoo.trace.bottleneck import judge
from ganzoo.trace.idle import Idle


def analyse(recording: Any) -> trace.Analysis:
    return trace.analyse(trace.read(recording.write()))


def rows(analysis: trace.Analysis) -> dict[str, tuple[int, int, int]]:
    return {row.name: (row.instances, row.kernels, row.total) for row in analysis.ranges}


# Launches


def test_all_kernels_of_a_graph_belong_to_its_launch(recording: Any) -> None:
    for replay in range(3):
        start = 1_000_000 * (replay + 1)
        recording.range("replay", start, 50_000)
        recording.call(start + 10_000, 20_000, replay + 1, name="cudaGraphLaunch")
        for node in range(4):
            # They run long after the range has ended.
            recording.kernel(
                start + 200_000 + 10_000 * node, 9_000, replay + 1, **{"graph node id": node, "graph id": 5}
            )

    analysis = analyse(recording)

    assert rows(analysis) == {"replay": (3, 12, 108_000)}
    assert (analysis.launches.graphs, analysis.launches.count, analysis.launches.joined) == (3, 0, 12)
    assert analysis.unattributed.count == 0
    assert analysis.complete


def test_a_replay_without_a_kernel_is_noticed(recording: Any) -> None:
    recording.call(1_000, 500, 1, name="cudaGraphLaunch").kernel(2_000, 100, 1)
    recording.call(5_000, 500, 2, name="cudaGraphLaunch")

    assert analyse(recording).launches.dropped == 1


@pytest.mark.parametrize(("lost", "complete"), [(0, True), (2, False)])
def test_a_replay_with_fewer_kernels_than_others_of_the_graph_is_noticed(
    recording: Any, lost: int, complete: bool
) -> None:
    for replay in (1, 2, 3):
        recording.call(10_000 * replay, 500, replay, name="cudaGraphLaunch")
        for node in range(5 - lost * (replay == 2)):
            recording.kernel(10_000 * replay + 1_000 + node, 1, replay, **{"graph id": 4})
    recording.call(80_000, 500, 9, name="cudaGraphLaunch")
    recording.kernel(81_000, 1, 9, **{"graph id": 6})  # another graph, of one kernel
    recording.call(90_000, 500, 10).kernel(91_000, 1, 10, **{"graph id": 0})  # no graph

    analysis = analyse(recording)

    assert (analysis.launches.dropped_nodes, analysis.complete) == (lost, complete)


def test_launches_that_are_captured_run_no_kernel(recording: Any) -> None:
    recording.call(1_000, 100, 1, name="cudaStreamBeginCapture")
    recording.call(2_000, 100, 2).call(3_000, 100, 3)
    recording.call(4_000, 100, 4, name="cudaStreamEndCapture_v10000")
    recording.call(5_000, 100, 5, name="cudaGraphLaunch").kernel(6_000, 100, 5).kernel(6_200, 100, 5)

    analysis = analyse(recording)

    assert (analysis.launches.captured, analysis.launches.dropped, analysis.complete) == (2, 0, True)


@pytest.mark.parametrize(
    ("category", "call"),
    [
        ("cuda_runtime", "cudaLaunchKernel"),
        ("cuda_runtime", "cudaLaunchKernelExC"),
        ("cuda_runtime", "cudaLaunchCooperativeKernel"),
        ("Runtime", "cudaLaunchKernel"),
        ("cuda_driver", "cuLaunchKernel"),
        ("cuda_driver", "cuLaunchKernelEx"),
        ("cuda_runtime", "hipLaunchKernel"),
        ("hip_runtime", "hipExtModuleLaunchKernel"),
        ("cuda_runtime", "hipModuleLaunchKernel"),
    ],
)
def test_every_way_to_launch_is_known(recording: Any, category: str, call: str) -> None:
    recording.add(category, call, 1_000, 100, args={"correlation": 1}).kernel(2_000, 100, 1)
    recording.add(category, call, 3_000, 100, args={"correlation": 2})

    launches = analyse(recording).launches

    assert (launches.count, launches.joined, launches.dropped) == (2, 1, 1)


@pytest.mark.parametrize("call", ["cudaLaunchHostFunc", "cudaMemsetAsync", "cudaFuncSetAttribute"])
def test_a_call_that_launches_no_kernel_misses_none(recording: Any, call: str) -> None:
    recording.call(1_000, 100, 1, name=call).call(2_000, 100, 2).kernel(3_000, 100, 2)

    analysis = analyse(recording)

    assert (analysis.launches.count, analysis.complete) == (1, True)


def test_a_copy_that_runs_as_a_kernel_belongs_to_its_call(recording: Any) -> None:
    recording.range("copy", 1_000, 1_000).call(1_500, 100, 1, name="cudaMemcpyAsync")
    recording.kernel(5_000, 300, 1, name="CatArrayBatchedCopy")

    assert rows(analyse(recording)) == {"copy": (1, 1, 300)}


def test_the_drivers_call_inside_the_runtimes_is_the_same_launch(recording: Any) -> None:
    recording.add("cuda_runtime", "cudaLaunchKernel", 1_000, 500, args={"correlation": 1})
    recording.add("cuda_driver", "cuLaunchKernel", 1_100, 300, args={"correlation": 1})
    recording.kernel(2_000, 100, 1)

    launches = analyse(recording).launches

    assert (launches.count, launches.total, launches.dropped) == (1, 500, 0)


def test_calls_of_one_correlation_on_two_threads_are_two_launches(recording: Any) -> None:
    for thread, start in ((1, 1_000), (2, 1_200)):  # as in recordings of two processes that were merged
        recording.range(f"rank {thread}", start, 100, thread=thread)
        call = {"tid": thread, "args": {"correlation": 1}}
        recording.add("cuda_runtime", "cudaLaunchKernel", start, 500, **call)
    recording.kernel(1_100, 10, 1).kernel(5_000, 70, 1)

    analysis = analyse(recording)

    assert (analysis.launches.count, analysis.launches.dropped) == (2, 0)
    assert rows(analysis) == {"rank 1": (1, 1, 10), "rank 2": (1, 1, 70)}


def test_the_profilers_own_log_of_lost_records_is_read(recording: Any) -> None:
    recording.call(1_000, 100, 1).kernel(2_000, 100, 1)
    root = {"traceEvents": recording.events, "INFO": ["Record counts: CUPTI stopped early? = 1"]}

    assert not trace.analyse(trace.read(recording.write(root=root))).complete


def test_copies_and_fills_are_counted_apart(recording: Any) -> None:
    recording.kernel(1_000, 100, 1)
    recording.add("gpu_memcpy", "Memcpy DtoH", 2_000, 30, pid=0, args={"bytes": 8})
    recording.add("gpu_memset", "Memset (Device)", 3_000, 7, pid=0, args={"bytes": 8})

    analysis = analyse(recording)

    assert (analysis.kernels.total, analysis.memcpy.total, analysis.memset.total) == (100, 30, 7)
    assert (analysis.memcpy.count, analysis.memset.count, analysis.busy) == (1, 1, 137)


# Devices and streams


def test_several_gpus_are_merged_and_told_apart(recording: Any) -> None:
    recording.kernel(1_000, 1_000, 1, device=0).kernel(1_500, 1_000, 2, device=1)
    recording.add("gpu_memcpy", "Memcpy PtoP", 4_000, 500, pid=1, args={"device": 1, "bytes": 64})
    root = {
        "traceEvents": recording.events,
        "deviceProperties": [{"id": number, "name": f"GPU {number}"} for number in range(8)],
    }

    analysis = trace.analyse(trace.read(recording.write(root=root)))

    assert (analysis.kernels.total, analysis.kernels.union) == (2_000, 1_500)
    assert (analysis.busy, analysis.span) == (2_000, 3_500)
    assert [(d.id, d.name, d.kernels, d.busy) for d in analysis.devices] == [
        (0, "GPU 0", 1, 1_000),
        (1, "GPU 1", 1, 1_500),
    ]
    assert [(kind.name, kind.bytes) for kind in analysis.memcpy_kinds] == [("Memcpy PtoP", 64)]


def test_ranges_on_the_gpus_timeline_are_not_gpu_time(recording: Any) -> None:
    recording.kernel(1_000, 100, 1)
    recording.add("gpu_user_annotation", "ProfilerStep#1", 500, 10_000, pid=0, tid=7)
    recording.add("cuda_sync", "Stream Sync", 20_000, 10_000, pid=0, tid=7)

    analysis = analyse(recording)

    assert (analysis.busy, analysis.span, analysis.ranges) == (100, 100, ())


# Ranges


def test_instances_of_a_name_that_overlap_or_nest_count_a_kernel_once(recording: Any) -> None:
    recording.range("a", 1_000, 9_000).range("a", 2_000, 2_000).range("a", 8_000, 9_000, thread=2)
    recording.call(3_000, 100, 1).call(9_000, 100, 2).call(16_999, 100, 3).call(17_000, 100, 4)
    for correlation in (1, 2, 3, 4):
        recording.kernel(20_000 + 1_000 * correlation, 10, correlation)

    analysis = analyse(recording)

    assert rows(analysis) == {"a": (3, 3, 30)}
    assert (analysis.unattributed.count, analysis.ranges[0].host_total) == (1, 16_000)


def test_a_launch_between_two_steps_is_in_the_second_only(recording: Any) -> None:
    recording.range("ProfilerStep#1", 1_000, 1_000).range("ProfilerStep#2", 2_000, 1_000)
    recording.call(2_000, 10, 1).kernel(5_000, 10, 1).call(1_100, 10, 2).kernel(5_100, 20, 2)

    assert rows(analyse(recording)) == {"ProfilerStep#1": (1, 1, 20), "ProfilerStep#2": (1, 1, 10)}
    first = trace.analyse(trace.within(trace.read(recording.write()), "ProfilerStep#1"))
    assert (first.kernels.count, first.kernels.total) == (1, 20)


def test_the_thread_of_a_launch_does_not_matter(recording: Any) -> None:
    recording.range("backward", 1_000, 1_000, thread=1)
    recording.add("cuda_runtime", "cudaLaunchKernel", 1_500, 10, tid=2, args={"correlation": 1})
    recording.kernel(9_000, 70, 1)

    assert rows(analyse(recording)) == {"backward": (1, 1, 70)}


def test_own_kernels_are_those_of_the_innermost_range(recording: Any) -> None:
    recording.range("step", 1_000, 9_000).range("forward", 2_000, 2_000).range("forward", 3_000, 500)
    for correlation, start in enumerate((1_500, 2_500, 3_100, 3_900, 5_000, 20_000), start=1):
        recording.call(start, 10, correlation).kernel(30_000 + 100 * correlation, 2**correlation, correlation)

    own = {row.name: (row.own_kernels, row.own_total) for row in analyse(recording).ranges}

    assert own == {"step": (2, 2 + 32), "forward": (3, 4 + 8 + 16)}
    assert analyse(recording).unattributed == trace.analysis.Work(1, 64)


def test_a_launch_at_the_very_start_of_a_range_is_its_own(recording: Any) -> None:
    recording.range("step", 1_000, 9_000).range("inner", 2_000, 100).call(2_000, 10, 1).kernel(9_000, 5, 1)

    own = {row.name: row.own_kernels for row in analyse(recording).ranges}

    assert own == {"step": 0, "inner": 1}


def test_steps_with_different_numbers_of_kernels_are_not_stable(recording: Any) -> None:
    recording.range("ProfilerStep#1", 1_000, 1_000).range("ProfilerStep#2", 2_000, 1_000)
    recording.range("ProfilerStep#3", 3_000, 1_000)
    recording.call(1_100, 10, 1).call(2_100, 10, 2).call(2_200, 10, 3)
    for correlation in (1, 2, 3):
        recording.kernel(5_000 + correlation * 100, 10, correlation)

    steps = analyse(recording).steps

    assert (steps.kernels, steps.stable) == ((1, 2), False)  # the third launched nothing


def test_within_takes_the_idle_time_of_each_stretch(recording: Any) -> None:
    for start in (10_000_000, 90_000_000):
        recording.range("forward", start, 1_000_000)
        recording.call(start, 10, start).kernel(start + 1_000, 1_000, start)
        recording.call(start + 10_000, 10, start + 1).kernel(start + 12_000, 1_000, start + 1)
    recording.call(50_000_000, 10, 3).kernel(50_001_000, 5_000, 3)

    part = trace.analyse(trace.within(trace.read(recording.write()), "forw*"))

    assert (part.kernels.count, part.busy) == (4, 4_000)
    assert (part.idle.host_wait, part.idle.total) == (2 * 10_000, 2 * 10_000)


# Idle time


def test_a_launch_at_the_moment_in_which_the_gpu_goes_idle_is_in_time(recording: Any) -> None:
    recording.call(1_000, 10, 1).kernel(10_000, 10_000, 1)
    recording.call(20_000, 10, 2).kernel(23_000, 1_000, 2)

    idle = analyse(recording).idle

    assert (idle.host_wait, idle.short_gaps) == (0, 3_000)


def test_idle_time_is_split_by_what_the_gpu_waits_for(recording: Any) -> None:
    recording.call(1_000, 10, 1).kernel(10_000, 10_000, 1)  # ends at 20,000
    recording.call(25_000, 10, 2).kernel(30_000, 10_000, 2)  # launched while idle: host, 10,000
    recording.call(26_000, 10, 3).kernel(45_000, 1_000, 3)  # launched before: short gap, 5,000
    recording.call(27_000, 10, 4).kernel(51_001, 999, 4)  # launched before, longer: other, 5,001
    recording.call(800_000, 10, 5).kernel(1_052_000, 1_000, 5)  # host again, a millisecond

    idle = analyse(recording).idle

    assert (idle.host_wait, idle.short_gaps, idle.other) == (10_000 + 1_000_000, 5_000, 5_001)
    assert (idle.long_pauses, idle.pauses) == (1_000_000, 1)


# Verdicts


def busy_gpu(recording: Any, names: dict[str, int]) -> None:
    """Twenty queued kernels of each name, one after the other."""
    clock, correlation = 1_000_000, 0
    for name, duration in names.items():
        for _ in range(20):
            correlation += 1
            recording.call(100 * correlation, 50, correlation).kernel(clock, duration, correlation, name=name)
            clock += duration + 1_000


@pytest.mark.parametrize(
    ("device", "advised", "lacking"),
    [
        ("Tesla V100-SXM2-32GB", "fp16", "bf16"),
        ("Tesla T4", "fp16", "TF32"),
        ("NVIDIA GeForce GTX 1080 Ti", "fp16", "bf16"),
        ("NVIDIA GeForce RTX 2080 Ti", "fp16", "bf16"),
        ("Quadro RTX 6000", "fp16", "bf16"),
        ("NVIDIA A100-SXM4-80GB", "bf16 or TF32", "fp16"),
        ("NVIDIA H100 80GB HBM3", "bf16 or TF32", "fp16"),
        ("NVIDIA GeForce RTX 4090", "bf16 or TF32", "fp16"),
        ("NVIDIA RTX A6000", "bf16 or TF32", "fp16"),
        ("AMD Instinct MI250X", "bf16 or TF32", "fp16"),
    ],
)
def test_no_gpu_is_advised_a_precision_that_it_lacks(device: str, advised: str, lacking: str) -> None:
    for category, words in (("gemm", advised), ("elementwise", advised.split()[0])):
        found = judge(
            busy=1000, idle=Idle(0, 0, 0, 0, 0), transfers=0, launched=100, count=100, small=0,
            categories={category: 1000}, devices=[device],
        )  # fmt: skip
        assert words in found.advice
        assert lacking not in found.advice


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ({"volta_sgemm_64x64_nn": 60_000, "elementwise_kernel": 30_000}, "compute-bound"),
        ({"volta_sgemm_64x64_nn": 30_000, "elementwise_kernel": 60_000}, "memory-bound"),
        ({"ncclKernel_AllReduce": 80_000, "elementwise_kernel": 60_000}, "communication-bound"),
        ({"mystery": 80_000, "elementwise_kernel": 60_000}, "undecided"),
    ],
)
def test_a_busy_gpu_is_judged_by_its_kernels(recording: Any, names: dict[str, int], kind: str) -> None:
    busy_gpu(recording, names)

    verdict = analyse(recording).bottleneck

    assert verdict.kind == kind
    assert verdict.reason
    assert verdict.advice


def test_launches_whose_kernels_are_all_lost(recording: Any) -> None:
    recording.call(1_000, 100, 1).call(2_000, 100, 2)

    verdict = analyse(recording).bottleneck

    assert verdict.kind == "no-gpu-activity"
    assert verdict.reason == "no GPU activity is recorded, though the host launched 2 kernels"


@pytest.mark.parametrize(("pause", "kind"), [(3_000_000, "host-bound"), (30_000, "launch-bound")])
def test_long_pauses_are_told_from_slow_launches(recording: Any, pause: int, kind: str) -> None:
    for number in range(1, 20):
        start = number * pause
        recording.call(start, 10, number).kernel(start + 5_000, 1_000, number)

    assert analyse(recording).bottleneck.kind == kind


def test_copies_from_the_host_that_take_long_are_the_verdict(recording: Any) -> None:
    busy_gpu(recording, {"volta_sgemm_64x64_nn": 60_000})
    copy = {"args": {"device": 0, "stream": 9, "correlation": 999}}
    recording.call(10, 5, 999, name="cudaMemcpyAsync")
    recording.add("gpu_memcpy", "Memcpy HtoD (Pinned -> Device)", 1_000_000, 900_000, **copy)

    assert analyse(recording).bottleneck.kind == "transfer-bound"


def test_idle_time_that_is_not_the_hosts_allows_no_verdict(recording: Any) -> None:
    for correlation in range(1, 30):
        recording.call(correlation * 10, 5, correlation)
        recording.kernel(1_000_000 * correlation, 100_000, correlation)

    assert analyse(recording).bottleneck.kind == "undecided"


# Odd but harmless events


def test_other_events_are_left_out(recording: Any) -> None:
    recording.call(1_000, 100, 1).kernel(2_000, 100, 1)
    expected = trace.to_json(analyse(recording))

    recording.events += [
        {"ph": "M", "name": "process_name", "pid": 1, "tid": 0, "args": {"name": "python"}},
        {"ph": "s", "id": 1, "pid": 1, "tid": 1, "ts": 1, "cat": "ac2g", "name": "ac2g"},
        {"ph": "f", "id": 1, "pid": 0, "tid": 7, "ts": 2, "cat": "ac2g", "name": "ac2g", "bp": "e"},
        {"ph": "C", "name": "GPU memory", "pid": 0, "ts": 5, "args": {"bytes": 4}},
        {"ph": "i", "s": "g", "name": "Record Window End", "pid": "", "tid": "", "ts": 9},
        {"ph": "i", "cat": "cpu_instant_event", "name": "[memory]", "ts": 3, "args": {"Bytes": -4}},
        {
            "ph": "X",
            "cat": "Trace",
            "name": "PyTorch Profiler (0)",
            "pid": "Spans",
            "tid": "x",
            "ts": 1,
            "dur": 9,
        },
        {"ph": "X", "cat": "python_function", "name": "f", "pid": 1, "tid": 1, "ts": 1, "dur": 1},
        {"ph": "X", "cat": "overhead", "name": "CUPTI", "pid": -1, "tid": 0, "ts": 1, "dur": -1},
        {"ph": "X", "cat": "of_another_tool", "name": 5, "ts": []},
        {"ph": "X", "name": "no category", "ts": 1, "dur": 2},
        {"ph": "B", "cat": "kernel", "name": "begin"},
        {"name": "no phase"},
        None,
    ]

    assert trace.to_json(analyse(recording)) == expected


def test_an_event_without_args(recording: Any) -> None:
    recording.add("kernel", "gemm", 1_000, 100, pid=3, tid="stream 7")
    recording.add("cuda_runtime", "cudaLaunchKernel", 500, 100)
    recording.add("cpu_op", "aten::mm", 400, 300, args=None)

    analysis = analyse(recording)

    assert [(device.id, device.busy) for device in analysis.devices] == [(3, 100)]
    assert (analysis.launches.count, analysis.launches.joined, analysis.launches.dropped) == (1, 0, 0)
    assert [row.name for row in analysis.operators] == ["aten::mm"]


@pytest.mark.parametrize("start", ["0", "-5", "0.0"])
def test_an_event_that_cupti_left_without_a_time_is_counted_and_left_out(recording: Any, start: str) -> None:
    recording.call(1_000, 100, 1).kernel(2_000, 100, 1).call(3_000, 100, 2).kernel(0, 0, 2)
    recording.events[-1]["ts"] = start

    analysis = analyse(recording)

    assert (analysis.kernels.count, analysis.span, analysis.complete) == (1, 100, False)
    expected = (
        f"1 event left out: kernel at time zero or before, 'gemm' at ts {float(start):.3f} for 0.000 ms"
    )
    assert expected in analysis.problems


def test_a_kernel_of_negative_duration_is_counted_and_left_out(recording: Any) -> None:
    recording.call(1_000, 100, 1).kernel(2_000, 100, 1).call(3_000, 100, 2).kernel(4_000, -7, 2)

    analysis = analyse(recording)

    assert (analysis.kernels.total, analysis.complete) == (100, False)


def test_a_host_that_begins_at_zero_is_fine(recording: Any) -> None:
    recording.range("all", 0, 10_000).call(0, 100, 1).kernel(500, 100, 1)

    analysis = analyse(recording)

    assert rows(analysis) == {"all": (1, 1, 100)}
    assert analysis.complete


def test_kernels_that_took_no_measurable_time(recording: Any) -> None:
    for correlation in range(1, 20):
        recording.call(1_000, 100, correlation).kernel(2_000, 0, correlation)

    analysis = analyse(recording)

    assert (analysis.kernels.count, analysis.kernels.total, analysis.span) == (19, 0, 0)
    assert analysis.bottleneck.kind == "undecided"


# Operators


def test_own_time_of_operators_is_without_what_they_call_by_thread(recording: Any) -> None:
    recording.add("cpu_op", "aten::linear", 0, 1_000).add("cpu_op", "aten::addmm", 100, 600)
    recording.add("cpu_op", "aten::copy_", 200, 100).add("cpu_op", "aten::copy_", 400, 50)
    recording.add("cpu_op", "aten::mul", 150, 500, tid=2)

    found = {row.name: (row.calls, row.total, row.own) for row in analyse(recording).operators}

    assert found == {
        "aten::linear": (1, 1_000, 400),
        "aten::addmm": (1, 600, 450),
        "aten::copy_": (2, 150, 150),
        "aten::mul": (1, 500, 500),
    }


def test_the_operator_decides_the_category_by_where_the_launch_stands(recording: Any) -> None:
    recording.add("cpu_op", "aten::convolution_backward", 1_000, 1_000).call(1_500, 10, 1)
    recording.add("cpu_op", "aten::addmm", 3_000, 1_000).call(3_500, 10, 2)
    # The external id is not used: in one real recording it names other operators.
    recording.kernel(9_000, 100, 1, name="volta_sgemm_64x64_nt", **{"External id": 77})
    recording.kernel(9_200, 40, 2, name="volta_sgemm_64x64_nt").kernel(9_300, 5, 3, name="nchwToNhwcKernel")

    analysis = analyse(recording)

    assert [(row.name, row.calls, row.total) for row in analysis.categories] == [
        ("conv", 1, 100),
        ("gemm", 1, 40),
        ("layout", 1, 5),
    ]
    assert (analysis.table[0].name, analysis.table[0].category) == ("volta_sgemm_64x64_nt", "conv")


def test_an_operator_that_ends_as_the_launch_begins_made_it(recording: Any) -> None:
    # Recordings of 2021 are rounded to microseconds.
    recording.add("cpu_op", "aten::conv2d", 1_000, 1_000).call(2_000, 1_000, 1)
    recording.kernel(9_000, 100, 1, name="volta_sgemm_64x64_nt")

    assert analyse(recording).table[0].category == "conv"


# The selection


def test_a_range_that_is_not_there(recording: Any) -> None:
    recording.range("forward", 1, 2)

    with pytest.raises(
        trace.selection.UsageError, match=r"'forwrd'; did you mean 'forward'\?\nranges: forward"
    ):
        trace.within(trace.read(recording.write()), "forwrd")


def test_a_name_with_brackets_is_a_name_before_it_is_a_pattern(recording: Any) -> None:
    recording.range("[param|cuda]", 1_000, 1_000).call(1_100, 10, 1).kernel(5_000, 10, 1)

    assert trace.analyse(trace.within(trace.read(recording.write()), "[param|cuda]")).kernels.count == 1


def test_one_step_of_a_real_recording(shared: Callable[[str], Path]) -> None:
    part = trace.within(trace.read(shared("a100_convnet_ddp_nccl.json.gz")), "ProfilerStep#5")

    analysis = trace.analyse(part)

    assert (analysis.kernels.count, analysis.kernels.total) == (900, 50_729_451)
    assert (analysis.launches.count, analysis.complete) == (900, True)
