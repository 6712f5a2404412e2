"""GanZoo's own format: the generator alone, without what only training needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Final, final

import torch

from ganzoo.interfaces import DrawsImages, Exporter, GeneratorToExport
from ganzoo.runs import checkpoints
from ganzoo.runs.trained import TrainedGenerator, load

NAME: Final = "safetensors"
"""What `ganzoo export --format` calls it."""


@final
class OwnFormat(Exporter):
    """A checkpoint of the generator alone, which `ganzoo sample` reads.

    Args:
        trained: whose checkpoint says what it is made of.
    """

    suffix: ClassVar[str] = ".safetensors"

    def __init__(self, trained: TrainedGenerator) -> None:
        self._metadata: dict[str, Any] = checkpoints.read_metadata(trained.checkpoint)

    def write(self, exported: GeneratorToExport, path: Path, precision: str) -> None:
        """Writes the weights as they are."""
        weights = {f"generator.{name}": value for name, value in exported.generator.state_dict().items()}
        checkpoints.save(path, weights, self._metadata)

    def read(self, path: Path) -> DrawsImages:
        """The generator that `ganzoo.load` makes of it."""
        return torch.inference_mode()(load(path).generator)
