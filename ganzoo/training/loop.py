"""The training loop: from a configuration to a run folder full of checkpoints, grids and metrics.

A run that was stopped at any instant goes on from its last whole checkpoint as if it had never
stopped: the order of the data follows from seed and step, everything else is in the checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganzoo.devices import choose_device
from ganzoo.engine.distributed import join
from ganzoo.engine.engine import Engine
from ganzoo.engine.preparation import prepare
from ganzoo.engine.torchrun import read_place
from ganzoo.plugins.recorded import told
from ganzoo.runs import checkpoints, folder, lock
from ganzoo.runs.ancestry import ANCESTRY, find_ancestor, require_same_ancestor
from ganzoo.runs.changes import record_changes
from ganzoo.runs.folder import Run
from ganzoo.runs.record import recorded_versions
from ganzoo.settings.binding import bind
from ganzoo.settings.configuration import Configuration
from ganzoo.settings.merging import require_resumable, resolve
from ganzoo.settings.run import RunSettings
from ganzoo.torch_compiler import defer_compiler
from ganzoo.torch_state import own_torch_state
from ganzoo.training.alone import alone
from ganzoo.training.evaluations import MakeEvaluation
from ganzoo.training.inheritance import inherit
from ganzoo.training.interruption import Interruption
from ganzoo.training.observer import Observer, Undisturbing
from ganzoo.training.recorder import Recorder
from ganzoo.training.repeatability import unrepeatable_told
from ganzoo.training.resuming import require_not_past, require_same_run, require_same_schedule
from ganzoo.training.same_data import require_same_data
from ganzoo.training.tracking import tracked


def train(
    configuration: Configuration,
    out: Path | None,
    environment: Mapping[str, Any],
    observer: Observer,
    make_evaluation: MakeEvaluation | None = None,
) -> Run | None:
    """Trains a model and returns its run folder; None in the other processes of several.

    Args:
        configuration: resolved, of a training.
        out: the run folder, new or empty; None for a new one below `runs/`.
        environment: what goes to env.json.
        observer: is told of the progress.
        make_evaluation: prepares what `run.evaluate_every` asks for.

    Raises:
        UsageError: the data set and the model or the settings don't go together.
        DivergedError: a loss or a weight became NaN or infinite; earlier checkpoints are kept.
        InterruptedTraining: the user or the system asked to stop; a checkpoint has been written.
        GanzooError: the data, the device or the disk fail, or training collapsed and was to stop then.
    """
    with prepared(configuration, observer, make_evaluation) as (complete, engine, recorder):
        world, init_from = engine.equipment.world, engine.equipment.settings.init_from
        if init_from is not None:
            recorder.ancestry = inherit(engine, find_ancestor(init_from), complete)
        with world.main_first():
            if world.is_main:
                recorder.run = folder.create(
                    out, complete, {**environment, ANCESTRY: recorder.ancestry} if init_from else environment
                )
        with lock.held(None if recorder.run is None else recorder.run.path):
            return _take_steps(engine, recorder)


def resume(
    path: Path,
    changes: Mapping[str, Any],
    observer: Observer,
    make_evaluation: MakeEvaluation | None = None,
) -> Run | None:
    """Goes on with a run, from its newest whole checkpoint or the beginning where it has none.

    Args:
        path: the run folder, or one of the checkpoints in it.
        changes: `"training.epochs"` and others that `settings.configuration.is_resumable`, as text or typed.
        observer: is told of the progress.
        make_evaluation: prepares what `run.evaluate_every` asks for.

    Raises:
        UsageError: there is no such run, or a change would make it another one.
        GanzooError: the checkpoint is damaged or of another run, or plugins have changed since.
        Everything that `train` raises.
    """
    require_resumable(changes)
    if path.is_file():
        checkpoints.require_no_other_kind(path)
    run = folder.open_run(path.absolute().parent.parent if path.is_file() else path)
    place = read_place()
    with lock.held(run.path if place.rank == 0 else None), told(recorded_versions(run.path)):
        checkpoint = path if path.is_file() else run.latest_checkpoint_if_any()
        configuration = resolve(folder.read_configuration(run), changes)
        metadata = {} if checkpoint is None else checkpoints.read_metadata(checkpoint)
        if checkpoint is not None and "num_images" in metadata:  # now, before anything costs time
            require_same_schedule(checkpoint, metadata, configuration, metadata["num_images"])
            require_not_past(checkpoint, metadata, configuration, metadata["num_images"])
        with prepared(configuration, observer, make_evaluation) as (complete, engine, recorder):
            world, init_from = engine.equipment.world, engine.equipment.settings.init_from
            if world.is_main:
                recorder.run = run
            if checkpoint is not None:
                require_same_data(metadata, engine.equipment)
                require_same_run(checkpoint, metadata, complete, engine.equipment.num_images)
                recorder.restore(checkpoint)
            elif init_from is not None:
                recorder.ancestry = inherit(engine, find_ancestor(init_from), complete)
                require_same_ancestor(recorder.ancestry, run)
            world.wait()  # nobody rewrites the folder while another process still reads it
            if world.is_main:
                run.rewind(engine.step)
                record_changes(run, complete, changes, engine.step)
            return _take_steps(engine, recorder)


@contextmanager
def prepared(
    configuration: Configuration, observer: Observer, make_evaluation: MakeEvaluation | None
) -> Iterator[tuple[Configuration, Engine, Recorder]]:
    """The complete configuration, an engine at step 0, and what records it; for every process of several."""
    place = read_place()
    run = configuration.run
    assert run is not None, "the configuration is of a training"
    device = choose_device(run.device, place.local_rank)
    observer = Undisturbing(observer, device)
    with (
        alone(),
        own_torch_state(device),
        unrepeatable_told(observer.warned),
        join(place, device, observer.warned) as world,
    ):
        bound = bind(configuration)
        complete = bound.configuration
        assert complete.training is not None, "the configuration is of a training"
        images_per_step = complete.training.images_per_step
        with tracked(bound.trackers, images_per_step, device, observer.warned) as tracking:
            defer_compiler()
            engine = prepare(bound, device, world)
            yield complete, engine, Recorder(engine, complete, observer, tracking, make_evaluation)


def _take_steps(engine: Engine, recorder: Recorder) -> Run | None:
    """Takes the steps that are left and, after each, has the recorder do what is due."""
    equipment, settings = engine.equipment, recorder.settings
    recorder.begin()

    def any_of(*answers: bool) -> list[bool]:
        return equipment.world.any_of(answers, equipment.device)

    def is_out_of_time() -> bool:
        meter = recorder.meter
        limits = [
            (meter.seconds, settings.max_seconds),
            (meter.processor_seconds, settings.max_processor_seconds),
        ]
        spent = [seconds >= limit for seconds, limit in limits if limit is not None]
        return any(any_of(*spent)) if spent else False

    def evaluate() -> bool:
        """Evaluates, and says whether that is as good as `run.until` asks for: the main process knows."""
        is_met = recorder.evaluate()
        return settings.until is not None and any_of(is_met)[0]

    is_over = engine.step > 0 and is_out_of_time()
    if engine.step and _due(engine, settings, is_over).evaluation:
        is_over |= evaluate()  # the run may have been stopped before
    with Interruption() as interruption:
        is_stopping = False
        while engine.step < equipment.total_steps and not is_stopping and not is_over:
            result = recorder.meter.utilisation.take_step()
            is_over = is_out_of_time()
            due = _due(engine, settings, is_over)
            if due.log:
                recorder.log(result)
            is_stopping, is_time_for_grid = any_of(interruption.requested, recorder.grid_is_due())
            if due.grid or is_time_for_grid:
                recorder.save_grid()
            if due.checkpoint or is_stopping:
                recorder.save_checkpoint()
            if is_stopping and not (due.grid or is_time_for_grid):
                recorder.save_grid()  # what is lost must not be the checkpoint, if this is interrupted too
            if due.evaluation and not is_stopping:  # may take long, and then a resumed run does it
                is_over |= evaluate()
            recorder.pace.tick(engine.step)
        recorder.finish()
        if is_stopping:
            interruption.stop(None if recorder.run is None else recorder.run.path, equipment.world.size)
    return recorder.run


@dataclass(frozen=True)
class _Due:
    """What has to be recorded after a step."""

    log: bool
    grid: bool
    evaluation: bool
    checkpoint: bool


def _due(engine: Engine, settings: RunSettings, is_over: bool) -> _Due:
    step, equipment = engine.step, engine.equipment
    is_last = is_over or step == equipment.total_steps

    def falls(every: int | None) -> bool:
        """Whether something done every so many steps is due; None stands for once an epoch."""
        return is_last or step % (every or equipment.steps_per_epoch) == 0

    evaluation = bool(settings.evaluate_every) and falls(settings.evaluate_every)
    return _Due(
        log=evaluation or falls(settings.log_every),  # which says when the evaluation was
        grid=falls(settings.sample_every),
        evaluation=evaluation,
        checkpoint=evaluation or falls(settings.checkpoint_every),
    )
