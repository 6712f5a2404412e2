"""The training loop: from a configuration to a run folder full of checkpoints, grids and metrics."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from ganzoo import checkpoints, models, runs, sampling
from ganzoo.config import TRAINING, Configuration, Section
from ganzoo.devices import choose_device, choose_precision
from ganzoo.errors import DivergedError
from ganzoo.interfaces import ImageSpec
from ganzoo.models import GAN
from ganzoo.runs import Run
from ganzoo.training.data import ResidentData
from ganzoo.training.interruption import Interruption
from ganzoo.training.settings import TrainingSettings, training_settings
from ganzoo.training.step import Players, training_step

_STRIP_GRIDS = 6


@dataclass(frozen=True)
class Plan:
    """What is about to happen, for whoever shows the progress."""

    run: Run
    total_steps: int
    steps_per_epoch: int
    image: ImageSpec
    num_images: int
    device: torch.device
    precision: str
    generator_parameters: int
    discriminator_parameters: int


class Observer(Protocol):
    """Watches a training; every method is called from the training's own thread."""

    def started(self, plan: Plan) -> None:
        """Called once, before the first step."""

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        """Called with each line of metrics.jsonl."""

    def sampled(self, path: Path) -> None:
        """Called when a sample grid has been written."""


def train(
    configuration: Configuration, out: Path | None, environment: Mapping[str, Any], observer: Observer
) -> Run:
    """Trains a model and returns its run folder.

    Args:
        configuration: resolved, with its `training` section.
        out: the run folder, new or empty; None for a new one below `runs/`.
        environment: what goes to env.json.
        observer: is told of the progress.

    Raises:
        UsageError: the data set and the model or the settings don't go together.
        DivergedError: a loss became NaN or infinite; earlier checkpoints are kept.
        InterruptedTraining: the user or the system asked to stop; a checkpoint has been written.
        GanzooError: the data, the device or the disk fail.
    """
    settings = training_settings(configuration)
    device = choose_device(settings.device)
    dtype = choose_precision(settings.precision, device)
    data_dir = None if settings.data_dir is None else Path(settings.data_dir).expanduser()
    loaded = models.build_dataset(configuration, data_dir).load("train")
    data = ResidentData(loaded, settings.batch_size, settings.seed, device)

    conditional = models.is_conditional(configuration)
    class_names = loaded.class_names if conditional else ()
    torch.manual_seed(settings.seed)
    gan = models.build(
        configuration, ImageSpec(*loaded.images.shape[1:]), len(class_names) if conditional else None
    )
    players = _players(gan, configuration, settings, device, dtype)
    complete = models.complete(configuration)
    complete = dataclasses.replace(
        complete,
        sections={**complete.sections, TRAINING: Section(None, dataclasses.asdict(settings))},
    )
    run = runs.create(out, complete, environment)
    total = settings.epochs * data.steps_per_epoch
    plan = Plan(
        run=run,
        total_steps=min(total, settings.max_steps or total),
        steps_per_epoch=data.steps_per_epoch,
        image=gan.image,
        num_images=len(loaded.images),
        device=device,
        precision=str(dtype).removeprefix("torch."),
        generator_parameters=_count(gan.generator),
        discriminator_parameters=_count(gan.discriminator),
    )
    observer.started(plan)
    header = {
        "image": gan.image.shape,
        "num_classes": gan.num_classes,
        "class_names": class_names,
        "configuration": complete.to_json(),
        "plugins": {s.plugin.full_name: s.plugin.version for s in complete.sections.values() if s.plugin},
    }
    with Interruption() as interruption:
        _run_steps(plan, settings, players, data, header, observer, interruption)
    save_strip(run)
    return run


def _players(
    gan: GAN,
    configuration: Configuration,
    settings: TrainingSettings,
    device: torch.device,
    dtype: torch.dtype,
) -> Players:
    def adam(network: torch.nn.Module) -> torch.optim.Adam:
        return torch.optim.Adam(
            network.parameters(),
            lr=settings.learning_rate,
            betas=(settings.beta1, settings.beta2),
            fused=device.type in ("cpu", "cuda"),
        )

    # Channels-last is the layout in which convolution kernels of CPUs and tensor cores work natively.
    generator = gan.generator.to(device).to(memory_format=torch.channels_last)
    discriminator = gan.discriminator.to(device).to(memory_format=torch.channels_last)
    return Players(
        generator=generator,
        discriminator=discriminator,
        objective=models.build_objective(configuration),
        generator_optimizer=adam(generator),
        discriminator_optimizer=adam(discriminator),
        dtype=dtype,
    )


