"""What a user can name to be evaluated: a run, a checkpoint, a .npz file, a folder or archive of images."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch

from ganzoo.errors import UsageError
from ganzoo.evaluation.image_files import from_file, from_place
from ganzoo.evaluation.protocols import ProtocolChoices, is_own
from ganzoo.evaluation.samples import Samples, from_generator
from ganzoo.files import kind_of_file
from ganzoo.image_files import FolderPlace, ImagePlace, place_of
from ganzoo.image_files.archive_files import is_tar
from ganzoo.images import Background, Fit
from ganzoo.interfaces import ImageSpec, LabelledImages
from ganzoo.run_or_weights import is_run, is_weights
from ganzoo.runs.trained import load
from ganzoo.runs.training_behind import training_of
from ganzoo.text import count as number_of

DEFAULT_COUNT: Final = 10_000
"""Images drawn from a run where no number is given."""


def open_source(
    path: Path,
    real: LabelledImages,
    protocol: ProtocolChoices,
    seed: int,
    device: torch.device,
    *,
    fit: Fit = "exact",
    background: Background = "white",
) -> Samples:
    """The samples that a path stands for.

    Args:
        path: a run folder, a .safetensors checkpoint, a .npz, or a folder, zip or tar of images.
        real: what they are to be compared with; subfolders may be called after its classes.
        protocol: how many, and how a run's generator draws them.
        seed: decides the latents of a run's generator.
        device: where the generator runs.
        fit: how image files of another size than the real ones are brought to it, or that they are refused.
        background: what is seen behind transparent pixels of image files.

    Raises:
        UsageError: there is nothing of the kind, or fewer images than asked for, or the generator's
            classes are not the data set's.
        GanzooError: what is there is damaged.
    """
    count, class_names = protocol.generated(len(real.images)), real.class_names
    place = _place_of_image_files(path)
    if fit != "exact" and place is None:
        raise UsageError(f"--fit is for image files in a folder, .zip or .tar, and {path} is none")
    if path.suffix == ".npz":
        return _at_most(from_file(path), count, protocol)
    if place is not None:
        shape = ImageSpec(*real.images.shape[1:])
        samples = from_place(place, class_names, shape, fit=fit, background=background)
        return _at_most(samples, count, protocol)
    if kind := kind_of_file(path):
        raise UsageError(
            f"{path} is {kind}, and nothing to be judged\n"
            "name a run folder, a checkpoint, a .npz, or a folder, .zip or .tar of images"
        )
    trained = load(path)
    if trained.class_names and tuple(trained.class_names) != tuple(class_names):
        raise UsageError(
            f"{path} draws the classes {', '.join(trained.class_names)}, the data set has "
            f"{', '.join(class_names)}: judge it against the data it was trained on"
        )
    return from_generator(
        trained.generator.to(device),
        DEFAULT_COUNT if count is None else count,
        seed=seed,
        name=str(path),
        facts={"checkpoint": trained.checkpoint.name, "step": trained.step},
        training=training_of(trained),
        protocol=protocol,
        real_labels=real.labels,
    )


def _place_of_image_files(path: Path) -> ImagePlace | None:
    """A folder that is no run and no weights, or an archive; None: something else."""
    if path.is_dir():
        return None if is_run(path) or is_weights(path) else FolderPlace(path)
    is_archive = path.suffix.lower() == ".zip" or (path.is_file() and is_tar(path))
    return place_of(path) if is_archive else None  # which refuses a tar that is packed


def _at_most(samples: Samples, count: int | None, protocol: ProtocolChoices) -> Samples:
    """As many images of a file as the protocol says; all there are where only its name asks for more."""
    if not is_own(protocol, "standing_passes"):
        raise UsageError(
            f"{samples.name} holds images: --standing-statistics is for a run or a checkpoint, whose "
            "generator draws them"
        )
    if count is not None and count > samples.count and not is_own(protocol, "count"):
        raise UsageError(
            f"{samples.name} holds {number_of(samples.count, 'image')}, fewer than --num {count:,}"
        )
    return samples.limited(count)
