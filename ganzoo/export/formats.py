"""Files that hold a trained generator, each checked to draw the same images before it appears."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from ganzoo.errors import GanzooError, UsageError
from ganzoo.export import own_format
from ganzoo.export.graph import inputs, trace
from ganzoo.files import write_atomically
from ganzoo.interfaces import DrawsImages, Exporter, Generator, GeneratorToExport
from ganzoo.plugins import discovery, lookup
from ganzoo.plugins.importing import cause_of
from ganzoo.plugins.loading import card_of
from ganzoo.runs import checkpoints
from ganzoo.runs.trained import TrainedGenerator
from ganzoo.settings.binding import bind_section
from ganzoo.settings.configuration import NAME, Section
from ganzoo.settings.keys import keys_of, require_known, settings_from

KIND: Final = "exporter"

GRAPH_TOLERANCE: Final = 1e-3
"""How far a pixel in [-1, 1] may differ in a graph: an eighth of the step between two of 256 levels."""

CHECKED_BATCHES: Final = (1, 5)
"""Sizes of the batches that are compared; many compilers treat a batch of one on its own."""


def exporter_named(
    name: str | type, trained: TrainedGenerator, settings: Mapping[str, Any] | None = None
) -> Exporter:
    """The exporter of a format.

    Args:
        name: a plugin's, a class, or that of GanZoo's own format.
        trained: what is to be exported.
        settings: `"exporter.key"` to value.

    Raises:
        UsageError: there is none of the name, it has no such setting, or it lacks a package.
        PluginError: it can't be loaded.
    """
    if name == own_format.NAME:
        require_known(settings or {}, {KIND: []})
        return own_format.OwnFormat(trained)
    plugin = lookup.find(KIND, name)
    require_known(settings or {}, {KIND: keys_of(KIND, plugin)})
    section = Section(KIND, plugin, settings_from(KIND, plugin, settings or {}))
    made: Exporter = bind_section(section).make()
    return made


def suffix_of(name: str | type) -> str:
    """What the files of a format end in.

    Raises:
        UsageError: there is no exporter of the name.
        PluginError: its text doesn't tell, and it can't be imported.
    """
    if name == own_format.NAME:
        return own_format.OwnFormat.suffix
    return str(card_of(lookup.find(KIND, name)).attributes.get("suffix", ""))


def export(
    trained: TrainedGenerator,
    format_name: str | type,
    out: Path,
    *,
    precision: str = "fp32",
    settings: Mapping[str, Any] | None = None,
) -> float | None:
    """Writes a generator, and checks that the file draws the same images.

    Args:
        trained: from `ganzoo.load`.
        format_name: an exporter, by name or class, or GanZoo's own format.
        out: the file to write; appears only after the check.
        precision: of weights and arithmetic, one of the format's; inputs and images are float32.
        settings: of the exporter, `"exporter.key"` to value.

    Returns:
        The largest difference between the file's images and the generator's, in units of [-1, 1]; None where
        nothing here can read the file.

    Raises:
        UsageError: a name or setting is unknown, a package is missing, or the format has no such precision.
        GanzooError: the generator can't be written so, the exporter fails, or the file draws other images.
        PluginError: the exporter can't be loaded.
    """
    exporter = exporter_named(format_name, trained, settings)
    if precision not in exporter.tolerances:
        able = ", ".join(_names_with(precision))
        raise UsageError(
            f"--format {format_name} is written in {' or '.join(exporter.tolerances)}, not in {precision!r}"
            + (f"\nfor {precision}: --format {able}" if able else "")
        )
    exported = GeneratorToExport(trained.generator, _facts(trained), lambda: trace(trained.generator))
    drawings = drawings_of(trained.generator)  # before a stranger's code has had it in its hands
    difference: float | None = None

    def write_and_check(temporary: Path) -> None:
        nonlocal difference
        temporary.touch()  # so that a place that can't be written is said before the work
        try:
            with _quietly():
                exporter.write(exported, temporary, precision)
                draw = exporter.read(temporary)
                if draw is not None:
                    difference = largest_difference(drawings, draw, exporter.tolerances[precision])
        except (GanzooError, OSError):
            raise
        except (Exception, SystemExit) as error:  # a stranger's code may raise anything
            raise GanzooError(
                f"the exporter {format_name} fails, and nothing was written: {cause_of(error)}"
            ) from error

    write_atomically(out, write_and_check)
    return difference


def _names_with(precision: str) -> list[str]:
    """The exporters that can write in a precision, as far as their texts tell."""
    plugins = [plugin for plugin in discovery.discover().of_kind(KIND) if not plugin.problem]
    return [each.name for each in plugins if precision in card_of(each).attributes.get("tolerances", {})]


Drawing = tuple[Tensor, Tensor | None, Tensor]
"""Latents `(B, Z)`, labels `(B,)` or None, and the images `(B, C, H, W)` that are drawn from them."""


def drawings_of(generator: Generator) -> list[Drawing]:
    """What a generator draws in batches of the sizes that are compared."""
    given = [inputs(generator, size) for size in CHECKED_BATCHES]
    with torch.inference_mode():
        return [(latents, labels, generator(latents, labels)) for latents, labels in given]


def largest_difference(drawings: Sequence[Drawing], draw: DrawsImages, tolerance: float) -> float:
    """How far images that are drawn from the same latents and labels differ, in units of [-1, 1].

    Raises:
        GanzooError: they are of another shape, or differ by more than the tolerance.
    """
    differences = [torch.zeros(())]
    for latents, labels, expected in drawings:
        drawn = draw(latents, labels).detach()
        if drawn.shape != expected.shape:
            raise GanzooError(
                f"the exported generator draws {tuple(drawn.shape)}, not {tuple(expected.shape)}"
            )
        differences.append((drawn - expected).abs().max())
    largest = torch.stack(differences).max().item()  # unlike Python's max, it keeps a NaN
    if not largest <= tolerance:  # NaN is no small difference
        raise GanzooError(
            f"the exported generator draws other images: they differ by up to {largest:.3g} of the range "
            f"[-1, 1], more than {tolerance:.3g}; nothing was written"
        )
    return largest


def _facts(trained: TrainedGenerator) -> dict[str, str]:
    """What a reader of the file needs to know: names and texts."""
    generator = trained.generator
    classes = generator.num_classes
    configuration = checkpoints.read_metadata(trained.checkpoint)["configuration"]
    return {
        "ganzoo.model": str(configuration["model"][NAME]),
        "ganzoo.latent_dim": str(generator.latent_dim),
        "ganzoo.latents": "standard normal",
        "ganzoo.image": str(generator.image),
        "ganzoo.image_range": "-1..1",
        "ganzoo.labels": "none" if classes is None else f"0..{classes - 1}",
        "ganzoo.class_names": json.dumps(list(trained.class_names)),
        "ganzoo.step": str(trained.step),
    }


class _quietly:  # noqa: N801, a context manager reads as a verb
    """Keeps the exporters' notes on themselves from the user."""

    def __enter__(self) -> None:
        self._warnings = warnings.catch_warnings()
        self._warnings.__enter__()
        warnings.simplefilter("ignore")
        self._disabled = logging.root.manager.disable
        logging.disable(logging.WARNING)

    def __exit__(self, *exception: object) -> None:
        logging.disable(self._disabled)
        self._warnings.__exit__(None, None, None)
