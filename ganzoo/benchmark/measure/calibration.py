"""Measures what this CPU can do at most: matrix products, and moving memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import torch
import torch.nn.functional as F

from ganzoo.benchmark.report import Peak

_SIDE: Final = 2048
_ELEMENTS: Final = 2**25
"""Of each of three float32 arrays, 128 MiB: more than caches hold."""


def measure_peak(dtype: torch.dtype, seconds: float = 0.4) -> Peak:
    """The best rate of square matrix products and of a sum of arrays, with the threads of this process.

    A product is taken in two ways, by torch.mm and as a 1x1 convolution, since two libraries compute
    them and either may be the faster; each way twice, of which the faster counts: a peak is a maximum.
    """
    a, b = (torch.randn(_SIDE, _SIDE, dtype=dtype) for _ in range(2))
    images = a.t().reshape(1, _SIDE, 1, _SIDE).contiguous(memory_format=torch.channels_last)
    kernels = b.reshape(_SIDE, _SIDE, 1, 1)
    x, y, out = (torch.ones(_ELEMENTS) for _ in range(3))
    with torch.inference_mode():
        product = min(
            _seconds(way, seconds)
            for way in (lambda: torch.mm(a, b), lambda: F.conv2d(images, kernels))
            for _ in range(2)
        )
        moved = min(_seconds(lambda: torch.add(x, y, out=out), seconds / 2) for _ in range(2))
    threads = torch.get_num_threads()
    return Peak(
        flops_per_second=2 * _SIDE**3 / product,
        bytes_per_second=3 * x.nbytes / moved,
        source=f"measured here: matrix products of {_SIDE} x {_SIDE} in {_named(dtype)}, sums of arrays of "
        f"{x.nbytes >> 20} MiB, {threads} thread{'s' if threads > 1 else ''}",
        measured=True,
    )


def _named(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _seconds(work: Callable[[], object], enough: float) -> float:
    """The time of one call, from as many as take `enough` seconds, the first apart."""
    work()
    began, calls = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - began) < enough:
        work()
        calls += 1
    return elapsed / calls
