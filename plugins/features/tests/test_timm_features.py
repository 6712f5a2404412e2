"""Models of timm: the library's own numbers, weights from files, nothing substituted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from ganzoo_features import pretrained
from ganzoo_features.dinov2 import DINOv2
from ganzoo_features.timm_model import TimmModel
from ganzoo_features.weights import state_sha256
from safetensors.torch import save_file
from torchvision.transforms import functional as transforms

from ganzoo.errors import GanzooError, UsageError
from ganzoo.evaluation.selection import select

NAME = "test_resnet"  # timm's own tiny network for tests
IMAGES = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (3, 3, 40, 40), np.uint8))


def no_images() -> Any:
    raise AssertionError("timm needs no data set")


@pytest.fixture
def network() -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return timm.create_model(NAME).eval()


@pytest.fixture
def file(network: Any, tmp_path: Path) -> Path:
    save_file(network.state_dict(), tmp_path / "weights.safetensors")
    return tmp_path / "weights.safetensors"


def make(**settings: Any) -> TimmModel:
    return TimmModel(TimmModel.Config(**{"model": NAME, **settings}), no_images).eval()


def test_features_and_logits_are_timms(network: Any, file: Path) -> None:
    extractor = make(weights=str(file))
    config = network.pretrained_cfg
    height, width = config["input_size"][1:]
    resized = transforms.resize(
        IMAGES.float() / 255,
        [height, width],
        transforms.InterpolationMode(config["interpolation"]),
        antialias=True,
    ).clamp(0, 1)
    inputs = transforms.normalize(resized, config["mean"], config["std"])

    with torch.inference_mode():
        vectors, logits = extractor(IMAGES)
        expected = network.forward_head(network.forward_features(inputs), pre_logits=True)

        torch.testing.assert_close(vectors, expected, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(logits, network(inputs), rtol=1e-4, atol=1e-5)
    assert extractor.features == vectors.shape[1]
    assert extractor.class_names == ()


def test_the_protocol_says_what_was_done(network: Any, file: Path) -> None:
    protocol = make(weights=str(file), size=48).protocol

    assert protocol.network.startswith(f"{NAME} of timm {timm.__version__}")
    assert protocol.weights == "weights.safetensors"
    assert protocol.weights_sha256 == state_sha256(network.state_dict())
    assert protocol.resize.startswith("48x48, ")
    assert "antialiased" in protocol.resize


def test_the_kind_of_file_makes_no_difference(network: Any, file: Path, tmp_path: Path) -> None:
    torch.save(network.state_dict(), tmp_path / "weights.pth")

    assert (
        make(weights=str(tmp_path / "weights.pth")).protocol.weights_sha256
        == make(weights=str(file)).protocol.weights_sha256
    )


def test_expected_weights_are_accepted_and_others_refused(file: Path) -> None:
    right = make(weights=str(file)).protocol.weights_sha256

    make(weights=str(file), sha256=right)
    with pytest.raises(GanzooError, match="not the weights that were asked for"):
        make(weights=str(file), sha256="0" * 64)


def test_weights_of_another_network_are_refused(tmp_path: Path, network: Any) -> None:
    state = network.state_dict()
    state.pop("conv1.0.weight" if "conv1.0.weight" in state else next(iter(state)))
    save_file(state, tmp_path / "short.safetensors")

    with pytest.raises(GanzooError, match="does not fit the network: Missing key"):
        make(weights=str(tmp_path / "short.safetensors"))


def test_a_pickle_that_runs_code_is_refused(tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "harmed",))

    torch.save({"x": Harm()}, tmp_path / "evil.pth")

    with pytest.raises(GanzooError, match="can't be read as tensors"):
        make(weights=str(tmp_path / "evil.pth"))
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize("content", [b"", b"not weights"])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"weights{suffix}"
    path.write_bytes(content)

    with pytest.raises(GanzooError, match="can't be read"):
        make(weights=str(path))


def test_a_model_that_does_not_exist_is_refused_with_near_names() -> None:
    with pytest.raises(UsageError, match="did you mean"):
        make(model="resnet1")


def test_a_hub_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ConnectionError("no route to host")

    monkeypatch.setattr(pretrained.timm, "create_model", fail)

    with pytest.raises(GanzooError, match=r"(?s)no route to host.*--set features.weights=FILE"):
        make()


def test_the_short_spelling_names_the_model() -> None:
    selection = select("digits", f"timm:{NAME}", {"features.size": "32"})

    assert selection.features.settings == {"model": NAME, "size": 32}
    assert selection.features_name == f"timm:{NAME}"
    assert not selection.is_standard


def test_dinov2_gives_the_class_token(tmp_path: Path) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = timm.create_model("vit_small_patch14_dinov2", img_size=224).eval()
    save_file(network.state_dict(), tmp_path / "small.safetensors")

    extractor = DINOv2(
        DINOv2.Config(model="small", weights=str(tmp_path / "small.safetensors")), no_images
    ).eval()

    with torch.inference_mode():
        vectors, logits = extractor(IMAGES[:1])
        inputs = transforms.resize(
            IMAGES[:1].float() / 255, [224, 224], transforms.InterpolationMode.BICUBIC, antialias=True
        ).clamp(0, 1)
        inputs = transforms.normalize(inputs, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        tokens = network.forward_features(inputs)
    assert logits is None
    assert vectors.shape == (1, 384)
    torch.testing.assert_close(vectors, tokens[:, 0], rtol=1e-3, atol=1e-4)
    assert extractor.protocol.resize == "224x224, bicubic, antialiased where it shrinks"


def test_dinov2_is_not_called_fid() -> None:
    assert not select("digits", "dinov2", {}).is_standard
    assert select("digits", "inception", {}).is_standard
