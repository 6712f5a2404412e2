"""The training loop: from a configuration to a run folder full of checkpoints, grids and metrics.

A run that was stopped at any instant goes on from its last whole checkpoint as if it had never
stopped: the order of the data follows from seed and step, everything else is in the checkpoint.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from ganzoo import checkpoints, runs, sampling
from ganzoo.config import TRAINING, Configuration, flatten, resolve
from ganzoo.devices import choose_device
from ganzoo.errors import DivergedError, GanzooError, UsageError
from ganzoo.interfaces import Batch, Generator
from ganzoo.runs import Run
from ganzoo.training import health, state, tensorboard
from ganzoo.training.distributed import join
from ganzoo.training.evaluations import Evaluation, MakeEvaluation
from ganzoo.training.interruption import Interruption
from ganzoo.training.meter import Meter
from ganzoo.training.observer import Observer, Plan
from ganzoo.training.players import make_step
from ganzoo.training.preparation import Training, prepare
from ganzoo.training.schedule import apply_schedule
from ganzoo.training.settings import CHANGEABLE, require_changeable, training_settings
from ganzoo.training.step import Players, StepResult

_STRIP_GRIDS = 6


def train(
    configuration: Configuration,
    out: Path | None,
    environment: Mapping[str, Any],
    observer: Observer,
    make_evaluation: MakeEvaluation | None = None,
) -> Run | None:
    """Trains a model and returns its run folder; None in the other processes of several.

    Args:
        configuration: resolved, with its `training` section.
        out: the run folder, new or empty; None for a new one below `runs/`.
        environment: what goes to env.json.
        observer: is told of the progress.
        make_evaluation: prepares what `training.evaluate_every` asks for.

    Raises:
        UsageError: the data set and the model or the settings don't go together.
        DivergedError: a loss or a weight became NaN or infinite; earlier checkpoints are kept.
        InterruptedTraining: the user or the system asked to stop; a checkpoint has been written.
        GanzooError: the data, the device or the disk fail, or training collapsed and was to stop then.
    """
    with _begun(configuration, observer, make_evaluation) as (training, loop):
        if training.world.is_main:
            loop.record_in(runs.create(out, training.configuration, environment))
        return loop.run()


def resume(
    path: Path,
    changes: Mapping[str, Any],
    observer: Observer,
    make_evaluation: MakeEvaluation | None = None,
) -> Run | None:
    """Goes on with a run, from its newest whole checkpoint or the beginning where it has none.

    Args:
        path: the run folder, or one of the checkpoints in it.
        changes: `"training.epochs"` and others of `CHANGEABLE`, as text or typed.
        observer: is told of the progress.
        make_evaluation: prepares what `training.evaluate_every` asks for.

    Raises:
        UsageError: there is no such run, or a change would make it another one.
        GanzooError: the checkpoint is damaged or of another run, or plugins have changed since.
        Everything that `train` raises.
    """
    require_changeable(changes)
    run = runs.open_run(path.parent.parent if path.suffix == ".safetensors" else path)
    checkpoint = path if path.suffix == ".safetensors" else run.newest_checkpoint()
    configuration = resolve(runs.read_configuration(run), changes)
    with _begun(configuration, observer, make_evaluation) as (training, loop):
        if training.world.is_main:
            loop.record_in(run)
        if checkpoint is not None:
            loop.restore(checkpoint)
        training.world.wait()  # nobody rewrites the folder while another process still reads it
        if training.world.is_main:
            run.rewind(loop.step)
            run.write_configuration(training.configuration)
        return loop.run()


@contextmanager
def _begun(
    configuration: Configuration, observer: Observer, make_evaluation: MakeEvaluation | None
) -> Iterator[tuple[Training, _Loop]]:
    """What a training is made of, and its loop at step 0, among the processes that take part."""
    settings = training_settings(configuration)
    device = choose_device(settings.device)
    with tensorboard.observing(observer, settings.tensorboard) as observer, join(device) as world:
        training = prepare(configuration, device, world)
        yield training, _Loop(training, observer, make_evaluation)


class _Loop:
    """Steps from where it is to the end, and writes what has to be kept on the way."""

    def __init__(
        self, training: Training, observer: Observer, make_evaluation: MakeEvaluation | None = None
    ) -> None:
        self.step = 0
        self._training = training
        self._run: Run | None = None
        self._observer = observer
        self._training_step = make_step(training.players, training.settings, training.device, training.world)
        self._meter = Meter(training.device, training.world)
        self._lines: list[dict[str, Any]] = []
        if training.settings.evaluate_every and make_evaluation is None:
            raise UsageError(
                "training.evaluate_every needs to be told how; "
                "from Python: ganzoo.train(..., make_evaluation=ganzoo.make_evaluation)"
            )
        self._make_evaluation = make_evaluation if training.settings.evaluate_every else None
        self._evaluation: Evaluation | None = None

    def record_in(self, run: Run) -> None:
        """Has this process, the main one, keep what has to be kept in a run folder."""
        self._run = run

    def restore(self, checkpoint: Path) -> None:
        """Takes up the state of a checkpoint of this run."""
        training = self._training
        metadata = checkpoints.read_metadata(checkpoint)
        _require_same_run(checkpoint, metadata, training.configuration)
        is_exact = state.restore(checkpoint, training.players, training.average, training.world)
        self.step = int(metadata["step"])
        self._meter.restore(checkpoints.read_tensors(checkpoint, "meter.")["sums"], metadata["meter"])
        if not is_exact and self._run is not None:
            self._observer.warned(
                f"the run had {metadata['processes']} processes on {metadata['device']}, now "
                f"{training.world.size} on {training.device.type}: weights, optimisers and the order of "
                "the data go on exactly, the noise is drawn anew"
            )

    def run(self) -> Run | None:
        """Takes the steps that are left."""
        training, run = self._training, self._run
        if run is not None:
            if self._make_evaluation is not None:
                with self._meter.paused():
                    evaluate = self._make_evaluation(training.configuration, training.device)
                self._evaluation = Evaluation(evaluate, run)
            self._lines = [line for line in run.read_metrics() if "discriminator_loss" in line]
            self._observer.started(self._plan(run))
            if self.step == 0:
                self._save_grid()
        with Interruption() as interruption:
            batches = training.batches(self.step)
            stop = False
            while self.step < training.total_steps and not stop:
                result = self._take_step(batches)
                is_last = self.step == training.total_steps
                if is_last or self.step % training.settings.log_every == 0:
                    self._log(result)
                if is_last or self._is_due(training.settings.sample_every):
                    self._save_grid()
                stop = training.world.any(interruption.requested, training.device)
                is_judged = self._make_evaluation is not None and (
                    is_last or self._is_due(training.settings.evaluate_every)
                )
                if is_judged and self._evaluation is not None:
                    with self._meter.paused():
                        self._evaluation.record(self._sampled_generator, self.step)
                if is_last or stop or is_judged or self._is_due(training.settings.checkpoint_every):
                    self._save_checkpoint()
                if is_judged and self._evaluation is not None:
                    self._evaluation.mark_best()
            if run is not None:
                save_strip(run)  # a finished run resumed has it drawn too: a kill may have come just before
            if stop:
                interruption.stop(None if run is None else run.path)
        return run

    def _plan(self, run: Run) -> Plan:
        training = self._training
        return Plan(
            run=run,
            first_step=self.step,
            total_steps=training.total_steps,
            steps_per_epoch=training.steps_per_epoch,
            image=training.players.generator_network.image,
            num_images=training.num_images,
            device=training.device,
            precision=str(training.players.dtype).removeprefix("torch."),
            processes=training.world.size,
            generator_parameters=_count(training.players.generator.network),
            discriminator_parameters=_count(training.players.discriminator.network),
        )

    def _is_due(self, every: int | None) -> bool:
        return self.step % (every or self._training.steps_per_epoch) == 0

    def _take_step(self, batches: Iterator[list[Batch]]) -> StepResult:
        training, settings = self._training, self._training.settings
        apply_schedule(training.players, settings, self.step, training.total_steps)
        for player in (training.players.generator, training.players.discriminator):
            training.world.average_buffers(player.network)
        if training.players.augmentation is not None:
            training.world.average_buffers(training.players.augmentation)
        result = self._training_step([next(batches) for _ in range(settings.discriminator_steps)], self.step)
        self.step += 1
        if training.average is not None:
            training.average.update(training.players.generator.network, self.step)
        self._meter.add(
            result.discriminator_loss,
            result.generator_loss,
            result.penalty,
            settings.batch_size * settings.discriminator_steps,
        )
        return result

    def _log(self, result: StepResult) -> None:
        training = self._training
        players = training.players
        line: dict[str, Any] = {"step": self.step, "epoch": round(self.step / training.steps_per_epoch, 4)}
        line |= self._meter.read()
        indifferent = _indifferent_loss(players)
        line["discriminator_share"] = (
            round(line["discriminator_loss"] / indifferent, 6) if indifferent > 0 else None
        )
        line |= health.readings(
            result.fake,
            result.real,
            players.generator.network,
            players.discriminator.network,
            (players.generator.scaler.get_scale(), players.discriminator.scaler.get_scale()),
        )
        self._require_finite(line)
        if self._run is None:
            return
        self._run.append_metrics(line)
        self._lines.append(line)
        self._observer.progressed(line)
        self._warn_of_failures()

    def _warn_of_failures(self) -> None:
        assert self._run is not None, "only the main process warns"
        said = {line["warning"] for line in self._run.read_metrics() if "warning" in line}
        for rule in health.diagnose(self._lines):
            if rule.name in said:
                continue
            self._run.append_metrics({"step": self.step, "warning": rule.name, "message": rule.message})
            self._observer.warned(rule.message)
            if rule.is_collapse and self._training.settings.stop_on_collapse:
                raise GanzooError(f"stopped at step {self.step}, as --stop-on-collapse asks: {rule.message}")

    def _require_finite(self, line: Mapping[str, Any]) -> None:
        for name in ("discriminator_loss", "generator_loss"):
            if not math.isfinite(line[name]):
                self._diverged(f"{name} is {line[name]}")

    def _diverged(self, what: str) -> None:
        tensors = state.non_finite(self._training.players)
        named = f" (not finite: {', '.join(tensors[:3])}{', ...' if len(tensors) > 3 else ''})"
        raise DivergedError(
            f"training diverged: {what} at step {self.step}{named if tensors else ''}; earlier checkpoints "
            "are kept\ntry a smaller --learning-rate, or --precision fp32"
        )

    def _save_grid(self) -> None:
        if self._run is None:
            return
        latents, labels = sampling.grid_inputs(
            self._training.players.generator_network, self._training.settings.seed
        )
        images = torch.cat(list(sampling.generate(self._sampled_generator, latents, labels)))
        path = self._run.grid_path(self.step)
        sampling.save_image(sampling.image_grid(images), path)
        self._observer.sampled(path)

    @property
    def _sampled_generator(self) -> Generator:
        """The generator that samples come from: the average where there is one."""
        training = self._training
        if training.average is None:
            return training.players.generator_network
        return training.average.average  # type: ignore[return-value]

    def _save_checkpoint(self) -> None:
        training = self._training
        if state.non_finite(training.players):
            # A checkpoint of NaNs would push the last good one out.
            self._diverged("a weight or a gradient is not finite")
        tensors = state.capture(training.players, training.average, training.world)
        sums, meter = self._meter.state()
        if self._run is None:
            return
        network = training.players.generator_network
        sections = training.configuration.sections.values()
        metadata = {
            "step": self.step,
            "image": network.image.shape,
            "num_classes": network.num_classes,
            "class_names": training.class_names,
            "configuration": training.configuration.to_json(),
            "plugins": {s.plugin.full_name: s.plugin.version for s in sections if s.plugin},
            "processes": training.world.size,
            "device": training.device.type,
            "torch": torch.__version__,
            "meter": meter,
        }
        checkpoints.write(self._run.checkpoint_path(self.step), {**tensors, "meter.sums": sums}, metadata)
        self._run.mark_latest(self.step)
        self._run.discard_checkpoints(training.settings.keep_checkpoints, training.settings.keep_every)


def _require_same_run(checkpoint: Path, metadata: Mapping[str, Any], configuration: Configuration) -> None:
    """Refuses a checkpoint that other networks, settings or plugin versions have made.

    Raises:
        GanzooError: with what differs.
    """
    try:
        before, plugins = flatten(metadata["configuration"]), dict(metadata["plugins"])
    except (KeyError, TypeError, ValueError) as error:
        raise GanzooError(f"the checkpoint {checkpoint} lacks what a run needs: {error}") from None
    now = flatten(configuration.to_json())
    for key in sorted(before.keys() | now.keys()):
        # Lists come back from JSON where tuples went in.
        old, new = (list(v) if isinstance(v, tuple) else v for v in (before.get(key), now.get(key)))
        is_free = key.startswith(f"{TRAINING}.") and key.partition(".")[2] in CHANGEABLE
        if old != new and not is_free:
            raise GanzooError(f"the checkpoint {checkpoint} is of another run: its {key} is {old}, not {new}")
    for section in configuration.sections.values():
        plugin = section.plugin
        if plugin and plugins.get(plugin.full_name) != plugin.version:
            raise GanzooError(
                f"the run was made with {plugin.full_name} {plugins.get(plugin.full_name)}, installed is "
                f"{plugin.version}: it can't go on exactly\ninstall that version, or start a new run with "
                "ganzoo train --config RUN/config.json"
            )


def _indifferent_loss(players: Players) -> float:
    """The least loss of a discriminator that says the same of every image."""
    logits = torch.linspace(-2, 2, 81)  # where that is differs: at 0 for most, at 1/2 for least squares
    return min(players.objective.discriminator_loss(one, one).item() for one in logits[:, None])


def _count(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def save_strip(run: Run) -> Path | None:
    """Joins grids from the first to the last of a run into `samples/strip.png`, left to right."""
    grids = sorted(run.samples.glob("step-*.png"))
    if not grids:
        return None
    last = len(grids) - 1
    chosen = sorted({round(index * last / (_STRIP_GRIDS - 1)) for index in range(_STRIP_GRIDS)})
    path = run.samples / "strip.png"
    sampling.save_image(sampling.strip([grids[index] for index in chosen]), path)
    return path
