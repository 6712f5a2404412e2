"""Trains for a budget of seconds and judges: `python -m zoo_training.budget_worker FOLDER`.

Prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import torch

import ganzoo
from ganzoo.benchmark.measure.gauges import HostGauge
from ganzoo.devices import choose_device
from ganzoo.errors import GanzooError
from ganzoo.runs import checkpoints
from ganzoo.runs.folder import Run
from ganzoo.sampling.files import save_image
from ganzoo.sampling.generation import generate
from ganzoo.sampling.grids import grid_inputs, image_grid
from ganzoo.settings.merging import resolve
from zoo_training.judgement import SEED, make_judge
from zoo_training.stopping import Budget, read_trial, train, trained_seconds
from zoo_training.trial import Trial


def main(folder: Path) -> dict[str, Any]:
    """Goes on with the trial in a folder, to its end."""
    trial = read_trial(folder)
    run = Run(folder / "run")
    budget = trial.ends["seconds"]
    peak = None
    if not run.path.exists() or trained_seconds(run) < budget:
        run = train(trial, folder, Budget(budget))
        peak = HostGauge().peaks().resident
    return {**_speed(run), "resident_peak_bytes": peak, **_quality(run, trial, folder)}


def _speed(run: Run) -> dict[str, Any]:
    metadata = checkpoints.read_metadata(run.latest_checkpoint())
    training = metadata["configuration"]["training"]
    seconds = float(metadata["meter"]["seconds"])
    images = metadata["step"] * training["batch_size"] * training["discriminator_steps"]
    return {
        "steps": metadata["step"],
        "images": images,
        "seconds": round(seconds, 1),
        "images_per_second": round(images / seconds, 1),
        "warnings": [line["warning"] for line in run.read_metrics() if "warning" in line],
    }


def _quality(run: Run, trial: Trial, folder: Path) -> dict[str, Any]:
    trained = ganzoo.load(run)
    latents, labels = grid_inputs(trained.generator, SEED)  # one row a class where there are any
    images = torch.cat(list(generate(trained.generator, latents, labels)))
    save_image(image_grid(images), folder / "grid.png")
    configuration = resolve(folder.read_configuration(run))
    judge = make_judge(configuration, choose_device("auto"), trial.num)
    return dict(judge(trained.generator))


if __name__ == "__main__":
    try:
        with redirect_stdout(sys.stderr):
            answer = main(Path(sys.argv[1]))
    except GanzooError as error:
        print(str(error).replace("\n", "; "), file=sys.stderr)
        sys.exit(error.exit_code)
    print(json.dumps(answer))
