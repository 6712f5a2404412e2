"""What a user can name to be evaluated: a run, a checkpoint, a .npz file or a folder of images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch

from ganzoo.errors import UsageError
from ganzoo.evaluation.image_files import from_file, from_folder
from ganzoo.evaluation.samples import Samples, from_generator
from ganzoo.runs.trained import load
from ganzoo.text import count as number_of

DEFAULT_COUNT: Final = 10_000
"""Images drawn from a run where no number is given."""


def open_source(
    path: Path, class_names: Sequence[str], count: int | None, seed: int, device: torch.device
) -> Samples:
    """The samples that a path stands for.

    Args:
        path: a run folder, a .safetensors checkpoint, a .npz, or a folder of images.
        class_names: the data set's classes, which subfolders may be called after.
        count: how many images; None for `DEFAULT_COUNT` of a run, all of a file or folder.
        seed: decides the latents of a run's generator.
        device: where the generator runs.

    Raises:
        UsageError: there is nothing of the kind, or fewer images than `count`, or the generator's
            classes are not the data set's.
        GanzooError: what is there is damaged.
    """
    if path.suffix == ".npz":
        return _at_most(from_file(path), count)
    if path.is_dir() and not (path / "config.json").is_file():
        return _at_most(from_folder(path, class_names), count)
    trained = load(path)
    if trained.class_names and tuple(trained.class_names) != tuple(class_names):
        raise UsageError(
            f"{path} draws the classes {', '.join(trained.class_names)}, the data set has "
            f"{', '.join(class_names)}: judge it against the data it was trained on"
        )
    facts = {"checkpoint": trained.checkpoint.name, "step": trained.step}
    generator = trained.generator.to(device)
    return from_generator(
        generator, DEFAULT_COUNT if count is None else count, seed=seed, name=str(path), facts=facts
    )


def _at_most(samples: Samples, count: int | None) -> Samples:
    if count is not None and count > samples.count:
        raise UsageError(
            f"{samples.name} holds {number_of(samples.count, 'image')}, fewer than --num {count:,}"
        )
    return samples.limited(count)
