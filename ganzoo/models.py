"""Assembles a model: joins the plugins of a configuration into two networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ganzoo.errors import UsageError
from ganzoo.interfaces import Discriminator, Generator, ImageSpec, Model
from ganzoo.settings.binding import BoundConfiguration, bind
from ganzoo.settings.configuration import NAME, Configuration
from ganzoo.settings.merging import resolve
from ganzoo.text import count


@dataclass(frozen=True)
class GAN:
    """A generator, its discriminator, and the configuration they were built from."""

    generator: Generator
    discriminator: Discriminator
    configuration: Configuration
    image: ImageSpec
    num_classes: int | None


def create(
    name: str | type,
    image: ImageSpec,
    num_classes: int | None,
    settings: Mapping[str, Any],
    components: Mapping[str, str | type],
) -> GAN:
    """Builds a freshly initialised pair of networks; see `runs.creation.create_model`."""
    chosen = {f"{section}.{NAME}": plugin for section, plugin in {"model": name, **components}.items()}
    return build(bind(resolve(chosen, settings, training=False)), image, num_classes)


def build(bound: BoundConfiguration, image: ImageSpec, num_classes: int | None) -> GAN:
    """Builds the networks of a configuration."""
    model = _model(bound, image, num_classes)
    return GAN(model.generator(), model.discriminator(), bound.configuration, image, num_classes)


def build_generator(bound: BoundConfiguration, image: ImageSpec, num_classes: int | None) -> Generator:
    """Builds the generator of a configuration alone: drawing images must not ask for what the
    discriminator needs, such as a file of pretrained weights.
    """
    return _model(bound, image, num_classes).generator()


def _model(bound: BoundConfiguration, image: ImageSpec, num_classes: int | None) -> Model:
    chosen = bound["model"]
    if is_conditional(bound) and num_classes is None:
        raise UsageError(f"{chosen.plugin.name} is conditional: it needs the number of classes")
    if not is_conditional(bound) and num_classes is not None:
        raise UsageError(
            f"{chosen.plugin.name} takes no labels, so it can't draw {count(num_classes, 'class', 'classes')}"
        )
    components = {slot: bound[slot].make for slot in bound.slots}
    model: Model = chosen.make(image, num_classes, **components)
    return model


def is_conditional(bound: BoundConfiguration) -> bool:
    """Whether the networks of a configuration take labels."""
    return bool(bound["model"].cls.conditional)
