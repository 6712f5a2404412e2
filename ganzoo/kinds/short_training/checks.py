"""The checks that train a model for a moment: in bfloat16, and through an end that nobody wanted."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import torch

from ganzoo.engine.distributed import World
from ganzoo.engine.preparation import prepare
from ganzoo.errors import GanzooError
from ganzoo.export.formats import GRAPH_TOLERANCE, drawings_of, largest_difference
from ganzoo.export.graph import drawn_by, trace
from ganzoo.kinds.short_training.patterns import Patterns
from ganzoo.kinds.short_training.stopped import KILLED
from ganzoo.runs import checkpoints
from ganzoo.runs.folder import Run
from ganzoo.runs.trained import load
from ganzoo.settings.binding import bind
from ganzoo.settings.configuration import NAME
from ganzoo.settings.merging import resolve
from ganzoo.testing.checks import Check, Failure, check, require
from ganzoo.testing.importing import environment
from ganzoo.testing.model_subject import ModelSubject
from ganzoo.torch_state import own_torch_state
from ganzoo.training.call import resume, train

_STEPS: Final = 6
_CHECKPOINT: Final = 3
_KILLED_AT: Final = 5

_BATCH: Final = 8

_BFLOAT16_STEPS: Final = 200
"""Steps in which variances and norms computed badly have gone wrong, and right ones have not."""

_SECONDS: Final = 10.0
"""Time after which the training in bfloat16 ends, whatever it has reached."""


class _Silent:
    """Says nothing of a training."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


def chosen_for(subject: ModelSubject) -> dict[str, Any]:
    """The plugins of a training of the model by its recipe."""
    return {f"model.{NAME}": subject.cls, f"dataset.{NAME}": Patterns}


def settings_of_training(subject: ModelSubject, **training: Any) -> dict[str, Any]:
    """The settings of a training of the model by its recipe, short and small."""
    image = subject.image
    shape = {"channels": image.channels, "height": image.height, "width": image.width}
    own = {
        **{f"dataset.{key}": value for key, value in shape.items()},
        "dataset.classes": subject.num_classes or 1,
        "training.batch_size": _BATCH,
        "training.accumulate": 1,
        "run.device": str(subject.device),
    }
    return {**subject.settings, **own, **{f"training.{key}": value for key, value in training.items()}}


@check(
    why="A mean of squares minus the square of a mean is below zero by rounding once in a while, and its "
    "root ends the run with NaN, an hour into it.",
    remedy="Compute norms, roots and divisions in float32, and variances of differences from the mean.",
    is_long=True,
)
def it_trains_in_bfloat16(subject: ModelSubject) -> None:
    settings = settings_of_training(subject, precision="bf16", max_steps=_BFLOAT16_STEPS)
    with own_torch_state(subject.device):
        engine = prepare(bind(resolve(chosen_for(subject), settings)), subject.device, World())
        start = time.monotonic()
        for step in range(1, _BFLOAT16_STEPS + 1):
            result = engine.take_step()
            losses = {"discriminator's": result.discriminator_loss, "generator's": result.generator_loss}
            for name, loss in losses.items():
                finite = math.isfinite(float(loss))
                require(finite, f"in bfloat16 the {name} loss is {float(loss)} at step {step}")
            if time.monotonic() - start > _SECONDS:
                break


def _can_not_be_stopped(subject: ModelSubject) -> str | None:
    return None if subject.name_elsewhere else "another process can't import its class"


@check(
    why="This is what people do: train, lose the machine, go on, sample, export. A run that goes on as "
    "another one than it was can't be repeated, and one that can't be exported ends here.",
    remedy="Keep all that changes in parameters and buffers, draw with torch alone, order nothing by sets, "
    "and write forward so that torch.export can follow it.",
    is_long=True,
    unless=_can_not_be_stopped,
)
def it_trains_and_survives(subject: ModelSubject) -> None:
    settings = settings_of_training(subject, max_steps=_STEPS) | {
        "run.log_every": 1,
        "run.checkpoint_every": _CHECKPOINT,
        "run.sample_every": _STEPS,
    }
    with tempfile.TemporaryDirectory() as folder:
        stopped = Path(folder, "stopped")
        _train_until_killed(subject, settings, stopped)
        resumed = resume(stopped, observer=_Silent())
        whole = train(
            subject.cls, dataset=Patterns, settings=settings, out=Path(folder, "whole"), observer=_Silent()
        )
        if subject.device.type == "cpu":
            _require_same(resumed, whole)
        trained = load(resumed)
        images = trained.sample(4)
        require(bool(torch.isfinite(images).all()), "a sample of the trained generator is not finite")
        try:
            graph = drawn_by(trace(trained.generator))
            largest_difference(drawings_of(trained.generator), graph, GRAPH_TOLERANCE)
        except GanzooError as error:
            raise Failure(f"the trained generator can't be exported: {error}") from None


def _train_until_killed(subject: ModelSubject, settings: dict[str, Any], out: Path) -> None:
    given = {
        "model": subject.name_elsewhere,
        "settings": settings,
        "out": str(out),
        "step": _KILLED_AT,
        "threads": torch.get_num_threads(),  # sums are cut by them, and round otherwise
    }
    process = subprocess.run(
        [sys.executable, "-m", "ganzoo.kinds.short_training.stopped", json.dumps(given)],
        env={**environment(), "PYTHONHASHSEED": "12345"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode != KILLED:
        last = process.stderr.strip().rpartition("\n")[2]
        raise Failure(f"in another process it can't be trained: {last or f'exit {process.returncode}'}")


def _require_same(resumed: Run, whole: Run) -> None:
    one, other = (checkpoints.read_tensors(run.latest_checkpoint()) for run in (resumed, whole))
    require(one.keys() == other.keys(), "a resumed run has other tensors than one that was never stopped")
    differ = [name for name, tensor in one.items() if not torch.equal(tensor, other[name])]
    require(not differ, f"a run that was killed and resumed ends with another {', '.join(differ[:3])}")


SHORT_TRAINING: Final[tuple[Check[Any], ...]] = (it_trains_in_bfloat16, it_trains_and_survives)
