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
from ganzoo.files import write_atomically
from ganzoo.interfaces import Generator
from ganzoo.runs import checkpoints
from ganzoo.runs.trained import TrainedGenerator, load
from ganzoo.sampling.latents import draw_latents

TOLERANCE: Final = 1e-3
"""How far a pixel in [-1, 1] may differ: an eighth of the step between two of 256 levels."""

CHECKED_BATCHES: Final = (1, 5)
"""Sizes of the batches that are compared; many compilers treat a batch of one on its own."""


@dataclass(frozen=True)
class Format:
    """How a generator is written to a file, and how images are drawn with that file."""

    suffix: str
    packages: tuple[str, ...]
    """Packages of the extra `export` that it needs."""
    write: Callable[[TrainedGenerator, Path], None]
    draw: Callable[[Path, Tensor, Tensor | None], Tensor]
    """Reads the file and maps latents `(B, Z)` and labels `(B,)` to images `(B, C, H, W)` in [-1, 1]."""


def export(trained: TrainedGenerator, format_name: str, out: Path) -> float:
    """Writes a generator, and checks that the file draws the same images.

    Args:
        trained: from `ganzoo.load`.
        format_name: one of `FORMATS`.
        out: the file to write; appears only after the check.

    Returns:
        The largest difference between the file's images and the generator's, in units of [-1, 1].

    Raises:
        UsageError: a package is missing.
        GanzooError: the generator can't be written so, or the file draws other images.
    """
    chosen = FORMATS[format_name]
    missing = [name for name in chosen.packages if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"--format {format_name} needs {' and '.join(missing)}\n"
            "to install: pip install 'ganzoo-torch[export]'"
        )
    difference = 0.0

    def write_and_check(temporary: Path) -> None:
        nonlocal difference
        with _quietly():
            chosen.write(trained, temporary)
            difference = _largest_difference(trained.generator, chosen, temporary)

    write_atomically(out, write_and_check)
    return difference


def _largest_difference(generator: Generator, chosen: Format, path: Path) -> float:
    largest = 0.0
    for size in CHECKED_BATCHES:
        latents, labels = _inputs(generator, size)
        with torch.inference_mode():
            expected = generator(latents, labels)
        drawn = chosen.draw(path, latents, labels)
        if drawn.shape != expected.shape:
            raise GanzooError(
                f"the exported generator draws {tuple(drawn.shape)}, not {tuple(expected.shape)}"
            )
        largest = max(largest, (drawn - expected).abs().max().item())
    if not largest <= TOLERANCE:  # NaN is no small difference
        raise GanzooError(
            f"the exported generator draws other images: they differ by up to {largest:.3g} of the range "
            f"[-1, 1], more than {TOLERANCE}; nothing was written"
        )
    return largest


def _inputs(generator: Generator, size: int) -> tuple[Tensor, Tensor | None]:
    latents = draw_latents(size, generator.latent_dim, seed=size)
    return latents, None if generator.num_classes is None else torch.arange(size) % generator.num_classes


def _trace(generator: Generator) -> torch.export.ExportedProgram:
    """The generator as a graph for batches of any size.

    Raises:
        GanzooError: its code does what a graph can't, such as branching on values.
    """
    latents, labels = _inputs(generator, 2)
    batch = torch.export.Dim("batch", min=1)
    arguments: tuple[Tensor, ...] = (latents,) if labels is None else (latents, labels)
    free = tuple({0: batch} for _ in arguments)
    try:
        return torch.export.export(generator, arguments, dynamic_shapes=free, strict=False)
    except Exception as error:  # whatever a stranger's forward, or torch itself, raises under tracing
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise GanzooError(f"this generator can't be exported as a graph: {reason[0]}") from error


def _facts(trained: TrainedGenerator) -> dict[str, str]:
    """What a reader of the file needs to know: names and texts."""
    generator = trained.generator
    return {
        "ganzoo.latent_dim": str(generator.latent_dim),
        "ganzoo.image": str(generator.image),
        "ganzoo.class_names": json.dumps(list(trained.class_names)),
        "ganzoo.step": str(trained.step),
    }


def _write_onnx(trained: TrainedGenerator, path: Path) -> None:
    import onnx

    program = _trace(trained.generator)
    try:
        torch.onnx.export(
            program,
            f=path,
            input_names=["latents"] if trained.generator.num_classes is None else ["latents", "labels"],
            output_names=["images"],
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    except torch.onnx.errors.OnnxExporterError as error:
        raise GanzooError(f"this generator can't be written as ONNX: {error}") from None
    model = onnx.load(path)
    onnx.helper.set_model_props(model, _facts(trained))
    onnx.save(model, path)


def _draw_onnx(path: Path, latents: Tensor, labels: Tensor | None) -> Tensor:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    inputs = {"latents": latents.numpy()} | ({} if labels is None else {"labels": labels.numpy()})
    return torch.from_numpy(session.run(["images"], inputs)[0])


def _write_program(trained: TrainedGenerator, path: Path) -> None:
    program = _trace(trained.generator)
    torch.export.save(program, path, extra_files=_facts(trained))


def _draw_program(path: Path, latents: Tensor, labels: Tensor | None) -> Tensor:
    program = torch.export.load(path).module()
    images: Tensor = program(latents) if labels is None else program(latents, labels)
    return images.detach()


def _write_weights(trained: TrainedGenerator, path: Path) -> None:
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
    "onnx": Format(".onnx", ("onnx", "onnxscript", "onnxruntime"), _write_onnx, _draw_onnx),
    "torch-export": Format(".pt2", (), _write_program, _draw_program),
    "safetensors": Format(".safetensors", (), _write_weights, _draw_weights),
}
"""The formats by name: for ONNX runtimes, for torch without GanZoo, and for GanZoo without the training."""
