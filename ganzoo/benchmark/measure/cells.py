"""The cells of a benchmark: every combination of what was asked for; importable without torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from ganzoo.benchmark.report import Phase
from ganzoo.errors import PluginError, UsageError
from ganzoo.plugins import discovery, lookup
from ganzoo.plugins.loading import card_of
from ganzoo.settings.configuration import NAME
from ganzoo.settings.merging import resolve


@dataclass(frozen=True, kw_only=True)
class Thoroughness:
    """How much is measured where nothing is said; the same for every model, so that they can be compared."""

    batch_size: int
    launches: int


THOROUGH: Final = Thoroughness(batch_size=64, launches=3)

OVERVIEW_ON_CPU: Final = Thoroughness(batch_size=8, launches=1)
"""Of all installed models: some take seconds for a training step of eight images."""

DEFAULT_IMAGES: Final = ("3x32x32", "1x28x28", "3x64x64", "3x128x128", "3x256x256", "3x512x512", "1x8x8")
"""The sizes that a model is tried with until it can draw one, where none is asked for."""

DATASET: Final = "ganzoo.benchmark.measure.synthetic:SyntheticImages"
"""What `dataset.name` takes."""

CLASSES: Final = 10
"""Classes that conditional models are given."""


@dataclass(frozen=True, kw_only=True)
class Axes:
    """What is swept: a report has a row for every combination."""

    phases: tuple[Phase, ...]
    batch_sizes: tuple[int, ...]
    """Empty: that of the thoroughness."""
    images: tuple[str, ...]
    """Such as `3x32x32`; empty: for every model the first of `DEFAULT_IMAGES` that it can draw."""
    precisions: tuple[str, ...]
    channels_last: tuple[bool, ...]
    compile: tuple[bool, ...]
    upsamplings: tuple[str, ...]
    """Empty: each model's own."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One combination: what a process is told to measure."""

    model: str
    """Full name."""
    components: Mapping[str, str]
    """Slot to full name."""
    phase: Phase
    image: str
    batch_size: int
    precision: str
    channels_last: bool
    compile: bool
    device: str
    seed: int


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """A model with its components, before anything else is chosen."""

    model: str
    components: Mapping[str, str]

    @property
    def configuration(self) -> dict[str, Any]:
        """The choice as `ganzoo.settings.merging.resolve` takes it."""
        return configuration(self.model, self.components)


def configuration(model: str, components: Mapping[str, str]) -> dict[str, Any]:
    """The choice of a model and its components as `ganzoo.settings.merging.resolve` takes it."""
    return {f"{section}.{NAME}": name for section, name in {"model": model, **components}.items()}


def model_choices(models: Sequence[str], upsamplings: Sequence[str]) -> list[ModelChoice]:
    """The models that are named, all installed ones where none is, each with every upsampling.

    Raises:
        UsageError: a name is unknown, or a model has no slot for what was chosen.
        PluginError: a model that was named can't be loaded.
    """
    names = list(models) or [plugin.full_name for plugin in discovery.discover().of_kind("model")]
    if not names:
        raise UsageError("no model is installed\ninstall the official ones: pip install 'ganzoo-torch[zoo]'")
    found: dict[tuple[Any, ...], ModelChoice] = {}
    for name in names:
        for upsampling in upsamplings or (None,):
            choice = _model_choice(name, upsampling, is_named=bool(models))
            if choice is not None:
                found[choice.model, *sorted(choice.components.items())] = choice
    if not found:
        raise UsageError("no installed model has a slot for an upsampling")
    return list(found.values())


def _model_choice(name: str, upsampling: str | None, is_named: bool) -> ModelChoice | None:
    """None where the upsampling does not concern a model that was not named."""
    plugin = lookup.find("model", name)
    try:
        slots = card_of(plugin).attributes.get("components", {})
    except PluginError:
        if is_named:
            raise
        return ModelChoice(model=plugin.full_name, components={})  # its rows will say what is wrong
    if upsampling is not None and "upsampling" not in slots and not is_named:
        return None
    choice = {} if upsampling is None else {"upsampling": upsampling}
    resolved = resolve(configuration(plugin.full_name, choice), training=False)
    return ModelChoice(
        model=plugin.full_name,
        components={slot: resolved.plugin(slot).full_name for slot in resolved.slots},
    )


def cells(
    choice: ModelChoice,
    axes: Axes,
    *,
    images: Sequence[str],
    batch_sizes: Sequence[int],
    precisions: Sequence[str],
    device: str,
    seed: int,
) -> Iterator[Cell]:
    """Every cell of a choice, in the order in which a report lists them.

    Args:
        choice: a model with its components.
        axes: what is swept; images, batch sizes and precisions are taken from the arguments instead.
        images: sizes that the model shall draw.
        batch_sizes: images in a step.
        precisions: names without `auto`.
        device: such as `cpu`.
        seed: decides weights and noise.
    """
    for image, precision, channels_last, compiled, phase, batch_size in product(
        images, precisions, axes.channels_last, axes.compile, axes.phases, batch_sizes
    ):
        yield Cell(
            model=choice.model,
            components=choice.components,
            phase=phase,
            image=image,
            batch_size=batch_size,
            precision=precision,
            channels_last=channels_last,
            compile=compiled,
            device=device,
            seed=seed,
        )
