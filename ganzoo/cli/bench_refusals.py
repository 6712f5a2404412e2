"""What `ganzoo bench` refuses before anything is measured: options that don't go together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ganzoo.benchmark.measure.cells import Axes, concerns
from ganzoo.errors import UsageError
from ganzoo.settings.configuration import NAME, RUN


def require_use(axes: Axes) -> None:
    """Refuses a setting that no phase which is timed depends on, and sizes of images beside a data set."""
    for key in axes.sweep:
        if not any(concerns(phase, key) for phase in axes.phases):
            raise UsageError(
                f"{key} changes nothing in {', '.join(axes.phases)}\nadd a phase that it concerns, such as "
                "--phase train-step"
            )
    if axes.images and "dataset.name" in axes.sweep:
        raise UsageError("--image and --dataset exclude each other: the images of a data set have their size")


def require_data_set(sweep: Mapping[str, Any], file: Mapping[str, Any]) -> None:
    """Refuses a folder of data where it is noise that is trained on."""
    if f"{RUN}.data_dir" in sweep and f"dataset.{NAME}" not in {**file, **sweep}:
        raise UsageError(
            "--data-dir is the folder of a data set, and none is named: add --dataset NAME\n"
            "without one the images are noise"
        )


def require_searchable(axes: Axes, is_named: bool) -> None:
    """Refuses `--find-batch` without a model, and with a list of batches."""
    if not is_named:
        raise UsageError("--find-batch needs a MODEL or --config: a search of all models would take hours")
    if len(axes.batch_sizes) > 1:
        raise UsageError(
            "--find-batch doubles the batch itself, so --batch-size takes one number to begin with, not "
            + ",".join(map(str, axes.batch_sizes))
        )
