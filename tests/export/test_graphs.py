"""Exported graphs: what they are called, which batches they take, and that wrong labels are an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from ganzoo_exporters import onnx_file

import ganzoo
from ganzoo.export.graph import inputs, trace
from ganzoo.interfaces import Generator, GeneratorToExport
from ganzoo.models import build_generator
from ganzoo.settings.binding import bind
from ganzoo.settings.configuration import NAME
from ganzoo.settings.merging import resolve
from ganzoo.testing.modules import perturb

Draw = Callable[[torch.Tensor, torch.Tensor | None], torch.Tensor]

CONDITIONINGS = [
    ("embedding", 0.0),
    ("one-hot", 0.0),
    pytest.param(("embedding", 0.5), marks=pytest.mark.slow),
    pytest.param(("one-hot", 0.5), marks=pytest.mark.slow),
]
"""Each conditioning with its label dropout."""

MODELS = sorted(ganzoo.list_plugins("model"))

NARROW: dict[str, dict[str, int]] = {
    "biggan": {"channels": 32},
    "cgan": {"channels": 64},
    "dcgan": {"channels": 32},
    "lightweight": {"channels": 8},
    "projected": {"channels": 8},
    "r3gan": {"channels": 96},
    "r3gan-conditional": {"channels": 96},
    "reacgan": {"channels": 32},
    "sagan": {"channels": 96},
    "sngan": {"channels": 64},
    "sngan-projection": {"channels": 64},
    "stylegan2": {"channels": 128, "latent_dim": 128, "style_dim": 128},
    "stylegan2-conditional": {"channels": 128, "latent_dim": 128, "style_dim": 128},
}
"""Settings of the models that are large: a graph is the same with fewer features. A million weights are left,
so that they, and not the names of the nodes, are the size of the file."""

CONDITIONAL = (
    "acgan", "biggan", "cgan", "r3gan-conditional", "reacgan", "sagan", "sngan-projection",
    "stylegan2-conditional",
)  # fmt: skip


def awake(generator: Generator) -> Generator:
    """A generator whose parameters are none of them zero, with the statistics of some batches."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        perturb(generator.train(), 0.02)
        for _ in range(3):
            generator(*(given for given in inputs(generator, 16) if given is not None))
    return generator.eval()


@pytest.fixture(params=CONDITIONINGS)
def conditional(request: pytest.FixtureRequest) -> Generator:
    """A small conditional generator of 10 classes."""
    name, dropout = request.param
    return small(name, dropout)


def small(conditioning: str, dropout: float = 0.0) -> Generator:
    return ganzoo.create_model(
        "cgan",
        image=ganzoo.ImageSpec(1, 8, 8),
        num_classes=10,
        conditioning=conditioning,
        settings={"model.channels": 3, "model.latent_dim": 6, "conditioning.dropout": dropout},
    ).generator.eval()


def exported(generator: Generator, **facts: str) -> GeneratorToExport:
    return GeneratorToExport(generator, facts, lambda: trace(generator))


def session_of(generator: Generator, path: Path, precision: str = "fp32") -> onnxruntime.InferenceSession:
    onnx_file.write(exported(generator), path, precision)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what is refused here is meant to be
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


WRONG = (-1, -10, -11, 10, 2**40, -(2**63))


@pytest.mark.slow
def test_a_wrong_label_is_an_error_in_onnxruntime(conditional: Generator, tmp_path: Path) -> None:
    session = session_of(conditional, tmp_path / "g.onnx")
    check_names(tmp_path / "g.onnx", conditional)
    latents = np.zeros((2, 6), np.float32)
    for wrong in WRONG:
        with pytest.raises(Exception, match="out of data bounds"):
            session.run(None, {"latents": latents, "labels": np.array([0, wrong])})
    with pytest.raises(Exception, match="Unexpected input data type"):
        session.run(None, {"latents": latents, "labels": np.zeros(2, np.int32)})


def test_a_wrong_label_is_an_error_of_torch_export(conditional: Generator) -> None:
    program = trace(conditional).module()
    for wrong in WRONG:
        with pytest.raises(IndexError, match="index out of range"):
            program(torch.zeros(2, 6), torch.tensor([0, wrong]))


def check_names(path: Path, generator: Generator) -> None:
    graph = onnx.load(path).graph
    shapes = {
        value.name: [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.output)
    }
    labels = {} if generator.num_classes is None else {"labels": ["batch"]}
    image = generator.image
    assert shapes == {
        "latents": ["batch", generator.latent_dim],
        **labels,
        "images": ["batch", image.channels, image.height, image.width],
    }
    types = {value.name: value.type.tensor_type.elem_type for value in (*graph.input, *graph.output)}
    assert types.pop("labels", onnx.TensorProto.INT64) == onnx.TensorProto.INT64
    assert set(types.values()) == {onnx.TensorProto.FLOAT}


@pytest.mark.slow
def test_the_axis_of_the_batch_is_called_batch(tmp_path: Path) -> None:
    generator = small("embedding")
    onnx_file.write(exported(generator, a="b"), tmp_path / "g.onnx", "fp16")

    check_names(tmp_path / "g.onnx", generator)
    model = onnx.load(tmp_path / "g.onnx")
    assert {(entry.key, entry.value) for entry in model.metadata_props} == {("a", "b")}
    assert [opset.version for opset in model.opset_import if not opset.domain] == [onnx_file.OPSET]


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_every_model_draws_any_batch_in_both_precisions(name: str, tmp_path: Path) -> None:
    side = 64 if name in ("lightweight", "projected") else 32
    classes = 10 if name in CONDITIONAL else None
    narrow = {f"model.{setting}": value for setting, value in NARROW.get(name, {}).items()}
    bound = bind(resolve({f"model.{NAME}": name, **narrow}, training=False))
    # The generator alone: a discriminator may ask for a file of pretrained weights.
    generator = awake(build_generator(bound, ganzoo.ImageSpec(3, side, side), classes))
    for precision, levels in (("fp32", 0.05), ("fp16", 2.0)):
        path = tmp_path / f"{precision}.onnx"
        session = session_of(generator, path, precision)
        check_names(path, generator)
        for size in (1, 2, 3, 16, 300) if precision == "fp32" else (1, 16):
            latents, labels = inputs(generator, size)
            given = {"latents": latents.numpy()} | ({} if labels is None else {"labels": labels.numpy()})
            with torch.inference_mode():
                expected = generator(latents, labels)
            (images,) = session.run(["images"], given)
            difference = 127.5 * np.abs(images - expected.numpy()).max()
            print(f"{name} {precision} batch {size}: {difference:.2g} levels")
            assert difference <= levels
    assert (tmp_path / "fp16.onnx").stat().st_size < 0.55 * (tmp_path / "fp32.onnx").stat().st_size
