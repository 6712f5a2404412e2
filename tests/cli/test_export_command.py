"""`ganzoo export`: what it writes draws the same images in other programs, and nothing else is written."""

from __future__ import annotations

import importlib.util
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import markdown_it
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
import yaml

import ganzoo as api
from ganzoo.cli import main
from ganzoo.errors import GanzooError
from ganzoo.export import card, formats
from ganzoo.export.own_format import OwnFormat
from ganzoo.interfaces import DrawsImages
from ganzoo.runs import checkpoints
from ganzoo.runs.folder import Run

TINY = {
    "dcgan": ["--set", "model.latent_dim=6"],
    "cgan": ["--set", "model.channels=3", "--set", "model.latent_dim=6"],
}


@pytest.fixture(scope="module", params=sorted(TINY))
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one step, unconditional or conditional."""
    out = tmp_path_factory.mktemp("export") / request.param
    arguments = ["train", request.param, "--dataset", "digits", "--max-steps", "1", "--batch-size", "8"]
    with pytest.raises(SystemExit) as exit_info:
        main([*arguments, *TINY[request.param], "--out", str(out)])
    assert not exit_info.value.code
    return out


def inputs(count: int, is_conditional: bool) -> dict[str, torch.Tensor]:
    latents = torch.randn(count, 6, generator=torch.Generator().manual_seed(count))
    return {"latents": latents} | ({"labels": torch.arange(count) % 10} if is_conditional else {})


@pytest.mark.parametrize("run", ["cgan", pytest.param("dcgan", marks=pytest.mark.slow)], indirect=True)
def test_onnx_draws_the_same_images_in_onnxruntime(
    run: Path, ganzoo: Callable[..., Any], tmp_path: Path
) -> None:
    assert ganzoo("export", run, "--format", "onnx", "--out", "g.onnx").out == "g.onnx\n"
    trained = api.load(run)
    session = onnxruntime.InferenceSession(tmp_path / "g.onnx", providers=["CPUExecutionProvider"])
    for count in (1, 2, 7):
        given = inputs(count, bool(trained.class_names))
        (images,) = session.run(["images"], {name: value.numpy() for name, value in given.items()})
        with torch.no_grad():
            expected = trained.generator(*given.values())
        np.testing.assert_allclose(images, expected.numpy(), atol=1e-4)
    facts = {entry.key: entry.value for entry in onnx.load(tmp_path / "g.onnx").metadata_props}
    assert facts["ganzoo.latent_dim"] == "6"
    assert facts["ganzoo.image"] == "1x8x8"
    assert facts["ganzoo.model"].endswith(run.name)
    assert facts["ganzoo.labels"] == ("0..9" if trained.class_names else "none")


@pytest.mark.slow
def test_fp16_is_half_as_large_and_draws_the_same_to_a_level(
    run: Path, ganzoo: Callable[..., Any], tmp_path: Path
) -> None:
    result = ganzoo("export", run, "--format", "onnx", "--precision", "fp16", "--out", "half.onnx")
    assert "of 256 levels at most" in result.err
    session = onnxruntime.InferenceSession(tmp_path / "half.onnx", providers=["CPUExecutionProvider"])
    trained = api.load(run)
    given = inputs(7, bool(trained.class_names))
    (images,) = session.run(["images"], {name: value.numpy() for name, value in given.items()})
    with torch.no_grad():
        expected = trained.generator(*given.values())
    assert images.dtype == np.float32
    np.testing.assert_allclose(images, expected.numpy(), atol=1 / 127.5)


@pytest.mark.slow
def test_torch_export_needs_no_ganzoo_to_draw_the_same(
    run: Path, ganzoo: Callable[..., Any], tmp_path: Path
) -> None:
    assert ganzoo("export", run, "--format", "torch-export").out == "generator.pt2\n"
    trained = api.load(run)
    given = inputs(3, bool(trained.class_names))
    program = torch.export.load(tmp_path / "generator.pt2").module()
    torch.testing.assert_close(program(*given.values()), trained.generator(*given.values()))


def test_safetensors_holds_the_generator_alone_and_samples(
    run: Path, ganzoo: Callable[..., Any], tmp_path: Path
) -> None:
    ganzoo("export", run, "--format", "safetensors", "--out", "g.safetensors")
    assert (tmp_path / "g.safetensors").stat().st_size < next(run.glob("checkpoints/*")).stat().st_size / 2
    trained, alone = api.load(run), api.load(tmp_path / "g.safetensors")
    assert torch.equal(alone.sample(4, seed=3), trained.sample(4, seed=3))
    assert alone.class_names == trained.class_names


def test_a_card_is_markdown_with_metadata_that_hubs_read(run: Path, ganzoo: Callable[..., Any]) -> None:
    result = ganzoo("export", run, "--format", "card")
    assert result.out == f"{run / 'README.md'}\n"
    _, metadata, text = (run / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    assert yaml.safe_load(metadata)["library_name"] == "ganzoo"
    assert run.name in yaml.safe_load(metadata)["tags"]
    assert "(samples/step-00000001.png)" in text
    assert (run / "samples/step-00000001.png").exists()
    assert "| `training.batch_size` | 8 |" in text
    assert "data_dir" not in text


def test_nothing_that_a_stranger_has_named_becomes_markup_in_a_card(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = "x`\n---\n- evil [a](b) | <script>$(c)'\u202e"
    metadata = checkpoints.read_metadata(next(run.glob("checkpoints/*")))
    configuration = {
        **metadata["configuration"],
        "model": {"name": f"a:{hostile}"},
        "dataset": {"name": hostile},
    }
    configuration["training"] = {hostile: hostile}
    forged = {
        "configuration": configuration,
        "class_names": [hostile, "b"],
        "plugins": {f"{hostile}:x": hostile},
    }
    monkeypatch.setattr(checkpoints, "read_metadata", lambda _path: {**metadata, **forged})
    _, head, text = card.model_card(Run(run)).split("---\n", 2)
    assert yaml.safe_load(head)["tags"][2:] == ["x` --- - evil [a](b) | <script>$(c)'"]
    shown = markdown_it.MarkdownIt("commonmark").enable("table").parse(text)
    kinds = {inner.type for token in shown for inner in [token, *(token.children or [])]}
    assert kinds & {"html_inline", "html_block", "link_open"} == set()
    codes = [
        inner.content for token in shown for inner in token.children or [] if inner.type == "code_inline"
    ]
    (command,) = [code for code in codes if code.startswith("ganzoo sample")]
    if "--label" in command:  # what is copied into a shell names one class, and runs nothing
        assert shlex.split(command)[4] == "x` --- - evil [a](b) | <script>$(c)'"
    assert "\u202e" not in text


@pytest.mark.parametrize(("shift", "difference"), [(0.01, r"0\.01"), (float("nan"), "nan")])
def test_a_file_that_draws_other_images_is_not_kept(
    run: Path, tmp_path: Path, shift: float, difference: str
) -> None:
    class Shifted(OwnFormat):
        """Draws images that are a little brighter."""

        ganzoo_api = 1

        def __init__(self, config: object) -> None:
            super().__init__(api.load(run))

        def read(self, path: Path) -> DrawsImages:
            draw = super().read(path)
            return lambda latents, labels: draw(latents, labels) + shift

    with pytest.raises(GanzooError, match=f"draws other images: they differ by up to {difference}"):
        formats.export(api.load(run), Shifted, tmp_path / "g.safetensors")
    assert not list(tmp_path.iterdir())


def test_a_missing_package_is_named_with_the_extra(
    run: Path, ganzoo: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "onnxscript" else found(name)
    )
    result = ganzoo("export", run, "--format", "onnx")
    assert result.code == 2
    assert "needs onnxscript" in result.err
    assert "ganzoo-torch[export]" in result.err


def test_a_setting_of_a_format_is_its_own(run: Path, ganzoo: Callable[..., Any], tmp_path: Path) -> None:
    for name, setting, message in (
        ("onnx", "exporter.opst=18", "did you mean 'exporter.opset'"),
        ("onnx", "exporter.opset=7", "opset must be at least 18 and at most 23, not 7"),
        ("safetensors", "exporter.opset=18", "there is no setting 'exporter.opset': this exporter has none"),
    ):
        result = ganzoo("export", run, "--format", name, "--set", setting)
        assert result.code == 2
        assert message in result.err
    assert not list(tmp_path.iterdir())


def test_a_format_without_fp16_says_which_has_it(run: Path, ganzoo: Callable[..., Any]) -> None:
    result = ganzoo("export", run, "--format", "torch-export", "--precision", "fp16")
    assert result.code == 2
    assert "torch-export is written in fp32, not in 'fp16'\nfor fp16: --format onnx" in result.err


def test_a_place_that_can_not_be_written_is_said(
    run: Path, ganzoo: Callable[..., Any], tmp_path: Path
) -> None:
    for name in ("onnx", "torch-export", "safetensors"):
        file = f"missing/g{formats.suffix_of(name)}"
        result = ganzoo("export", run, "--format", name, "--out", file)
        assert result.code == 1
        assert f"{file} can't be written" in result.err
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("name", ["onnx", "torch-export"])
def test_a_full_disk_is_said_and_what_was_there_stays(
    name: str, run: Path, ganzoo: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = f"g{formats.suffix_of(name)}"
    (tmp_path / file).write_bytes(b"good")
    exporter = type(formats.exporter_named(name, api.load(run), None))
    write, full = exporter.write, Path("/dev/full")
    monkeypatch.setattr(exporter, "write", lambda self, what, path, how: write(self, what, full, how))

    result = ganzoo("export", run, "--format", name, "--out", file, "--force")

    assert result.code == 1
    assert f"{file} can't be written: No space left on device\nfree some space, or choose" in result.err
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"good"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("nowhere", "--format", "onnx"), 2, "there is no nowhere"),
        (("nowhere", "--format", "card", "--out", "x"), 2, "takes no --out"),
        (("nowhere", "--format", "card", "--precision", "fp16"), 2, "takes no --precision"),
        (("nowhere", "--format", "onnx", "--precision", "bf16"), 2, "'bf16' is not one of"),
        (("nowhere", "--format", "onnx", "--out", "x.png"), 2, "--format onnx writes a .onnx, not 'x.png'"),
        (("nowhere", "--format", "safetensors", "--out", "x.onnx"), 2, "name it --out x.safetensors"),
        (("nowhere", "--format", "torch-export", "--out", "G.PT2"), 2, "there is no nowhere"),
        (("nowhere", "--format", "pickle"), 2, "'pickle' is not one of"),
        (("nowhere", "--format", "gone.py:Gone"), 2, "the exporter can't be read from 'gone.py'"),
        (("nowhere", "--format", "card", "--set", "exporter.opset=18"), 2, "takes no --set"),
        (("nowhere",), 2, "Missing option '--format'"),
    ],
)
def test_a_mistake_is_answered_in_words(
    arguments: tuple[str, ...], code: int, message: str, ganzoo: Callable[..., Any]
) -> None:
    result = ganzoo("export", *arguments)
    assert result.code == code
    assert message in result.err
