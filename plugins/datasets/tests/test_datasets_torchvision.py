"""torchvision's own sets by name, on tiny files in its layout."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from ganzoo_datasets import official
from ganzoo_datasets.torchvision_sets import _SETS, Torchvision
from PIL import Image
from torchvision import datasets

from ganzoo.errors import GanzooError, UsageError

PIXELS = np.random.default_rng(0).integers(0, 256, (7, 28, 28), np.uint8)
LABELS = np.arange(7, dtype=np.uint8)


@pytest.fixture
def kmnist(tmp_path: Path) -> Path:
    """The folder that torchvision calls root."""
    raw = tmp_path / "KMNIST" / "raw"
    raw.mkdir(parents=True)
    for part, chosen in (("train", slice(0, 5)), ("t10k", slice(5, 7))):
        for name, array in (("images-idx3", PIXELS[chosen]), ("labels-idx1", LABELS[chosen])):
            header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
            (raw / f"{part}-{name}-ubyte").write_bytes(header + array.tobytes())
    return tmp_path


def config(**settings: object) -> Torchvision.Config:
    return Torchvision.Config(**{"set": "KMNIST", "size": 28, "channels": 1, **settings})  # type: ignore[arg-type]


def test_a_set_is_read_by_its_name(kmnist: Path) -> None:
    data, test = (Torchvision(config(), kmnist).load(split) for split in ("train", "test"))

    np.testing.assert_array_equal(data.images[:, 0], PIXELS[:5])
    np.testing.assert_array_equal(test.images[:, 0], PIXELS[5:])
    assert (data.labels.tolist(), test.labels.tolist()) == ([0, 1, 2, 3, 4], [5, 6])
    assert data.class_names == test.class_names == tuple(datasets.KMNIST.classes)


def test_images_are_brought_to_one_size_and_colour(kmnist: Path) -> None:
    (image, *_) = Torchvision(config(size=8, fit="stretch", channels=3), kmnist).load("train").images

    expected = np.asarray(Image.fromarray(PIXELS[0]).resize((8, 8), Image.Resampling.LANCZOS))
    assert torch.equal(image[0], image[2])
    np.testing.assert_array_equal(image[0], expected)


def test_targets_that_are_no_classes_leave_one_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Faces(list[object]):
        def __init__(self, root: str, split: str, download: bool) -> None:
            super().__init__([(Image.new("RGB", (20, 30)), torch.zeros(40)) for _ in range(3)])

    monkeypatch.setattr(datasets, "CelebA", Faces)

    data = Torchvision(config(set="CelebA", channels=3), tmp_path).load("train")

    assert (data.images.shape, data.class_names) == ((3, 3, 28, 28), ("CelebA",))


@pytest.mark.parametrize("name", _SETS)
def test_every_set_is_one_of_torchvision(name: str) -> None:
    assert issubclass(getattr(datasets, name.partition("-")[0]), torch.utils.data.Dataset)


def test_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"set must be one of CIFAR10, .*; did you mean 'CIFAR100'"):
        config(set="cifar-100")
    with pytest.raises(UsageError, match="no split 'val'"):
        Torchvision(config(), tmp_path).load("val")
    with pytest.raises(
        GanzooError, match=r"no train split of KMNIST in (.|\n)*DIR is what torchvision calls"
    ):
        Torchvision(config(), tmp_path).load("train")


def test_what_is_written_down_of_official_files_is_what_torchvision_knows() -> None:
    for name in ("base_folder", "url", "filename", "tgz_md5"):
        assert getattr(official.CIFAR10, name) == getattr(datasets.CIFAR10, name)
    for name in ("train_list", "test_list"):
        assert getattr(official.CIFAR10, name) == [tuple(each) for each in getattr(datasets.CIFAR10, name)]
    for name, each in official.FAMILY.items():
        assert each.resources == getattr(datasets, name).resources
        assert each.mirrors == getattr(datasets, name).mirrors
