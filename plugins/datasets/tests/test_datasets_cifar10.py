"""CIFAR-10 from every layout people have, on tiny files of the official formats."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import pickle
import shutil
import tarfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from ganzoo_datasets import official as official_files
from ganzoo_datasets.cifar10 import CIFAR10, CLASS_NAMES
from PIL import Image

from ganzoo.errors import GanzooError, UsageError
from ganzoo.interfaces import LabelledImages

BATCH = 4
NAMES = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
PIXELS = np.random.default_rng(0).integers(0, 256, (6 * BATCH, 3, 32, 32), np.uint8)
LABELS = np.random.default_rng(1).integers(0, 10, 6 * BATCH)


class Warning2009:
    """Unpickling it warns, as some releases of numpy do on the official files."""

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
        return warnings.warn, ("this pickle is old",)


def batch_bytes(index: int) -> bytes:
    part = slice(index * BATCH, (index + 1) * BATCH)
    pixels, labels = PIXELS[part].reshape(BATCH, 3072), LABELS[part].tolist()
    content = {"data": pixels, "labels": labels, "batch_label": Warning2009()}
    data = pickle.dumps(content, protocol=2)
    # As numpy pickled in 2009: the old module, and integers where it expects booleans today.
    old = data.replace(b"numpy._core", b"numpy.core").replace(b"\x89\x88\x87", b"K\x00K\x01\x87")
    assert old != data
    return old


BATCHES = {name: batch_bytes(index) for index, name in enumerate(NAMES)}


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def pack(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name in reversed(files):
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(files[name])
            tar.addfile(info, io.BytesIO(files[name]))
    return buffer.getvalue()


ARCHIVE = pack(BATCHES)


@pytest.fixture(autouse=True)
def official(monkeypatch: pytest.MonkeyPatch, unreachable: str) -> None:
    """the checksums are those of the tiny files, and nobody answers at its address."""
    checksums = [[name, md5(data)] for name, data in BATCHES.items()]
    monkeypatch.setattr(official_files.CIFAR10, "train_list", checksums[:5])
    monkeypatch.setattr(official_files.CIFAR10, "test_list", checksums[5:])
    monkeypatch.setattr(official_files.CIFAR10, "tgz_md5", md5(ARCHIVE))
    monkeypatch.setattr(official_files.CIFAR10, "url", f"{unreachable}cifar-10-python.tar.gz")


def load(data_dir: Path | None, split: str = "train") -> LabelledImages:
    return CIFAR10(None, data_dir).load(split)


def assert_all_there(data_dir: Path | None) -> None:
    train, test = load(data_dir), load(data_dir, "test")
    for data, part in ((train, slice(0, 5 * BATCH)), (test, slice(5 * BATCH, None))):
        assert data.images.dtype == torch.uint8
        assert data.labels.dtype == torch.int64
        assert data.class_names == CLASS_NAMES
        np.testing.assert_array_equal(data.images, PIXELS[part])
        np.testing.assert_array_equal(data.labels, LABELS[part])


def unpack(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, data in BATCHES.items():
        (folder / name).write_bytes(data)
    return folder


def test_class_names() -> None:
    assert " ".join(CLASS_NAMES) == "airplane automobile bird cat deer dog frog horse ship truck"


def test_torchvisions_layout(tmp_path: Path) -> None:
    unpack(tmp_path / "cifar-10-batches-py")
    assert_all_there(tmp_path)
    assert_all_there(tmp_path / "cifar-10-batches-py")


def test_the_archive_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(ARCHIVE)
    assert_all_there(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["cifar-10-python.tar.gz"]


def test_the_archive_recompressed(tmp_path: Path) -> None:
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(pack(BATCHES | {"readme.html": b"more"}))
    assert_all_there(tmp_path)


def test_download(server: tuple[Path, str], cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, address = server
    (folder / "cifar-10-python.tar.gz").write_bytes(ARCHIVE)
    monkeypatch.setattr(official_files.CIFAR10, "url", f"{address}cifar-10-python.tar.gz")
    assert_all_there(None)
    shutil.rmtree(folder)  # from now on from the cache
    assert_all_there(None)
    assert [path.name for path in (cache / "downloads" / "cifar10").iterdir()] == ["cifar-10-python.tar.gz"]


def test_a_download_with_another_checksum_is_refused(
    server: tuple[Path, str], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address = server
    (folder / "cifar-10-python.tar.gz").write_bytes(pack(BATCHES | {"readme.html": b"more"}))
    monkeypatch.setattr(official_files.CIFAR10, "url", f"{address}cifar-10-python.tar.gz")
    with pytest.raises(GanzooError, match=r"download failed.*its checksum differs"):
        load(None)
    assert list((cache / "downloads" / "cifar10").iterdir()) == []


def test_a_damaged_download_in_the_cache_is_fetched_again(
    server: tuple[Path, str], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address = server
    (folder / "cifar-10-python.tar.gz").write_bytes(ARCHIVE)
    monkeypatch.setattr(official_files.CIFAR10, "url", f"{address}cifar-10-python.tar.gz")
    (cache / "downloads" / "cifar10").mkdir(parents=True)
    (cache / "downloads" / "cifar10" / "cifar-10-python.tar.gz").write_bytes(ARCHIVE[:100])
    assert_all_there(None)


def test_offline_everything_is_explained_on_one_screen(cache: Path) -> None:
    with pytest.raises(GanzooError) as caught:
        load(None)
    message = str(caught.value)
    assert "CIFAR-10: not at hand, and the download failed" in message
    assert "Connection refused" in message
    assert str(cache / "downloads" / "cifar10" / "cifar-10-python.tar.gz") in message
    assert "--dataset cifar10" in message
    assert len(message.splitlines()) <= 24


def test_an_address_that_has_no_such_file(server: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(official_files.CIFAR10, "url", f"{server[1]}gone.tar.gz")
    with pytest.raises(GanzooError, match=r"download failed: .*gone\.tar\.gz: "):
        load(None)


def test_an_unusable_cache_folder_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "file"))
    with pytest.raises(GanzooError, match=r"cannot be used: .*Set GANZOO_CACHE"):
        load(None)


class Bomb:
    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return Path.touch, (Path("exploded"),)  # type: ignore[return-value]


@pytest.mark.parametrize("packed", [False, True])
def test_a_pickle_with_another_checksum_is_never_opened(
    packed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    evil = pickle.dumps(Bomb())
    if packed:
        (tmp_path / "cifar-10-python.tar.gz").write_bytes(pack(BATCHES | {"data_batch_3": evil}))
    else:
        (unpack(tmp_path / "cifar-10-batches-py") / "data_batch_3").write_bytes(evil)
    with pytest.raises(GanzooError, match=r"data_batch_3 is not the official file: .*not opened"):
        load(tmp_path)
    assert not (tmp_path / "exploded").exists()
    assert load(tmp_path, "test").images.shape == (BATCH, 3, 32, 32)
    pickle.loads(evil)  # what would have happened
    assert (tmp_path / "exploded").exists()


def test_a_missing_batch_is_named(tmp_path: Path) -> None:
    (unpack(tmp_path / "cifar-10-batches-py") / "data_batch_3").unlink()
    with pytest.raises(GanzooError, match=r"data_batch_3 cannot be read: No such file.*Unpack"):
        load(tmp_path)


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    archive = tmp_path / "cifar-10-python.tar.gz"
    for content in (ARCHIVE[: len(ARCHIVE) // 2], b"", b"<html>", ARCHIVE[:100] + bytes(100) + ARCHIVE[200:]):
        archive.write_bytes(content)
        with pytest.raises(
            GanzooError, match=r"cifar-10-python\.tar\.gz is (damaged|not CIFAR-10).*get it again"
        ):
            load(tmp_path)
    archive.write_bytes(pack({"data_batch_1": BATCHES["data_batch_1"]}))
    with pytest.raises(GanzooError, match=r"is not CIFAR-10: cifar-10-batches-py/data_batch_2 is not in it"):
        load(tmp_path)


def save(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path)


def test_class_folders(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    hwc = PIXELS.transpose(0, 2, 3, 1)
    # In another order than the classes', with names written otherwise.
    save(tmp_path / "train" / "truck" / "0000.png", hwc[0])
    save(tmp_path / "train" / "Cat" / "0001.png", hwc[1])
    save(tmp_path / "train" / "Cat" / "0000.png", hwc[2])
    save(tmp_path / "train" / "airplane" / "0000.png", hwc[3])
    save(tmp_path / "test" / "dog" / "0000.png", hwc[4])
    train = load(tmp_path)
    assert train.labels.tolist() == [0, 3, 3, 9]
    assert train.class_names == CLASS_NAMES
    np.testing.assert_array_equal(train.images, PIXELS[[3, 2, 1, 0]])
    assert "no images of automobile, bird, deer, dog, frog, horse, ship" in caplog.text
    test = load(tmp_path, "test")
    assert test.labels.tolist() == [5]
    np.testing.assert_array_equal(test.images, PIXELS[[4]])


def test_an_unknown_class_folder_is_named(tmp_path: Path) -> None:
    save(tmp_path / "train" / "trucks" / "0.png", PIXELS[0].transpose(1, 2, 0))
    with pytest.raises(GanzooError, match=r"trucks is not a class .*airplane, .*; did you mean 'truck'"):
        load(tmp_path)


def test_an_image_of_another_size_is_named(tmp_path: Path) -> None:
    save(tmp_path / "train" / "cat" / "0.png", PIXELS[0].transpose(1, 2, 0))
    save(tmp_path / "train" / "cat" / "1.png", np.zeros((48, 64, 3), np.uint8))
    with pytest.raises(GanzooError, match=r"cat/1\.png is 64x48 pixels; .* 32x32.*--dataset folder"):
        load(tmp_path)


def test_a_corrupt_image_is_named(tmp_path: Path) -> None:
    save(tmp_path / "train" / "cat" / "0.png", PIXELS[0].transpose(1, 2, 0))
    (tmp_path / "train" / "cat" / "1.jpg").write_bytes(b"\xff\xd8\xff\xe0garbage")
    with pytest.raises(GanzooError, match=r"1\.jpg cannot be decoded"):
        load(tmp_path)


@pytest.mark.parametrize("folders", [[], ["train"], ["train/cat"]])
def test_an_empty_folder_says_what_was_expected(folders: list[str], tmp_path: Path) -> None:
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True)
    with pytest.raises(GanzooError) as caught:
        load(tmp_path)
    message = str(caught.value)
    assert f"nothing of the train split in {tmp_path}" in message
    for place in ("cifar-10-batches-py/data_batch_1", "cifar-10-python.tar.gz", "train/airplane/*.png"):
        assert str(tmp_path / place) in message
    assert "curl -LO http://127.0.0.1" in message
    assert len(message.splitlines()) <= 24


def test_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no split 'validation'"):
        load(tmp_path, "validation")
    with pytest.raises(GanzooError, match="no such folder"):
        load(tmp_path / "absent")
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(ARCHIVE)
    with pytest.raises(GanzooError, match="is a file: name the folder that holds it"):
        load(tmp_path / "cifar-10-python.tar.gz")


def pack_members(*members: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for member in members:
            tar.addfile(member)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
@pytest.mark.parametrize("leads_to", ["/etc/passwd", NAMES[0], f"cifar-10-batches-py/{NAMES[0]}"])
def test_only_files_are_taken_from_an_archive(kind: bytes, leads_to: str, tmp_path: Path) -> None:
    member = tarfile.TarInfo(f"cifar-10-batches-py/{NAMES[0]}")
    member.type, member.linkname = kind, leads_to
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(pack_members(member))

    with pytest.raises(GanzooError, match="is not CIFAR-10: cifar-10-batches-py/data_batch_1 is not in it"):
        load(tmp_path)


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_an_archive_that_unpacks_without_end_is_refused(
    kind: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ganzoo_datasets.cifar10._MOST_OF_ARCHIVE", 2**20)
    member = tarfile.TarInfo("other")
    member.type, member.size = kind, 2**30
    bomb = gzip.compress(member.tobuf(tarfile.GNU_FORMAT)) + gzip.compress(bytes(2**20)) * 4
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(bomb)

    with pytest.raises(GanzooError, match="is damaged: it unpacks to more than 1,048,576 bytes"):
        load(tmp_path)


def test_a_pipe_in_the_place_of_a_batch_is_refused(tmp_path: Path) -> None:
    folder = unpack(tmp_path / "cifar-10-batches-py")
    (folder / "data_batch_2").unlink()
    os.mkfifo(folder / "data_batch_2")

    with pytest.raises(GanzooError, match="data_batch_2 cannot be read: it is a pipe or a device"):
        load(tmp_path)
