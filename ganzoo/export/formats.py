"""Files that hold a trained generator for other programs, each checked to draw the same images."""

from __future__ import annotations

import importlib.util
import json
import logging
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from ganzoo.errors import GanzooError, UsageError
from ganzoo.export import onnx_file
from ganzoo.export.graph import inputs, trace
from ganzoo.files import write_atomically
from ganzoo.interfaces import Generator
from ganzoo.runs import checkpoints
from ganzoo.runs.trained import TrainedGenerator, load
from ganzoo.settings.configuration import NAME

TOLERANCES: Final[Mapping[str, float]] = {"fp32": 1e-3, "fp16": 4 / 127.5}
"""How far a pixel in [-1, 1] may differ: an eighth of the step between two of 256 levels, and four steps."""

CHECKED_BATCHES: Final = (1, 5)
"""Sizes of the batches that are compared; many compilers treat a batch of one on its own."""


@dataclass(frozen=True)
class Format:
    """How a generator is written to a file, and how images are drawn with that file."""

    suffix: str
    packages: tuple[str, ...]
    """Packages of the extra `export` that it needs."""
    write: Callable[[TrainedGenerator, Path, str], None]
    """Writes the file in a precision."""
    draw: Callable[[Path, Tensor, Tensor | None], Tensor]
    """Reads the file and maps latents `(B, Z)` and labels `(B,)` to images `(B, C, H, W)` in [-1, 1]."""
    precisions: tuple[str, ...] = ("fp32",)
    """What it can be written in."""


def export(trained: TrainedGenerator, format_name: str, out: Path, *, precision: str = "fp32") -> float:
    """Writes a generator, and checks that the file draws the same images.

    Args:
        trained: from `ganzoo.load`.
        format_name: one of `FORMATS`.
        out: the file to write; appears only after the check.
        precision: of weights and arithmetic, one of the format's; inputs and images are float32.

    Returns:
        The largest difference between the file's images and the generator's, in units of [-1, 1].

    Raises:
        UsageError: a package is missing, or the format has no such precision.
        GanzooError: the generator can't be written so, or the file draws other images.
    """
    chosen = FORMATS[format_name]
    if precision not in chosen.precisions:
        able = ", ".join(name for name, other in FORMATS.items() if precision in other.precisions)
        raise UsageError(
            f"--format {format_name} is written in {' or '.join(chosen.precisions)}, not in {precision!r}"
            + (f"\nfor {precision}: --format {able}" if able else "")
        )
    missing = [name for name in chosen.packages if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"--format {format_name} needs {' and '.join(missing)}\n"
            "to install: pip install 'ganzoo-torch[export]'"
        )
    difference = 0.0

    def write_and_check(temporary: Path) -> None:
        nonlocal difference
        temporary.touch()  # so that a place that can't be written is said before the work
        with _quietly():
            chosen.write(trained, temporary, precision)
            difference = _largest_difference(trained.generator, chosen, temporary, TOLERANCES[precision])

    write_atomically(out, write_and_check)
    return difference


def _largest_difference(generator: Generator, chosen: Format, path: Path, tolerance: float) -> float:
    largest = 0.0
    for size in CHECKED_BATCHES:
        latents, labels = inputs(generator, size)
        with torch.inference_mode():
            expected = generator(latents, labels)
        drawn = chosen.draw(path, latents, labels)
        if drawn.shape != expected.shape:
            raise GanzooError(
                f"the exported generator draws {tuple(drawn.shape)}, not {tuple(expected.shape)}"
            )
        largest = max(largest, (drawn - expected).abs().max().item())
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


def _write_onnx(trained: TrainedGenerator, path: Path, precision: str) -> None:
    onnx_file.write(trained.generator, path, _facts(trained), precision)


def _write_program(trained: TrainedGenerator, path: Path, precision: str) -> None:
    program = trace(trained.generator)
    with path.open("wb") as file:  # torch itself answers a full disk with a RuntimeError
        torch.export.save(program, file, extra_files=_facts(trained))


def _draw_program(path: Path, latents: Tensor, labels: Tensor | None) -> Tensor:
    program = torch.export.load(path).module()
    images: Tensor = program(latents) if labels is None else program(latents, labels)
    return images.detach()


def _write_weights(trained: TrainedGenerator, path: Path, precision: str) -> None:
    weights = {f"generator.{name}": value for name, value in trained.generator.state_dict().items()}
    checkpoints.write(path, weights, checkpoints.read_metadata(trained.checkpoint))


def _draw_weights(path: Path, latents: Tensor, labels: Tensor | None) -> Tensor:
    with torch.inference_mode():
        images: Tensor = load(path).generator(latents, labels)
    return images


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


FORMATS: Final[Mapping[str, Format]] = {
    "onnx": Format(
        ".onnx", ("onnx", "onnxscript", "onnxruntime"), _write_onnx, onnx_file.draw, ("fp32", "fp16")
    ),
    "torch-export": Format(".pt2", (), _write_program, _draw_program),
    "safetensors": Format(".safetensors", (), _write_weights, _draw_weights),
}
"""The formats by name: for ONNX runtimes, for torch without GanZoo, and for GanZoo without the training."""
