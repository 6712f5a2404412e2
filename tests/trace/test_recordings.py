"""Every total of the shared recordings, exactly: their README's figures, which no trace tool computed."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ganzoo import trace


@dataclass(frozen=True)
class Truth:
    """What the README says of one recording; times are microseconds, as they stand there."""

    name: str
    kernels: tuple[int, str, str]
    """Count, total, union."""
    names: int
    gpu: tuple[str, str]
    """Busy, span."""
    memset: tuple[int, str]
    memcpy: tuple[int, str]
    copies: tuple[tuple[str, int, str, int], ...]
    """Kind, count, total, bytes."""
    launches: tuple[int, str, int, str | None, int]
    """Count, total, joined kernels, median delay, graphs."""
    ranges: dict[str, tuple[int, int, str]]
    """Instances, kernels, total."""
    top: tuple[tuple[int, str, str], ...]
    """Calls, total and the beginning of the name of the longest kernels."""


TRUTHS = (
    Truth(
        "a100_alexnet.json.gz",
        kernels=(79, "10692.0", "10630.0"),
        names=16,
        gpu=("66141.0", "12920244.0"),
        memset=(3, "8.0"),
        memcpy=(16, "55503.0"),
        copies=(("Memcpy HtoD (Pageable -> Device)", 16, "55503.0", 244403360),),
        launches=(79, "3056561.0", 79, "441.0", 0),
        ranges={},
        top=(
            (6, "2621.0", "ampere_sgemm_32x32_sliced1x4_tn"),
            (2, "2069.0", "cudnn_ampere_scudnn_128x64_relu_xregs_large_nn_v1"),
            (6, "1814.0", "sm80_xmma_fprop_implicit_gemm_indexed_tf32f32_tf32f32_f3"),
            (10, "958.0", "void at::native::elementwise_kernel<128, 2, at::native::"),
            (14, "683.0", "void at::native::vectorized_elementwise_kernel<4, at::na"),
        ),
    ),
    Truth(
        "a100_convnet_ddp_nccl.json.gz",
        kernels=(2700, "162532.34", "155215.315"),
        names=70,
        gpu=("157500.014", "660551.005"),
        memset=(114, "390.717"),
        memcpy=(960, "2262.781"),
        copies=(("Memcpy DtoD (Device -> Device)", 960, "2262.781", 307323096),),
        launches=(2700, "25646.559", 2700, "12.787", 0),
        ranges={
            "## backward ##": (3, 1794, "122418.187"),
            "## forward ##": (3, 879, "38035.875"),
            "## optimizer ##": (3, 27, "2078.278"),
            "Optimizer.step#SGD.step": (3, 27, "2078.278"),
            "Optimizer.zero_grad#SGD.zero_grad": (3, 0, "0.0"),
            "ProfilerStep#4": (1, 900, "50495.427"),
            "ProfilerStep#5": (1, 900, "50729.451"),
            "ProfilerStep#6": (1, 900, "61307.462"),
        },
        top=(
            (15, "46762.159", "ncclKernel_AllReduce_RING_LL_Sum_float(ncclDevComm*, uns"),
            (474, "12616.974", "void cudnn::ops::nchwToNhwcKernel<float, float, float, f"),
            (33, "9592.287", "void cudnn::bn_bw_1C11_kernel_new<float, float, float2, "),
            (96, "8818.791", "void at::native::vectorized_elementwise_kernel<4, at::na"),
            (147, "8086.128", "void at::native::vectorized_elementwise_kernel<4, at::na"),
        ),
    ),
    Truth(
        "a100_triton_inductor.json.gz",
        kernels=(1, "1.76", "1.76"),
        names=1,
        gpu=("1.76", "1.76"),
        memset=(0, "0.0"),
        memcpy=(0, "0.0"),
        copies=(),
        launches=(1, "47.768", 1, "45.426", 0),
        ranges={
            "ProfilerStep#1": (1, 1, "1.76"),
        },
        top=((1, "1.76", "triton_poi_fused_add_cos_sin_0"),),
    ),
    Truth(
        "cpu_only.json.gz",
        kernels=(0, "0.0", "0.0"),
        names=0,
        gpu=("0.0", "0.0"),
        memset=(0, "0.0"),
        memcpy=(0, "0.0"),
        copies=(),
        launches=(0, "0.0", 0, None, 0),
        ranges={
            "ProfilerStep#551": (1, 0, "0.0"),
        },
        top=(),
    ),
    Truth(
        "gpu_metrics_input.2021schema.json",
        kernels=(30, "48.0", "48.0"),
        names=13,
        gpu=("50.0", "11946.0"),
        memset=(0, "0.0"),
        memcpy=(2, "2.0"),
        copies=(("Memcpy HtoD (Pageable -> Device)", 2, "2.0", 768),),
        launches=(30, "560.0", 30, "19.0", 0),
        ranges={
            "Optimizer.step#SGD.step": (1, 4, "4.0"),
            "Optimizer.zero_grad#SGD.zero_grad": (1, 4, "4.0"),
            "ProfilerStep#2": (1, 30, "48.0"),
        },
        top=(
            (8, "8.0", "void at::native::vectorized_elementwise_kernel<4, at::na"),
            (7, "7.0", "void at::native::vectorized_elementwise_kernel<4, at::na"),
            (2, "6.0", "volta_sgemm_128x32_nt"),
            (2, "5.0", "void at::native::reduce_kernel<512, 1, at::native::Reduc"),
            (2, "5.0", "void gemmSN_TN_kernel_64addr<float, 128, 16, 2, 4, 8, 9,"),
        ),
    ),
    Truth(
        "mi250_rocm_train.json.gz",
        kernels=(14, "110.881", "110.881"),
        names=12,
        gpu=("149.042", "8911.887"),
        memset=(0, "0.0"),
        memcpy=(2, "38.161"),
        copies=(("Memcpy HtoD (Host -> Device)", 2, "38.161", 0),),
        launches=(14, "6638.561", 14, "13.357", 0),
        ranges={
            "Optimizer.step#SGD.step": (1, 1, "8.481"),
            "ProfilerStep#1": (1, 14, "110.881"),
            "ProfilerStep#2": (1, 0, "0.0"),
        },
        top=(
            (1, "17.6", "Cijk_Alik_Bljk_SB_Bias_AS_SAV_UserArgs_MT64x16x32_MI16x1"),
            (1, "13.6", "void at::native::reduce_kernel<128, 4, at::native::Reduc"),
            (1, "12.64", "Cijk_Ailk_Bjlk_SB_Bias_AS_SAV_UserArgs_MT64x16x16_MI16x1"),
            (1, "11.04", "void at::native::reduce_kernel<512, 1, at::native::Reduc"),
            (2, "9.12", "void at::native::vectorized_elementwise_kernel<4, at::na"),
        ),
    ),
    Truth(
        "v100_convnet_nsres.json.gz",
        kernels=(4350, "468153.602", "468153.602"),
        names=77,
        gpu=("472454.441", "480029.179"),
        memset=(145, "585.435"),
        memcpy=(1600, "3715.404"),
        copies=(("Memcpy DtoD (Device -> Device)", 1600, "3715.404", 512205160),),
        launches=(4350, "206153.292", 4350, "76469.597", 0),
        ranges={
            "## backward ##": (5, 2810, "313311.477"),
            "## forward ##": (5, 1495, "149309.323"),
            "## optimizer ##": (5, 45, "5532.802"),
            "Optimizer.step#SGD.step": (5, 45, "5532.802"),
            "Optimizer.zero_grad#SGD.zero_grad": (5, 0, "0.0"),
            "ProfilerStep#101": (1, 870, "93696.68"),
            "ProfilerStep#102": (1, 870, "93734.47"),
            "ProfilerStep#103": (1, 870, "93601.607"),
            "ProfilerStep#104": (1, 870, "93705.249"),
            "ProfilerStep#105": (1, 870, "93415.596"),
        },
        top=(
            (160, "26303.973", "void at::native::vectorized_elementwise_kernel<4, at::na"),
            (55, "25199.241", "void cudnn::bn_bw_1C11_kernel_new<float, float, float2, "),
            (160, "24208.88", "void cudnn::bn_bw_1C11_kernel_new<float, float, float2, "),
            (30, "23566.615", "void cudnn::detail::dgrad_engine<float, 512, 6, 5, 3, 3,"),
            (245, "23027.83", "void at::native::vectorized_elementwise_kernel<4, at::na"),
        ),
    ),
)


def nanoseconds(text: str | None) -> int | None:
    """An independent conversion."""
    return None if text is None else int(Decimal(text) * 1000)


@functools.cache
def analysis_of(path: Path) -> trace.Analysis:
    """Each recording is analysed once."""
    return trace.analyse(trace.read(path))


@pytest.fixture(params=TRUTHS, ids=lambda truth: truth.name)
def case(request: pytest.FixtureRequest, shared: Callable[[str], Path]) -> tuple[Truth, dict[str, Any]]:
    """A recording's truth, and what we print of it."""
    truth: Truth = request.param
    return truth, json.loads(json.dumps(trace.to_json(analysis_of(shared(truth.name)))))


