"""Sets the two players up for training: device, memory layout, optimisers, compilation."""

from __future__ import annotations

import torch
from torch import nn
from torch.amp import GradScaler

from ganzoo import models
from ganzoo.config import Configuration
from ganzoo.models import GAN
from ganzoo.training.distributed import World
from ganzoo.training.settings import TrainingSettings
from ganzoo.training.step import Player, Players


def make_players(
    gan: GAN,
    configuration: Configuration,
    settings: TrainingSettings,
    device: torch.device,
    dtype: torch.dtype,
    world: World,
) -> Players:
    """Moves the networks of a model to a device and gives each what it learns with."""

    def player(network: nn.Module) -> Player:
        # Channels-last is the layout in which convolutions of CPUs and tensor cores work natively.
        network = network.to(device).to(memory_format=torch.channels_last).train()
        return Player(
            network=network,
            forward=torch.compile(network) if settings.compile else network,
            optimizer=torch.optim.Adam(
                network.parameters(),
                lr=settings.learning_rate,
                betas=(settings.beta1, settings.beta2),
                fused=device.type in ("cpu", "cuda"),
            ),
            scaler=GradScaler(device.type, enabled=dtype == torch.float16),
        )

    return Players(
        generator=player(gan.generator),
        discriminator=player(gan.discriminator),
        objective=models.build_objective(configuration),
        dtype=dtype,
        average_gradients=world.average_gradients,
    )
