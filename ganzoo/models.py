"""Assembles a model: loads the plugins of a configuration and joins them into two networks."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganzoo import config, registry
from ganzoo.config import NAME, Configuration, Section
from ganzoo.errors import UsageError
from ganzoo.interfaces import (
    Augmentation,
    Dataset,
    Discriminator,
    Generator,
    ImageSpec,
    Model,
    Objective,
    Regularisation,
)


@dataclass(frozen=True)
class NoSettings:
    """The `Config` of a plugin that has none."""


@dataclass(frozen=True)
class GAN:
    """A generator, its discriminator, and the configuration they were built from."""

    generator: Generator
    discriminator: Discriminator
    configuration: Configuration
    image: ImageSpec
    num_classes: int | None


def create_model(
    name: str | type,
    *,
    image: ImageSpec,
    num_classes: int | None = None,
    settings: Mapping[str, Any] | None = None,
    **components: str | type,
) -> GAN:
    """Builds a freshly initialised pair of networks.

    Weights are drawn from torch's global random state: call `torch.manual_seed` first for the same
    weights again.

    Args:
        name: a model's name, `distribution:name`, `path/to/file.py:Class`, or the class itself.
        image: shape of the images to draw.
        num_classes: number of classes of a conditional model; None for an unconditional one.
        settings: `{"model.latent_dim": 64, "upsampling.kernel_size": 3}`.
        **components: what fills the model's slots, by slot: `upsampling="resize-conv"`.

    Raises:
        UsageError: an unknown name or setting, or an image that the model can't draw.
        PluginError: a plugin can't be loaded.
    """
    chosen = {f"{section}.{NAME}": plugin for section, plugin in {"model": name, **components}.items()}
    return build(config.resolve(chosen, settings or {}, training=False), image, num_classes)


def build(configuration: Configuration, image: ImageSpec, num_classes: int | None) -> GAN:
    """Builds the networks of a configuration; see `create_model`."""
    model = _model(configuration, image, num_classes)
    return GAN(model.generator(), model.discriminator(), complete(configuration), image, num_classes)


def build_generator(configuration: Configuration, image: ImageSpec, num_classes: int | None) -> Generator:
    """Builds the generator of a configuration alone: drawing images must not ask for what the
    discriminator needs, such as a file of pretrained weights.
    """
    return _model(configuration, image, num_classes).generator()


def _model(configuration: Configuration, image: ImageSpec, num_classes: int | None) -> Model:
    plugin = configuration.plugin("model")
    cls: type[Model] = registry.load(plugin)
    if cls.conditional and num_classes is None:
        raise UsageError(f"{plugin.name} is conditional: it needs the number of classes")
    if not cls.conditional and num_classes is not None:
        raise UsageError(f"{plugin.name} takes no labels, so it can't draw {num_classes} classes")
    components: dict[str, functools.partial[Any]] = {}
    for slot in configuration.slots:
        component, settings = _class_and_config(configuration, slot)
        components[slot] = functools.partial(component, settings)
    model: Model = _instantiate(configuration, "model", image, num_classes, **components)
    return model


def build_objective(configuration: Configuration) -> Objective:
    """The objective of a configuration."""
    objective: Objective = _instantiate(configuration, "objective")
    return objective


def build_regularisation(configuration: Configuration) -> Regularisation | None:
    """The regularisation of a configuration, if any."""
    regularisation: Regularisation | None = _instantiate_if_any(configuration, "regularisation")
    return regularisation


def build_augmentation(configuration: Configuration) -> Augmentation | None:
    """The augmentation of a configuration, if any."""
    augmentation: Augmentation | None = _instantiate_if_any(configuration, "augmentation")
    return augmentation


def build_dataset(configuration: Configuration, data_dir: Path | None) -> Dataset:
    """The data set of a configuration, not yet read."""
    dataset: Dataset = _instantiate(configuration, "dataset", data_dir)
    return dataset


def is_conditional(configuration: Configuration) -> bool:
    """Whether the networks of a configuration take labels."""
    return bool(registry.load(configuration.plugin("model")).conditional)


def complete(configuration: Configuration) -> Configuration:
    """Writes out every default, so that a run replays even after a default has changed."""
    sections = {
        name: Section(section.plugin, dataclasses.asdict(_class_and_config(configuration, name)[1]))
        if section.plugin is not None
        else section
        for name, section in configuration.sections.items()
    }
    return dataclasses.replace(configuration, sections=sections)


def _instantiate(configuration: Configuration, section: str, *arguments: Any, **components: Any) -> Any:
    cls, settings = _class_and_config(configuration, section)
    return cls(settings, *arguments, **components)


def _instantiate_if_any(configuration: Configuration, section: str) -> Any:
    return None if configuration.sections[section].plugin is None else _instantiate(configuration, section)


def _class_and_config(configuration: Configuration, section: str) -> tuple[Callable[..., Any], Any]:
    cls = registry.load(configuration.plugin(section))
    try:
        return cls, getattr(cls, "Config", NoSettings)(**configuration.sections[section].settings)
    except ValueError as error:
        raise UsageError(f"{section} ({configuration.plugin(section).name}): {error}") from None
