"""The cells of a benchmark: every combination of what was asked for; importable without torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final

from ganzoo.benchmark.report import Phase
from ganzoo.images import ImageSpec
from ganzoo.settings.configuration import NAME, RUN, TRAINING
from ganzoo.settings.merging import OWN_SECTIONS, sections_of


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
"""Classes that conditional models are given with noise."""

BATCHES: Final = 4
"""Batches in the data set of noise."""

TRAINS: Final[tuple[Phase, ...]] = ("train-step", "run")
"""The phases in which steps of a training are taken."""


@dataclass(frozen=True, kw_only=True)
class Axes:
    """What is swept: a report has a row for every combination."""

    phases: tuple[Phase, ...]
    batch_sizes: tuple[int, ...]
    """Empty: that of the configuration, of the thoroughness where there is none."""
    images: tuple[str, ...]
    """Such as `3x32x32`; empty: for every model the first of `DEFAULT_IMAGES` that it can draw."""
    precisions: tuple[str, ...]
    """Empty: that of the configuration, `auto` where there is none."""
    channels_last: tuple[bool, ...]
    compile: tuple[bool, ...]
    """Empty: as the configuration says, off where there is none."""
    sweep: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """`section.key` of any other setting to its values; of the others, each model has its own."""


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
    settings: Mapping[str, Any] = field(default_factory=dict)
    """`section.key` to value of all that is chosen besides."""
    named: Mapping[str, str] = field(default_factory=dict)
    """Those of them that the row is named by, as text."""
    own: tuple[str, ...] = ()
    """Those of `named` that the model's published recipe has anyway."""


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """A model with its components and settings, before image, batch size and the like are chosen."""

    model: str
    components: Mapping[str, str]
    settings: Mapping[str, Any] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)
    own: tuple[str, ...] = ()
    """These three: see `Cell`."""
    batch_size: int | None = None
    """What a configuration says; None where there is none."""
    precision: str = "auto"
    compile: bool = False
    asked: Mapping[str, str] = field(default_factory=dict)
    """The combination of `Axes.sweep` that this is."""
    refusal: str | None = None
    """Why the model can't be trained so."""


def configuration(model: str, components: Mapping[str, str]) -> dict[str, Any]:
    """The choice of a model and its components as `ganzoo.settings.merging.resolve` takes it."""
    return {f"{section}.{NAME}": name for section, name in {"model": model, **components}.items()}


def sources(cell: Cell) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The configuration of a cell as `ganzoo.settings.merging.resolve` takes it: noise where no data set was
    chosen.
    """
    channels, height, width = ImageSpec.parse(cell.image).shape
    noise = {
        f"dataset.{NAME}": DATASET,
        "dataset.channels": channels,
        "dataset.height": height,
        "dataset.width": width,
        "dataset.classes": CLASSES,
        "dataset.count": BATCHES * cell.batch_size,
    }
    chosen = {
        **configuration(cell.model, cell.components),
        **({} if f"dataset.{NAME}" in cell.settings else noise),
        f"{TRAINING}.batch_size": cell.batch_size,
        f"{TRAINING}.precision": cell.precision,
        f"{TRAINING}.compile": cell.compile and cell.phase in TRAINS,
        f"{TRAINING}.seed": cell.seed,
        **({} if cell.phase in TRAINS else {f"{TRAINING}.cuda_graph": False}),
        **({} if concerns(cell.phase, f"{TRAINING}.accumulate") else {f"{TRAINING}.accumulate": 1}),
    }
    return cell.settings, chosen


def concerns(phase: Phase, key: str) -> bool:
    """Whether a setting, `section.key`, can change what a phase costs."""
    section = key.partition(".")[0]
    if phase in TRAINS:
        return True
    if phase == "data":
        return section in ("dataset", TRAINING) or key == f"{RUN}.data_dir"
    return section not in (*sections_of("required", "optional"), *OWN_SECTIONS)


def concerning(phase: Phase, settings: Mapping[str, str]) -> dict[str, str]:
    """Those settings that can change what a phase costs."""
    return {key: value for key, value in settings.items() if concerns(phase, key)}


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
        choice: a model with its components and settings.
        axes: what is swept; images, batch sizes and precisions are taken from the arguments instead.
        images: sizes that the model shall draw.
        batch_sizes: images in a step.
        precisions: names without `auto`.
        device: such as `cpu`.
        seed: decides weights and noise.
    """
    for image, precision, channels_last, compiled, phase, batch_size in product(
        images, precisions, axes.channels_last, axes.compile or (choice.compile,), axes.phases, batch_sizes
    ):
        named = concerning(phase, choice.named)
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
            settings=choice.settings,
            named=named,
            own=tuple(key for key in choice.own if key in named),
        )
