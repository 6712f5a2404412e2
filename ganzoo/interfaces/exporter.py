"""Exporters: a trained generator as a file for other programs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

import torch
from torch import Tensor

from ganzoo.interfaces.networks import Generator

DrawsImages = Callable[[Tensor, Tensor | None], Tensor]
"""Maps latents `(B, Z)` float32 and labels `(B,)` int64 or None to images `(B, C, H, W)` in [-1, 1]."""


@dataclass(frozen=True)
class GeneratorToExport:
    """A trained generator, and what an exporter may want of it."""

    generator: Generator
    """On the CPU, in evaluation mode. It is not to be changed."""
    facts: Mapping[str, str]
    """What a reader of the file needs to know, by name: the model, the latents, the image, the classes."""
    trace: Callable[[], torch.export.ExportedProgram]
    """Makes a graph of it, for batches of any size: of `latents`, and of `labels` if it is conditional. A
    label that names no class is an error there. Raises `GanzooError` where its code does what a graph
    can't."""


class Exporter(ABC):
    """Writes a generator to a file. The core calls `Class(config)`, then `write`, and compares what the file
    draws before it appears. The class attributes are literals.

    A constructor that lacks a package raises a `UsageError` which says what to install.
    """

    suffix: ClassVar[str]
    """Of the file, `.onnx`."""

    tolerances: ClassVar[Mapping[str, float]] = MappingProxyType({"fp32": 1e-3})
    """The precisions that it can be written in, of `fp32` and `fp16`, and how far a pixel in [-1, 1] may
    differ then from the generator's."""

    @abstractmethod
    def write(self, exported: GeneratorToExport, path: Path, precision: str) -> None:
        """Writes the file.

        Args:
            exported: the generator.
            path: an empty file.
            precision: of weights and arithmetic, one of `tolerances`. Latents and images are float32 in each.

        Raises:
            GanzooError: this generator can't be written so.
        """

    @abstractmethod
    def read(self, path: Path) -> DrawsImages | None:
        """Reads a file back, as the programs that it is for do: what draws with it, on the CPU.

        None where nothing here can; then nobody compares what it draws.
        """
