"""A generator for any runtime of ONNX."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, final

from ganzoo.errors import UsageError
from ganzoo.interfaces import DrawsImages, Exporter, GeneratorToExport
from ganzoo_exporters import onnx_file

_PACKAGES: Final = ("onnx", "onnxscript", "onnxruntime")


@final
class ONNX(Exporter):
    """A file for any runtime of ONNX, in fp32 or fp16."""

    ganzoo_api = 1

    suffix: ClassVar[str] = ".onnx"
    tolerances: ClassVar[Mapping[str, float]] = {
        "fp32": 1e-3,  # an eighth of the step between two of 256 levels
        "fp16": 0.0314,  # four such steps
    }

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `onnx`."""

        opset: int = 18
        """Version of ONNX's operators: 18 is of 2022, and known to most runtimes."""

        def __post_init__(self) -> None:
            if not 18 <= self.opset <= 23:
                raise ValueError(f"opset must be at least 18 and at most 23, not {self.opset}")

    def __init__(self, config: Config) -> None:
        self._opset = config.opset
        missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
        if missing:
            raise UsageError(
                f"--format onnx needs {' and '.join(missing)}\nto install: pip install 'ganzoo-torch[export]'"
            )

    def write(self, exported: GeneratorToExport, path: Path, precision: str) -> None:
        """Writes the file, and checks it with ONNX's own checker."""
        onnx_file.write(exported, path, precision, self._opset)

    def read(self, path: Path) -> DrawsImages:
        """What onnxruntime draws with it."""
        return onnx_file.read(path)