def test_totals(case: tuple[Truth, dict[str, Any]]) -> None:
    truth, result = case

    count, total, union = truth.kernels
    kernels = {key: result["kernels"][key] for key in ("count", "total_ns", "union_ns")}
    assert kernels == {"count": count, "total_ns": nanoseconds(total), "union_ns": nanoseconds(union)}
    busy, span = truth.gpu
    assert result["gpu"] == {"busy_ns": nanoseconds(busy), "span_ns": nanoseconds(span)}
    assert result["memset"] == {"count": truth.memset[0], "total_ns": nanoseconds(truth.memset[1])}
    assert result["complete"] is True
    assert result["problems"] == []


def test_copies(case: tuple[Truth, dict[str, Any]]) -> None:
    truth, result = case

    assert (result["memcpy"]["count"], result["memcpy"]["total_ns"]) == (
        truth.memcpy[0],
        nanoseconds(truth.memcpy[1]),
    )
    assert result["memcpy"]["kinds"] == [
        {"name": name, "count": count, "total_ns": nanoseconds(total), "bytes": size}
        for name, count, total, size in truth.copies
    ]


def test_launches(case: tuple[Truth, dict[str, Any]]) -> None:
    truth, result = case

    count, total, joined, median, graphs = truth.launches
    found = dict(result["launches"])
    delays = [found.pop(name) for name in ("tenth_delay_ns", "longest_delay_ns")]
    queues = [found.pop(name) for name in ("median_queue", "longest_queue")]
    assert found == {
        "count": count,
        "graphs": graphs,
        "total_ns": nanoseconds(total),
        "joined_kernels": joined,
        "median_delay_ns": nanoseconds(median),
        "captured": 0,
        "dropped": 0,
        "dropped_nodes": 0,
    }
    if joined:  # test_ranks.py counts queues by hand
        assert nanoseconds(median) <= delays[0] <= delays[1]
        assert 0 <= queues[0] <= queues[1] < joined
    else:
        assert delays + queues == [None] * 4


