"""What a contender is asked to do, what it answers, and the clock that both are measured with."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import torch

from ganzoo import ImageSpec, models
from ganzoo.interfaces import LabelledImages
from ganzoo.models import GAN
from ganzoo.settings.binding import BoundConfiguration, bind
from ganzoo.settings.merging import resolve
from training_speed.plain_layers import with_plain_layers


@dataclass(frozen=True)
class Task:
    """So many training steps of the chapter's DCGAN (32x32 colour, kernel 5, latents of 128 numbers)."""

    steps: int
    """Steps that are measured."""
    warmup: int
    """Steps before them that are not."""
    batch_size: int
    threads: int
    device: str
    channels: int
    """Feature maps next to the image; 64 in the chapter."""
    data_dir: str | None
    """Folder of CIFAR-10; None for random pixels, which cost the same."""

    def configuration(self, settings: Mapping[str, Any] | None = None) -> BoundConfiguration:
        """The configuration that `ganzoo train dcgan` would have, with these settings besides."""
        noise = f"{Path(__file__).with_name('noise_images.py')}:NoiseImages"
        chosen = {
            "model.name": "dcgan",
            "model.channels": self.channels,
            "model.max_channels": 8 * self.channels,
            "dataset.name": "cifar10" if self.data_dir else noise,
            "run.data_dir": self.data_dir,
            "training.batch_size": self.batch_size,
            "run.device": self.device,
        }
        everything = {**chosen, **(settings or {})}
        return bind(resolve({key: value for key, value in everything.items() if value is not None}))

    def networks(self) -> GAN:
        """The two networks, freshly initialised, in layers of torch and as it lays them out: contiguous."""
        torch.manual_seed(0)
        gan = models.build(self.configuration(), ImageSpec(3, 32, 32), None)
        with_plain_layers(gan.generator)
        with_plain_layers(gan.discriminator)
        return gan

    def images(self) -> LabelledImages:
        """The training images, uint8."""
        folder = None if self.data_dir is None else Path(self.data_dir)
        images: LabelledImages = self.configuration()["dataset"].make(folder).load("train")
        return images


@dataclass(frozen=True)
class Sample:
    """One contender in one round."""

    rate: float
    """Images in a second; of a matrix product, floating point operations in a second."""
    startup: float | None = None
    """Seconds that the first steps took beyond what as many take later."""
    precision: str = "float32"


class EnoughError(Exception):
    """Ends a foreign training loop when the measured steps are done."""


class TimedBatches:
    """Hands out batches without end and takes the time; a step ends where the next batch is asked for.

    So the time includes whatever the loop does between two requests, and the loading of the batch.

    Args:
        batches: is started again whenever it ends, as the epochs of a loop do.
        task: how many steps to let go by, and to measure.
    """

    def __init__(self, batches: Iterable[Any], task: Task) -> None:
        self._batches, self._task = batches, task
        self._marks: list[float] = []
        # Foreign trainers read these off their data loader.
        self.batch_size = task.batch_size

    def __len__(self) -> int:
        return len(self._batches)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[Any]:
        task = self._task
        batches = _endless(self._batches)
        for index in count():
            if index in (0, task.warmup, task.warmup + task.steps):
                if task.device.startswith("cuda"):
                    torch.cuda.synchronize()
                self._marks.append(time.perf_counter())
            if index == task.warmup + task.steps:
                raise EnoughError
            yield next(batches)

    def sample(self) -> Sample:
        """What was measured."""
        begin, warm, end = self._marks
        seconds = (end - warm) / self._task.steps
        return Sample(self._task.batch_size / seconds, warm - begin - self._task.warmup * seconds)


def _endless(batches: Iterable[Any]) -> Iterator[Any]:
    while True:
        yield from batches
