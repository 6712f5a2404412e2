"""What a user of the Python API writes; mypy in strict mode has nothing to say. Never run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image
from torch import Tensor

import ganzoo
from ganzoo.interfaces import Discriminator, Generator
from ganzoo.training.observer import TrainingStart

names: list[str] = ganzoo.list_plugins("model", "*gan")
image = ganzoo.ImageSpec(3, 32, 32)
gan: ganzoo.GAN = ganzoo.create_model(
    "dcgan", image=image, settings={"model.latent_dim": 64}, upsampling="resize-conv"
)
generator: Generator = gan.generator
discriminator: Discriminator = gan.discriminator


class Quiet:
    def started(self, plan: TrainingStart) -> None:
        print(plan.total_steps)

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        print(metrics["step"])

    def sampled(self, path: Path) -> None: ...

    def warned(self, message: str) -> None: ...


try:
    run: ganzoo.Run = ganzoo.train(
        "dcgan", dataset="digits", out="run", observer=Quiet(), upsampling="resize-conv"
    )
except ganzoo.GanzooError as error:
    print(error.exit_code)
else:
    run = ganzoo.resume(run, settings={"training.epochs": 3})
    trained: ganzoo.TrainedGenerator = ganzoo.load(run)
    images: Tensor = trained.sample(16, label=7)
    grid: Image.Image = ganzoo.image_grid(images)
    again = ganzoo.load(Path("run")), ganzoo.load("run"), ganzoo.resume("run")