def test_ranges(case: tuple[Truth, dict[str, Any]]) -> None:
    truth, result = case

    found = {row["name"]: (row["instances"], row["kernels"], row["total_ns"]) for row in result["ranges"]}
    for name, (instances, kernels, total) in truth.ranges.items():
        assert found[name] == (instances, kernels, nanoseconds(total)), name


def test_kernels(case: tuple[Truth, dict[str, Any]]) -> None:
    truth, result = case

    table = result["table"]
    assert len(table) == len({row["name"] for row in table}) == truth.names
    assert [(row["calls"], row["total_ns"]) for row in table[:5]] == [
        (calls, nanoseconds(total)) for calls, total, _ in truth.top
    ]
    # Of kernels that took equally long, the README's order and ours may differ.
    for row, (_, _, beginning) in zip(table, truth.top, strict=False):
        assert row["name"].startswith(beginning)


def test_sums(case: tuple[Truth, dict[str, Any]]) -> None:
    truth, result = case
    expected = (truth.kernels[0], nanoseconds(truth.kernels[1]))

    for table in ("table", "categories"):
        rows = result[table]
        assert (sum(row["calls"] for row in rows), sum(row["total_ns"] for row in rows)) == expected
    ranges, rest = result["ranges"], result["unattributed"]
    assert sum(row["own_kernels"] for row in ranges) + rest["kernels"] == expected[0]
    assert sum(row["own_total_ns"] for row in ranges) + rest["total_ns"] == expected[1]
    idle = result["idle"]
    assert result["gpu"]["span_ns"] == result["gpu"]["busy_ns"] + sum(
        idle[key] for key in ("host_wait_ns", "short_gaps_ns", "other_ns")
    )