def _count(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def _run_steps(
    plan: Plan,
    settings: TrainingSettings,
    players: Players,
    data: ResidentData,
    header: Mapping[str, Any],
    observer: Observer,
    interruption: Interruption,
) -> None:
    run = plan.run
    sample_every = settings.sample_every or plan.steps_per_epoch
    checkpoint_every = settings.checkpoint_every or plan.steps_per_epoch
    latents, labels = sampling.grid_inputs(players.generator, settings.seed)
    meter = _Meter(players)

    def save_grid(step: int) -> None:
        images = torch.cat(list(sampling.generate(players.generator, latents, labels)))
        sampling.save_image(sampling.image_grid(images), run.grid_path(step))
        observer.sampled(run.grid_path(step))

    def save_checkpoint(step: int) -> None:
        checkpoints.write(run.checkpoint_path(step), _state(players), {**header, "step": step})
        run.mark_latest(step)
        run.discard_checkpoints(keep=settings.keep_checkpoints)

    players.generator.train()
    players.discriminator.train()
    save_grid(0)
    step = 0
    while step < plan.total_steps:
        epoch = step // plan.steps_per_epoch
        for real, real_labels in data.epoch(epoch):
            losses = training_step(
                players,
                real.contiguous(memory_format=torch.channels_last),
                real_labels if players.generator.num_classes is not None else None,
            )
            step += 1
            meter.add(losses, settings.batch_size)
            last = step == plan.total_steps or interruption.requested
            if step % settings.log_every == 0 or last:
                metrics = meter.read(step, step / plan.steps_per_epoch)
                run.append_metrics(metrics)
                observer.progressed(metrics)
                _require_finite(metrics)
            if step % sample_every == 0 or last:
                save_grid(step)
            if step % checkpoint_every == 0 or last:
                save_checkpoint(step)
            interruption.raise_if_requested(run.path)
            if last:
                return


class _Meter:
    """Sums the losses on the device and reads them back once an interval."""

    def __init__(self, players: Players) -> None:
        self._device = next(players.generator.parameters()).device
        self._began = self._interval_began = time.monotonic()
        self._reset()

    def _reset(self) -> None:
        self._sums = torch.zeros(2, device=self._device)
        self._steps = self._images = 0

    def add(self, losses: tuple[Tensor, Tensor], images: int) -> None:
        self._sums += torch.stack(losses)
        self._steps += 1
        self._images += images

    def read(self, step: int, epoch: float) -> dict[str, Any]:
        discriminator_loss, generator_loss = (self._sums / self._steps).tolist()
        now = time.monotonic()
        metrics = {
            "step": step,
            "epoch": round(epoch, 4),
            "discriminator_loss": discriminator_loss,
            "generator_loss": generator_loss,
            "images_per_second": round(self._images / max(now - self._interval_began, 1e-9), 2),
            "seconds": round(now - self._began, 3),
        }
        self._interval_began = now
        self._reset()
        return metrics


def _require_finite(metrics: Mapping[str, Any]) -> None:
    for name in ("discriminator_loss", "generator_loss"):
        if not math.isfinite(metrics[name]):
            raise DivergedError(
                f"training diverged: {name} is {metrics[name]} at step {metrics['step']}; earlier "
                "checkpoints are kept\ntry a smaller --learning-rate, or --precision fp32"
            )


def _state(players: Players) -> dict[str, Tensor]:
    """All that decides the next step: weights, both optimisers, random state."""
    tensors = {"random.cpu": torch.get_rng_state()}
    if next(players.generator.parameters()).is_cuda:
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    for name in ("generator", "discriminator"):
        network: torch.nn.Module = getattr(players, name)
        optimizer: torch.optim.Optimizer = getattr(players, f"{name}_optimizer")
        tensors |= {f"{name}.{key}": value for key, value in network.state_dict().items()}
        for index, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{name}.{index}.{key}": value for key, value in state.items()}
    return tensors


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
