"""The real data, where they lie beside the repository."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from ganzoo_datasets.cifar10 import CIFAR10
from ganzoo_datasets.mnist_family import FashionMNIST
from PIL import Image

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
FASHION_MNIST = DATA / "fashion-mnist"
CIFAR10_JPEG = DATA / "cifar10-jpeg.tar.xz"


@pytest.mark.skipif(not FASHION_MNIST.is_dir(), reason=f"no {FASHION_MNIST}")
@pytest.mark.parametrize(("split", "per_class"), [("train", 6000), ("test", 1000)])
def test_fashion_mnist(split: str, per_class: int) -> None:
    data = FashionMNIST(None, FASHION_MNIST).load(split)
    assert data.images.shape == (10 * per_class, 1, 28, 28)
    assert data.labels.bincount().tolist() == [per_class] * 10
    # The published mean and deviation of the training pixels are 0.2860 and 0.3530.
    deviation, mean = torch.std_mean(data.images.float() / 255)
    np.testing.assert_allclose([mean, deviation], [0.2860, 0.3530], atol=0.002)


@pytest.mark.skipif(not CIFAR10_JPEG.is_file(), reason=f"no {CIFAR10_JPEG}")
def test_the_first_cifar10_photographs(tmp_path: Path) -> None:
    expected = {}
    with tarfile.open(CIFAR10_JPEG) as tar:
        for member in tar:
            if member.isfile() and member.name.endswith(".jpg"):
                content = tar.extractfile(member).read()  # type: ignore[union-attr]
                path = tmp_path.joinpath(*Path(member.name).parts[-3:])
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                expected[path.relative_to(tmp_path).parts] = np.asarray(Image.open(io.BytesIO(content)))
            if len(expected) == 200:
                break
    split = next(iter(expected))[0]
    data = CIFAR10(None, tmp_path).load(split)
    assert data.images.shape == (200, 3, 32, 32)
    by_class = [data.class_names[label] for label in data.labels.tolist()]
    assert by_class == [parts[1] for parts in sorted(expected)]
    reference = np.stack([expected[parts] for parts in sorted(expected)])
    np.testing.assert_array_equal(data.images.permute(0, 2, 3, 1), reference)
