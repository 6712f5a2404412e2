"""Records a training in its run folder: metrics, grids, evaluations, checkpoints.

Of several processes the main one alone has a folder. The others call the same methods, because losses and
states are gathered from all of them, and wait meanwhile for what takes long.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganzoo.devices import synchronise
from ganzoo.engine.engine import Engine
from ganzoo.engine.preparation import seed_noise
from ganzoo.engine.readings import indifferent_loss, readings
from ganzoo.engine.step import StepResult
from ganzoo.errors import GanzooError, UsageError
from ganzoo.interfaces import TrackedTraining
from ganzoo.runs import checkpoints
from ganzoo.runs.ancestry import ANCESTRY, Record, ancestry_of
from ganzoo.runs.description import step_of
from ganzoo.runs.folder import Run
from ganzoo.sampling.files import save_image
from ganzoo.sampling.generation import generate
from ganzoo.sampling.grids import grid_inputs, image_grid
from ganzoo.settings.configuration import Configuration
from ganzoo.settings.run import RunSettings
from ganzoo.training import health, state
from ganzoo.training.divergence import require_finite_losses, require_finite_weights
from ganzoo.training.evaluations import Evaluations, MakeEvaluation
from ganzoo.training.inheritance import describe
from ganzoo.training.meter import Meter
from ganzoo.training.observer import Observer, describe_start
from ganzoo.training.pace import GridTimes, Pace
from ganzoo.training.strip import save_strip
from ganzoo.training.tracking import Tracking
from ganzoo.training.unsaved_told import UnsavedTold
from ganzoo.training.weight_growth import WeightGrowth


class Recorder:
    """Writes what is kept of a training into its run folder, and tells the observer and the trackers.

    Raises:
        UsageError: `run.evaluate_every` is set, and there is no `make_evaluation`.
    """

    def __init__(
        self,
        engine: Engine,
        configuration: Configuration,
        observer: Observer,
        tracking: Tracking,
        make_evaluation: MakeEvaluation | None,
    ) -> None:
        assert configuration.run is not None, "the configuration is of a training"
        self.run: Run | None = None
        """The run folder; None in all processes but the main one."""
        self.ancestry: list[Record] = []
        """The weights that the training started from, and theirs."""
        self.settings: RunSettings = configuration.run
        self._engine, self._configuration = engine, configuration
        self._observer, self._tracking = observer, tracking
        self._world = engine.equipment.world
        self.meter = Meter(engine)
        self._growth = WeightGrowth(engine.equipment.players)
        self._indifferent = indifferent_loss(engine.equipment.players.objective)
        if self.settings.evaluate_every and make_evaluation is None:
            raise UsageError(
                "run.evaluate_every needs to be told how; "
                "from Python: ganzoo.train(..., make_evaluation=ganzoo.make_evaluation)"
            )
        self._make_evaluation = make_evaluation if self.settings.evaluate_every else None
        self._evaluations: Evaluations | None = None
        self._watch = health.Watch([], [])
        self._unsaved = UnsavedTold(engine.equipment.players, observer.warned)
        self.pace = Pace(0, 0)
        """How fast the training goes, from its beginning on."""
        self._grid_times = GridTimes(0.0)

    def restore(self, checkpoint: Path) -> None:
        """Takes up the state of a checkpoint of this run.

        Raises:
            GanzooError: the checkpoint is damaged or is of other networks.
        """
        equipment, metadata = self._engine.equipment, checkpoints.read_metadata(checkpoint)
        self.ancestry = ancestry_of(metadata)
        is_exact = state.restore(checkpoint, equipment)
        try:
            self._engine.go_to(step_of(metadata))
            self.meter.restore(checkpoints.read_tensors(checkpoint, "meter.")["sums"], metadata["meter"])
        except (ArithmeticError, KeyError, RuntimeError, TypeError, ValueError) as error:
            raise GanzooError(f"the checkpoint {checkpoint} lacks what a run needs: {error}") from None
        if not is_exact:  # other noise than from step 0 on
            seed_noise(equipment.settings.seed, self._world.rank, self._engine.step)
        if not is_exact and self.run is not None:
            self._observer.warned(
                f"the run had {metadata.get('processes')} processes on {metadata.get('device')}, now "
                f"{equipment.world.size} on {equipment.device.type}: weights, optimisers and the order of "
                "the data go on exactly, the noise is drawn anew"
            )

    def begin(self) -> None:
        """Says what is about to happen, and draws a first grid where nothing has happened yet."""
        equipment = self._engine.equipment
        self.pace = Pace(self._engine.step, equipment.total_steps, lambda: synchronise(equipment.device))
        self._grid_times = GridTimes(self.meter.seconds)
        with self._world.main_first():
            if self.run is not None:
                self._begin(self.run)
        if self._engine.step == 0:
            self.save_grid()

    def _begin(self, run: Run) -> None:
        lines = run.read_metrics()  # once: what is done later must not take the longer, the older the run
        by_kind = {
            kind: [line for line in lines if line["kind"] == kind]
            for kind in ("losses", "evaluation", "warning")
        }
        if self._make_evaluation is not None:
            with self.meter.paused():
                evaluate = self._make_evaluation(self._configuration, self._engine.equipment.device)
            self._evaluations = Evaluations(evaluate, run, by_kind["evaluation"])
        self._watch = health.Watch(
            by_kind["losses"], [str(line.get("warning")) for line in by_kind["warning"]]
        )
        inherited = describe(self.ancestry[0]) if self.ancestry and self._engine.step == 0 else None
        self._observer.started(describe_start(run, self._engine, self.settings, self.pace, inherited))
        first, last = self._engine.step, self._engine.equipment.total_steps
        self._tracking.started(TrackedTraining(run.path, self._configuration.to_json(), first, last))

    def log(self, result: StepResult) -> None:
        """Writes the losses since the last such line, with the readings of the step just taken.

        Raises:
            DivergedError: a loss is not finite.
            GanzooError: training collapsed and was to stop then, or the disk refuses.
        """
        equipment, step, players = self._engine.equipment, self._engine.step, self._engine.equipment.players
        line: dict[str, Any] = {"kind": "losses", "step": step}
        line["epoch"] = round(step / equipment.steps_per_epoch, 4)
        line |= self.meter.read()
        line["discriminator_share"] = (
            round(line["discriminator_loss"] / self._indifferent, 6) if self._indifferent > 0 else None
        )
        line |= readings(result, players, equipment.world) | self._growth.reading()
        require_finite_losses(line, players, step)
        if self.run is None:
            return
        self.run.append_metrics(line)
        self._observer.progressed(line)
        self._tracking.measured(line)
        for rule in (*self._watch.add(line), *self._watch.blind()):
            self._warn(rule)

    def _warn(self, rule: health.Rule) -> None:
        assert self.run is not None, "only the main process warns"
        step = self._engine.step
        self.run.append_metrics(
            {"kind": "warning", "step": step, "warning": rule.name, "message": rule.message}
        )
        self._observer.warned(rule.message)
        if rule.is_collapse and self.settings.stop_on_collapse:
            raise GanzooError(f"stopped at step {step}, as --stop-on-collapse asks: {rule.message}")

    def grid_is_due(self) -> bool:
        """Whether so long no grid was drawn that one is due by time, where no number of steps is set."""
        return self.settings.sample_every is None and self._grid_times.is_due(self.meter.seconds)

    def save_grid(self) -> None:
        """Draws the same latents as every other grid of the run.

        Raises:
            DivergedError: a weight is not finite.
        """
        with self._world.main_first():
            if self.run is not None:
                self._save_grid(self.run)
        self._grid_times.drawn(self.meter.seconds)

    def _save_grid(self, run: Run) -> None:
        equipment, step = self._engine.equipment, self._engine.step
        require_finite_weights(equipment.players, step)
        latents, labels = grid_inputs(equipment.players.generator_network, equipment.settings.seed)
        images = torch.cat(list(generate(self._engine.sampled_generator, latents, labels)))
        path = run.grid_path(step)
        save_image(image_grid(images), path)
        self._observer.sampled(path)
        self._tracking.sampled(step, path)

    def evaluate(self) -> bool:
        """Evaluates the sampled generator, whose checkpoint is written already, unless that was done before.

        The time is not counted as the training's. Returns whether this process knows `run.until` to be met.
        """
        with self._world.main_first():
            if self._evaluations is not None:
                with self.meter.paused():
                    line = self._evaluations.record(self._engine.sampled_generator, self._engine.step)
                if line is not None:
                    self._tracking.measured(line)
        return self._evaluations is not None and self._evaluations.newest_meets(self.settings.goal())

    def save_checkpoint(self) -> None:
        """Writes everything that the next step depends on.

        Raises:
            DivergedError: a weight or a gradient is not finite.
            GanzooError: the disk refuses, or the checkpoint could not be restored.
        """
        equipment, step = self._engine.equipment, self._engine.step
        require_finite_weights(equipment.players, step)
        self._engine.require_restorable()
        tensors = state.capture(equipment)
        sums, meter = self.meter.state()
        with self._world.main_first():
            if self.run is not None:
                self._write_checkpoint(self.run, {**tensors, "meter.sums": sums}, meter)

    def _write_checkpoint(self, run: Run, tensors: dict[str, Tensor], meter: dict[str, Any]) -> None:
        step = self._engine.step
        metadata = {
            "step": step,
            **state.describe(self._engine.equipment, self._configuration),
            "meter": meter,
        }
        if self.ancestry:
            metadata[ANCESTRY] = self.ancestry
        checkpoints.write(run.checkpoint_path(step), tensors, metadata)
        run.mark_latest(step)
        run.discard_checkpoints(self.settings.keep_checkpoints, self.settings.keep_every)
        self._unsaved.look()

    def finish(self) -> None:
        """Does what a kill after the last checkpoint leaves undone; also of a finished run that is resumed.

        Raises:
            GanzooError: the disk refuses.
        """
        with self._world.main_first():
            if self.run is not None:
                self.run.discard_checkpoints(self.settings.keep_checkpoints, self.settings.keep_every)
                every = self.settings.sample_every or self._engine.equipment.steps_per_epoch
                save_strip(self.run, every)
