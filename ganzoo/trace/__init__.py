"""What a recording of PyTorch's profiler says: GPU time, kernels, ranges, idle time and operators.

    from ganzoo import trace

    analysis = trace.analyse(trace.read("trace.json.gz"))
    analysis.kernels.total, analysis.bottleneck.kind

Standard library only: a recording of any machine is read on any other. Times are integer nanoseconds
throughout, because a float64 has a resolution of 0.25 µs at the clock readings that occur.
"""

from __future__ import annotations

from ganzoo.trace.analysis import Analysis, analyse
from ganzoo.trace.as_json import to_json
from ganzoo.trace.difference import ChangedKernel, TraceDifference, difference
from ganzoo.trace.events import GpuEvent, HostEvent, Trace
from ganzoo.trace.launches import KernelLaunches
from ganzoo.trace.names import shorten
from ganzoo.trace.ranks import Rank, RankRecording, Ranks, compare_ranks, of_one_training, read_rank
from ganzoo.trace.reader import read
from ganzoo.trace.selection import within

__all__ = [
    "Analysis",
    "ChangedKernel",
    "GpuEvent",
    "HostEvent",
    "KernelLaunches",
    "Rank",
    "RankRecording",
    "Ranks",
    "Trace",
    "TraceDifference",
    "analyse",
    "compare_ranks",
    "difference",
    "of_one_training",
    "read",
    "read_rank",
    "shorten",
    "to_json",
    "within",
]  # fmt: skip
