"""What limits the GPU, as far as a recording of times can tell, and what to try."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ganzoo.text import count as number_of
from ganzoo.trace.categories import ARITHMETIC, OTHER
from ganzoo.trace.idle import Idle

HOST_WAIT: Final = 0.20
"""Share of the GPU's span from which waiting for the host is the first thing to change."""

OTHER_IDLE: Final = 0.20
"""Share of the span from which idle time of another cause forbids a verdict from the kernels alone."""

TRANSFERS: Final = 0.30
"""Share of busy time from which copies between host and GPU are."""

DOMINATES: Final = 0.50
"""Share of kernel time from which a sort of kernel is."""

FEW: Final = 10
"""Kernels below which their sorts say nothing."""

_BEFORE_AMPERE: Final = re.compile(
    r"\b(V100|T4|[PKM]\d{1,3}|GTX|GT|TITAN|Quadro (?!RTX A)\w+|(RTX )?20[5-8]0)\b", re.IGNORECASE
)
"""Names of NVIDIA's GPUs of compute capability below 8, which multiply neither bfloat16 nor TF32 (CUDA C++
Programming Guide, "Compute Capabilities")."""


@dataclass(frozen=True)
class Bottleneck:
    """One line on what limits the GPU."""

    kind: str
    """`launch-bound`, `host-bound`, `transfer-bound`, `communication-bound`, `compute-bound`, `memory-bound`,
    `undecided` or `no-gpu-activity`."""
    reason: str
    advice: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason}; {self.advice}" if self.advice else f"{self.kind}: {self.reason}"


def judge(
    *,
    busy: int,
    idle: Idle,
    transfers: int,
    launched: int,
    count: int,
    small: int,
    categories: Mapping[str, int],
    devices: Iterable[str] = (),
) -> Bottleneck:
    """Judges a recording; all times in nanoseconds.

    Args:
        busy: time in which anything ran on the GPU.
        idle: time between the first and the last event in which nothing ran.
        transfers: time of copies between host and GPU.
        launched: launches of kernels and of graphs.
        count: kernels.
        small: kernels that took less than 10 µs.
        categories: sum of the kernels' durations by category.
        devices: names of the GPUs, which tell the precisions that they multiply.
    """
    span = busy + idle.total
    if not busy and not count and launched:
        return Bottleneck(
            "no-gpu-activity",
            f"no GPU activity is recorded, though the host launched {number_of(launched, 'kernel')}",
            "the profiler lost them: record again, without other profilers at the same time",
        )
    if not busy and not count:
        return Bottleneck(
            "no-gpu-activity",
            "no GPU activity",
            "record with ProfilerActivity.CUDA on a machine with a GPU to see kernels",
        )
    if span and idle.host_wait / span >= HOST_WAIT:
        return _waiting_for_the_host(span, idle, small / count if count else 0.0)
    if busy and transfers / busy >= TRANSFERS:
        return Bottleneck(
            "transfer-bound",
            f"{transfers / busy:.0%} of the GPU's busy time are copies from and to the host",
            "keep data on the GPU, pin the host's memory, and copy while kernels run (non_blocking=True)",
        )
    if span and (idle.other + idle.short_gaps) / span >= OTHER_IDLE:
        return Bottleneck(
            "undecided",
            f"the GPU is idle {idle.total / span:.0%} of the time although its work was launched in time",
            "look for streams that wait for each other, and for other programs on the GPU",
        )
    if count < FEW:
        return Bottleneck("undecided", f"{number_of(count, 'kernel')} can't tell", "record whole steps")
    is_old = any(_BEFORE_AMPERE.search(name) for name in devices)
    return _by_kernels(busy / span if span else 0.0, categories, "fp16" if is_old else "bf16")


def _waiting_for_the_host(span: int, idle: Idle, small: float) -> Bottleneck:
    waits = f"the GPU waits for the host {idle.host_wait / span:.0%} of the time"
    if idle.long_pauses * 2 >= idle.host_wait:
        share = idle.long_pauses / idle.host_wait
        return Bottleneck(
            "host-bound",
            f"{waits}, {share:.0%} of that in {number_of(idle.pauses, 'pause')} of over 1 ms",
            "look for data loading, synchronisation such as .item(), and set-up: warm up before recording",
        )
    return Bottleneck(
        "launch-bound",
        f"{waits}, and {small:.0%} of its kernels take less than 10 µs",
        "try torch.compile, CUDA graphs (mode='reduce-overhead'), or a larger batch",
    )


def _by_kernels(busy: float, categories: Mapping[str, int], short: str) -> Bottleneck:
    kernels = max(sum(categories.values()), 1)
    shares = {category: total / kernels for category, total in categories.items()}
    arithmetic = sum(shares.get(category, 0.0) for category in ARITHMETIC)
    communication = shares.get("communication", 0.0)
    memory = sum(shares.values()) - arithmetic - communication - shares.get(OTHER, 0.0)
    layout = shares.get("layout", 0.0)
    channels_last = (
        f"; channels-last memory would save layout conversions, {layout:.0%}" if layout > 0.05 else ""
    )
    if communication >= DOMINATES:
        return Bottleneck(
            "communication-bound",
            f"{communication:.0%} of the kernels' time goes between GPUs",
            "overlap it with the backward pass, send larger buckets or less precise gradients",
        )
    if arithmetic >= DOMINATES:
        return Bottleneck(
            "compute-bound",
            f"the GPU is busy {busy:.0%} of the time, {arithmetic:.0%} of that in convolutions and products",
            f"try {'fp16' if short == 'fp16' else 'bf16 or TF32'}{channels_last}",
        )
    if memory >= DOMINATES:
        return Bottleneck(
            "memory-bound",
            f"the GPU is busy {busy:.0%} of the time, {memory:.0%} of that in kernels that mostly move data",
            f"try torch.compile, which fuses them, and {short}{channels_last}",
        )
    return Bottleneck("undecided", "no sort of kernel takes half of the time", "see the table by category")
