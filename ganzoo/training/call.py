"""Training as a call, for Python and notebooks: what `ganzoo train` does, without a command line."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ganzoo.engine.torchrun import read_place
from ganzoo.environment import describe_environment
from ganzoo.errors import UsageError
from ganzoo.runs.ancestry import INIT_FROM, resolve
from ganzoo.runs.folder import Run
from ganzoo.settings.configuration import NAME
from ganzoo.training import loop
from ganzoo.training.evaluations import MakeEvaluation
from ganzoo.training.observer import Observer, TrainingStart

_LOGGER: Final = logging.getLogger("ganzoo.training")


def train(
    model: str | type,
    *,
    dataset: str | type,
    settings: Mapping[str, Any] | None = None,
    init_from: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    observer: Observer | None = None,
    make_evaluation: MakeEvaluation | None = None,
    **components: str | type | Sequence[str | type],
) -> Run:
    """Trains a model on a data set, with the model's published settings unless told otherwise.

        run = ganzoo.train("dcgan", dataset="digits", settings={"training.epochs": 20})
        generator = ganzoo.load(run).generator

    Ctrl-C, or a notebook's stop button, ends the training after the step under way; a checkpoint is
    written first, and `resume` goes on.

    Args:
        model: a name, `distribution:name`, `path/to/file.py:Class`, or the class itself.
        dataset: likewise.
        settings: any of `ganzoo train --set`: `{"training.epochs": 20, "model.latent_dim": 64}`.
        init_from: what both networks start from as far as it fits: a run, a checkpoint, or the name of
            weights; the model and its components are set as there unless told otherwise.
        out: the run folder, new or empty; None for a new one below `runs/`.
        observer: is told of the progress; without one, it goes to the logger `ganzoo.training`.
        make_evaluation: `ganzoo.make_evaluation`, where `run.evaluate_every` is set.
        **components: what fills a slot or the objective: `upsampling="resize-conv"`, `objective="bce"`; and
            `tracker`, one or a list.

    Returns:
        The run folder, which `ganzoo.load` and `resume` take.

    Raises:
        UsageError: an unknown name or setting; or data set, model and settings don't go together.
        PluginError: a plugin can't be loaded.
        DivergedError: a loss or a weight became NaN or infinite; earlier checkpoints are kept.
        InterruptedTraining: it was asked to stop; a checkpoint has been written.
        GanzooError: the data, the device or the disk fail.
    """
    chosen = {f"{section}.{NAME}": plugin for section, plugin in
              {"model": model, "dataset": dataset, **components}.items()}  # fmt: skip
    start = {} if init_from is None else {INIT_FROM: str(init_from)}
    configuration = resolve(chosen, settings or {}, start)  # before anything costs time
    _require_one_process()
    run = loop.train(
        configuration,
        None if out is None else Path(out),
        describe_environment(),
        observer or LogProgress(),
        make_evaluation,
    )
    assert run is not None, "the only process is the main one"
    return run


def resume(
    run: str | os.PathLike[str],
    *,
    settings: Mapping[str, Any] | None = None,
    observer: Observer | None = None,
    make_evaluation: MakeEvaluation | None = None,
) -> Run:
    """Goes on with a run that was stopped or is finished, exactly where it is.

    Args:
        run: what `train` returned, a run folder, or one of the checkpoints in it.
        settings: what may change: `{"training.epochs": 200}`.
        observer: as for `train`.
        make_evaluation: as for `train`.

    Raises:
        UsageError: there is no such run, or a change would make it another one.
        Everything that `train` raises.
    """
    _require_one_process()
    resumed = loop.resume(Path(run), settings or {}, observer or LogProgress(), make_evaluation)
    assert resumed is not None, "the only process is the main one"
    return resumed


def _require_one_process() -> None:
    size = read_place().size
    if size > 1:
        raise UsageError(
            f"ganzoo.train is for one process, and the environment variable WORLD_SIZE is {size}\n"
            "for one: unset WORLD_SIZE, or here: del os.environ['WORLD_SIZE']\n"
            "for several: torchrun --nproc-per-node N -m ganzoo train ..."
        )


class LogProgress:
    """Writes the progress to the logger `ganzoo.training`, warnings as warnings.

    Python shows warnings by default, and the rest after `logging.basicConfig(level="INFO")`.
    """

    def started(self, start: TrainingStart) -> None:
        """Logs what is about to be trained."""
        _LOGGER.info(
            "%d steps on %s, %d images of %s, run folder %s",
            start.total_steps - start.first_step,
            start.device,
            start.num_images,
            start.image,
            start.run.path,
        )

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        """Logs a line of metrics."""
        _LOGGER.info(
            "step %d, discriminator %.3f, generator %.3f, %.0f images/s",
            metrics["step"],
            metrics["discriminator_loss"],
            metrics["generator_loss"],
            metrics["images_per_second"],
        )

    def sampled(self, path: Path) -> None:
        """Logs where a grid is."""
        _LOGGER.info("grid %s", path)

    def warned(self, message: str) -> None:
        """Logs what is wrong."""
        _LOGGER.warning(message)
