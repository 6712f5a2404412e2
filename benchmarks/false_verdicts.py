"""How often `ganzoo bench compare` errs: simulated comparisons of the same code, and of a planted change.

    python benchmarks/false_verdicts.py [--comparisons 2000] [--seed 0]

A simulated step takes 10 ms. The logarithm of its time has a normal offset for each launch (`between`: what
processes differ by) and AR(1) noise within it (`within`, its neighbours correlated by `correlation`). Every
comparison is of two reports of one row, through the same code as the command.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np

from ganzoo.benchmark.compare.comparison import compare
from ganzoo.benchmark.report import Key, Launch, Report, Row, Summary, Timing

STEP_NS: Final = 10_000_000
IMAGES: Final = 64


@dataclass(frozen=True)
class Machine:
    """What noise a machine makes: standard deviations of the logarithm of a step's time."""

    launches: int
    between: float
    within: float
    correlation: float = 0.6
    samples: int = 20
    heavy_tails: bool = False
    """Launches differ by Student's t with 3 degrees of freedom, scaled to the same deviation."""


MACHINES: Final = (
    Machine(3, 0.001, 0.01),
    Machine(3, 0.003, 0.01),
    Machine(3, 0.005, 0.02),
    Machine(3, 0.01, 0.01),
    Machine(3, 0.03, 0.02),
    Machine(3, 0.1, 0.05, correlation=0.9),
    Machine(3, 0.03, 0.02, heavy_tails=True),
    Machine(5, 0.005, 0.02),
    Machine(5, 0.01, 0.01),
    Machine(5, 0.03, 0.02),
    Machine(5, 0.1, 0.05, correlation=0.9),
    Machine(10, 0.01, 0.02),
    Machine(10, 0.03, 0.02),
    Machine(10, 0.1, 0.05, correlation=0.9),
    Machine(1, 0.01, 0.01, samples=60),
)


def simulate(generator: np.random.Generator, machine: Machine, factor: float) -> Report:
    """One report of one row, of a step that takes `factor` times as long."""
    shape = (machine.launches, machine.samples)
    noise = machine.within * generator.standard_normal(shape)
    for column in range(1, machine.samples):
        fresh = math.sqrt(1 - machine.correlation**2) * noise[:, column]
        noise[:, column] = machine.correlation * noise[:, column - 1] + fresh
    if machine.heavy_tails:
        offsets = generator.standard_t(3, (machine.launches, 1)) / math.sqrt(3)
    else:
        offsets = generator.standard_normal((machine.launches, 1))
    times = np.rint(STEP_NS * factor * np.exp(noise + machine.between * offsets)).astype(int)
    return report_of(times.tolist())


def report_of(launches: list[list[int]]) -> Report:
    """A report whose only row has these times."""
    timing = Timing(
        clock="perf-counter",
        images_per_step=IMAGES,
        launches=tuple(
            Launch(blocks_ns=(tuple(launch),), wall_ns=(sum(launch),), dispatch_ns=(sum(launch),))
            for launch in launches
        ),
        first_step_ns=None,
        compile_ns=None,
        warmup_steps=0,
    )
    row = Row(key=KEY, status="ok", timing=timing, summary=NO_SUMMARY)
    return Report(created="", command=(), seed=0, environment={}, rows=(row,))


KEY: Final = Key(
    model="simulated:step", phase="train-step", image="3x32x32", batch_size=IMAGES, precision="fp32",
    channels_last=False, compile=False, components={}, device="simulated", threads=1,
)  # fmt: skip

NO_SUMMARY: Final = Summary(
    median_ns=STEP_NS, interval_ns=None, p05_ns=STEP_NS, p95_ns=STEP_NS, samples=1, wall_ns=STEP_NS,
    dispatch_ns=STEP_NS, images_per_second=1.0, images_per_second_interval=None, seconds_per_kimg=1.0,
    drift=None,
)  # fmt: skip
"""The comparison takes the samples, not what a report says of them."""


def verdicts(machine: Machine, factor: float, comparisons: int, seed: int) -> Counter[str]:
    """The verdicts of comparisons in which B takes `factor` times as long as A."""
    generator = np.random.default_rng(seed)
    return Counter(
        compare(simulate(generator, machine, 1.0), simulate(generator, machine, factor)).pairs[0].verdict.word
        for _ in range(comparisons)
    )


def main() -> None:
    """Prints a Markdown table, a machine a row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--comparisons", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print(
        "| launches | between | within | correlation | false verdicts | same | +5 % found | +5 % undecided |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|---:|")
    for number, machine in enumerate(MACHINES):
        count = arguments.comparisons
        null = verdicts(machine, 1.0, count, arguments.seed + number)
        planted = verdicts(machine, 1.05, count, arguments.seed + number + 1000)
        shares = [null["faster"] + null["slower"], null["same"], planted["slower"], planted["undecided"]]
        between = f"{100 * machine.between:g} %" + (", heavy tails" if machine.heavy_tails else "")
        cells = [machine.launches, between, f"{100 * machine.within:g} %", machine.correlation]
        print("|", " | ".join([*map(str, cells), *(f"{100 * share / count:.2f} %" for share in shares)]), "|")


if __name__ == "__main__":
    main()