def test_at_most_three_percent_of_kernel_time_has_no_category(case: tuple[Truth, dict[str, Any]]) -> None:
    _, result = case

    other = sum(row["total_ns"] for row in result["categories"] if row["name"] == "other")
    assert other <= 0.03 * result["kernels"]["total_ns"]


# Of the same recordings: facts that the benchmark's notes measured, and what follows from them


def analysed(shared: Callable[[str], Path], name: str) -> trace.Analysis:
    return analysis_of(shared(name))


@pytest.mark.parametrize(
    ("name", "host_wait", "other", "kind"),
    [
        ("a100_convnet_ddp_nccl.json.gz", (501.1, 75.9), 2.0, "launch-bound"),
        ("v100_convnet_nsres.json.gz", (1.3, 0.3), 6.2, "compute-bound"),
    ],
)
def test_idle_time(
    shared: Callable[[str], Path], name: str, host_wait: tuple[float, float], other: float, kind: str
) -> None:
    analysis = analysed(shared, name)

    milliseconds, percent = host_wait
    assert round(analysis.idle.host_wait / 1e6, 1) == milliseconds
    assert round(100 * analysis.idle.host_wait / analysis.span, 1) == percent
    assert round((analysis.idle.short_gaps + analysis.idle.other) / 1e6, 1) == other
    assert analysis.bottleneck.kind == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a100_alexnet.json.gz", "host-bound"),
        ("a100_triton_inductor.json.gz", "undecided"),
        ("cpu_only.json.gz", "no-gpu-activity"),
        ("gpu_metrics_input.2021schema.json", "launch-bound"),
    ],
)
def test_verdict(shared: Callable[[str], Path], name: str, kind: str) -> None:
    assert analysed(shared, name).bottleneck.kind == kind


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("a100_convnet_ddp_nccl.json.gz", (900, 900, 900)),
        ("v100_convnet_nsres.json.gz", (870, 870, 870, 870, 870)),
        ("mi250_rocm_train.json.gz", (14,)),  # ProfilerStep#2 is the end of the recording
        ("a100_alexnet.json.gz", ()),
    ],
)
def test_kernels_per_step(shared: Callable[[str], Path], name: str, steps: tuple[int, ...]) -> None:
    found = analysed(shared, name).steps

    assert (found.kernels, found.stable) == (steps, True)


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("a100_alexnet.json.gz", (0, "NVIDIA A100-PG509-200")),
        ("mi250_rocm_train.json.gz", (2, "AMD Radeon Graphics")),
        ("v100_convnet_nsres.json.gz", (0, "Tesla V100-SXM2-32GB")),
        ("gpu_metrics_input.2021schema.json", (0, "Tesla V100-DGXS-32GB")),
    ],
)
def test_the_device_is_the_one_that_was_used(
    shared: Callable[[str], Path], name: str, device: tuple[int, str]
) -> None:
    assert [(row.id, row.name) for row in analysed(shared, name).devices] == [device]


def test_the_operator_tells_what_a_kernel_computes(shared: Callable[[str], Path]) -> None:
    categories = {row.name: row.calls for row in analysed(shared, "v100_convnet_nsres.json.gz").categories}

    # 610 kernels of aten::cudnn_convolution and 1,330 of convolution_backward; 35 convert the layout.
    assert categories["conv"] + categories["layout"] == 610 + 1330
    # aten::mm and aten::addmm, though many convolutions run as volta_sgemm.
    assert categories["gemm"] == 15 + 10
