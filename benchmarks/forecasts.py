"""What `ganzoo train --dry-run` foretells against what the training then takes.

    python benchmarks/forecasts.py --data-dir DIR [--seconds 60] [MODEL]...

For each model the length of a training is chosen so that it takes about so many seconds, the training is
foretold, it is run, and it is foretold again, each in a process of its own. How far the two forecasts differ
is what the machine did meanwhile, which no forecast knows. Times are of the processor, over all threads:
those of the wall clock tell more of what else a machine does. The forecast's own code is used, and the
training's, which draws grids by time, with another clock.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

MODELS = ("gan", "dcgan", "cgan", "acgan", "sngan")


def main() -> None:
    """Prints a Markdown table, a row a model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="*", default=list(MODELS))
    parser.add_argument("--dataset", default="fashion-mnist")
    parser.add_argument("--data-dir", default=None)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker is not None:
        print(json.dumps(work(**json.loads(arguments.worker))))
        return
    print(f"load {' '.join(f'{load:.1f}' for load in os.getloadavg())}\n")
    print("| model | steps | foretold (95 %) | took | error | foretold again | error of the mean | clock |")
    print("|---|---|---|---|---|---|---|---|")
    errors = []
    for model in arguments.models:
        of = {"model": model, "dataset": arguments.dataset, "data_dir": arguments.data_dir}
        step = ask(deed="forecast", steps=100_000, **of)["seconds_per_step"]
        steps = max(20, round(arguments.seconds / step))
        foretold, real, again = (
            ask(deed=deed, steps=steps, **of) for deed in ("forecast", "train", "forecast")
        )
        errors.append(foretold["seconds"] / real["seconds"] - 1)
        of_mean = (foretold["seconds"] + again["seconds"]) / 2 / real["seconds"] - 1
        low, high = foretold["interval"]
        print(
            f"| `{model}` | {steps:,} | {foretold['seconds']:.1f} s ({low:.1f}-{high:.1f}) | "
            f"{real['seconds']:.1f} s | {100 * errors[-1]:+.1f} % | {again['seconds']:.1f} s | "
            f"{100 * of_mean:+.1f} % | {real['wall']:.0f} s |",
            flush=True,
        )
    sizes = [100 * abs(error) for error in errors]
    print(f"\nmedian error {statistics.median(sizes):.1f} %, largest {max(sizes):.1f} %")
    print(f"load {os.getloadavg()[0]:.1f} at the end")


def ask(**task: Any) -> dict[str, Any]:
    """Has a process of its own do a task."""
    command = [sys.executable, __file__, "--worker", json.dumps(task)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    answer: dict[str, Any] = json.loads(output.splitlines()[-1])
    return answer


def work(deed: str, model: str, dataset: str, data_dir: str | None, steps: int) -> dict[str, Any]:
    """Foretells a training or runs it; seconds of the processor, and beside them those of the clock."""
    from ganzoo.settings.merging import resolve

    folder = {} if data_dir is None else {"run.data_dir": data_dir}
    names = {"model.name": model, "dataset.name": dataset}
    configuration = resolve({**names, **folder, "training.max_steps": steps, "run.device": "cpu"})
    return foretell(configuration) if deed == "forecast" else train(configuration)


def foretell(configuration: Any) -> dict[str, Any]:
    """The forecast in seconds of the processor."""
    from ganzoo.training import forecast

    setattr(forecast, "time", SimpleNamespace(perf_counter=time.process_time))  # noqa: B010
    found = forecast.forecast(configuration, Quiet())
    assert found is not None
    return {
        "seconds": found.seconds,
        "interval": found.interval,
        "seconds_per_step": found.seconds_per_step,
    }


def train(configuration: Any) -> dict[str, Any]:
    """The training from its first step to its end, with its lines, grids and checkpoints."""
    from ganzoo.training import loop, meter

    clocks = SimpleNamespace(monotonic=time.process_time, process_time=time.process_time)
    setattr(meter, "time", clocks)  # noqa: B010
    observer = Quiet()
    with tempfile.TemporaryDirectory() as folder:
        loop.train(configuration, Path(folder) / "run", {}, observer)
    wall, processor = observer.began
    return {"seconds": time.process_time() - processor, "wall": time.perf_counter() - wall}


class Quiet:
    """An observer that notes when a training begins."""

    began = (0.0, 0.0)

    def started(self, start: Any) -> None:
        """Reads both clocks."""
        self.began = time.perf_counter(), time.process_time()

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        """Nothing."""

    def sampled(self, path: Path) -> None:
        """Nothing."""

    def warned(self, message: str) -> None:
        """Nothing."""


if __name__ == "__main__":
    main()
