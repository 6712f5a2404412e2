"""Whether `ganzoo bench` times a step as others do: next to `torch.utils.benchmark`, on the same callable.

    python benchmarks/harness_agreement.py --rounds 15

In every round both time the same steps of the same networks in the same process, in turn and in random
order, so that the machine's other work meets both. The figure is the median over the rounds of the ratio
of their times. A control times with the harness twice: its spread is what the machine does to any ratio.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable

import click
import torch
from torch.utils.benchmark import Timer

from ganzoo.benchmark.measure.cells import Cell
from ganzoo.benchmark.measure.choices import model_choices
from ganzoo.benchmark.measure.clocks import HostClock, Step, steps_in_block, take_block
from ganzoo.benchmark.measure.measurement import overhead_ns
from ganzoo.benchmark.measure.workload import build
from ganzoo.benchmark.report import USUAL_PHASES, Phase


def by_harness(step: Step, steps: int) -> float:
    """Median nanoseconds of a step, by the harness."""
    return statistics.median(take_block(HostClock(), step, steps).samples_ns)


def by_timer(step: Step, steps: int) -> float:
    """The same by torch.utils.benchmark: the median of as many timings of one step."""
    timer = Timer("step()", globals={"step": step}, num_threads=torch.get_num_threads())
    return 1e9 * statistics.median(timer.timeit(1).raw_times[0] for _ in range(steps))


def compare(step: Step, rounds: int, seed: int) -> tuple[list[float], list[float]]:
    """The harness by the timer, and the harness by itself, of every round."""
    for _ in range(3):
        step()
    steps = max(3, steps_in_block(by_harness(step, 1)))
    order = random.Random(seed)
    agreement, control = [], []
    for _ in range(rounds):
        takes: list[tuple[str, Callable[[Step, int], float]]] = [
            ("harness", by_harness), ("timer", by_timer), ("again", by_harness)
        ]  # fmt: skip
        order.shuffle(takes)
        times = {name: take(step, steps) for name, take in takes}
        agreement.append(times["harness"] / times["timer"])
        control.append(times["harness"] / times["again"])
    return agreement, control


def spoken(ratios: list[float]) -> str:
    """The median and the middle half of ratios less one."""
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{middle - 1:+.2%} ({low - 1:+.2%} to {high - 1:+.2%})"


@click.command()
@click.argument("models", nargs=-1)
@click.option("--rounds", default=15, show_default=True)
@click.option("--batch-size", default=64, show_default=True)
@click.option("--image", default="3x32x32", show_default=True)
@click.option("--precision", default="fp32", show_default=True)
@click.option("--threads", default=None, type=int, help="[torch's choice]")
@click.option("--seed", default=0, show_default=True)
def main(
    models: tuple[str, ...],
    rounds: int,
    batch_size: int,
    image: str,
    precision: str,
    threads: int | None,
    seed: int,
) -> None:
    """Compare the harness with torch.utils.benchmark on MODELS, by default all; print a Markdown table."""
    if threads is not None:
        torch.set_num_threads(threads)
    click.echo(
        f"torch {torch.__version__}, {torch.get_num_threads()} threads, {image}, batch {batch_size}, "
        f"{precision}, {rounds} rounds; overhead of the harness {overhead_ns(HostClock())} ns a step\n"
    )
    click.echo("| model | phase | ms a step | harness / torch.utils.benchmark - 1 | harness / itself - 1 |")
    click.echo("|---|---|---|---|---|")
    for choice in model_choices(models):
        for phase in USUAL_PHASES:
            step = step_of(choice.model, dict(choice.components), phase, image, batch_size, precision)
            agreement, control = compare(step, rounds, seed)
            milliseconds = by_harness(step, 5) / 1e6
            click.echo(
                f"| {choice.model.rpartition(':')[2]} | {phase} | {milliseconds:.2f} | {spoken(agreement)} "
                f"| {spoken(control)} |"
            )


def step_of(
    model: str, components: dict[str, str], phase: Phase, image: str, batch_size: int, precision: str
) -> Step:
    """The very callable that `ganzoo bench` times."""
    cell = Cell(
        model=model,
        components=components,
        phase=phase,
        image=image,
        batch_size=batch_size,
        precision=precision,
        channels_last=True,
        compile=False,
        device="cpu",
        seed=0,
    )
    return build(cell).step


if __name__ == "__main__":
    main()
