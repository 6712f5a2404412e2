"""Everything that a training needs before its first step: data, networks, players."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch

from ganzoo import models
from ganzoo.devices import choose_algorithms, choose_precision
from ganzoo.engine.average import MovingAverage
from ganzoo.engine.data import TrainingData, checksum, choose_source
from ganzoo.engine.distributed import World
from ganzoo.engine.engine import Engine, Equipment
from ganzoo.engine.freezing import freeze_first_blocks
from ganzoo.engine.players import make_players
from ganzoo.engine.storage import require_trainable
from ganzoo.errors import GanzooError, UsageError
from ganzoo.interfaces import ImageSpec, LabelledImages, require_labels
from ganzoo.settings.binding import BoundConfiguration


def prepare(
    bound: BoundConfiguration,
    device: torch.device,
    world: World,
    layout: torch.memory_format = torch.channels_last,
) -> Engine:
    """Reads the data, builds the networks and gives the engine that trains them.

    Args:
        bound: the configuration of a training.
        device: where it runs.
        world: the processes that take part.
        layout: of images and weights in memory.

    Raises:
        UsageError: data set, model and settings don't go together.
        GanzooError: the data are missing, damaged or wrong, or the networks can't be trained.
    """
    settings, run = bound.training, bound.run
    assert settings is not None, "the configuration is of a training"
    assert run is not None, "the configuration is of a training"
    dtype = choose_precision(settings.precision, device)
    choose_algorithms(settings.deterministic, device)
    with world.main_first():  # one process downloads and decodes, the others find it done
        images: LabelledImages = bound["dataset"].make(run.data_folder()).load("train")
    _require_right_labels(images, bound["dataset"].plugin.full_name)
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
    class_names = images.class_names if models.is_conditional(bound) else ()
    torch.manual_seed(settings.seed)
    gan = models.build(bound, ImageSpec(*images.images.shape[1:]), len(class_names) or None)
    require_trainable(gan.generator, gan.discriminator, bound["model"].plugin.full_name)
    freeze_first_blocks(gan.discriminator, settings.frozen_blocks)
    players = make_players(gan, bound, device, dtype, layout, world)
    if world.rank:  # same weights everywhere, other noise
        seed_noise(settings.seed, world.rank)
    return Engine(
        Equipment(
            settings=settings,
            device=device,
            layout=layout,
            world=world,
            players=players,
            average=(
                None if settings.average_half_life is None else MovingAverage(players.generator.network)
            ),
            data=data,
            num_images=len(images.images),
            class_names=class_names,
            class_counts=_class_counts(images),
            trained_on=_trained_on(images),
        )
    )


def seed_noise(seed: int, rank: int, step: int = 0) -> None:
    """Seeds torch's random numbers for a process from a step on; each process and each step has others."""
    torch.manual_seed((seed + rank * 1_000_003 + step * 998_244_353) % 2**63)


def _trained_on(images: LabelledImages) -> Callable[[], Mapping[str, Any]]:
    """What tells the data from others; a thread computes it meanwhile, as nobody asks before a checkpoint."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="ganzoo-checksum")
    found = pool.submit(checksum, images)
    pool.shutdown(wait=False)
    return lambda: {"checksum": found.result(), "class_names": list(images.class_names)}


def _class_counts(images: LabelledImages) -> dict[str, int]:
    counts = torch.bincount(images.labels, minlength=len(images.class_names))
    return dict(zip(images.class_names, counts.tolist(), strict=True))


def _require_right_labels(images: LabelledImages, dataset: str) -> None:
    try:  # here, where they are still in the host's memory, since a network on a GPU doesn't look at values
        require_labels(images.labels, len(images.class_names))
    except ValueError as error:
        raise GanzooError(f"the data set {dataset} is wrong: {error}") from None
