"""Trained generators: from a run folder or a checkpoint file back to a network that draws."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from ganzoo import models
from ganzoo.errors import GanzooError, PluginError, UsageError
from ganzoo.interfaces import Generator
from ganzoo.models import GAN
from ganzoo.plugins import discovery, lookup, recorded
from ganzoo.run_or_weights import is_weights
from ganzoo.runs import checkpoints
from ganzoo.runs.allocation import AllocationLimit
from ganzoo.runs.description import Description
from ganzoo.runs.folder import Run, open_run
from ganzoo.runs.hub import hub_file, is_on_hub, weights_in
from ganzoo.runs.pretrained import KIND, pretrained, weights_file
from ganzoo.sampling.generation import generate
from ganzoo.sampling.labels import choose_labels
from ganzoo.sampling.latents import draw_latents
from ganzoo.sampling.truncation import truncated
from ganzoo.settings.binding import BoundConfiguration, bind
from ganzoo.settings.configuration import NAME
from ganzoo.settings.keys import split
from ganzoo.settings.merging import resolve, without_training
from ganzoo.torch_state import own_torch_state

_LOGGER: Final = logging.getLogger("ganzoo.runs")

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

    def sample(
        self, count: int, *, label: str | int | None = None, seed: int = 0, truncation: float | None = None
    ) -> Tensor:
        """Draws uint8 images `(count, channels, height, width)` on the CPU.

        Args:
            count: how many.
            label: a class's number, or as text its name, else its number; None for all classes in turn.
            seed: decides the latents, and nothing else does.
            truncation: how far more typical images are preferred to variety (`truncation.truncated`); None:
                not at all.

        Raises:
            UsageError: there is no such class, the generator is unconditional, or a number is out of its
                range.
        """
        latents = draw_latents(count, self.generator.latent_dim, seed)
        labels = choose_labels(self.class_names, label, len(latents))
        generator = self.generator if truncation is None else truncated(self.generator, truncation)
        with own_torch_state():
            return torch.cat(list(generate(generator, latents, labels)))


def load(path: str | os.PathLike[str]) -> TrainedGenerator:
    """Loads the generator of a run folder (its newest checkpoint), of a checkpoint file or of weights.

    Args:
        path: the run or the file, or the name of installed weights: `acgan.fashion-mnist`.

    Raises:
        UsageError: there is nothing of the kind at `path`.
        GanzooError: the checkpoint is missing or damaged, or doesn't fit its network.
        PluginError: a plugin that the run was made with can't be loaded.
    """
    checkpoint, bound, description = _described(path)
    # It grows no larger than the checkpoint holds; its first weights are random, and nobody asked for any.
    limit = AllocationLimit(checkpoints.read_shapes(checkpoint, _WEIGHTS))
    with building(checkpoint, "generator"), own_torch_state(), limit:
        generator = models.build_generator(bound, description.image, description.num_classes)
    checkpoints.restore(generator, checkpoint, _WEIGHTS)
    generator = generator.to(memory_format=torch.channels_last)  # as in training, so that it rounds alike
    return TrainedGenerator(generator.eval(), description.class_names, description.step, checkpoint)


def load_networks(path: str | os.PathLike[str]) -> GAN:
    """Loads both networks, in training mode; see `load`. A discriminator that the file lacks is fresh, its
    weights drawn from torch's global random state.
    """
    checkpoint, bound, description = _described(path)
    with building(checkpoint, "networks"), AllocationLimit(checkpoints.read_shapes(checkpoint)):
        gan = models.build(bound, description.image, description.num_classes)
    checkpoints.restore(gan.generator, checkpoint, _WEIGHTS)
    if checkpoints.read_shapes(checkpoint, "discriminator."):
        checkpoints.restore(gan.discriminator, checkpoint, "discriminator.")
    return gan


def _described(path: str | os.PathLike[str]) -> tuple[Path, BoundConfiguration, Description]:
    """The checkpoint that is meant, its networks' configuration, and what it says of them."""
    checkpoint = find_checkpoint(Path(path))
    metadata = checkpoints.read_metadata(checkpoint)
    description, versions = described(checkpoint, metadata), recorded.checked(metadata.get("plugins"))
    with recorded.told(versions):
        bound = bind(resolve(network_settings(description), training=False))
    changed = recorded.differences(bound.configuration.plugins(), versions)
    if changed and Path(path).exists():  # of installed weights, their requirements say which versions fit
        _LOGGER.warning("%s: %s; images may differ from the run's", path, "; ".join(changed))
    return checkpoint, bound, description


def described(checkpoint: Path, metadata: Mapping[str, Any]) -> Description:
    """What a checkpoint says of its networks.

    Raises:
        GanzooError: something is missing or wrong.
    """
    try:
        return Description.read(metadata)
    except (KeyError, ValueError) as error:
        raise GanzooError(
            f"the checkpoint {checkpoint} lacks what is needed to rebuild it: {error}"
        ) from None


def network_settings(description: Description) -> dict[str, Any]:
    """The settings of the model and its components, `"section.key"` to value.

    Raises:
        UsageError: one names a plugin that is not installed.
        PluginError: one names a class that is not written as a plugin: a stranger's file must not choose what
            is imported.
    """
    settings = without_training(description.settings)
    for key, name in settings.items():
        section, setting = split(key)
        if setting == NAME and section in discovery.kinds() and isinstance(name, str):
            lookup.require_written_as_plugin(section, name)
    return settings


@contextmanager
def building(checkpoint: Path, what: str) -> Iterator[None]:
    """Whatever a plugin answers settings with that nobody has trained becomes a sentence.

    Raises:
        GanzooError: the `what` of the checkpoint can't be built.
    """
    try:
        yield
    except (UsageError, PluginError):
        raise
    except Exception as error:
        raise GanzooError(
            f"the {what} of the checkpoint {checkpoint} can't be built: {error or type(error).__name__}"
        ) from error


def find_checkpoint(path: Path) -> Path:
    """The checkpoint meant by a run folder, a checkpoint file, a folder of weights, or a name of weights.

    A name is of installed weights, or `hf:USER/NAME` of those on a hub.

    Raises:
        UsageError: `path` is none of them.
        GanzooError: the weights can't be had, or the path is a pipe or a device.
    """
    if path.is_file():
        checkpoints.require_no_other_kind(path)
        return path
    if path.is_dir():
        if is_weights(path):
            return weights_in(path)
        return _run_at(path).latest_checkpoint()
    if path.exists():
        raise GanzooError(f"{path} can't be read: it is a pipe or a device, not a file")
    if is_on_hub(path):
        return hub_file(str(path))
    return weights_file(pretrained(str(path)))


def _run_at(path: Path) -> Run:
    """The run at a folder; where it is none, the weights that it hides are named."""
    try:
        return open_run(path)
    except UsageError as error:
        hidden = [
            plugin.full_name for plugin in discovery.discover().of_kind(KIND) if plugin.name == str(path)
        ]
        if not hidden:
            raise
        raise UsageError(f"{error}\nfor the installed weights, type {' or '.join(hidden)}") from None
