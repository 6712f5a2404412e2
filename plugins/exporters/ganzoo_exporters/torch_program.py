"""A generator as a program of torch, which needs no GanZoo (documentation of torch, "torch.export")."""

from __future__ import annotations

import io
from pathlib import Path
from typing import ClassVar, final

import torch
from torch import Tensor

from ganzoo.interfaces import DrawsImages, Exporter, GeneratorToExport


@final
class TorchExport(Exporter):
    """A program for torch without GanZoo."""

    ganzoo_api = 1

    suffix: ClassVar[str] = ".pt2"

    def __init__(self, config: object) -> None:
        pass

    def write(self, exported: GeneratorToExport, path: Path, precision: str) -> None:
        """Saves the graph, with what a reader needs to know beside it."""
        program = exported.trace()
        packed = io.BytesIO()  # torch's own writer ends the whole process where a disk is full
        torch.export.save(program, packed, extra_files=dict(exported.facts))
        path.write_bytes(packed.getbuffer())

    def read(self, path: Path) -> DrawsImages:
        """The program, loaded by torch."""
        program = torch.export.load(path).module()

        def draw(latents: Tensor, labels: Tensor | None) -> Tensor:
            images: Tensor = program(latents) if labels is None else program(latents, labels)
            return images

        return draw
