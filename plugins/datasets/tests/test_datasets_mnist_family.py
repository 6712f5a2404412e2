"""MNIST and Fashion-MNIST from every layout people have, on tiny files of the official format."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import shutil
import struct
from pathlib import Path

import ganzoo_datasets.mnist_family
import numpy as np
import pytest
import torch
from ganzoo_datasets import official as official_files
from ganzoo_datasets.mnist_family import MNIST, FashionMNIST
from PIL import Image

from ganzoo.errors import GanzooError, UsageError
from ganzoo.interfaces import LabelledImages

CLOTHES = "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot"
PIXELS = np.random.default_rng(0).integers(0, 256, (13, 28, 28), np.uint8)
LABELS = np.random.default_rng(1).integers(0, 10, 13).astype(np.uint8)


def idx_bytes(array: np.ndarray) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


FILES = {
    "train-images-idx3-ubyte": idx_bytes(PIXELS[:8]),
    "train-labels-idx1-ubyte": idx_bytes(LABELS[:8]),
    "t10k-images-idx3-ubyte": idx_bytes(PIXELS[8:]),
    "t10k-labels-idx1-ubyte": idx_bytes(LABELS[8:]),
}
ARCHIVES = {f"{name}.gz": gzip.compress(data, mtime=0) for name, data in FILES.items()}


@pytest.fixture(autouse=True)
def official(monkeypatch: pytest.MonkeyPatch, unreachable: str, tmp_path: Path) -> None:
    """the checksums are those of the tiny files, nobody answers at its addresses, and no
    package of the operating system is installed.
    """
    for each in (official_files.MNIST, official_files.FashionMNIST):
        checksums = [(name, hashlib.md5(data).hexdigest()) for name, data in ARCHIVES.items()]
        monkeypatch.setattr(each, "resources", checksums)
        monkeypatch.setattr(each, "mirrors", [unreachable])
    package = dataclasses.replace(
        ganzoo_datasets.mnist_family._FASHION_MNIST, system_folder=tmp_path / "package"
    )
    monkeypatch.setattr(ganzoo_datasets.mnist_family, "_FASHION_MNIST", package)


def write(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def load(data_dir: Path | None, split: str = "train") -> LabelledImages:
    return FashionMNIST(None, data_dir).load(split)


def assert_all_there(kind: type[MNIST] | type[FashionMNIST], data_dir: Path | None) -> None:
    for split, part in (("train", slice(0, 8)), ("test", slice(8, None))):
        data = kind(None, data_dir).load(split)
        assert data.images.dtype == torch.uint8
        assert data.labels.dtype == torch.int64
        np.testing.assert_array_equal(data.images, PIXELS[part, None])
        np.testing.assert_array_equal(data.labels, LABELS[part])


def test_class_names(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    assert ",".join(FashionMNIST(None, tmp_path).load("train").class_names) == CLOTHES
    assert "".join(MNIST(None, tmp_path).load("train").class_names) == "0123456789"


@pytest.mark.parametrize("place", [".", "raw", "FashionMNIST/raw"])
@pytest.mark.parametrize("files", [FILES, ARCHIVES], ids=["plain", "gzipped"])
def test_idx_files(place: str, files: dict[str, bytes], tmp_path: Path) -> None:
    write(tmp_path / place, files)
    assert_all_there(FashionMNIST, tmp_path)


def test_mnist_has_its_own_torchvision_folder(tmp_path: Path) -> None:
    write(tmp_path / "MNIST" / "raw", FILES)
    assert_all_there(MNIST, tmp_path)
    with pytest.raises(GanzooError, match="Fashion-MNIST: nothing of the train split"):
        load(tmp_path)


def test_recompressed_archives(tmp_path: Path) -> None:
    recompressed = {f"{name}.gz": gzip.compress(data, 1, mtime=9) for name, data in FILES.items()}
    assert all(recompressed[name] != data for name, data in ARCHIVES.items())
    write(tmp_path, recompressed)
    assert_all_there(MNIST, tmp_path)


def test_archives_that_something_gunzipped_under_the_old_name(tmp_path: Path) -> None:
    write(tmp_path, {f"{name}.gz": data for name, data in FILES.items()})
    assert_all_there(MNIST, tmp_path)


@pytest.mark.parametrize("known_by", ["archive", "images"])
def test_the_files_of_another_data_set_are_not_taken_for_its_own(
    known_by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, ARCHIVES if known_by == "archive" else FILES)
    if known_by == "archive":
        monkeypatch.setattr(official_files.MNIST, "resources", [])
    else:
        digest = hashlib.sha256(PIXELS[:8].tobytes()).hexdigest()
        monkeypatch.setattr("ganzoo_datasets.mistaken._UNPACKED", {digest: "FashionMNIST"})
    with pytest.raises(
        GanzooError, match="FashionMNIST, not of MNIST: train on it with --dataset fashion-mnist"
    ):
        MNIST(None, tmp_path).load("train")
    assert len(load(tmp_path).images) == 8


def test_debians_package_is_found_before_downloading(tmp_path: Path) -> None:
    write(tmp_path / "package", ARCHIVES)
    assert_all_there(FashionMNIST, None)


@pytest.mark.parametrize("kind", [MNIST, FashionMNIST])
def test_download(
    kind: type[MNIST] | type[FashionMNIST],
    server: tuple[Path, str],
    unreachable: str,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, address = server
    write(folder, ARCHIVES)
    monkeypatch.setattr(getattr(official_files, kind.__name__), "mirrors", [unreachable, address])
    assert_all_there(kind, None)
    shutil.rmtree(folder)  # from now on from the cache
    assert_all_there(kind, None)
    (downloads,) = (cache / "downloads").iterdir()
    assert sorted(path.name for path in downloads.iterdir()) == sorted(ARCHIVES)


def test_a_download_with_another_checksum_is_refused(
    server: tuple[Path, str], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address = server
    write(
        folder, ARCHIVES | {"train-labels-idx1-ubyte.gz": gzip.compress(FILES["train-labels-idx1-ubyte"], 1)}
    )
    monkeypatch.setattr(official_files.FashionMNIST, "mirrors", [address])
    with pytest.raises(GanzooError, match=r"train-labels-idx1-ubyte\.gz: .*its checksum differs"):
        load(None)


def test_offline_everything_is_explained_on_one_screen(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(GanzooError) as caught:
        load(None)
    message = str(caught.value)
    assert "Fashion-MNIST: not at hand, and the download failed" in message
    assert "Connection refused" in message
    assert str(tmp_path / "package" / "train-images-idx3-ubyte.gz") in message
    assert str(cache / "downloads" / "fashion-mnist" / "train-images-idx3-ubyte.gz") in message
    assert "apt install dataset-fashion-mnist" in message
    assert "--dataset fashion-mnist" in message
    assert len(message.splitlines()) <= 24


def test_an_empty_folder_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(GanzooError) as caught:
        load(tmp_path, "test")
    message = str(caught.value)
    assert f"nothing of the test split in {tmp_path}" in message
    for place in (
        "t10k-images-idx3-ubyte",
        "raw/t10k-images-idx3-ubyte",
        "FashionMNIST/raw/t10k",
        "test/T-shirt",
    ):
        assert str(tmp_path / place) in message
    assert len(message.splitlines()) <= 24


def test_half_of_a_pair_is_named(tmp_path: Path) -> None:
    write(tmp_path / "raw", ARCHIVES)
    (tmp_path / "raw" / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(GanzooError, match=r"raw/train-labels-idx1-ubyte\[\.gz\] is missing"):
        load(tmp_path)
    (tmp_path / "raw" / "t10k-images-idx3-ubyte.gz").unlink()
    with pytest.raises(GanzooError, match=r"raw/t10k-images-idx3-ubyte\[\.gz\] is missing"):
        load(tmp_path, "test")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("train-images-idx3-ubyte.gz", ARCHIVES["train-images-idx3-ubyte.gz"][:-20], "not a whole IDX file"),
        ("train-images-idx3-ubyte.gz", b"<html>", "not a whole IDX file"),
        (
            "train-images-idx3-ubyte.gz",
            idx_bytes(np.zeros((8, 32, 32), np.uint8)),
            "items are 32x32, not 28x28",
        ),
        ("train-labels-idx1-ubyte.gz", FILES["train-images-idx3-ubyte"], "starts with 00 00 08 03"),
        ("train-labels-idx1-ubyte.gz", FILES["t10k-labels-idx1-ubyte"], "8 images but .* 5 labels"),
        (
            "train-labels-idx1-ubyte.gz",
            idx_bytes(np.full(8, 10, np.uint8)),
            "has the label 10; .* has 0 to 9",
        ),
    ],
)
def test_damaged_files_are_named(name: str, content: bytes, reason: str, tmp_path: Path) -> None:
    write(tmp_path, ARCHIVES | {name: content})
    with pytest.raises(GanzooError, match=reason) as caught:
        load(tmp_path)
    assert str(tmp_path / name) in str(caught.value)


def test_class_folders_in_colour_become_grey(tmp_path: Path) -> None:
    for folder, image in {
        "train/Ankle boot": Image.fromarray(PIXELS[0]),
        "train/T-shirt-top": Image.fromarray(PIXELS[1]).convert("RGB"),
        "train/trouser": Image.fromarray(PIXELS[2]).convert("RGBA"),
        "test/dress": Image.fromarray(PIXELS[3]),
    }.items():
        (tmp_path / folder).mkdir(parents=True)
        image.save(tmp_path / folder / "0.png")
    train = load(tmp_path)
    assert train.labels.tolist() == [0, 1, 9]
    assert train.images.shape == (3, 1, 28, 28)
    np.testing.assert_array_equal(train.images[:, 0], PIXELS[[1, 2, 0]])
    assert load(tmp_path, "test").labels.tolist() == [3]


def test_class_folders_of_mnist(tmp_path: Path) -> None:
    (tmp_path / "train" / "7").mkdir(parents=True)
    Image.fromarray(PIXELS[0]).save(tmp_path / "train" / "7" / "0.png")
    data = MNIST(None, tmp_path).load("train")
    assert data.labels.tolist() == [7]
    with pytest.raises(GanzooError, match="nothing of the test split"):
        MNIST(None, tmp_path).load("test")


def test_an_image_of_another_size_is_named(tmp_path: Path) -> None:
    (tmp_path / "train" / "Bag").mkdir(parents=True)
    Image.new("L", (32, 32)).save(tmp_path / "train" / "Bag" / "0.png")
    with pytest.raises(GanzooError, match=r"Bag/0\.png is 32x32 pixels; .* 28x28"):
        load(tmp_path)


def test_wrong_use(tmp_path: Path) -> None:
    for kind in (MNIST, FashionMNIST):
        with pytest.raises(UsageError, match=r"no split 'Train'.*did you mean 'train'"):
            kind(None, tmp_path).load("Train")
        with pytest.raises(GanzooError, match="no such folder"):
            kind(None, tmp_path / "absent").load("train")
