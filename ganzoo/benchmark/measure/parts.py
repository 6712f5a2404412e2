"""Where a training step spends its time: the engine's own step, whose parts say when they begin.

It is timed elsewhere with nobody listening.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ganzoo.benchmark.measure.clocks import Clock
from ganzoo.benchmark.measure.workload import Workload
from ganzoo.benchmark.report import Part
from ganzoo.engine.parts import OTHER, listening


def measure(workload: Workload, clock: Clock, cycles: int) -> dict[str, Part]:
    """Times the parts of a step, in the order in which they first begin.

    A part's time is that of all its turns in a cycle of steps, by the steps; parts add up to the step.
    """
    taken: list[list[tuple[str, Any]]] = []
    with listening(lambda name: taken[-1].append((name, clock.mark()))):
        for _ in range(cycles):
            taken.append([(OTHER, clock.mark())])
            for _ in range(workload.cycle):
                workload.step()
            taken[-1].append((OTHER, clock.mark()))
    clock.wait()
    names = [name for name in dict.fromkeys(name for marks in taken for name, _ in marks) if name != OTHER]
    times: dict[str, list[int]] = {name: [] for name in [*names, OTHER]}
    for marks in taken:
        sums = dict.fromkeys(times, 0)
        for (name, begin), (_, end) in pairwise(marks):
            sums[name] += clock.between_ns(begin, end)
        for name, total in sums.items():
            times[name].append(total)
    medians = {name: int(np.median(samples) / workload.cycle) for name, samples in times.items()}
    whole = sum(medians.values())
    return {
        name: Part(median_ns=median, share=median / whole, samples=cycles) for name, median in medians.items()
    }
