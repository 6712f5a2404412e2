"""Exporters: a trained generator as a file of ONNX or of torch.export."""

from __future__ import annotations

from ganzoo_exporters.onnx_exporter import ONNX
from ganzoo_exporters.torch_program import TorchExport

__all__ = ["ONNX", "TorchExport"]
