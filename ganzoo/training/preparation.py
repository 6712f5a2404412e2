"""Everything a training is made of before its first step: data, networks, settings, processes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from ganzoo import models
from ganzoo.config import TRAINING, Configuration, Section
from ganzoo.devices import choose_precision
from ganzoo.errors import GanzooError, UsageError
from ganzoo.interfaces import Batch, ImageSpec, require_labels
from ganzoo.training.average import MovingAverage
from ganzoo.training.data import TrainingData, choose_source, flip_at_random, normalise
from ganzoo.training.distributed import World
from ganzoo.training.players import make_players
from ganzoo.training.settings import TrainingSettings, training_settings
from ganzoo.training.step import Players


@dataclass(frozen=True)
class Training:
    """All that a training is made of, before it starts."""

    settings: TrainingSettings
    configuration: Configuration
    device: torch.device
    world: World
    players: Players
    average: MovingAverage | None
    data: TrainingData
    num_images: int
    class_names: tuple[str, ...]

    @property
    def steps_per_epoch(self) -> int:
        """Updates of the generator while all images are shown once."""
        return max(1, self.data.batches_per_epoch // self.settings.discriminator_steps)

    @property
    def total_steps(self) -> int:
        """Updates of the generator until the end."""
        total = self.settings.epochs * self.steps_per_epoch
        return min(total, self.settings.max_steps or total)

    def batches(
        self, step: int = 0, layout: torch.memory_format = torch.channels_last
    ) -> Iterator[list[Batch]]:
        """Yields, without end, what each update of the discriminator is shown, in its parts.

        Args:
            step: from whose place in the order of the data on.
            layout: of the images in memory.
        """
        settings, is_conditional = self.settings, bool(self.class_names)
        for images, labels in self.data.from_batch(step * settings.discriminator_steps):
            real = normalise(images)
            real = (flip_at_random(real) if settings.flip else real).contiguous(memory_format=layout)
            parts = zip(real.chunk(settings.accumulate), labels.chunk(settings.accumulate), strict=True)
            yield [Batch(part, part_labels if is_conditional else None) for part, part_labels in parts]


def prepare(configuration: Configuration, device: torch.device, world: World) -> Training:
    settings = training_settings(configuration)
    dtype = choose_precision(settings.precision, device)
    data_dir = None if settings.data_dir is None else Path(settings.data_dir).expanduser()
    images = models.build_dataset(configuration, data_dir).load("train")
    try:  # here, where they are still in the host's memory, since a network on a GPU doesn't look at values
        require_labels(images.labels, len(images.class_names))
    except ValueError as error:
        dataset = configuration.plugin("dataset").full_name
        raise GanzooError(f"the data set {dataset} is wrong: {error}") from None
    data = TrainingData(
        choose_source(images, device),
        len(images.images),
        settings.batch_size,
        settings.seed,
        world.rank,
        world.size,
    )
    if settings.batch_size // world.size % settings.accumulate:
        raise UsageError(
            f"{settings.accumulate} parts can't share {settings.batch_size // world.size} images"
        )
    conditional = models.is_conditional(configuration)
    torch.manual_seed(settings.seed)
    gan = models.build(
        configuration,
        ImageSpec(*images.images.shape[1:]),
        len(images.class_names) if conditional else None,
    )
    players = make_players(gan, configuration, settings, device, dtype, world)
    if world.rank:  # same weights everywhere, other noise
        torch.manual_seed((settings.seed + world.rank * 1_000_003) % 2**63)
    complete = models.complete(configuration)
    return Training(
        settings=settings,
        configuration=dataclasses.replace(
            complete,
            sections={**complete.sections, TRAINING: Section(None, dataclasses.asdict(settings))},
        ),
        device=device,
        world=world,
        players=players,
        average=MovingAverage(players.generator.network, settings.ema_decay) if settings.ema_decay else None,
        data=data,
        num_images=len(images.images),
        class_names=images.class_names if conditional else (),
    )
