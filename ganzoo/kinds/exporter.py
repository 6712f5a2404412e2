"""The kind `exporter`: a trained generator as a file for other programs, and what every one promises."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final

import torch
from torch import Tensor, nn

from ganzoo.errors import GanzooError
from ganzoo.export.formats import drawings_of, largest_difference
from ganzoo.export.graph import trace
from ganzoo.images import ImageSpec
from ganzoo.interfaces import Exporter, Generator, GeneratorToExport, require_labels
from ganzoo.testing.checks import Check, Failure, Subject, Suite, check, require
from ganzoo.testing.every import EVERY


class ExporterKind:
    """Writes a trained generator to a file for other programs."""

    ganzoo_api = 1
    position = 13
    group = "ganzoo.exporters"
    interface = "ganzoo.interfaces:Exporter"
    attributes: ClassVar = {"suffix": "str", "tolerances": "dict[str, float]"}
    checks = "ganzoo.kinds.exporter:SUITE"
    template = "exporter.template"
    template_use = "export RUN --format $name"


_CLASSES: Final = 3


class _Small(Generator):
    """A dense layer and a convolution; with classes, an embedding before them."""

    def __init__(self, num_classes: int | None) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 5, ImageSpec(1, 6, 4), num_classes
        self.vectors = nn.Embedding(num_classes or 1, 5)
        self.dense = nn.Linear(5, 3 * 6 * 4)
        self.convolution = nn.Conv2d(3, 1, kernel_size=3, padding=1)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, 5)` to images `(B, 1, 6, 4)` in [-1, 1]."""
        if self.num_classes is not None:
            latents = latents + self.vectors(require_labels(labels, self.num_classes))
        maps = self.dense(latents).relu().reshape(-1, 3, 6, 4)
        return torch.tanh(self.convolution(maps))


class ExporterSubject(Subject):
    """An exporter, and generators with and without classes to be written by it."""

    @cached_property
    def made(self) -> Exporter:
        """The plugin, as `ganzoo export` makes it."""
        exporter: Exporter = self.bound.make()
        return exporter

    @contextmanager
    def written(self) -> Iterator[list[_Written]]:
        """A file of each generator in each precision, in a folder of its own."""
        file = f"generator{getattr(self.cls, 'suffix', '')}"
        with tempfile.TemporaryDirectory() as folder:
            yield [
                self._write(name, classes, precision, Path(folder, f"{name}-{precision}", file))
                for name, classes in (("plain", None), ("conditional", _CLASSES))
                for precision in self.cls.tolerances
            ]

    def _write(self, name: str, classes: int | None, precision: str, path: Path) -> _Written:
        torch.manual_seed(0)
        generator = _Small(classes).eval()
        before = {key: value.clone() for key, value in generator.state_dict().items()}
        path.parent.mkdir()
        path.touch()
        exported = GeneratorToExport(generator, {"ganzoo.model": "small"}, lambda: trace(generator))
        self.made.write(exported, path, precision)
        return _Written(f"a {name} generator in {precision}", generator, precision, path, before)


@dataclass(frozen=True)
class _Written:
    """A file, and the generator that it is to hold."""

    what: str
    generator: Generator
    precision: str
    path: Path
    before: dict[str, Tensor]
    """The generator's state before it was written."""


@check(
    why="The core writes to a temporary file, and gives it its name when it is whole.",
    remedy="Write to the given path itself, and nothing beside it; say suffix as '.onnx', and of tolerances "
    "at least fp32.",
    is_gate=True,
)
def it_writes_one_file(subject: ExporterSubject) -> None:
    suffix = getattr(subject.cls, "suffix", None)
    require(isinstance(suffix, str) and suffix.startswith("."), f"its suffix is {suffix!r}")
    precisions = list(subject.cls.tolerances)
    known = bool(precisions) and set(precisions) <= {"fp32", "fp16"}
    require(known, f"its tolerances are of {precisions}, not of fp32 or fp16")
    with subject.written() as files:
        for file in files:
            beside = [other.name for other in file.path.parent.iterdir() if other != file.path]
            require(not beside, f"beside the file it writes {', '.join(beside)}")
            is_there = file.path.is_file() and file.path.stat().st_size > 0
            require(is_there, f"of {file.what} it writes nothing")


@check(
    why="Whoever has the file alone believes that it draws what was trained and measured.",
    remedy="Write the network in evaluation mode and all that its output depends on; state a tolerance that "
    "the format keeps.",
)
def it_draws_the_same_images(subject: ExporterSubject) -> None:
    with subject.written() as files:
        for file in files:
            draw = subject.made.read(file.path)
            if draw is not None:
                try:
                    tolerance = subject.cls.tolerances[file.precision]
                    largest_difference(drawings_of(file.generator), draw, tolerance)
                except GanzooError as error:
                    raise Failure(f"{file.what}: {error}") from None


@check(
    why="The generator is compared with the file after it is written, and may be drawn from later.",
    remedy="Convert a copy: copy.deepcopy(exported.generator).",
)
def the_generator_is_left_alone(subject: ExporterSubject) -> None:
    with subject.written() as files:
        for file in files:
            after = file.generator.state_dict()
            same = file.before.keys() == after.keys() and all(
                after[key].dtype == value.dtype and torch.equal(after[key], value)
                for key, value in file.before.items()
            )
            require(same and not file.generator.training, f"{file.what} is another after it was written")


_CHECKS: Final[tuple[Check[Any], ...]] = (
    it_writes_one_file,
    it_draws_the_same_images,
    the_generator_is_left_alone,
)

SUITE = Suite(ExporterSubject, (*EVERY, *_CHECKS), minimum=4)
