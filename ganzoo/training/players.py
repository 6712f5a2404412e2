"""Sets the two players up for training: device, memory layout, optimisers, compilation, capture."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import torch
from torch import nn
from torch.amp import GradScaler

from ganzoo import models
from ganzoo.config import Configuration
from ganzoo.errors import UsageError
from ganzoo.models import GAN
from ganzoo.training.captured import Batches, CapturedStep
from ganzoo.training.distributed import World
from ganzoo.training.settings import TrainingSettings
from ganzoo.training.step import Player, Players, StepResult, penalised_updates, training_step


def make_players(
    gan: GAN,
    configuration: Configuration,
    settings: TrainingSettings,
    device: torch.device,
    dtype: torch.dtype,
    world: World,
) -> Players:
    """Moves the networks of a model to a device and gives each what it learns with."""

    def player(network: nn.Module, learning_rate: float) -> Player:
        # Channels-last is the layout in which convolutions of CPUs and tensor cores work natively.
        network = network.to(device).to(memory_format=torch.channels_last).train()
        return Player(
            network=network,
            forward=torch.compile(network) if settings.compile else network,
            optimizer=torch.optim.Adam(
                [parameter for parameter in network.parameters() if parameter.requires_grad],
                # A captured update can't take a number that changes from Python; it reads a tensor.
                lr=torch.tensor(learning_rate, device=device) if settings.cuda_graph else learning_rate,
                betas=(settings.beta1, settings.beta2),
                fused=device.type in ("cpu", "cuda"),
                capturable=settings.cuda_graph,
            ),
            scaler=GradScaler(device.type, enabled=dtype == torch.float16),
        )

    augmentation = models.build_augmentation(configuration)
    return Players(
        generator=player(gan.generator, settings.learning_rate),
        discriminator=player(gan.discriminator, settings.rate_of_discriminator),
        objective=models.build_objective(configuration),
        dtype=dtype,
        regularisation=models.build_regularisation(configuration),
        augmentation=None if augmentation is None else augmentation.to(device),
        penalty_share=torch.ones((), device=device),
        average_gradients=world.average_gradients,
    )


def make_step(
    players: Players, settings: TrainingSettings, device: torch.device, world: World
) -> Callable[[Batches, int], StepResult]:
    """The training step of these players, captured where that is asked for; called with the batches
    and how many steps were taken before.

    Raises:
        UsageError: a step can't be captured on this device, in this precision or by several processes.
    """

    def step_with(penalised: tuple[bool, ...]) -> Callable[[Batches], StepResult]:
        return partial(training_step, players, penalised=penalised)

    if settings.cuda_graph:
        _require_capturable(players, settings, device, world)
        # A graph replays what it recorded: steps with a penalty and steps without are two graphs.
        step_with = cache(
            lambda penalised: CapturedStep(partial(training_step, players, penalised=penalised))
        )
    return lambda batches, step: step_with(penalised_updates(players, step, len(batches)))(batches)


def _require_capturable(
    players: Players, settings: TrainingSettings, device: torch.device, world: World
) -> None:
    if device.type != "cuda":
        raise UsageError(f"training.cuda_graph needs a CUDA device, not {device.type}")
    if players.dtype == torch.float16:
        raise UsageError("training.cuda_graph can't capture fp16, whose loss scale is read back; use bf16")
    if world.size > 1:
        raise UsageError("training.cuda_graph is for one process")
    if settings.final_beta2 is not None:
        raise UsageError(
            "training.cuda_graph can't capture a beta2 that moves; use --set training.final_beta2=none"
        )
