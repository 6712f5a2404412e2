"""Records a training in its run folder: metrics, grids, evaluations, checkpoints.

Of several processes the main one alone has a folder. The others call the same methods, because losses and
states are gathered from all of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import torch

from ganzoo.engine.engine import Engine
from ganzoo.engine.players import Players
from ganzoo.engine.step import StepResult
from ganzoo.errors import GanzooError, UsageError
from ganzoo.runs import checkpoints
from ganzoo.runs.folder import Run
from ganzoo.sampling.files import save_image
from ganzoo.sampling.generation import generate
from ganzoo.sampling.grids import grid_inputs, image_grid, strip
from ganzoo.settings.configuration import Configuration
from ganzoo.settings.run import RunSettings
from ganzoo.training import health, state
from ganzoo.training.divergence import require_finite_losses, require_finite_weights
from ganzoo.training.evaluations import Evaluations, MakeEvaluation
from ganzoo.training.meter import Meter
from ganzoo.training.observer import Observer, TrainingStart
from ganzoo.training.readings import readings
from ganzoo.training.unsaved import Unsaved

_STRIP_GRIDS: Final = 6


class Recorder:
    """Writes what is kept of a training into its run folder, and tells the observer.

    Raises:
        UsageError: `run.evaluate_every` is set, and there is no `make_evaluation`.
    """

    def __init__(
        self,
        engine: Engine,
        configuration: Configuration,
        observer: Observer,
        make_evaluation: MakeEvaluation | None,
    ) -> None:
        assert configuration.run is not None, "the configuration is of a training"
        self.run: Run | None = None
        """The run folder; None in all processes but the main one."""
        self.settings: RunSettings = configuration.run
        self._engine, self._configuration, self._observer = engine, configuration, observer
        self._meter = Meter(engine)
        if self.settings.evaluate_every and make_evaluation is None:
            raise UsageError(
                "run.evaluate_every needs to be told how; "
                "from Python: ganzoo.train(..., make_evaluation=ganzoo.make_evaluation)"
            )
        self._make_evaluation = make_evaluation if self.settings.evaluate_every else None
        self._evaluations: Evaluations | None = None
        self._watch = health.Watch([], [])
        self._unsaved: Unsaved | None = Unsaved(engine.equipment.players)

    def restore(self, checkpoint: Path) -> None:
        """Takes up the state of a checkpoint of this run.

        Raises:
            GanzooError: the checkpoint is damaged or is of other networks.
        """
        equipment, metadata = self._engine.equipment, checkpoints.read_metadata(checkpoint)
        is_exact = state.restore(checkpoint, equipment)
        try:
            self._engine.go_to(int(metadata["step"]))
            self._meter.restore(checkpoints.read_tensors(checkpoint, "meter.")["sums"], metadata["meter"])
        except (KeyError, TypeError, ValueError) as error:
            raise GanzooError(f"the checkpoint {checkpoint} lacks what a run needs: {error}") from None
        if not is_exact and self.run is not None:
            self._observer.warned(
                f"the run had {metadata['processes']} processes on {metadata['device']}, now "
                f"{equipment.world.size} on {equipment.device.type}: weights, optimisers and the order of "
                "the data go on exactly, the noise is drawn anew"
            )

    def begin(self) -> None:
        """Says what is about to happen, and draws a first grid where nothing has happened yet."""
        if self.run is None:
            return
        if self._make_evaluation is not None:
            with self._meter.paused():
                evaluate = self._make_evaluation(self._configuration, self._engine.equipment.device)
            self._evaluations = Evaluations(evaluate, self.run)
        lines = self.run.read_metrics()
        warned_of = [str(line.get("warning")) for line in lines if line["kind"] == "warning"]
        self._watch = health.Watch([line for line in lines if line["kind"] == "losses"], warned_of)
        self._observer.started(_start(self.run, self._engine))
        if self._engine.step == 0:
            self.save_grid()

    def log(self, result: StepResult) -> None:
        """Writes the losses since the last such line, with the readings of the step just taken.

        Raises:
            DivergedError: a loss is not finite.
            GanzooError: training collapsed and was to stop then, or the disk refuses.
        """
        equipment, step, players = self._engine.equipment, self._engine.step, self._engine.equipment.players
        line: dict[str, Any] = {
            "kind": "losses", "step": step, "epoch": round(step / equipment.steps_per_epoch, 4),
        }  # fmt: skip
        line |= self._meter.read()
        indifferent = _indifferent_loss(players)
        line["discriminator_share"] = (
            round(line["discriminator_loss"] / indifferent, 6) if indifferent > 0 else None
        )
        line |= readings(
            result.fake,
            result.real,
            players.generator.network,
            players.discriminator.network,
            (players.generator.scaler.get_scale(), players.discriminator.scaler.get_scale()),
        )
        require_finite_losses(line, players, step)
        if self.run is None:
            return
        self.run.append_metrics(line)
        self._observer.progressed(line)
        for rule in self._watch.add(line):
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

    def save_grid(self) -> None:
        """Draws the same latents as every other grid of the run."""
        if self.run is None:
            return
        equipment = self._engine.equipment
        latents, labels = grid_inputs(equipment.players.generator_network, equipment.settings.seed)
        images = torch.cat(list(generate(self._engine.sampled_generator, latents, labels)))
        path = self.run.grid_path(self._engine.step)
        save_image(image_grid(images), path)
        self._observer.sampled(path)

    def evaluate(self) -> None:
        """Evaluates the sampled generator; the time is not counted as time of the training."""
        if self._evaluations is not None:
            with self._meter.paused():
                self._evaluations.record(self._engine.sampled_generator, self._engine.step)

    def mark_best(self) -> None:
        """Points at the checkpoint of the best evaluation, once it is written."""
        if self._evaluations is not None:
            self._evaluations.mark_best()

    def save_checkpoint(self) -> None:
        """Writes everything that the next step depends on.

        Raises:
            DivergedError: a weight or a gradient is not finite.
            GanzooError: the disk refuses.
        """
        equipment, step = self._engine.equipment, self._engine.step
        require_finite_weights(equipment.players, step)
        tensors = state.capture(equipment)
        sums, meter = self._meter.state()
        if self.run is None:
            return
        network = equipment.players.generator_network
        metadata = {
            "step": step,
            "image": network.image.shape,
            "num_classes": network.num_classes,
            "class_names": equipment.class_names,
            "configuration": self._configuration.to_json(),
            "plugins": {plugin.full_name: plugin.version for plugin in self._configuration.plugins()},
            "processes": equipment.world.size,
            "device": equipment.device.type,
            "torch": torch.__version__,
            "meter": meter,
        }
        checkpoints.write(self.run.checkpoint_path(step), {**tensors, "meter.sums": sums}, metadata)
        self.run.mark_latest(step)
        self.run.discard_checkpoints(self.settings.keep_checkpoints, self.settings.keep_every)
        self._warn_of_unsaved()

    def _warn_of_unsaved(self) -> None:
        """Says once that a resumed run will differ, where a part has a state of its own."""
        if self._unsaved is not None and (changed := self._unsaved.changed()):
            self._unsaved = None
            self._observer.warned(
                f"{', '.join(changed)} changed in the training, and no checkpoint holds it: resumed, this "
                "run will not equal one that never stopped"
            )

    def finish(self) -> None:
        """Does what a kill after the last checkpoint leaves undone; also of a finished run that is resumed.

        Raises:
            GanzooError: the disk refuses.
        """
        if self.run is not None:
            self.run.discard_checkpoints(self.settings.keep_checkpoints, self.settings.keep_every)
            save_strip(self.run)


def _start(run: Run, engine: Engine) -> TrainingStart:
    equipment = engine.equipment
    players = equipment.players
    return TrainingStart(
        run=run,
        first_step=engine.step,
        total_steps=equipment.total_steps,
        steps_per_epoch=equipment.steps_per_epoch,
        image=players.generator_network.image,
        num_images=equipment.num_images,
        device=equipment.device,
        precision=str(players.dtype).removeprefix("torch."),
        processes=equipment.world.size,
        generator_parameters=_count(players.generator.network),
        discriminator_parameters=_count(players.discriminator.network),
    )


def _count(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def _indifferent_loss(players: Players) -> float:
    """The lowest loss that a discriminator can have while it gives every image the same logit."""
    logits = torch.linspace(-2, 2, 81)  # the best is 0 for most objectives, 1/2 for least squares
    return min(players.objective.discriminator_loss(one, one).item() for one in logits[:, None])


def save_strip(run: Run) -> Path | None:
    """Joins grids from the first to the last of a run into `samples/strip.png`, left to right."""
    grids = sorted(run.samples.glob("step-*.png"))
    if not grids:
        return None
    last = len(grids) - 1
    chosen = sorted({round(index * last / (_STRIP_GRIDS - 1)) for index in range(_STRIP_GRIDS)})
    path = run.samples / "strip.png"
    save_image(strip([grids[index] for index in chosen]), path)
    return path
