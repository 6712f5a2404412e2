"""Trained generators: from a run folder or a checkpoint file back to a network that draws."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from ganzoo import models
from ganzoo.errors import GanzooError, PluginError, UsageError
from ganzoo.interfaces import Generator
from ganzoo.plugins import discovery, lookup
from ganzoo.runs import checkpoints
from ganzoo.runs.allocation import AllocationLimit
from ganzoo.runs.description import Description
from ganzoo.runs.folder import open_run
from ganzoo.sampling.generation import generate
from ganzoo.sampling.labels import choose_labels
from ganzoo.sampling.latents import draw_latents
from ganzoo.settings.binding import BoundConfiguration, bind
from ganzoo.settings.configuration import NAME
from ganzoo.settings.keys import split
from ganzoo.settings.merging import resolve, without_training
from ganzoo.torch_state import own_torch_state

_WEIGHTS: Final = "generator."
"""What the names of the generator's tensors begin with in a checkpoint."""


@dataclass(frozen=True)
class TrainedGenerator:
    """A generator with the weights of a checkpoint, in evaluation mode."""

    generator: Generator
    class_names: tuple[str, ...]
    """Names of the labels; empty for an unconditional generator."""
    step: int
    """Updates it has seen."""
    checkpoint: Path

    def sample(self, count: int, *, label: str | int | None = None, seed: int = 0) -> Tensor:
        """Draws uint8 images `(count, channels, height, width)` on the CPU.

        Args:
            count: how many.
            label: a class's number or name; None for all classes in turn.
            seed: decides the latents, and nothing else does.

        Raises:
            UsageError: there is no such class, or the generator is unconditional.
        """
        labels = choose_labels(self.class_names, None if label is None else str(label), count)
        latents = draw_latents(count, self.generator.latent_dim, seed)
        with own_torch_state():
            return torch.cat(list(generate(self.generator, latents, labels)))


def load(path: str | os.PathLike[str]) -> TrainedGenerator:
    """Loads the generator of a run folder (its newest checkpoint) or of a checkpoint file.

    Raises:
        UsageError: there is neither at `path`.
        GanzooError: the checkpoint is missing or damaged, or doesn't fit its network.
        PluginError: a plugin that the run was made with can't be loaded.
    """
    checkpoint = find_checkpoint(Path(path))
    metadata = checkpoints.read_metadata(checkpoint)
    try:
        description = Description.read(metadata)
    except (KeyError, ValueError) as error:
        raise GanzooError(
            f"the checkpoint {checkpoint} lacks what is needed to rebuild it: {error}"
        ) from None
    settings = without_training(description.settings)
    for key, name in settings.items():
        section, setting = split(key)
        if setting == NAME and section in discovery.kinds() and isinstance(name, str):
            lookup.require_written_as_plugin(section, name)
    generator = _built(bind(resolve(settings, training=False)), description, checkpoint)
    checkpoints.restore(generator, checkpoint, _WEIGHTS)
    generator = generator.to(memory_format=torch.channels_last)  # as in training, so that it rounds alike
    return TrainedGenerator(generator.eval(), description.class_names, description.step, checkpoint)


def _built(bound: BoundConfiguration, description: Description, checkpoint: Path) -> Generator:
    """The generator with fresh weights; it grows no larger than those that the checkpoint holds."""
    limit = AllocationLimit(checkpoints.read_shapes(checkpoint, _WEIGHTS))
    try:
        with own_torch_state(), limit:  # the first weights are random, and nobody asked for random numbers
            return models.build_generator(bound, description.image, description.num_classes)
    except (UsageError, PluginError):
        raise
    except Exception as error:  # whatever a plugin answers settings with that nobody has trained
        raise GanzooError(
            f"the generator of the checkpoint {checkpoint} can't be built: {error or type(error).__name__}"
        ) from error


def find_checkpoint(path: Path) -> Path:
    """The checkpoint meant by a run folder or a checkpoint file.

    Raises:
        UsageError: `path` is neither.
    """
    if path.is_file():
        checkpoints.require_no_other_kind(path)
        return path
    if not path.is_dir():
        raise UsageError(f"there is no run folder or checkpoint {path}")
    return open_run(path).latest_checkpoint()
