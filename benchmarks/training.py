"""How fast GanZoo trains, next to others on the same network, data and machine, in one run.

    python benchmarks/training.py --rounds 4 --out samples.json

The network is the DCGAN of 32x32 colour images with kernel 5 and latents of 128 numbers. In every
round each contender runs once, in random order and in a process of its own, so that none inherits
another's memory or threads. Rates are compared within a round. `--out` keeps the samples; called
again with the same file and settings it adds rounds to them.

The peers `torchgan` and `torch-mimicry` are in the extra `benchmark`; `--peers-python` names the
Python of another environment that has them, beside GanZoo.
"""

from __future__ import annotations

import json
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import torch
from training_speed import limits, report
from training_speed.contenders import CONTENDERS, DEFAULT
from training_speed.peers import WORKAROUNDS
from training_speed.report import Round
from training_speed.task import Sample, Task


def run_once(name: str, task: Task, python: str, cache: str) -> Sample | str:
    """One contender in a process of its own; its sample, or why there is none."""
    environment = os.environ | {
        "OMP_NUM_THREADS": str(task.threads),
        "PYTHONPATH": str(Path(__file__).parent),
        "TORCHINDUCTOR_CACHE_DIR": cache,
    }
    process = subprocess.run(
        [python, "-m", "training_speed.worker", name, json.dumps(asdict(task))],
        env=environment,
        capture_output=True,
        text=True,
    )
    if process.returncode:
        last = (process.stderr.strip().splitlines() or [f"exit code {process.returncode}"])[-1]
        return f"failed: {last.replace('|', '/')}"
    answer = json.loads(process.stdout.splitlines()[-1])
    return str(answer["missing"]) if "missing" in answer else Sample(**answer)


def run_round(names: Sequence[str], task: Task, peers_python: str, cache: str) -> Round:
    """Every contender once, in random order."""
    result = {}
    for name in random.sample(names, len(names)):
        python = peers_python if name in WORKAROUNDS else sys.executable
        result[name] = run_once(name, task, python, cache)
        click.echo(f"  {name}: {_spoken(result[name])}", err=True)
    return result


def _spoken(sample: Sample | str) -> str:
    if isinstance(sample, str):
        return sample
    return f"{sample.rate:.1f} images/s" if sample.rate < 1e8 else f"{sample.rate / 1e9:.0f} GFLOP/s"


def read_rounds(path: Path | None, settings: dict[str, Any]) -> list[Round]:
    """The rounds of an earlier call, if any."""
    if path is None or not path.exists():
        return []
    kept = json.loads(path.read_text())
    if kept["settings"] != settings:
        raise click.UsageError(f"{path} holds samples of other settings; name another file, or delete it")
    return [
        {name: s if isinstance(s, str) else Sample(**s) for name, s in each["samples"].items()}
        for each in kept["rounds"]
    ]


def write_rounds(path: Path, settings: dict[str, Any], rounds: Sequence[Round]) -> None:
    """Keeps all samples, and what machine they are of."""
    samples = [
        {"samples": {name: s if isinstance(s, str) else asdict(s) for name, s in each.items()}}
        for each in rounds
    ]
    content = {"settings": settings, "machine": machine(), "rounds": samples}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def machine() -> dict[str, Any]:
    """What the numbers depend on."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "processor": _processor(),
        "cores": os.cpu_count(),
        "cuda": device,
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    names = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    model = next((line.partition(":")[2].strip() for line in names if line.startswith("model name")), "")
    return f"{model or platform.processor()} {torch.backends.cpu.get_cpu_capability()}"


@click.command()
@click.option("--rounds", default=4, show_default=True, help="Times that each contender runs.")
@click.option("--steps", default=8, show_default=True, help="Measured steps of each run.")
@click.option("--warmup", default=2, show_default=True, help="Steps before them (GanZoo: --steps).")
@click.option("--batch-size", default=128, show_default=True)
@click.option("--channels", default=64, show_default=True, help="Feature maps next to the image.")
@click.option("--threads", default=os.cpu_count(), show_default="all cores", type=int)
@click.option("--device", default="cpu", show_default=True)
@click.option(
    "--contenders",
    default=",".join(DEFAULT),
    show_default=True,
    help=f"Any of {', '.join(CONTENDERS)}.",
)
@click.option("--data-dir", help="Folder of CIFAR-10 [random pixels, which cost the same].")
@click.option("--peers-python", default=sys.executable, help="Python with torchgan and torch-mimicry.")
@click.option("--out", type=click.Path(path_type=Path), help="JSON file of all samples; added to.")
def main(
    rounds: int, contenders: str, peers_python: str, out: Path | None, data_dir: str | None, **options: Any
) -> None:
    """Measure training speed; print Markdown tables."""
    # As an exception, so that the worker that is running is ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    names = contenders.split(",")
    if unknown := set(names) - CONTENDERS.keys():
        raise click.UsageError(f"no contender is called {', '.join(sorted(unknown))}")
    task = Task(**options, data_dir=None if data_dir is None else str(Path(data_dir).resolve()))
    settings = asdict(task) | {"contenders": names}
    done = read_rounds(out, settings)
    with tempfile.TemporaryDirectory() as empty:
        # Empty at first, so that compilation is seen cold once and from its cache afterwards.
        cache = os.environ.get("TORCHINDUCTOR_CACHE_DIR", empty)
        for number in range(1, rounds + 1):
            click.echo(f"round {number} of {rounds}, load {os.getloadavg()[0]:.1f}", err=True)
            done.append(run_round(names, task, peers_python, cache))
            if out is not None:
                write_rounds(out, settings, done)
    flops, example_flops = limits.own_flops(task.channels), limits.example_flops(task.channels)
    facts = machine()
    click.echo(
        f"{facts['processor']}, {task.threads} threads"
        + (f", {facts['cuda']}" if task.device.startswith("cuda") else "")
        + f"; torch {facts['torch']}; batch {task.batch_size}; {task.steps} steps a round; "
        + ("random pixels" if task.data_dir is None else "CIFAR-10")
        + "\n"
    )
    click.echo(report.table(done, flops))
    click.echo(
        f"\nCounted work of a step: {flops / 1e6:.1f} MFLOP an image, {example_flops / 1e6:.1f} in the "
        "example, whose generator update also computes the discriminator's weight gradients; taps on "
        "padding included."
    )
    for name in set(names) & WORKAROUNDS.keys():
        click.echo(f"\n`{name}`: {WORKAROUNDS[name]}")


if __name__ == "__main__":
    main()
