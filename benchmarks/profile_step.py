"""Where the time of a training step goes, by operator: its own time, without that of what it calls.

python benchmarks/profile_step.py --precision bf16
"""

from __future__ import annotations

import os

import click
import torch
from torch.profiler import ProfilerActivity, profile
from training_speed.task import Task

from ganzoo.devices import choose_device
from ganzoo.engine.distributed import World
from ganzoo.engine.preparation import prepare


@click.command()
@click.option("--precision", "precisions", multiple=True, default=("bf16", "fp32"), show_default=True)
@click.option("--steps", default=3, show_default=True)
@click.option("--batch-size", default=128, show_default=True)
@click.option("--channels", default=64, show_default=True, help="Feature maps next to the image.")
@click.option("--threads", default=os.cpu_count(), show_default="all cores", type=int)
@click.option("--device", default="cpu", show_default=True)
@click.option("--compile/--no-compile", "compiled", default=False, show_default=True)
@click.option("--top", default=14, show_default=True, help="Operators that are listed.")
def main(precisions: tuple[str, ...], steps: int, compiled: bool, top: int, **options: int | str) -> None:
    """Profile GanZoo's step on the chapter's DCGAN; print Markdown tables."""
    task = Task(steps=steps, warmup=2, data_dir=None, **options)  # type: ignore[arg-type]
    torch.set_num_threads(task.threads)
    for precision in precisions:
        click.echo(f"{precision}, batch {task.batch_size}, {task.threads} threads\n")
        click.echo(operators(task, precision, compiled, top) + "\n")


def operators(task: Task, precision: str, compiled: bool, top: int) -> str:
    """The table of one precision."""
    device = choose_device(task.device)
    settings = {"training.precision": precision, "training.compile": compiled}
    engine = prepare(task.configuration(settings), device, World())
    for _ in range(task.warmup):
        engine.take_step()
    activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * (device.type == "cuda")
    with profile(activities=activities) as profiler:
        for _ in range(task.steps):
            engine.take_step()
        if device.type == "cuda":
            torch.cuda.synchronize()
    own_time = "self_device_time_total" if device.type == "cuda" else "self_cpu_time_total"
    events = sorted(profiler.key_averages(), key=lambda event: -getattr(event, own_time))
    total = sum(getattr(event, own_time) for event in events)
    lines = ["| operator | share of time | ms a step | calls a step |", "|---|---|---|---|"]
    for event in events[:top]:
        microseconds = getattr(event, own_time)
        lines.append(
            f"| `{event.key}` | {microseconds / total:.1%} | {microseconds / 1e3 / task.steps:.1f} | "
            f"{event.count / task.steps:.0f} |"
        )
    lines.append(f"| all | 100% | {total / 1e3 / task.steps:.1f} | |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
