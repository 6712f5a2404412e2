"""A generator as an ONNX file, in fp32 or fp16.

The inputs are `latents` and `labels`, the output is `images`, and the first axis of each is `batch`. Latents
and images are float32 in either precision.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from ganzoo.errors import GanzooError
from ganzoo.interfaces import DrawsImages, GeneratorToExport

OPSET: Final = 18
"""The version of ONNX's operators, of 2022, whatever torch's own default is."""

LARGEST: Final = 2 * 10**9
"""Bytes of weights; a file of ONNX holds 2 GiB."""

KEPT_IN_FP32: Final = (
    "InstanceNormalization", "LayerNormalization", "Pow", "Reciprocal", "ReduceL2", "ReduceMean", "ReduceSum",
    "ReduceSumSquare", "Softmax", "Sqrt",
)  # fmt: skip
"""Operators of means and variances, whose squares and sums pass 65,504, the largest number of fp16."""


def write(exported: GeneratorToExport, path: Path, precision: str = "fp32", opset: int = OPSET) -> None:
    """Writes a generator and checks the file with ONNX's own checker.

    Args:
        exported: the generator; what a reader needs to know of it becomes the file's metadata.
        path: the file, which is overwritten.
        precision: `fp32`, or `fp16` for weights and arithmetic of half the size.
        opset: the version of ONNX's operators.

    Raises:
        GanzooError: the generator can't be written so.
    """
    import onnx

    generator = exported.generator
    size = sum(value.numel() * value.element_size() for value in generator.state_dict().values())
    if size > LARGEST:
        raise GanzooError(
            f"this generator can't be written as ONNX: its weights are {size:,} bytes, over 2 GB"
        )
    program = exported.trace()
    try:
        written = torch.onnx.export(
            program,
            input_names=["latents"] if generator.num_classes is None else ["latents", "labels"],
            output_names=["images"],
            opset_version=opset,
            dynamo=True,
            verbose=False,
        )
    except torch.onnx.errors.OnnxExporterError as error:
        raise GanzooError(f"this generator can't be written as ONNX: {error}") from None
    if written is None:
        raise GanzooError("this generator can't be written as ONNX: torch's exporter returns no program")
    model = written.model_proto
    _name_the_batch(model)
    if precision == "fp16":
        model = _in_fp16(model)
    onnx.helper.set_model_props(model, dict(exported.facts))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def read(path: Path) -> DrawsImages:
    """What onnxruntime draws with a file, on the CPU."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def draw(latents: Tensor, labels: Tensor | None) -> Tensor:
        given = {"latents": latents.numpy()} | ({} if labels is None else {"labels": labels.numpy()})
        return torch.from_numpy(session.run(["images"], given)[0])

    return draw


def _name_the_batch(model: Any) -> None:
    """Gives the batch its name on every tensor: torch numbers its axes, `s48` in one version."""
    graph = model.graph
    symbol = graph.input[0].type.tensor_type.shape.dim[0].dim_param
    for value in (*graph.input, *graph.output, *graph.value_info):
        for axis in value.type.tensor_type.shape.dim:
            if axis.dim_param:
                axis.dim_param = re.sub(rf"\b{re.escape(symbol)}\b", "batch", axis.dim_param)


def _in_fp16(model: Any) -> Any:
    """Converts weights and arithmetic, but for what is `KEPT_IN_FP32`; inputs and outputs stay float32."""
    from onnxruntime.transformers.float16 import DEFAULT_OP_BLOCK_LIST, convert_float_to_float16
    from onnxruntime.transformers.onnx_model import OnnxModel

    kept = [*DEFAULT_OP_BLOCK_LIST, *KEPT_IN_FP32]
    converted = OnnxModel(convert_float_to_float16(model, keep_io_types=True, op_block_list=kept))
    converted.topological_sort()  # the converter appends the casts of the inputs at the end
    del converted.model.graph.value_info[:]  # and leaves types there that it has changed
    return converted.model
