"""Adapters that let the trainers of two published packages drive GanZoo's networks.

Both generate twice in a step, once for each player. Neither has been released for years, so some
work-arounds are needed; `WORKAROUNDS` names them all, and none is in the measured part of a step.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from types import ModuleType

import torch
from torch import Tensor

from training_speed.example import loader
from training_speed.task import EnoughError, Sample, Task, TimedBatches

WORKAROUNDS = {
    "torchgan": (
        "torchgan 0.1.0 is driven with TENSORBOARD_LOGGING=0. Its end-of-epoch images would need "
        "`make_grid(range=...)`, which torchvision has renamed `value_range`; no epoch ends here."
    ),
    "mimicry": (
        "torch-mimicry 0.1.16 imports TensorFlow, scikit-image and `torch._six` for its metrics and data "
        "sets; empty modules stand in for these. Both Adam betas must be floats."
    ),
}


class NotInstalledError(Exception):
    """The package is not there."""


def torchgan(task: Task) -> Sample:
    """`torchgan.trainer.Trainer` with its minimax losses, fed by the example's data loader."""
    os.environ["TENSORBOARD_LOGGING"] = "0"
    try:
        from torchgan.losses import MinimaxDiscriminatorLoss, MinimaxGeneratorLoss
        from torchgan.models import Discriminator, Generator
        from torchgan.trainer import Trainer
    except ImportError as error:
        raise NotInstalledError(str(error)) from error
    gan = task.networks()

    class AdaptedGenerator(Generator):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(gan.generator.latent_dim)
            self.network = gan.generator

        def forward(self, latents: Tensor) -> Tensor:
            return self.network(latents)  # type: ignore[no-any-return]

    class AdaptedDiscriminator(Discriminator):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(3)
            self.network = gan.discriminator

        def forward(self, images: Tensor) -> Tensor:
            return self.network(images)  # type: ignore[no-any-return]

    optimizer = {"name": torch.optim.Adam, "args": {"lr": 2e-4, "betas": (0.5, 0.999)}}
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            {
                "generator": {"name": AdaptedGenerator, "optimizer": optimizer},
                "discriminator": {"name": AdaptedDiscriminator, "optimizer": optimizer},
            },
            [MinimaxGeneratorLoss(), MinimaxDiscriminatorLoss()],
            device=torch.device(task.device),
            epochs=1_000_000,
            checkpoints=f"{folder}/checkpoint",
            recon=f"{folder}/images",
            log_dir=folder,
        )
        return _measure(trainer, task)


def mimicry(task: Task) -> Sample:
    """`torch_mimicry.training.Trainer` with its original GAN loss, fed by the example's data loader."""
    _stand_in("torch_mimicry.metrics", "torch_mimicry.datasets", "skimage", "skimage.io")
    try:
        from torch_mimicry.nets.gan.gan import BaseDiscriminator, BaseGenerator
        from torch_mimicry.training import Trainer
    except ImportError as error:
        raise NotInstalledError(str(error)) from error
    gan = task.networks()

    class AdaptedGenerator(BaseGenerator):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(nz=gan.generator.latent_dim, ngf=task.channels, bottom_width=2, loss_type="gan")
            self.network = gan.generator

        def forward(self, latents: Tensor) -> Tensor:
            return self.network(latents)  # type: ignore[no-any-return]

    class AdaptedDiscriminator(BaseDiscriminator):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(ndf=task.channels, loss_type="gan")
            self.network = gan.discriminator

        def forward(self, images: Tensor) -> Tensor:
            return self.network(images).unsqueeze(1)  # type: ignore[no-any-return]

    generator, discriminator = AdaptedGenerator(), AdaptedDiscriminator()
    with tempfile.TemporaryDirectory() as folder:

        def train(batches: TimedBatches) -> None:
            Trainer(
                netD=discriminator,
                netG=generator,
                optD=torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999)),
                optG=torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999)),
                dataloader=batches,
                num_steps=1_000_000,
                log_dir=folder,
                device=torch.device(task.device),
            ).train()

        return _measure(train, task)


def _measure(train: Callable[[TimedBatches], object], task: Task) -> Sample:
    batches = TimedBatches(loader(task, workers=0), task)
    try:
        train(batches)
    except EnoughError:
        return batches.sample()
    raise AssertionError("batches never end")


def _stand_in(*names: str) -> None:
    """Puts empty modules where a package imports what it does not need here."""
    for name in names:
        module = sys.modules.setdefault(name, ModuleType(name))
        parent, _, child = name.rpartition(".")
        if parent in sys.modules:
            setattr(sys.modules[parent], child, module)
