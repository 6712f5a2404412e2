"""The words of PyTorch's recordings: those of 2021, those of today, and those of ROCm."""

from __future__ import annotations

import functools
import re
from typing import Final, Literal

Kind = Literal["kernel", "memcpy", "memset", "call", "operator", "range", "unused"]
"""What a category of events is to the analysis; `unused` are those whose time does not count."""

GPU_KINDS: Final = frozenset({"kernel", "memcpy", "memset"})

_GPU: Final[dict[str, Kind]] = {
    "kernel": "kernel",
    "concurrent_kernel": "kernel",
    "gpu_memcpy": "memcpy",
    "memcpy": "memcpy",
    "gpu_memset": "memset",
    "memset": "memset",
}

_UNUSED: Final = {
    "trace", "python_function", "overhead", "cuda_sync", "cuda_event", "gpu_user_annotation",
    "cpu_instant_event", "cuda_profiler_range", "collective_comm", "external_correlation", "python",
}  # fmt: skip
"""`gpu_user_annotation` repeats a range on the GPU's timeline: counting it as GPU time is a known mistake."""

CAPTURE_BEGINS: Final = "StreamBeginCapture"
CAPTURE_ENDS: Final = "StreamEndCapture"
"""Part of the names of two calls; between them, launches are written into a graph and no kernel runs."""

_LAUNCH: Final = re.compile(r"Launch(Cooperative)?Kernel|^cudaLaunch(_v\d+)?$|^cuLaunch(Grid|GridAsync)?$")

STEP: Final = re.compile(r"ProfilerStep(\*|#\d+)")
"""The range around each step of `torch.profiler.profile`."""

_RANGE_AMONG_OPERATORS: Final = re.compile(r"ProfilerStep(\*|#)|Optimizer\.\w+#|enumerate\(DataLoader\)#|## ")
"""In the recordings of 2021 the profiler's own ranges are operators like any other."""


@functools.lru_cache(maxsize=1024)
def kind_of(category: str) -> Kind | None:
    """What a category is; None for one that PyTorch's profiler does not write."""
    word = category.lower()
    if word in _GPU:
        return _GPU[word]
    if word.endswith(("runtime", "driver")):
        return "call"
    if word in ("cpu_op", "operator", "hpu_op"):
        return "operator"
    if word == "user_annotation":
        return "range"
    return "unused" if word in _UNUSED else None


@functools.lru_cache(maxsize=4096)
def is_launch(call: str) -> bool:
    """Whether a call starts one kernel: `cudaLaunchKernelExC`, `cuLaunchKernel`, `hipModuleLaunchKernel`."""
    return _LAUNCH.search(call) is not None


def is_graph_launch(call: str) -> bool:
    """Whether a call replays a graph of kernels: `cudaGraphLaunch`, `hipGraphLaunch`."""
    return "GraphLaunch" in call


@functools.lru_cache(maxsize=65536)
def is_range(operator: str) -> bool:
    """Whether an operator is a range of the profiler by its name."""
    return _RANGE_AMONG_OPERATORS.match(operator) is not None


def is_span(name: object) -> bool:
    """Whether an event of category `Trace` is the profiler's own word on the time that it recorded."""
    return isinstance(name, str) and name.startswith("PyTorch Profiler")
